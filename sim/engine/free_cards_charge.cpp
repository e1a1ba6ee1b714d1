#include "sim/engine/free_cards_charge.h"

#include <algorithm>

#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

FreeCardsCharge::FreeCardsCharge(RunState& run) : run_(run), types_(run.fleet.sites().size()) {
  for (std::size_t me = 0; me < run.pools.size(); ++me) {
    const PoolFacts& mine = run.fleet.pools()[me];
    auto& shared = shared_.emplace_back();
    for (std::size_t i = 0; i < run.pools.size(); ++i)  // pools of a site and card type stand in a row, the open one first
      if (run.fleet.pools()[i].site == mine.site && run.fleet.pools()[i].card == mine.card) shared.push_back(PoolId(i));
    if (mine.partition == kOpenToAll) types_[index(mine.site)].push_back(PoolId(me));
  }
}

const std::vector<PoolId>& FreeCardsCharge::charge(PoolId pool) {
  const std::vector<PoolId>& shared = shared_[index(pool)];
  PoolState& open = run_.pool(shared.front());
  settle(open, 0);
  const bool is_open = run_.fleet.pool(shared.front()).partition == kOpenToAll;
  NanoCards left = is_open ? open.uncharged : 0;
  for (std::size_t i = 1; i < shared.size(); ++i) {
    PoolState& kept = run_.pool(shared[i]);
    const auto wanted = left > 0 ? open.cards.queue().demand(kept.cards.free().largest_fit_milli()) : WaitingQueue::Demand{};
    left -= settle(kept, std::min(left, NanoCards(wanted.fits_cards * 1e9)));
  }
  if (is_open) open.uncharged = left;
  if (const auto& types = types_[index(run_.fleet.pool(pool).site)]; types.size() > 1) charge_types(types);
  return shared;
}

// What waits for one type of a site and is charged to none of its cards is charged to free cards of the others.
void FreeCardsCharge::charge_types(const std::vector<PoolId>& types) {
  NanoCards wanted = 0;
  for (const PoolId id : types) wanted += std::min(run_.pool(id).typed, run_.pool(id).uncharged);
  NanoCards charged = 0;
  for (const PoolId id : types) {
    PoolState& pool = run_.pool(id);
    const NanoCards of_others = wanted - std::min(pool.typed, pool.uncharged);
    const NanoCards type = std::min({pool.unwanted, of_others, wanted - charged});
    charged += type;
    pool.ledger.set(run_.now_s, Account::kFragmentedType, type);
    pool.ledger.set(run_.now_s, Account::kIdleNoDemand, pool.unwanted - type);
  }
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
  const bool somebody_waits = !(pool.cards.queue().empty() && pool.held.empty() && pool.aside.empty());
  const auto demand = [&](const WaitingQueue& line, std::int32_t fit_milli) { return somebody_waits ? line.demand(fit_milli) : WaitingQueue::Demand{}; };
  const std::int32_t fit_milli = free.largest_fit_milli();
  const auto for_grant = demand(pool.held, fit_milli);
  const auto for_quota = demand(pool.aside, fit_milli);
  const auto queued = demand(pool.cards.queue(), fit_milli);
  const Account own_cause = withheld(pool.cards.cause());
  const bool by_cap = own_cause == Account::kWithheldPowerCap;  // who waits for watts alone keeps the grants full that others wait for
  const NanoCards watts = by_cap ? take(nano(queued.fits_cards)) : 0;
  const NanoCards grant = take(nano(for_grant.fits_cards));
  const NanoCards quota = take(nano(for_quota.fits_cards));
  const NanoCards kept = take(kept_from);
  const NanoCards own = by_cap ? watts : take(nano(queued.fits_cards));

  NanoCards waiting = nano(queued.fits_not_cards);  // in the queue, charged to nothing yet but what fits and found no card
  NanoCards spare = 0, leaf = 0;
  if (pool.spare_cards > 0 && somebody_waits) {
    const auto spare_milli = std::int32_t(pool.spares.size()) * free.cards_per_node() * 1000;
    spare = std::min({pool.spare_cards, waiting, nano(demand(pool.cards.queue(), spare_milli + free.free_whole_nodes() * free.cards_per_node() * 1000).fits_cards - queued.fits_cards)});
    spare = std::max<NanoCards>(0, spare);
    waiting -= spare;
  }
  if (const std::int32_t in_number_milli = free.largest_in_number_milli(); in_number_milli > fit_milli) {
    leaf = take(std::min(waiting, nano(demand(pool.cards.queue(), in_number_milli).fits_cards - queued.fits_cards)));
    waiting -= leaf;
  }
  const NanoCards own_size = take(waiting);
  const NanoCards size = own_size + take(nano(for_quota.fits_not_cards)) + take(nano(for_grant.fits_not_cards));
  pool.unwanted = left + pool.spare_cards - spare;
  ledger.set(now_s, Account::kWithheldGrant, grant);
  const bool capped = pool.cards.lending_held_by_cap();  // the quota would lend
  ledger.set(now_s, Account::kWithheldQuota, capped ? 0 : quota);
  ledger.set(now_s, Account::kWithheldReservation, kept + (own_cause == Account::kWithheldReservation ? own : 0));
  for (const Account cause : {Account::kWithheldQueueOrder, Account::kWithheldDrain}) ledger.set(now_s, cause, own_cause == cause ? own : 0);
  ledger.set(now_s, Account::kWithheldPowerCap, (own_cause == Account::kWithheldPowerCap ? own : 0) + (capped ? quota : 0));
  ledger.set(now_s, Account::kWithheldSpare, spare);
  ledger.set(now_s, Account::kFragmentedSize, size);
  ledger.set(now_s, Account::kFragmentedLeaf, leaf);
  ledger.set(now_s, Account::kFragmentedType, 0);
  ledger.set(now_s, Account::kIdleNoDemand, pool.unwanted);
  pool.uncharged = nano(queued.fits_cards) - own + waiting - own_size;
  SIM_CHECK(ledger.sum() == ledger.nominal(), "the states of a pool's cards do not sum to nominal");
  return kept;
}

void add_idle_causes(RunState& run, Summary& summary) {
  const proto::Scenario& scenario = run.scenario;
  const bool has_spares = std::any_of(scenario.site().begin(), scenario.site().end(), [](const proto::Site& site) { return site.hot_spare_nodes() > 0; });
  const bool has_caps = std::any_of(scenario.site().begin(), scenario.site().end(), [](const proto::Site& site) { return site.has_power_cap_kw(); });
  for (std::size_t cause = 1; cause < kIdleCauses; ++cause) {
    const bool is_fragmented = IdleCause(cause) >= IdleCause::kSize;
    const Account account = is_fragmented ? fragmented(IdleCause(cause)) : withheld(IdleCause(cause));
    double card_s = 0;
    for (PoolState& pool : run.pools) card_s += pool.ledger.card_s(account, run.now_s);
    Text reason;
    switch (IdleCause(cause)) {
      case IdleCause::kQuota:
        if (!scenario.scheduler().has_quotas()) reason = {"quotas are not in the run (scheduler.quotas)", "쿼터(scheduler.quotas)를 적용하지 않았습니다"};
        break;
      case IdleCause::kDrain:
        if (scenario.scheduler().reservation().empty()) reason = {"the scenario has no reservation", "시나리오에 예약(scheduler.reservation)이 없습니다"};
        break;
      case IdleCause::kSpare:
        if (!has_spares) reason = {"no site keeps hot spares (site.hot_spare_nodes)", "예비 서버(site.hot_spare_nodes)를 둔 센터가 없습니다"};
        break;
      case IdleCause::kPowerCap:
        if (!has_caps) reason = {"no site has a cap on power (site.power_cap_kw)", "전력 상한(site.power_cap_kw)을 둔 센터가 없습니다"};
        break;
      case IdleCause::kLeaf:
        if (!scenario.placement().one_leaf_only()) reason = {"jobs may span leaves (placement.one_leaf_only)", "작업이 여러 리프에 걸칠 수 있습니다(placement.one_leaf_only)"};
        break;
      default: break;
    }
    summary.metrics.push_back({(is_fragmented ? "idle_fragmented_card_hours." : "withheld_card_hours.") + std::string(kIdleCauseNames[cause]), "card-hours",
                               reason.en.empty() ? std::optional(hours_from_s(card_s)) : std::nullopt, reason});
  }
}

}  // namespace dure::sim
