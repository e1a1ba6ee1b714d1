#include "sim/scheduling/preemption.h"

#include <algorithm>

namespace dure::sim {

void Preemption::started(const WaitingJob& job, const Slices& slices, double now_s) {
  left_queue(job);
  const Place place{job.rank, next_later_--};
  running_[place] = {job.id, slices, now_s, job.tenant, job.ask.milli()};
  places_[job.order] = place;
  held_milli_[job.rank] += job.ask.milli();
}

void Preemption::ended(const WaitingJob& job) {
  const auto place = places_.find(job.order);
  held_milli_[place->second.rank] -= job.ask.milli();
  running_.erase(place->second);
  places_.erase(place);
}

bool Preemption::would_fit(Ask ask, const FreeCards& free, const std::vector<const Held*>& without) {
  FreeCards later = free;
  for (const Held* each : without) later.give_back(each->slices);
  return later.fits(ask);
}

std::optional<Preemption::Order> Preemption::make_room(const WaitingJob& job, int below_rank, bool only_above_quota, const FreeCards& free, double now_s) {
  std::int64_t milli = free.free_cards() * std::int64_t{1000} + free.free_shared_milli();
  for (const auto& [rank, held] : held_milli_)
    if (rank < below_rank) milli += held;
  if (milli < job.ask.milli()) return {};

  std::vector<const Held*> victims;
  std::map<TenantId, std::int64_t> gives_up_milli;
  FreeCards later = free;
  for (auto it = running_.begin(); it != running_.end() && it->first.rank < below_rank && !later.fits(job.ask); ++it) {
    const Held& held = it->second;
    if (const double fair_game_s = held.since_s + least_run_s_; now_s < fair_game_s) {
      again_s_ = std::min(again_s_, fair_game_s);
      continue;
    }
    if (only_above_quota) {
      std::int64_t& given_milli = gives_up_milli[held.tenant];
      if (over_milli_(held.tenant) - given_milli <= 0) continue;
      given_milli += held.milli;
    }
    later.give_back(held.slices);
    victims.push_back(&held);
  }
  if (!later.fits(job.ask)) return {};
  for (std::size_t i = victims.size(); i-- > 0;) {
    const Held* spared = victims[i];
    victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(i));
    if (!would_fit(job.ask, free, victims)) victims.insert(victims.begin() + static_cast<std::ptrdiff_t>(i), spared);
  }
  Order order{job, {}};
  for (const Held* each : victims) order.victims.push_back(each->id);
  return order;
}

std::optional<WaitingJob> Preemption::first_to_recall(const FreeCards& free) const {
  const auto lent = held_milli_.find(kBorrowedRank);
  if (recallers_.empty() || lent == held_milli_.end() || lent->second == 0) return {};
  const std::int64_t within_milli = free.free_cards() * std::int64_t{1000} + free.free_shared_milli() + lent->second;
  std::optional<std::size_t> first;
  for (std::size_t a = 0; a < recallers_.asks() && recallers_.ask_milli(a) <= within_milli; ++a)
    if (!free.fits(recallers_.ask(a)) && free.could_hold(recallers_.ask(a)) && (!first || recallers_.front_order(a) < recallers_.front_order(*first))) first = a;
  return first ? std::optional(recallers_.front_of(*first)) : std::nullopt;
}

std::optional<Preemption::Order> Preemption::next(const FreeCards& free, double now_s) {
  again_s_ = std::numeric_limits<double>::infinity();
  for (const auto& [rank, line] : lines_) {
    const auto job = line.front(free.largest_possible_milli());
    if (!job) continue;
    if (free.fits(job->ask)) return Order{*job, {}};
    if (auto order = make_room(*job, rank, false, free, now_s)) return order;
  }
  if (const auto job = first_to_recall(free)) return make_room(*job, kBorrowedRank + 1, true, free, now_s);
  return {};
}

}  // namespace dure::sim
