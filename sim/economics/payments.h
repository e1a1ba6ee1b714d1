#pragma once
#include <cstdint>
#include <vector>

#include "sim/inventory/fleet.h"

namespace dure {
class Economics;
}

namespace dure::sim {

/// A part of a price and when it is due.
struct DuePart {
  double at_s = 0;
  double share = 0;
};

/// When each tranche is paid, from the payment schedules of economics; all at delivery without one.
///
///   order        the recorded day of the order       months later: a twelfth of 365.25 days each, in whole days
///   delivery     the day of delivery of this run
///   acceptance   the day its last node has passed burn-in
///
/// A tranche that nobody delivers, or that is rented, is due nothing. Throws ScenarioError for shares that do not sum to one, a tranche
/// under two schedules, two schedules for all others, and a payment at an order whose day is not recorded.
std::vector<std::vector<DuePart>> payment_plan(const ::dure::Economics& terms, const Fleet& fleet);

/// Whole won that sum to the whole price: each part is what its share of the sum rounds to, less what went before.
std::vector<std::int64_t> divide_krw(std::int64_t price_krw, const std::vector<DuePart>& parts);

}  // namespace dure::sim
