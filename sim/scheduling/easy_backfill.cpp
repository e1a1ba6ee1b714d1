#include "sim/scheduling/easy_backfill.h"

#include <limits>

#include "sim/scheduling/beside.h"

namespace dure::sim {

std::optional<WaitingJob> EasyBackfill::next(const View& view) {
  const WaitingQueue& queue = view.queue;
  const auto first = queue.front(view.free.largest_possible_milli());
  if (!first || view.free.fits(first->ask)) return first;

  // Every ask that fits is smaller than the first job's, and no smaller ask has a job before it: all that fit are behind it.
  const std::int32_t fit_milli = view.free.largest_fit_milli();
  if (queue.ask_milli(0) > fit_milli) return {};
  const Reservation reservation = view.running.reserve(first->ask, view.now_s, view.free);
  std::uint64_t before = std::numeric_limits<std::uint64_t>::max();
  if (depth_ > 0) {
    const std::uint64_t last = queue.order_behind(first->order, static_cast<std::size_t>(depth_));
    before = last == before ? last : last + 1;
  }
  return first_beside(reservation, view, queue, before);
}

}  // namespace dure::sim
