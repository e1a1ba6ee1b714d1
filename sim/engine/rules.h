#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/engine/run_state.h"
#include "sim/scheduling/quotas.h"
#include "sim/scheduling/reservations.h"

namespace dure::sim {

/// For whom cards are reserved.
struct OwnerGroup {
  std::vector<JobClassId> classes;
  std::vector<std::string> tenants;
  bool operator==(const OwnerGroup&) const = default;
};

/// A reservation of the scenario: whose, where, how many cards, from when to when.
struct PoolReservation {
  PoolId pool{};
  KeptCards kept;
};
struct ReservationPlan {
  std::vector<OwnerGroup> owners;  // the k-th has mark 1 << k
  std::vector<PoolReservation> reservations;
};

/// Reads the scenario's reservations against the facts. Throws ScenarioError.
ReservationPlan plan_reservations(const Facts& facts);

/// The scenario's quotas and those of its tenants; none if it has none. Throws ScenarioError.
std::unique_ptr<Quotas> make_quotas(const Facts& facts);

/// Refuses a quota of a call (CallRounds.quota) for kinds and regions of which nobody ever applies. Throws ScenarioError.
void check_call_quotas(const Facts& facts);

}  // namespace dure::sim
