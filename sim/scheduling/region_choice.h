#pragma once
#include <optional>
#include <span>
#include <vector>

#include "sim/ids.h"
#include "sim/scheduling/scheduling.pb.h"

namespace dure::sim {
namespace proto = ::dure;

/// A pool that has a card type a job may use, seen from where work is given out. What no rule asks for may stay 0.
struct PoolChoice {
  PoolId pool{};
  RegionId region{};
  bool fits_now = false;     // the job could start there at once: free.fits(ask), nobody ahead in the queue
  bool could_hold = false;   // the pool could ever hold it
  double waiting_cards = 0;  // asked by the jobs in its queue
  int cards_in_service = 0;
  int room_cards = 0;  // for grants: cards not yet granted
  SiteId site{};
  double wait_s = 0;             // expected, until it starts (Pool::expected_wait_s)
  double run_s = 0;              // expected, on the pool's card type
  double krw_per_kwh = 0;        // of a node's kWh now, cooling included
  double carbon_kg_per_kwh = 0;  // the same
  double transfer_s = 0;         // until its data would be there; a job without a data set of known size: of one byte
};

/// At which pool a job queues, and where a grant lies.
///
/// HOME, card choice ANY:
///   1. a pool at home that fits now
///   2. any pool that fits now, in the order given (the caller puts the nearest first)
///   3. a pool at home that could ever hold it
///   4. the pool with the least waiting cards per card in service
/// Without `home_first` home counts as any other pool; without `spill_over`, or for a job that may not leave home, 2 and 4
/// look at home alone. A grant lies at home if it has room for all of it, else at the pool with most room.
///
/// FASTEST_FINISH: of each site only the pool stands for election at which wait + transfer + run time is least; it counts as
/// fitting now if any pool of its site does. Then as with ANY.
///
/// Another rule takes the least of its number (expected wait; with FASTEST_FINISH until the finish; KRW or CO2 of a node's kWh;
/// transfer) among the pools that fit now, or among all that could ever hold the job if none does; the wait among all. Of
/// equals home with `home_first`, then the first given. None if no pool may ever hold the job. These orders are assumptions.
class RegionChoice {
 public:
  explicit RegionChoice(const proto::RegionChoice& config)
      : home_first_(config.home_first()), spill_over_(config.spill_over()), rule_(config.rule()), by_card_(config.card_choice() == proto::FASTEST_FINISH) {}

  std::optional<PoolId> for_job(RegionId home, bool may_spill, std::span<const PoolChoice> pools) const;
  /// Pools without room for all of it are passed over.
  std::optional<PoolId> for_grant(RegionId home, int cards, std::span<const PoolChoice> pools) const;

  /// A pool at home that fits now needs no other to be looked at.
  bool takes_home_at_once() const { return home_first_ && !asks_any(); }

  // What the caller must find out.
  bool asks_wait() const { return by_card_ || rule_ == proto::LEAST_WAIT; }
  bool asks_run() const { return by_card_; }
  bool asks_price() const { return rule_ == proto::CHEAPEST_POWER; }
  bool asks_carbon() const { return rule_ == proto::LOWEST_CARBON; }
  bool asks_transfer() const { return by_card_ || rule_ == proto::DATA_GRAVITY; }
  bool asks_any() const { return by_card_ || rule_ != proto::HOME; }

 private:
  std::optional<PoolId> home_then_shortest(RegionId home, bool stay, std::span<const PoolChoice> pools) const;
  std::optional<PoolId> home_then_roomiest(RegionId home, int cards, std::span<const PoolChoice> pools) const;
  std::optional<PoolId> least(RegionId home, std::span<const PoolChoice> pools) const;
  std::vector<PoolChoice> candidates(RegionId home, bool stay, std::span<const PoolChoice> pools) const;

  bool home_first_;
  bool spill_over_;
  proto::RegionRule rule_;
  bool by_card_;
};

}  // namespace dure::sim
