#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/reliability/node_faults.h"

namespace dure::sim {

/// Tranches and nodes over time: promised, delivered, installed, in service, down, back, gone.
class SupplySide {
 public:
  /// `interrupt(slot)` takes a job off its nodes; `changed(node)` tells that a node went on or off.
  SupplySide(RunState& run, std::function<void(std::uint32_t)> interrupt, std::function<void(NodeId, bool)> powered);

  void on_tranche(std::uint32_t tranche, std::uint32_t change);
  void on_node_arrives(std::uint32_t node);
  void on_fault(const Timers::Timer& timer);
  void on_repair(const Timers::Timer& timer);
  /// Delivery of a tranche is what economics pays for.
  std::function<void(TrancheId)> delivered;

  void write_rows();
  double delivered_cards() const { return delivered_cards_; }

 private:
  enum Change : std::uint32_t { kNominal, kDelivered, kRacked, kBurnIn, kEnd };
  void into_service(NodeId id);
  void out_of_service(NodeId id, Account account);
  void draw_fault(NodeId id);
  void retire(NodeId id);

  RunState& run_;
  std::function<void(std::uint32_t)> interrupt_;
  std::function<void(NodeId, bool)> powered_;
  std::unique_ptr<NodeFaults> faults_;   // none: nothing fails
  std::vector<Account> pending_account_; // by tranche: where cards are that have not been in service yet
  std::vector<bool> nominal_;            // by tranche
  double delivered_cards_ = 0;
};

/// Public cards in service over time, as the facts say before any fault.
struct SupplyStep {
  double from_s;
  double cards;
};
std::vector<SupplyStep> public_supply(const Fleet& fleet);

}  // namespace dure::sim
