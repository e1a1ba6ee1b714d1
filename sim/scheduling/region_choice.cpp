#include "sim/scheduling/region_choice.h"

#include <algorithm>
#include <tuple>

namespace dure::sim {

namespace {
double finish_s(const PoolChoice& pool) { return pool.wait_s + pool.transfer_s + pool.run_s; }
}  // namespace

std::optional<PoolId> RegionChoice::for_job(RegionId home, bool may_spill, std::span<const PoolChoice> pools) const {
  const bool stay = !spill_over_ || !may_spill;
  if (!asks_any()) return home_then_shortest(home, stay, pools);
  const std::vector<PoolChoice> seen = candidates(home, stay, pools);
  return rule_ == proto::HOME ? home_then_shortest(home, stay, seen) : least(home, seen);
}

std::optional<PoolId> RegionChoice::for_grant(RegionId home, int cards, std::span<const PoolChoice> pools) const {
  if (!asks_any()) return home_then_roomiest(home, cards, pools);
  std::vector<PoolChoice> seen;
  std::copy_if(pools.begin(), pools.end(), std::back_inserter(seen), [&](const PoolChoice& pool) { return pool.room_cards >= cards; });
  seen = candidates(home, !spill_over_, seen);
  const bool by_room = rule_ == proto::HOME || (rule_ == proto::LEAST_WAIT && !by_card_);  // grants do not wait
  return by_room ? home_then_roomiest(home, cards, seen) : least(home, seen);
}

/// Those that could ever hold it and are not out of bounds; with FASTEST_FINISH one a site.
std::vector<PoolChoice> RegionChoice::candidates(RegionId home, bool stay, std::span<const PoolChoice> pools) const {
  std::vector<PoolChoice> seen;
  for (const PoolChoice& pool : pools) {
    if (!pool.could_hold || (stay && pool.region != home)) continue;
    const auto same_site = std::find_if(seen.begin(), seen.end(), [&](const PoolChoice& each) { return by_card_ && each.site == pool.site; });
    if (same_site == seen.end()) {
      seen.push_back(pool);
      continue;
    }
    const bool fits_now = same_site->fits_now || pool.fits_now;
    if (finish_s(pool) < finish_s(*same_site)) *same_site = pool;
    same_site->fits_now = fits_now;
  }
  return seen;
}

std::optional<PoolId> RegionChoice::least(RegionId home, std::span<const PoolChoice> pools) const {
  const auto measure = [&](const PoolChoice& pool) {
    switch (rule_) {
      case proto::CHEAPEST_POWER: return pool.krw_per_kwh;
      case proto::LOWEST_CARBON: return pool.carbon_kg_per_kwh;
      case proto::DATA_GRAVITY: return pool.transfer_s;
      default: return by_card_ ? finish_s(pool) : pool.wait_s;
    }
  };
  const auto key = [&](const PoolChoice& pool) {
    return std::tuple(rule_ != proto::LEAST_WAIT && !pool.fits_now, measure(pool), home_first_ && pool.region != home);
  };
  const auto best = std::min_element(pools.begin(), pools.end(), [&](const PoolChoice& a, const PoolChoice& b) { return key(a) < key(b); });
  if (best == pools.end()) return {};
  return best->pool;
}

std::optional<PoolId> RegionChoice::home_then_shortest(RegionId home, bool stay, std::span<const PoolChoice> pools) const {
  const PoolChoice* at_home = nullptr;  // could ever hold it
  const PoolChoice* fits_at_home = nullptr;
  const PoolChoice* fits = nullptr;
  const PoolChoice* shortest = nullptr;  // least waiting per card in service
  for (const PoolChoice& pool : pools) {
    const bool is_home = pool.region == home;
    if (!pool.could_hold || (stay && !is_home)) continue;
    if (is_home && !at_home) at_home = &pool;
    if (is_home && pool.fits_now && !fits_at_home) fits_at_home = &pool;
    if (pool.fits_now && !fits) fits = &pool;
    // Cross-multiplied, so that a pool whose nodes are all away counts as the longest queue.
    if (!shortest || pool.waiting_cards * shortest->cards_in_service < shortest->waiting_cards * pool.cards_in_service ||
        (shortest->cards_in_service == 0 && pool.cards_in_service > 0))
      shortest = &pool;
  }
  for (const PoolChoice* choice : {home_first_ ? fits_at_home : nullptr, fits, home_first_ ? at_home : nullptr, shortest})
    if (choice) return choice->pool;
  return {};
}

std::optional<PoolId> RegionChoice::home_then_roomiest(RegionId home, int cards, std::span<const PoolChoice> pools) const {
  const PoolChoice* most = nullptr;
  for (const PoolChoice& pool : pools) {
    if (home_first_ && pool.region == home && pool.room_cards >= cards) return pool.pool;
    if (!spill_over_ && pool.region != home) continue;
    if (!most || pool.room_cards > most->room_cards) most = &pool;
  }
  if (!most) return {};
  return most->pool;
}

}  // namespace dure::sim
