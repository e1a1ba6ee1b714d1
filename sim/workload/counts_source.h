#pragma once
#include <boost/random/discrete_distribution.hpp>
#include <deque>
#include <functional>
#include <queue>
#include <span>

#include "sim/workload/counts_fit.h"
#include "sim/workload/source.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// Counts of tenants as a scenario names them, cut at the run's first day.
struct CountsBefore {
  CountsLog log;      // samples of the fit alone
  int until = 0;      // steps of the fit; this one is 00:00 of the run's first day
  std::vector<std::vector<QuotaStep>> quota;  // of each tenant, in the run's seconds, from the whole log
};

/// Reads the file, keeps the samples from fit_from to the day before the run and, of the run's days, the quotas. Throws ScenarioError.
CountsBefore read_counts(const ::dure::TenantCounts& config, const std::filesystem::path& base, const Calendar& calendar);

/// Draws the jobs that tenants go on to submit, from a fit to what was counted of them before (TenantDemand).
///
/// At second 0 the jobs last seen come first, with a run time left that fits their age. Then, in steps of the log's interval, each
/// tenant's missing cards K - d set its rate; d is by its own reckoning: its jobs on its quota, first come, first served. So what it submits depends on no
/// scheduler, and two of them are compared under the same jobs. A job asks for no more than the tenant's quota and the largest pool.
///
/// What a tenant wants wanders: at 00:00 of every day, the first too, its level D = p K takes a step,
///
///   D <- min(max(D + N(0, w Q), 0), max(Q, busiest day))       w: level_walk; Q: quota; N: normal, mean and standard deviation
class CountsSource final : public Source {
 public:
  CountsSource(const ::dure::TenantCounts& config, CountsBefore counts, Seed seed, double horizon_s, int largest_job_cards,
               std::span<const double> region_share, Population& population);
  bool next(Job& job) override;
  const CountsFit& fit() const { return fit_; }

 private:
  struct Member {
    Member(Seed seed, const std::string& name) : chance(seed, "workload/counts/" + name) {}
    Random chance;
    RegionId region{};
    boost::random::discrete_distribution<int, double> pick_batch;
    std::vector<QuotaStep> quota;
    std::priority_queue<std::pair<double, int>, std::vector<std::pair<double, int>>, std::greater<>> running;  // end, cards
    std::deque<std::pair<int, double>> waiting;                                                                // cards, run time
    int running_cards = 0, waiting_cards = 0;
    double most_cards = 0;  // K
  };
  static int quota_at(const Member& member, double time_s);
  void reckon(Member& member, double now_s) const;
  void submit(std::size_t tenant, int cards, double submit_s, double run_s);
  void begin();
  void wander(Member& member, double busiest_day_cards, double now_s) const;
  void step();

  CountsFit fit_;
  double interval_s_, horizon_s_, estimate_excess_, keenness_, level_walk_;
  int largest_job_cards_;
  JobClassId job_class_;
  std::uint32_t first_tenant_ = 0;
  std::vector<Member> members_;
  std::vector<Job> jobs_;  // of the step, in order of submission
  std::size_t at_ = 0;
  int steps_ = 0;
};

}  // namespace dure::sim
