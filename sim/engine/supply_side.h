#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/integral.h"
#include "sim/reliability/repair_shop.h"

namespace dure::sim {

/// Tranches and nodes over time: promised, delivered, installed, in service, down, back, gone.
class SupplySide {
 public:
  /// `interrupt(slot)` takes a job off its nodes; `powered(node, on)` tells that a node draws power or no longer does.
  SupplySide(RunState& run, std::function<void(std::uint32_t)> interrupt, std::function<void(NodeId, bool)> powered);

  void on_tranche(std::uint32_t tranche, std::uint32_t change);
  void on_node_arrives(std::uint32_t node);
  void on_fault(const Timers::Timer& timer);
  void on_repair(const Timers::Timer& timer);
  void on_budget_gap(SiteId site, bool begins);
  std::function<void(PoolId)> ended;           // called when the last node of a pool is gone for good
  /// The fleet has become another from `from_s` on: `before` said when its nodes go.
  void become(const Fleet& before, double from_s);

  void write_rows();
  void add_metrics(Summary& summary) const;
  /// Of the public bought cards of a site, so far.
  double public_down_card_s(SiteId site);

  enum Change : std::uint32_t { kNominal, kDelivered, kRacked, kBurnIn, kEnd };

 private:
  PoolId pool_of(std::size_t tranche) const;
  void set_timers(double from_s);
  void into_service(NodeId id);
  double out_of_service(NodeId id);      // number of jobs hit
  void draw_fault(NodeId id);
  void count_down(NodeId id, bool is_down);
  void retire(NodeId id);
  void shut(NodeId id);
  bool is_shut(NodeId id) const;         // its site has no operating budget
  void keep_as_spare(NodeId id);
  void relieve(PoolId id);               // a spare takes the place of a node that failed

  RunState& run_;
  std::function<void(std::uint32_t)> interrupt_;
  std::function<void(NodeId, bool)> powered_;
  std::unique_ptr<NodeFaults> faults_;   // none: nothing fails
  std::unique_ptr<RepairShop> shop_;     // none: crews and parts wait for nobody beyond what repair times contain
  std::vector<Account> pending_account_; // by tranche: where cards are that have not been in service yet
  std::vector<bool> nominal_;            // by tranche
  std::vector<bool> without_budget_;     // by site
  double delivered_cards_ = 0;
  std::vector<Integral> public_down_;    // cards, by site
};

/// What happens to tranches, nodes and budgets if no node fails, in the order in which it happens.
struct PlannedSupply {
  double at_s;
  Event event;
  std::uint32_t what;
  std::uint32_t tag;
  bool operator==(const PlannedSupply&) const = default;
};
std::vector<PlannedSupply> planned_supply(const Fleet& fleet, double horizon_s);

/// Public cards of a partition in service over time, as the facts say before any fault.
struct SupplyStep {
  double from_s;
  double cards;
  bool operator==(const SupplyStep&) const = default;
};
std::vector<SupplyStep> public_supply(const Fleet& fleet, PartitionId partition);
std::vector<SupplyStep> public_supply(const Fleet& fleet, PoolId pool);
/// The least of `steps` over [from_s, until_s).
double least_supply(const std::vector<SupplyStep>& steps, double from_s, double until_s);

}  // namespace dure::sim
