#include "sim/scheduling/easy_backfill.h"

#include <limits>

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
  std::optional<WaitingJob> start;
  for (std::size_t a = 0; a < queue.asks() && queue.ask_milli(a) <= fit_milli; ++a) {
    if (queue.front_order(a) >= before) continue;
    std::optional<WaitingJob> candidate;
    if (view.running.leaves_room(reservation, queue.ask(a), view.free)) {
      candidate = queue.front_of(a);
    } else if (view.now_s + queue.shortest_estimate_s(a) <= reservation.at_s) {
      candidate = queue.first_to_end_by(a, view.now_s, reservation.at_s);
    }
    if (!candidate || candidate->order >= before) continue;
    before = candidate->order;
    start = candidate;
  }
  return start;
}

}  // namespace dure::sim
