#pragma once
#include <array>
#include <cstddef>
#include <map>
#include <vector>

#include "sim/job.h"

namespace dure::sim {

/// The statistics by which logs of GPU clusters are told apart, gathered over the jobs of a run or of a source.
///
/// Card-time is cards x run time, of jobs that ended, as a log has them. Counts an hour: variance over mean is 1 for a
/// Poisson stream. Gaps between submissions: CV is standard deviation over mean, 1 for a Poisson stream. Peak over trough
/// compares the busiest and the quietest of the 24 hours of the day, summed over all days.
class WorkloadFacts {
 public:
  /// Hours of the run from `skip_s` (whole days, while the cluster fills) to `horizon_s` count for busy cards.
  WorkloadFacts(double horizon_s, double skip_s) : horizon_s_(horizon_s), skip_s_(skip_s), submissions_(hours()), part_card_s_(hours()), change_(hours() + 1) {}

  void submitted(double submit_s);                                // in order of time
  void held(double from_s, double until_s, double cards);         // cards that were allocated to a job
  /// A job that ended: it waited for `wait_s` and ran for `run_s`. `active_fraction` of its class.
  void ended(const Job& job, Outcome outcome, double wait_s, double run_s, double active_fraction);
  /// All of it for a job of a source: it begins at `start_s` and runs undisturbed.
  void add(const Job& job, double start_s, double active_fraction) {
    submitted(job.submit_s);
    held(start_s, start_s + job.work_s, job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards);
    ended(job, job.outcome, start_s - job.submit_s, job.work_s, active_fraction);
  }

  std::size_t jobs() const { return run_s_.size(); }
  double card_hours() const { return card_s_ / 3600; }
  double mean_busy_cards() const;
  double one_card_share_of_jobs() const { return one_card_jobs_ / double(jobs()); }
  double node_share_of_card_time() const { return node_card_s_ / card_s_; }  // jobs of 8 cards or more
  double median_run_s() const { return quantile(run_s_, 0.5); }
  double median_queue_s() const { return quantile(queue_s_, 0.5); }
  double outcome_share_of_jobs(Outcome outcome) const { return outcome_jobs_[std::size_t(outcome)] / double(jobs()); }
  double outcome_share_of_card_time(Outcome outcome) const { return outcome_card_s_[std::size_t(outcome)] / card_s_; }
  double hourly_variance_over_mean() const;
  double gap_cv() const;
  double gaps_within_10_s() const { return short_gaps_ / double(gaps_); }
  double submissions_peak_over_trough() const { return peak_over_trough(submissions_, 0); }
  double busy_peak_over_trough() const { return peak_over_trough(busy_card_s(), skip_s_); }
  double largest_tenants_share(std::size_t n) const;  // of card-time
  double idle_share_inside_allocations() const { return 1 - active_card_s_ / card_s_; }
  double share_of_jobs(int from_cards, int to_cards) const;
  double share_of_card_time(int from_cards, int to_cards) const;

 private:
  struct Size {
    double jobs = 0, card_s = 0;
  };
  std::size_t hours() const;
  static double quantile(std::vector<float> values, double p);
  double peak_over_trough(const std::vector<double>& hourly, double from_s) const;

  std::vector<double> busy_card_s() const;  // by hour of the run

  double horizon_s_, skip_s_;
  std::vector<double> submissions_;                 // by hour of the run
  std::vector<double> part_card_s_;                 // of hours held in part
  std::vector<double> change_;                      // of cards held for whole hours: added from this hour on
  std::vector<float> run_s_, queue_s_;
  std::map<int, Size> size_;
  std::vector<double> tenant_card_s_;               // by TenantId
  std::array<double, kOutcomes> outcome_jobs_{}, outcome_card_s_{};
  double card_s_ = 0, node_card_s_ = 0, active_card_s_ = 0, one_card_jobs_ = 0;
  double gap_s_ = 0, gap_square_s2_ = 0, short_gaps_ = 0, last_submit_s_ = -1;
  std::size_t gaps_ = 0;
};

}  // namespace dure::sim
