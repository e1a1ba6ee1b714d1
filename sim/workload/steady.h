#pragma once
#include <boost/random/discrete_distribution.hpp>
#include <span>
#include <vector>

#include "sim/random.h"
#include "sim/workload/source.h"
#include "sim/workload/supply.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// A stationary stream of jobs at a set offered load: for benchmarks, laws and first scenarios.
///
/// Arrivals are Poisson, in proportion to the cards in service C(t):
///
///   rate(t) = N C(t) / integral of C over the horizon H,   N = jobs_per_year H / year
///
/// Sizes X come from the mix, run times T from one law, all independent, with the mean that makes the load:
///
///   E[T] = offered_load * (integral of C) / (N E[X])
///
/// so rate(t) E[X] E[T] = offered_load C(t) at every moment. With 18,000 cards, 0.9 and a million jobs a year a job has
/// 142.0 card-hours on average. LOGNORMAL: median E[T] exp(-sigma^2/2). The default mix resembles what
/// Helios, Philly and Acme have in common (most jobs one card, most card-time in jobs of 8 and more); it is assumed.
/// Not modelled: day and week, bursts, run time that depends on size; see OpenQueue.
class Steady final : public Source {
 public:
  /// `region_share`: demand by region, indexed by RegionId; empty: one region. Appends its tenants to `population`, which
  /// knows the job classes already. Throws ScenarioError if a size fits no pool or nothing is ever in service.
  Steady(const ::dure::Steady& config, Seed seed, Supply supply, double horizon_s, std::span<const double> region_share,
         Population& population);
  bool next(Job& job) override;

  double mean_cards() const { return mean_cards_; }
  double mean_run_s() const { return mean_run_s_; }

 private:
  double draw_run_s();

  ::dure::RunTimeLaw law_;
  double sigma_;
  double estimate_excess_;
  double cancelled_share_;
  double failed_share_;
  JobClassId job_class_;
  double horizon_s_;
  std::vector<Supply::Step> steps_;
  std::vector<int> cards_;                                       // of each entry of the mix
  boost::random::discrete_distribution<int, double> pick_size_;  // alias tables: one draw, whatever the length
  boost::random::discrete_distribution<int, double> pick_tenant_;
  std::vector<RegionId> tenant_region_;
  std::uint32_t first_tenant_ = 0;
  double mean_cards_ = 0;
  double mean_run_s_ = 0;
  double card_s_per_arrival_ = 0;  // mean card-seconds of supply between two arrivals
  Random arrivals_;
  Random jobs_;
  std::size_t step_ = 0;
  double now_s_ = 0;
};

}  // namespace dure::sim
