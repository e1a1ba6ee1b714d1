#pragma once
#include <vector>

#include "sim/engine/run.h"
#include "sim/engine/run_state.h"

namespace dure::sim {

/// Why free cards are free: the rule of docs/ledger.md, applied after every instant in which a pool changed. Cards asked by
/// jobs that fit and may not start are `withheld`, cards asked by jobs that do not fit are `idle_fragmented`, the rest is
/// `idle_no_demand`.
class FreeCardsCharge {
 public:
  explicit FreeCardsCharge(RunState& run);

  /// Charges the free cards of the pools of one site and card type. What waits in the open queue is charged to open cards
  /// first; what is left of it and would fit on cards of a partition is withheld there; what is still left and asks for the type
  /// by name is charged to free cards of the site's other types: nothing is charged beyond what waits.
  /// Returns those pools.
  const std::vector<PoolId>& charge(PoolId pool);

 private:
  /// `kept_from`: cards asked in the open queue that would fit here, were these cards not kept for a partition. Returns how
  /// many of them were charged; `uncharged` is what waits in the pool's own queue beyond its charges.
  NanoCards settle(PoolState& pool, NanoCards kept_from);
  void charge_types(const std::vector<PoolId>& types);

  RunState& run_;
  std::vector<std::vector<PoolId>> shared_;      // by pool: the pools of its site and card type, the open one first
  std::vector<std::vector<PoolId>> types_;       // by site: its open pools
};

/// Metrics of withheld and fragmented card-hours by cause.
void add_idle_causes(RunState& run, Summary& summary);

}  // namespace dure::sim
