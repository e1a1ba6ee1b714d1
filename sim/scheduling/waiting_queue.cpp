#include "sim/scheduling/waiting_queue.h"

#include <algorithm>

#include "sim/error.h"

namespace dure::sim {

std::size_t WaitingQueue::line_of(Ask ask) {
  auto& table = ask.share_milli > 0 ? line_by_share_ : line_by_cards_;
  const auto size = static_cast<std::size_t>(ask.share_milli > 0 ? ask.share_milli : ask.cards);
  if (size >= table.size()) table.resize(size + 1);
  if (table[size] == 0) {
    lines_.emplace_back().ask = ask;
    table[size] = static_cast<std::uint32_t>(lines_.size());
  }
  return table[size] - 1;
}

std::size_t WaitingQueue::position(std::int32_t milli) const {
  return static_cast<std::size_t>(std::lower_bound(asks_milli_.begin(), asks_milli_.end(), milli) - asks_milli_.begin());
}

// The least estimate of a line; none is below `not_below_s`, so the search may stop there.
double WaitingQueue::shortest(const Line& line, double not_below_s) {
  double least_s = std::numeric_limits<double>::infinity();
  for (std::size_t b = 0; b < line.jobs.blocks() && least_s > not_below_s; ++b)
    least_s = std::min(least_s, line.jobs.summary(b).estimate_s);
  return least_s;
}

void WaitingQueue::push(const WaitingJob& job) {
  SIM_CHECK(job.ask.cards >= 1 && job.ask.share_milli >= 0 && job.ask.share_milli < 1000, "a job asks for nothing");
  const std::size_t number = line_of(job.ask);
  Line& line = lines_[number];
  SIM_CHECK(line.jobs.insert(job.order, {job.id, job.estimate_s, job.submit_s, job.tenant, static_cast<std::int16_t>(job.rank), job.marks}), "a job waits twice");
  const std::size_t a = position(job.ask.milli());
  if (++line.size == 1) {
    const auto place = static_cast<std::ptrdiff_t>(a);
    asks_milli_.insert(asks_milli_.begin() + place, job.ask.milli());
    line_numbers_.insert(line_numbers_.begin() + place, static_cast<std::uint32_t>(number));
    front_orders_.insert(front_orders_.begin() + place, job.order);
    shortest_s_.insert(shortest_s_.begin() + place, job.estimate_s);
  } else {
    front_orders_[a] = std::min(front_orders_[a], job.order);
    shortest_s_[a] = std::min(shortest_s_[a], job.estimate_s);
  }
  ++size_;
  milli_ += job.ask.milli();
  card_s_ += 1e-3 * job.ask.milli() * job.estimate_s;
  if (ranked_) ranks_.insert(job.order, {});
}

void WaitingQueue::remove(const WaitingJob& job) {
  Line& line = lines_[line_of(job.ask)];
  const Entry* found = line.jobs.find(job.order);
  SIM_CHECK(found != nullptr, "a job left the queue that did not wait in it");
  const double estimate_s = found->estimate_s;
  line.jobs.erase(job.order);
  const std::size_t a = position(job.ask.milli());
  if (--line.size == 0) {
    const auto place = static_cast<std::ptrdiff_t>(a);
    asks_milli_.erase(asks_milli_.begin() + place);
    line_numbers_.erase(line_numbers_.begin() + place);
    front_orders_.erase(front_orders_.begin() + place);
    shortest_s_.erase(shortest_s_.begin() + place);
  } else {
    front_orders_[a] = line.jobs.front_key();
    if (estimate_s <= shortest_s_[a]) shortest_s_[a] = shortest(line, shortest_s_[a]);
  }
  --size_;
  milli_ -= job.ask.milli();
  card_s_ = size_ == 0 ? 0 : card_s_ - 1e-3 * job.ask.milli() * estimate_s;  // what rounding leaves goes with the last
  if (ranked_) ranks_.erase(job.order);
}

WaitingJob WaitingQueue::job_at(const Line& line, std::size_t b, std::size_t place) {
  const auto& block = line.jobs.block(b);
  const Entry& entry = block.values[place];
  return {entry.id, line.ask, entry.estimate_s, block.keys[place], entry.tenant, entry.submit_s, entry.rank, entry.marks};
}

WaitingJob WaitingQueue::front_of(std::size_t a) const {
  return job_at(lines_[line_numbers_[a]], 0, 0);
}

std::optional<WaitingJob> WaitingQueue::front(std::int32_t limit_milli) const {
  std::size_t best = asks();
  std::uint64_t order = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t a = 0; a < asks() && asks_milli_[a] <= limit_milli; ++a) {
    if (front_orders_[a] >= order) continue;
    order = front_orders_[a];
    best = a;
  }
  if (best == asks()) return {};
  return front_of(best);
}

std::optional<WaitingJob> WaitingQueue::first_to_end_by(std::size_t a, double now_s, double end_s, std::uint64_t from_order) const {
  const Line& line = lines_[line_numbers_[a]];
  for (std::size_t b = from_order == 0 ? 0 : line.jobs.block_of(from_order); b < line.jobs.blocks(); ++b) {
    if (now_s + line.jobs.summary(b).estimate_s > end_s) continue;
    const auto& block = line.jobs.block(b);
    for (std::size_t i = 0; i < block.size; ++i)
      if (now_s + block.values[i].estimate_s <= end_s && block.keys[i] >= from_order) return job_at(line, b, i);
  }
  return {};
}

WaitingQueue::Demand WaitingQueue::demand(std::int32_t largest_fit_milli) const {
  std::int64_t fits_milli = 0;
  for (std::size_t a = 0; a < asks() && asks_milli_[a] <= largest_fit_milli; ++a)
    fits_milli += asks_milli_[a] * static_cast<std::int64_t>(lines_[line_numbers_[a]].size);
  return {static_cast<double>(fits_milli) / 1000, static_cast<double>(milli_ - fits_milli) / 1000};
}

std::uint64_t WaitingQueue::order_behind(std::uint64_t order, std::size_t behind) const {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  if (!ranked_) {
    ranked_ = true;
    for (const Line& line : lines_)
      for (std::size_t b = 0; b < line.jobs.blocks(); ++b)
        for (std::size_t i = 0; i < line.jobs.block(b).size; ++i) ranks_.insert(line.jobs.block(b).keys[i], {});
  }
  if (ranks_.empty()) return kLast;
  std::size_t b = ranks_.block_of(order);
  std::size_t place = ranks_.place_in(ranks_.block(b), order) + behind;
  while (b < ranks_.blocks() && place >= ranks_.block(b).size) place -= ranks_.block(b++).size;
  return b < ranks_.blocks() ? ranks_.block(b).keys[place] : kLast;
}

}  // namespace dure::sim
