#include "sim/scheduling/reservations.h"

#include <algorithm>
#include <limits>

#include "sim/scheduling/beside.h"

namespace dure::sim {
namespace {

std::int64_t milli_of(int cards) { return std::int64_t{cards} * 1000; }

}  // namespace

void Reservations::add(const KeptCards& kept) {
  windows_.insert(std::upper_bound(windows_.begin(), windows_.end(), kept.from_s, [](double s, const Window& each) { return s < each.from_s; }), Window{kept});
  for (Window& window : windows_) {
    window.together_milli = 0;
    for (const Window& other : windows_)
      if (other.from_s <= window.from_s && window.from_s < other.until_s) window.together_milli += milli_of(other.cards);
  }
}

void Reservations::drop_past(double now_s) {
  std::erase_if(windows_, [now_s](const Window& window) { return window.until_s <= now_s; });
}

void Reservations::count(const WaitingJob& job, double expected_end_s, int sign) {
  for (Window& window : windows_) {
    if (window.from_s >= expected_end_s) break;
    ((job.marks & window.owners) != 0 ? window.owners_milli : window.others_milli) += sign * std::int64_t{job.ask.milli()};
  }
}

Reservations::Bound Reservations::bound(Ask ask, std::uint16_t marks, const View& view) const {
  const bool on_open_card = ask.share_milli > 0 && view.free.card_for(ask.share_milli).node != kNoNode;  // takes no card more
  std::int64_t room_milli = milli_of(view.free.free_cards()) - (on_open_card ? 0 : ask.share_milli > 0 ? 1000 : ask.milli());
  for (const Window& window : windows_) {
    if (window.from_s > view.now_s) {
      if ((marks & window.owners) == 0 && window.others_milli + ask.milli() > milli_of(view.free.cards_in_service()) - window.together_milli)
        return {window.from_s, false};
    } else if ((marks & window.owners) == 0) {
      room_milli -= std::max<std::int64_t>(0, milli_of(window.cards) - window.owners_milli);
      if (room_milli < 0 && !on_open_card) return {-std::numeric_limits<double>::infinity(), true};
    }
  }
  return {std::numeric_limits<double>::infinity(), false};
}

std::optional<WaitingJob> Reservations::owner(const View& view) {
  drop_past(view.now_s);
  for (const Window& window : windows_) {
    if (window.from_s > view.now_s) break;
    for (std::size_t group = 0; group < lines_.size(); ++group) {
      if ((window.owners >> group & 1) == 0 || lines_[group].empty()) continue;
      const std::int64_t left_milli = milli_of(window.cards) - window.owners_milli;
      const auto job = lines_[group].front(static_cast<std::int32_t>(std::clamp<std::int64_t>(left_milli, 0, view.free.largest_fit_milli())));
      if (job && view.now_s + job->estimate_s <= bound(job->ask, job->marks, view).end_by_s) return job;
    }
  }
  return {};
}

bool Reservations::allows(const WaitingJob& job, const View& view) {
  drop_past(view.now_s);
  const Bound bound = this->bound(job.ask, job.marks, view);
  if (view.now_s + job.estimate_s <= bound.end_by_s) return true;
  refused_ = bound.is_now ? IdleCause::kReservation : IdleCause::kDrain;
  return false;
}

std::optional<WaitingJob> Reservations::instead(const View& view) const {
  const WaitingQueue& queue = view.queue;
  const auto first = queue.front(view.free.largest_possible_milli());
  std::optional<Reservation> reservation;
  if (first && !view.free.fits(first->ask)) reservation = view.running.reserve(first->ask, view.now_s, view.free);
  std::optional<WaitingJob> start;
  for (std::size_t a = 0; a < queue.asks() && queue.ask_milli(a) <= view.free.largest_fit_milli(); ++a) {
    double end_by_s = bound(queue.ask(a), 0, view).end_by_s;
    if (reservation && !view.running.leaves_room(*reservation, queue.ask(a), view.free)) end_by_s = std::min(end_by_s, reservation->at_s);
    if (view.now_s + queue.shortest_estimate_s(a) > end_by_s) continue;
    const auto candidate = queue.first_to_end_by(a, view.now_s, end_by_s);
    if (candidate && (!start || candidate->order < start->order)) start = candidate;
  }
  return start;
}

}  // namespace dure::sim
