#pragma once
#include <algorithm>
#include <cmath>

#include "sim/programme/programme.pb.h"

namespace dure::sim {

/// Cards or people. Of a budget B (cards x hours x market price) the share s pays people and data, 1 - s buys cards:
///
///   effective compute = (1 - s) B-worth of cards x ((o + s + W / B) / o)^gamma
///
/// Cards come in whole servers, so a team of one server has all of its budget in cards.
///
/// o `own_share`: what teams spend on people themselves, over B; W: what a team was paid as the winner of an earlier contest;
/// gamma `elasticity`. The best share is s* = max(0, (gamma - o) / (1 + gamma)) where W = 0. All three are assumptions.
class People {
 public:
  explicit People(const dure::People& spec) : spec_(spec) {}

  bool pays() const { return spec_.share() > 0; }
  /// Cards of a budget, in whole servers, at least one: rounded up or down by `lot` (0 to 1) so that the mean is (1 - s) of it. The rest is money.
  int cards(int budget_cards, int per_server, double lot) const {
    if (spec_.share() <= 0) return budget_cards;
    const double servers = (1 - spec_.share()) * budget_cards / per_server;
    return std::min(budget_cards, std::max(1, static_cast<int>(servers + lot)) * per_server);
  }
  /// By how much bought skill multiplies effective compute. `money_krw`: what the team has for people and data beside its own.
  double skill(double money_krw, double budget_krw) const {
    return budget_krw > 0 ? std::pow(1 + money_krw / (spec_.own_share() * budget_krw), spec_.elasticity()) : 1;
  }

 private:
  dure::People spec_;
};

}  // namespace dure::sim
