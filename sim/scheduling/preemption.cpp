#include "sim/scheduling/preemption.h"

#include <algorithm>

namespace dure::sim {

void Preemption::started(const WaitingJob& job, const Slices& slices, double now_s) {
  left_queue(job);
  const Place place{job.rank, next_later_--};
  running_[place] = {job.id, slices, now_s};
  places_[job.order] = place;
  held_milli_[job.rank] += job.ask.milli();
}

void Preemption::ended(const WaitingJob& job) {
  const auto place = places_.find(job.order);
  running_.erase(place->second);
  places_.erase(place);
  held_milli_[job.rank] -= job.ask.milli();
}

bool Preemption::would_fit(Ask ask, const FreeCards& free, const std::vector<const Held*>& without) {
  FreeCards later = free;
  for (const Held* each : without) later.give_back(each->slices);
  return later.fits(ask);
}

std::optional<Preemption::Order> Preemption::next(const FreeCards& free, double now_s) const {
  for (const auto& [rank, line] : lines_) {
    const auto job = line.front(free.largest_possible_milli());
    if (!job) continue;
    if (free.fits(job->ask)) return Order{*job, {}};
    std::int64_t milli = free.free_cards() * std::int64_t{1000} + free.free_shared_milli();
    for (const auto& [lower, held] : held_milli_)
      if (lower < rank) milli += held;
    if (milli < job->ask.milli()) continue;

    std::vector<const Held*> victims;
    FreeCards later = free;
    for (auto it = running_.begin(); it != running_.end() && it->first.rank < rank && !later.fits(job->ask); ++it) {
      if (now_s - it->second.since_s < least_run_s_) continue;
      later.give_back(it->second.slices);
      victims.push_back(&it->second);
    }
    if (!later.fits(job->ask)) continue;
    for (std::size_t i = victims.size(); i-- > 0;) {
      const Held* spared = victims[i];
      victims.erase(victims.begin() + static_cast<std::ptrdiff_t>(i));
      if (!would_fit(job->ask, free, victims)) victims.insert(victims.begin() + static_cast<std::ptrdiff_t>(i), spared);
    }
    Order order{*job, {}};
    for (const Held* each : victims) order.victims.push_back(each->id);
    return order;
  }
  return {};
}

}  // namespace dure::sim
