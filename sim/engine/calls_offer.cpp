// What a round may grant: its part's share, and what it may borrow from others.
#include <algorithm>

#include "sim/engine/calls.h"

namespace dure::sim {

/// Public cards of the pool that a term of months can count on: in service, under repair or without a budget for now, less the spares.
int Calls::grantable(PoolId id) const {
  const PoolState& pool = run_.pool(id);
  int cards = pool.cards.free().cards_in_service();
  for (const NodeId node : pool.spares) cards += run_.fleet.node(node).cards;
  for (const NodeId node : pool.nodes)
    if (const NodeState state = run_.nodes[index(node)].state; (state == NodeState::kDown || state == NodeState::kShut) && !run_.fleet.node(node).own_use)
      cards += run_.fleet.node(node).cards;
  return std::max(0, cards - pool.spares_wanted * run_.fleet.card(run_.fleet.pool(id).card).cards_per_node);
}

Calls::PublicCards Calls::public_cards() const {
  PublicCards cards;
  for (std::size_t i = 0; i < run_.pools.size(); ++i)
    if (run_.fleet.pools()[i].partition == kOpenToAll) {
      const int of_pool = grantable(PoolId(i));
      cards.in_all += of_pool;
      cards.free += std::max(0, of_pool - granted_[i]);
    }
  return cards;
}

/// Cards the round may grant: what its part has left of its share of the public cards, or, if it borrows, what nobody was granted.
int Calls::offer(const Round& round) const {
  const PublicCards cards = public_cards();
  const int own = left_of_share(cards, round);
  return std::min(round.cards_on_offer, round.borrows ? cards.free : std::clamp(own, 0, cards.free));
}

int Calls::left_of_share(const PublicCards& cards, const Round& round) const { return int(round.share * cards.in_all + 1e-9) - granted_of_part_[round.part]; }

/// What a part grants above its share it borrows. What the other parts have left of theirs is kept for those that call before the loan would end.
Calls::Loan Calls::loan_of(std::size_t number, const Round& round) const {
  const PublicCards cards = public_cards();
  Loan loan{.own = left_of_share(cards, round), .free = cards.free};
  std::vector<bool> seen(granted_of_part_.size(), false);
  for (std::size_t i = 0; i < rounds_.size(); ++i) {   // in order of time
    const Round& other = rounds_[i];
    if (other.decided_s < run_.now_s || (other.decided_s == run_.now_s && i <= number) || other.part == round.part || seen[other.part]) continue;
    seen[other.part] = true;
    loan.kept.emplace_back(other.decided_s, std::max(0, left_of_share(cards, other)));
  }
  return loan;
}

bool Calls::Loan::carries(int cards, double end_s) const {
  if (granted + cards <= own) return true;
  int others = 0;
  for (const auto& [calls_s, left] : kept)
    if (calls_s < end_s) others += left;
  return granted + cards <= free - others;
}

}  // namespace dure::sim
