#include "sim/scheduling/region_choice.h"

namespace dure::sim {

std::optional<PoolId> RegionChoice::for_job(RegionId home, bool may_spill, std::span<const PoolChoice> pools) const {
  const bool stay = !spill_over_ || !may_spill;
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

std::optional<PoolId> RegionChoice::for_grant(RegionId home, int cards, std::span<const PoolChoice> pools) const {
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
