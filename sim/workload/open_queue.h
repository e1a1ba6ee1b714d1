#pragma once
#include <boost/random/discrete_distribution.hpp>
#include <functional>
#include <optional>
#include <queue>
#include <span>
#include <vector>

#include "sim/calendar.h"
#include "sim/random.h"
#include "sim/workload/pace.h"
#include "sim/workload/source.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// A cluster open to its tenants, as logs of LLM clusters show it (Acme: Hu et al., NSDI 2024).
///
/// Two kinds of stream, by row of the class table:
///
/// - *Open submissions.* Bursts start as a Poisson process of rate
///     r(t) = r0 x hour(t) x weekday(t) x D x G
///   D log-normal, mean 1, CV day_cv, one draw a day; G is one draw an hour, mean 1: with probability
///   quiet_hour_share only quiet_hour_pace of any other hour (these lulls make the long gaps that logs have).
///   A burst is one job or, with `burst_probability`, a geometric number of mean `burst_jobs` with exponential gaps; its
///   jobs share tenant, class and size. r0 is such that jobs_per_day come on average.
/// - *Lines.* Work that is always there as one job after another of the same size: the next is submitted when the last
///   would have ended on free cards, and a pause later (log-normal, slower at night). So a pre-training campaign never
///   competes with itself, and its cards are busy E[run] / (E[run] + E[pause]) of the time.
///
/// Size first, then run time given the row: a mixture of log-normals, cut at run_limit_s; how a job ends depends on the
/// part it was drawn from, so failures are short and cancellations long. Tenant of a burst: Zipf by rank; lines name theirs.
/// Not modelled: tenants' own rhythms, users below tenants, submissions that answer to the queue.
class OpenQueue final : public Source {
 public:
  /// As Steady; `largest_job_cards`: the largest pool there will ever be for a class. Throws ScenarioError.
  OpenQueue(const ::dure::OpenQueue& config, Seed seed, const Calendar& calendar, double horizon_s,
            const std::function<int(JobClassId)>& largest_job_cards, std::span<const double> region_share, Population& population);
  bool next(Job& job) override;

 private:
  using Pick = boost::random::discrete_distribution<int, double>;
  struct Part {
    double median_s, sigma, cancelled, failed;
  };
  struct Class {
    JobClassId job_class;
    std::vector<int> cards;
    Pick pick_cards;
    std::vector<Part> parts;
    Pick pick_part;
    double burst_probability, burst_jobs, burst_gap_s, gap_median_s, gap_sigma;
  };
  struct LineState {
    std::size_t row;
    int cards;
    std::uint32_t tenant;
    Random random;
  };
  struct Pending {
    double submit_s;
    std::uint64_t order;         // of drawing, breaks ties
    Job job;
    std::optional<std::size_t> line;  // its next job follows this one
    bool operator>(const Pending& other) const { return submit_s != other.submit_s ? submit_s > other.submit_s : order > other.order; }
  };

  void push(Job job, std::optional<std::size_t> line);
  void push_next_of(std::size_t line, double after_s);
  void draw_burst();
  void find_next_burst();
  void draw_run(Class& row, Random& random, Job& job);

  double horizon_s_;
  double run_limit_s_;
  double estimate_excess_;
  double bursts_per_s_ = 0;
  double day_sigma_;
  double quiet_share_, quiet_pace_;
  HourlyPace pace_;
  std::vector<Class> classes_;
  std::vector<LineState> lines_;
  std::vector<RegionId> tenant_region_;
  std::uint32_t first_tenant_ = 0;
  Pick pick_class_;
  Pick pick_tenant_;
  Random arrivals_, days_, hours_, jobs_;
  double next_burst_s_ = 0;
  double day_factor_ = 1;
  double day_end_s_ = 0;
  double hour_factor_ = 1;
  double hour_end_s_ = 0;
  std::uint64_t drawn_ = 0;
  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;
};

}  // namespace dure::sim
