#pragma once
#include <cmath>

#include "sim/programme/programme.pb.h"

namespace dure::sim {

/// Cards or people. Of a budget B (cards x hours x market price) the share s pays people and data, 1 - s buys cards:
///
///   effective compute = (1 - s) B-worth of cards x ((o + s + W / B) / o)^gamma
///
/// o `own_share`: what teams spend on people themselves, over B; W: what a team was paid as the winner of an earlier contest;
/// gamma `elasticity`. The best share is s* = max(0, (gamma - o) / (1 + gamma)) where W = 0. All three are assumptions.
class People {
 public:
  explicit People(const dure::People& spec) : spec_(spec) {}

  double share() const { return spec_.share(); }
  int cards(int budget_cards, int per_server) const {
    if (spec_.share() <= 0) return budget_cards;
    return static_cast<int>((1 - spec_.share()) * budget_cards / per_server + 1e-9) * per_server;
  }
  /// By how much bought skill multiplies effective compute. `money_krw`: what the team has for people and data beside its own.
  double skill(double money_krw, double budget_krw) const {
    return budget_krw > 0 ? std::pow(1 + money_krw / (spec_.own_share() * budget_krw), spec_.elasticity()) : 1;
  }

 private:
  dure::People spec_;
};

}  // namespace dure::sim
