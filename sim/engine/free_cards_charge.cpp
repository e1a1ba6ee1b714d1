#include "sim/engine/free_cards_charge.h"

#include <algorithm>

#include "sim/error.h"

namespace dure::sim {

FreeCardsCharge::FreeCardsCharge(RunState& run) : run_(run) {
  for (const PoolFacts& mine : run.fleet.pools()) {
    auto& shared = shared_.emplace_back();
    for (std::size_t i = 0; i < run.pools.size(); ++i)  // pools of a site and card type stand in a row, the open one first
      if (run.fleet.pools()[i].site == mine.site && run.fleet.pools()[i].card == mine.card) shared.push_back(PoolId(i));
  }
}

const std::vector<PoolId>& FreeCardsCharge::charge(PoolId pool) {
  const std::vector<PoolId>& shared = shared_[index(pool)];
  PoolState& open = run_.pool(shared.front());
  settle(open, 0);
  NanoCards left = run_.fleet.pool(shared.front()).partition == kOpenToAll ? open.uncharged : 0;
  for (std::size_t i = 1; i < shared.size(); ++i) {
    PoolState& kept = run_.pool(shared[i]);
    const auto wanted = left > 0 ? open.cards.queue().demand(kept.cards.free().largest_fit_milli()) : WaitingQueue::Demand{};
    left -= settle(kept, std::min(left, NanoCards(wanted.fits_cards * 1e9)));
  }
  return shared;
}

NanoCards FreeCardsCharge::settle(PoolState& pool, NanoCards kept_from) {
  PoolLedger& ledger = pool.ledger;
  const double now_s = run_.now_s;
  const FreeCards& free = pool.cards.free();
  NanoCards left = NanoCards(free.free_cards()) * kCard + free.free_shared_milli() * (kCard / 1000);
  auto take = [&left](NanoCards waiting) {
    const NanoCards cards = std::min(left, waiting);
    left -= cards;
    return cards;
  };
  auto nano = [](double cards) { return NanoCards(cards * 1e9); };
  const bool somebody_waits = !(pool.cards.queue().empty() && pool.held.empty());
  const auto for_grant = somebody_waits ? pool.held.demand(free.largest_fit_milli()) : WaitingQueue::Demand{};
  const auto queued = somebody_waits ? pool.cards.demand() : WaitingQueue::Demand{};
  const Account own_cause = withheld(pool.cards.cause());
  const NanoCards grant = take(nano(for_grant.fits_cards));
  const NanoCards kept = take(kept_from);
  const NanoCards own = take(nano(queued.fits_cards));
  const NanoCards queued_fits_not = nano(queued.fits_not_cards);
  const NanoCards own_size = take(queued_fits_not);
  const NanoCards size = own_size + take(nano(for_grant.fits_not_cards));
  ledger.set(now_s, Account::kWithheldGrant, grant);
  ledger.set(now_s, Account::kWithheldReservation, kept + (own_cause == Account::kWithheldReservation ? own : 0));
  if (own_cause != Account::kWithheldReservation) ledger.set(now_s, own_cause, own);
  ledger.set(now_s, Account::kFragmentedSize, size);
  ledger.set(now_s, Account::kIdleNoDemand, left);
  pool.uncharged = nano(queued.fits_cards) - own + queued_fits_not - own_size;
  SIM_CHECK(ledger.sum() == ledger.nominal(), "the states of a pool's cards do not sum to nominal");
  return kept;
}

}  // namespace dure::sim
