#include "sim/scheduling/priority_backfill.h"

#include <algorithm>

namespace dure::sim {

void PriorityBackfill::queued(const WaitingJob& job) {
  tenants_.book->known(job.tenant);
  if (index(job.tenant) >= lines_.size()) lines_.resize(index(job.tenant) + 1);
  WaitingQueue& line = lines_[index(job.tenant)];
  if (line.empty()) waiting_.push_back(job.tenant);
  line.push(job);
}

void PriorityBackfill::remove(const WaitingJob& job) {
  WaitingQueue& line = lines_[index(job.tenant)];
  line.remove(job);
  if (line.empty()) waiting_.erase(std::find(waiting_.begin(), waiting_.end(), job.tenant));
}

void PriorityBackfill::started(const WaitingJob& job, double now_s) {
  remove(job);
  tenants_.book->holds(job.tenant, tenants_.card, job.ask.milli(), now_s);
}

void PriorityBackfill::ended(const WaitingJob& job, double /*expected_end_s*/, double now_s) {
  tenants_.book->holds(job.tenant, tenants_.card, -job.ask.milli(), now_s);
}

/// Looks for a better job than `best` among one tenant's asks up to a size. `candidate(line, a)` is the first job in the line of
/// ask a that may start, or none. Lines that cannot hold a better one are not looked into.
template <class Candidate>
void PriorityBackfill::best_of(TenantId tenant, double tenant_priority, const View& view, std::int32_t limit_milli, const Candidate& candidate,
                               std::optional<Choice>& best) const {
  const WaitingQueue& line = lines_[index(tenant)];
  const auto oldest = line.front(limit_milli);
  if (!oldest) return;
  const double age = age_priority(view.now_s - oldest->submit_s);
  for (std::size_t a = 0; a < line.asks() && line.ask_milli(a) <= limit_milli; ++a) {
    const double size = size_priority(line.ask_milli(a) * 1e-3 / std::max(1, cards_in_service_));
    const double at_most = tenant_priority + age + size;
    if (best && (at_most < best->priority || (at_most == best->priority && line.front_order(a) > best->job.order))) continue;
    const std::optional<WaitingJob> job = candidate(line, a);
    if (!job) continue;
    const double priority = tenant_priority + age_priority(view.now_s - job->submit_s) + size;
    if (!best || priority > best->priority || (priority == best->priority && job->order < best->job.order)) best = Choice{*job, priority};
  }
}

std::optional<WaitingJob> PriorityBackfill::next(const View& view) {
  if (view.free.cards_in_service() != cards_in_service_) {
    tenants_.book->in_service(tenants_.card, view.free.cards_in_service() - cards_in_service_);
    cards_in_service_ = view.free.cards_in_service();
  }
  const WaitingQueue& queue = view.queue;
  const std::int32_t fit_milli = view.free.largest_fit_milli();
  if (queue.empty() || queue.ask_milli(0) > fit_milli) return {};

  priorities_.clear();
  for (const TenantId tenant : waiting_) priorities_.push_back(tenant_priority(tenant, view.now_s));
  const auto best = [&](std::int32_t limit_milli, const auto& candidate) {
    std::optional<Choice> choice;
    for (std::size_t i = 0; i < waiting_.size(); ++i) best_of(waiting_[i], priorities_[i], view, limit_milli, candidate, choice);
    return choice ? std::optional(choice->job) : std::nullopt;
  };
  const auto first = best(view.free.largest_possible_milli(), [](const WaitingQueue& line, std::size_t a) { return std::optional(line.front_of(a)); });
  if (!first || view.free.fits(first->ask)) return first;

  const Reservation reservation = view.running.reserve(first->ask, view.now_s, view.free);
  leaves_room_.clear();
  for (std::size_t a = 0; a < queue.asks() && queue.ask_milli(a) <= fit_milli; ++a)
    leaves_room_.push_back(view.running.leaves_room(reservation, queue.ask(a), view.free));
  return best(fit_milli, [&](const WaitingQueue& line, std::size_t a) -> std::optional<WaitingJob> {
    std::size_t in_queue = 0;  // few sizes fit when somebody waits
    while (queue.ask_milli(in_queue) != line.ask_milli(a)) ++in_queue;
    if (leaves_room_[in_queue]) return line.front_of(a);
    if (view.now_s + line.shortest_estimate_s(a) > reservation.at_s) return {};
    return line.first_to_end_by(a, view.now_s, reservation.at_s);
  });
}

}  // namespace dure::sim
