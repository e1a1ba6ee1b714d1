#pragma once
#include <optional>
#include <span>

#include "sim/ids.h"
#include "sim/scheduling/scheduling.pb.h"

namespace dure::sim {
namespace proto = ::dure;

/// A pool that has the card type a job wants, seen from where work is given out.
struct PoolChoice {
  PoolId pool{};
  RegionId region{};
  bool fits_now = false;     // the job could start there at once: free.fits(ask), nobody ahead in the queue
  bool could_hold = false;   // the pool could ever hold it
  double waiting_cards = 0;  // asked by the jobs in its queue
  int cards_in_service = 0;
  int room_cards = 0;  // for grants: cards not yet granted
};

/// At which pool a job queues: home first, then spill over.
///
///   1. a pool at home that fits now
///   2. any pool that fits now, in the order given (the caller puts the nearest first)
///   3. a pool at home that could ever hold it
///   4. the pool with the least waiting cards per card in service
///
/// Without `home_first` home counts as any other pool; without `spill_over`, or for a job that may not leave home, 2 and 4
/// look at home alone. None if no pool may ever hold the job. Among equals the first given.
class RegionChoice {
 public:
  explicit RegionChoice(const proto::RegionChoice& config) : home_first_(config.home_first()), spill_over_(config.spill_over()) {}

  std::optional<PoolId> for_job(RegionId home, bool may_spill, std::span<const PoolChoice> pools) const;

  /// Where a grant of this many cards lies: home if it has room for all of it, else the pool with most room.
  std::optional<PoolId> for_grant(RegionId home, int cards, std::span<const PoolChoice> pools) const;

 private:
  bool home_first_;
  bool spill_over_;
};

}  // namespace dure::sim
