#include "sim/scheduling/conservative_backfill.h"

#include <algorithm>

#include "sim/error.h"

namespace dure::sim {
namespace {

constexpr double kNever_s = Profile::kNever_s;

bool earlier(const Profile::Step& a, const Profile::Step& b) { return a.at_s < b.at_s; }

void insert_step(std::vector<Profile::Step>& steps, const Profile::Step& step) {
  steps.insert(std::upper_bound(steps.begin(), steps.end(), step, earlier), step);
}

void erase_step(std::vector<Profile::Step>& steps, const Profile::Step& step) {
  auto it = std::lower_bound(steps.begin(), steps.end(), step, earlier);
  while (it != steps.end() && (it->change.nodes != step.change.nodes || it->change.milli != step.change.milli)) ++it;
  SIM_CHECK(it != steps.end() && it->at_s == step.at_s, "a step of the plan is not in it");
  steps.erase(it);
}

Profile::Need need_of(Ask ask, int cards_per_node) { return {ask.share_milli > 0 ? 0 : ask.cards / cards_per_node, ask.milli()}; }

}  // namespace

// ---- what happens in the pool ----

void ConservativeBackfill::queued(const WaitingJob& job) { others_.insert(job.order, job); }

void ConservativeBackfill::withdrawn(const WaitingJob& job) { forget(job, false); }

void ConservativeBackfill::started(const WaitingJob& job, double now_s) {
  const bool as_promised = promise_s(job.order) == now_s;
  forget(job, as_promised);
  insert_step(ends_, {now_s + job.estimate_s, {0, job.ask.milli()}});
  (as_promised ? is_guess_ : is_stale_) = true;
}

void ConservativeBackfill::ended(const WaitingJob& job, double expected_end_s, double now_s) {
  erase_step(ends_, {expected_end_s, {0, job.ask.milli()}});
  is_stale_ = true;
  if (expected_end_s <= now_s) return;
  must_compress_ = true;
  more_room_until_s_ = std::max(more_room_until_s_, expected_end_s);
}

void ConservativeBackfill::forget(const WaitingJob& job, bool keeps_slot) {
  const auto it = place_of(job.order);
  if (it == promises_.end()) {
    others_.erase(job.order);
    return;
  }
  if (it->at_s != kNever_s) {
    note(*it, -1);
    if (!keeps_slot) {
      is_stale_ = true;
      must_compress_ = true;
      more_room_until_s_ = std::max(more_room_until_s_, it->slot().to_s);
    }
  }
  promises_.erase(it);
}

std::vector<ConservativeBackfill::Promise>::const_iterator ConservativeBackfill::place_of(std::uint64_t order) const {
  const auto it = std::lower_bound(promises_.begin(), promises_.end(), order, [](const Promise& p, std::uint64_t o) { return p.job.order < o; });
  return it != promises_.end() && it->job.order == order ? it : promises_.end();
}

double ConservativeBackfill::promise_s(std::uint64_t order) const {
  const auto it = place_of(order);
  return it == promises_.end() ? kNever_s : it->at_s;
}

// ---- the plan ----

void ConservativeBackfill::note(const Promise& promise, int sign) {
  const Profile::Need less{-promise.need.nodes, -promise.need.milli};
  const Profile::Slot slot = promise.slot();
  if (sign > 0) {
    insert_step(promised_, {slot.from_s, less});
    insert_step(promised_, {slot.to_s, promise.need});
  } else {
    erase_step(promised_, {slot.from_s, less});
    erase_step(promised_, {slot.to_s, promise.need});
  }
}

// False if the promises do not all hold.
bool ConservativeBackfill::rebuild(const View& view) {
  running_ = &view.running;
  is_stale_ = is_guess_ = false;
  made_s_ = view.now_s;
  double last_s = view.now_s;
  for (const Promise& promise : promises_)
    if (promise.at_s != kNever_s) last_s = std::max(last_s, promise.at_s);
  return profile_.assign(view.now_s, {view.free.free_whole_nodes(), view.free.free_cards() * std::int64_t{1000} + view.free.free_shared_milli()},
                         *this, last_s);
}

// Running jobs and promises, merged as far as the profile asks.
double ConservativeBackfill::read(double after_s, std::vector<Profile::Step>& steps) const {
  constexpr std::size_t kAtOnce = 128;
  const auto after = [after_s](const std::vector<Profile::Step>& in) {
    return std::upper_bound(in.begin(), in.end(), after_s, [](double s, const Profile::Step& step) { return s < step.at_s; });
  };
  auto end = after(ends_), promised = after(promised_);
  const auto& wholes = running_->wholes();
  std::size_t block = wholes.empty() ? wholes.blocks() : wholes.block_of(after_s);
  std::size_t place = block == wholes.blocks() ? 0 : wholes.place_in(wholes.block(block), after_s);
  const auto settle_place = [&] {
    while (block < wholes.blocks() && place >= wholes.block(block).size) {
      ++block;
      place = 0;
    }
  };
  settle_place();
  if (block < wholes.blocks() && wholes.block(block).keys[place] == after_s) {
    ++place;
    settle_place();
  }
  for (double last_s = after_s;;) {
    const double whole_s = block < wholes.blocks() ? wholes.block(block).keys[place] : kNever_s;
    const double end_s = end != ends_.end() ? end->at_s : kNever_s;
    const double promised_s = promised != promised_.end() ? promised->at_s : kNever_s;
    const double next_s = std::min({whole_s, end_s, promised_s});
    if (next_s == kNever_s) return kNever_s;
    if (steps.size() >= kAtOnce && next_s > last_s) return last_s;
    last_s = next_s;
    if (whole_s == next_s) {
      steps.push_back({whole_s, {wholes.block(block).values[place], 0}});
      ++place;
      settle_place();
    } else if (end_s == next_s) {
      steps.push_back(*end++);
    } else {
      steps.push_back(*promised++);
    }
  }
}

// The profile is without the promise.
void ConservativeBackfill::give(Promise& promise, const View& view) {
  promise.at_s = view.free.could_hold(promise.job.ask) ? profile_.earliest_s(promise.need, promise.job.estimate_s, view.now_s) : kNever_s;
  if (promise.at_s == kNever_s) return;
  profile_.take(promise.slot(), promise.need);
  note(promise, +1);
}

void ConservativeBackfill::renew(const View& view) {
  promised_.clear();
  rebuild(view);
  for (Promise& promise : promises_) give(promise, view);
  must_renew_ = must_compress_ = false;
  more_room_until_s_ = view.now_s;
}

void ConservativeBackfill::compress(double now_s) {
  for (bool moved = true; moved && more_room_until_s_ > now_s;) {
    moved = false;
    double until_s = more_room_until_s_;  // who moves makes room for those behind, and in the next turn for those before
    more_room_until_s_ = now_s;
    room_from_s_.assign(sizes_.size(), now_s);
    for (Promise& promise : promises_) {
      const double before_s = std::min(promise.at_s, until_s);
      double& from_s = room_from_s_[promise.size];
      if (before_s <= from_s || promise.at_s == kNever_s) continue;
      from_s = profile_.first_room_s(promise.need, from_s, before_s);
      if (before_s <= from_s) continue;
      const Profile::Slot old = promise.slot();
      const double at_s = profile_.earliest_s(promise.need, promise.job.estimate_s, from_s, before_s, old);
      if (at_s == kNever_s) continue;
      for (double& room_s : room_from_s_) room_s = std::min(room_s, old.from_s);
      profile_.give(old, promise.need);
      note(promise, -1);
      promise.at_s = at_s;
      profile_.take(promise.slot(), promise.need);
      note(promise, +1);
      until_s = std::max(until_s, old.to_s);
      more_room_until_s_ = std::max(more_room_until_s_, old.to_s);
      moved = true;
    }
  }
  must_compress_ = false;
}

bool ConservativeBackfill::is_full() const {
  if (depth_ == 0 || promises_.size() < depth_) return false;
  const auto held = std::count_if(promises_.begin(), promises_.end(), [](const Promise& p) { return p.at_s != kNever_s; });
  return static_cast<std::size_t>(held) >= depth_;
}

// The first `depth_` jobs in line hold promises. One that came back to its old place may push out the last.
void ConservativeBackfill::promise_more(const View& view) {
  while (!others_.empty()) {
    const std::uint64_t order = others_.front_key();
    const bool full = is_full();
    if (full && order > promises_.back().job.order) return;
    if (full) {
      const WaitingJob last = promises_.back().job;
      forget(last, false);
      others_.insert(last.order, last);
      if (is_stale_) rebuild(view);
    }
    Promise promise;
    promise.job = *others_.find(order);
    promise.need = need_of(promise.job.ask, view.free.cards_per_node());
    promise.size = sizes_.try_emplace(promise.need.milli, static_cast<std::uint32_t>(sizes_.size())).first->second;
    others_.erase(order);
    give(promise, view);
    promises_.insert(std::upper_bound(promises_.begin(), promises_.end(), order, [](std::uint64_t o, const Promise& p) { return o < p.job.order; }), promise);
  }
}

void ConservativeBackfill::bring_up_to_date(const View& view) {
  for (Promise& promise : promises_) {  // who could not start at its time may start now
    if (promise.at_s >= view.now_s) continue;
    note(promise, -1);
    promise.at_s = view.now_s;
    note(promise, +1);
    is_stale_ = true;
  }
  if (is_guess_ && view.now_s > made_s_) is_stale_ = true;
  if (must_renew_ || (is_stale_ && !rebuild(view))) renew(view);
  if (must_compress_) compress(view.now_s);
  promise_more(view);
}

// ---- decision ----

std::optional<WaitingJob> ConservativeBackfill::next(const View& view) {
  if (promises_.empty() && !others_.empty()) {  // nothing is promised to anybody: the first in line needs no plan
    const WaitingJob first = *others_.find(others_.front_key());
    if (view.free.fits(first.ask)) return first;
  }
  bring_up_to_date(view);
  if (auto start = due(view)) return start;
  return behind(view);
}

std::optional<WaitingJob> ConservativeBackfill::due(const View& view) const {
  for (const Promise& promise : promises_)
    if (promise.at_s <= view.now_s && view.free.fits(promise.job.ask)) return promise.job;
  return {};
}

std::optional<WaitingJob> ConservativeBackfill::behind(const View& view) const {
  if (others_.empty()) return {};
  const WaitingQueue& queue = view.queue;
  const std::uint64_t from_order = promises_.back().job.order + 1;
  std::optional<WaitingJob> start;
  for (std::size_t a = 0; a < queue.asks() && queue.ask_milli(a) <= view.free.largest_fit_milli(); ++a) {
    const double until_s = profile_.room_until_s(need_of(queue.ask(a), view.free.cards_per_node()), view.now_s);
    if (view.now_s + queue.shortest_estimate_s(a) > until_s) continue;
    const auto candidate = queue.first_to_end_by(a, view.now_s, until_s, from_order);
    if (candidate && (!start || candidate->order < start->order)) start = candidate;
  }
  return start;
}

}  // namespace dure::sim
