#pragma once
#include <optional>
#include <vector>

#include "sim/engine/meters.h"
#include "sim/engine/run_state.h"
#include "sim/network/backbone.h"
#include "sim/scheduling/region_choice.h"

namespace dure::sim {

/// What the rooms of power, network and cards know of each pool, as numbers for the choice of a region.
///
/// Run times on another card type than the one they were counted on (region_choice.run_times_on), for jobs outside projects:
///
///   factor = 1 - a + a peak_counted / peak_card        a: active_fraction of the class; BF16 peaks
///
/// for only the share of time in which the card works depends on the card. A peak is an upper limit that no job reaches;
/// that two cards reach the same part of theirs is assumed. Work on named models has its run times from the step model instead.
class Outlook {
 public:
  /// Throws ScenarioError for a rule whose numbers the scenario does not give.
  Outlook(RunState& run, Meters& meters, const Backbone& backbone);

  /// Fills in what the rule asks for, but wait and run time.
  void describe(PoolChoice& choice, RegionId home, double data_bytes) const;
  double run_factor(CardTypeId card, JobClassId job_class) const;
  bool has_run_factors() const { return counted_flop_per_s_ > 0; }
  double relative_peak_time(CardTypeId card) const;  // 1 / peak, on any scale
  /// All pools, nearest first: by the round trip of the fastest route from home to their site; of equals, and where no route
  /// leads, in the order of the fleet.
  const std::vector<PoolId>& nearest(RegionId home) const;
  void lines_changed() {
    ways_.clear();
    nearest_.clear();
  }

 private:
  double way_s_per_byte(RegionId from, SiteId to) const;

  RunState& run_;
  Meters& meters_;
  const Backbone& backbone_;
  RegionChoice rule_;
  double counted_flop_per_s_ = 0;
  mutable std::vector<std::vector<PoolId>> nearest_;  // by RegionId; empty: to be looked up again
  mutable std::vector<double> ways_;  // [region * sites + site] seconds a byte; empty: to be looked up again
};

/// Refuses a rule whose numbers the scenario does not give: a price without a tariff, a card without a peak.
void check_region_choice(const Facts& facts);

}  // namespace dure::sim
