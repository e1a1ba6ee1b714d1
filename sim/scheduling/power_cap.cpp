#include "sim/scheduling/power_cap.h"

#include <algorithm>
#include <tuple>

namespace dure::sim {

bool PowerCap::allows(const WaitingJob& job, double now_s, std::int64_t freed_mw) {
  const std::int64_t draw = draw_mw(job.id);
  bool may = jobs_mw_ + draw <= all_mw_ + freed_mw;
  if (const Claim* first = promised(); may && first != nullptr && first->order != job.order) {
    settle_promise();
    may = now_s + job.estimate_s <= at_s_ || draw <= spare_mw_;
  }
  held_back_ = held_back_ || !may;
  return may;
}

void PowerCap::started(const WaitingJob& job, double expected_end_s) {
  const std::int64_t draw = draw_mw(job.id);
  jobs_mw_ += draw;
  if (draw > 0) ends_[expected_end_s] += draw;
  settled_ = false;
  change_claims([&] { std::erase_if(claims_, [&](const Claim& each) { return each.order == job.order; }); });
}

void PowerCap::ended(const WaitingJob& job, double expected_end_s) {
  const std::int64_t draw = draw_mw(job.id);
  if (draw == 0) return;
  jobs_mw_ -= draw;
  const auto at = ends_.find(expected_end_s);
  if ((at->second -= draw) == 0) ends_.erase(at);
  settled_ = false;
  loosen();
}

void PowerCap::claim(const void* pool, const WaitingJob& job) {
  change_claims([&] {
    const auto mine = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& each) { return each.pool == pool; });
    (mine != claims_.end() ? *mine : claims_.emplace_back()) = {pool, job.order, job.rank, draw_mw(job.id)};
  });
}

void PowerCap::drop_claim(const void* pool) {
  change_claims([&] { std::erase_if(claims_, [&](const Claim& each) { return each.pool == pool; }); });
}

const PowerCap::Claim* PowerCap::promised() const {
  const auto first = std::min_element(claims_.begin(), claims_.end(), [](const Claim& a, const Claim& b) { return std::tuple(-a.rank, a.order) < std::tuple(-b.rank, b.order); });
  return first == claims_.end() ? nullptr : &*first;
}

/// Another promise may let others start.
template <class Change>
void PowerCap::change_claims(const Change& change) {
  const auto who = [this] { return promised() != nullptr ? promised()->order : 0; };
  const std::uint64_t before = who();
  change();
  settled_ = false;
  if (before != 0 && who() != before) loosen();
}

void PowerCap::loosen() {
  if (!held_back_) return;
  held_back_ = false;
  if (loosened) loosened();
}

double PowerCap::promised_for_s() {
  if (promised() == nullptr) return -std::numeric_limits<double>::infinity();
  settle_promise();
  return at_s_;
}

void PowerCap::settle_promise() {
  if (settled_) return;
  settled_ = true;
  const Claim& first = *promised();
  std::int64_t room_mw = all_mw_ - jobs_mw_;
  at_s_ = -std::numeric_limits<double>::infinity();
  for (auto end = ends_.begin(); end != ends_.end() && room_mw < first.draw_mw; ++end) {
    room_mw += end->second;
    at_s_ = end->first;
  }
  spare_mw_ = room_mw - first.draw_mw;
}

}  // namespace dure::sim
