#pragma once
#include <limits>
#include <optional>

#include "sim/scheduling/scheduler.h"

namespace dure::sim {

/// The first job of a line, in order and before `before`, that may start now without delaying what is reserved: it ends by
/// then, or what it takes is to spare.
inline std::optional<WaitingJob> first_beside(const Reservation& reservation, const View& view, const WaitingQueue& line,
                                              std::uint64_t before = std::numeric_limits<std::uint64_t>::max()) {
  const std::int32_t fit_milli = view.free.largest_fit_milli();
  std::optional<WaitingJob> start;
  for (std::size_t a = 0; a < line.asks() && line.ask_milli(a) <= fit_milli; ++a) {
    if (line.front_order(a) >= before) continue;
    std::optional<WaitingJob> candidate;
    if (view.running.leaves_room(reservation, line.ask(a), view.free)) {
      candidate = line.front_of(a);
    } else if (view.now_s + line.shortest_estimate_s(a) <= reservation.at_s) {
      candidate = line.first_to_end_by(a, view.now_s, reservation.at_s);
    }
    if (!candidate || candidate->order >= before) continue;
    before = candidate->order;
    start = candidate;
  }
  return start;
}

/// A job above its quota that may borrow free cards: the first in order that does not delay who waits first within a quota.
inline std::optional<WaitingJob> first_to_borrow(const View& view, const WaitingQueue& aside) {
  const std::int32_t fit_milli = view.free.largest_fit_milli();
  if (aside.empty() || aside.ask_milli(0) > fit_milli) return {};
  const auto first = view.queue.front(view.free.largest_possible_milli());
  if (!first) return aside.front(fit_milli);
  if (view.free.fits(first->ask)) return {};  // its scheduler holds it back: these cards are spoken for
  return first_beside(view.running.reserve(first->ask, view.now_s, view.free), view, aside);
}

}  // namespace dure::sim
