#include "sim/scheduling/power_cap.h"

namespace dure::sim {

bool PowerCap::allows(const WaitingJob& job, double now_s) {
  const std::int64_t draw = draw_mw(job.id);
  if (draw > room_mw()) return false;
  if (!promise_ || promise_->to == job.id) return true;
  settle_promise();
  return now_s + job.estimate_s <= promise_->at_s || draw <= promise_->spare_mw;
}

void PowerCap::started(JobId job, double expected_end_s) {
  const std::int64_t draw = draw_mw(job);
  jobs_mw_ += draw;
  if (draw > 0) ends_[expected_end_s] += draw;
  settled_ = false;
  if (!promise_ || promise_->to != job) return;
  promise_.reset();
  if (loosened) loosened();
}

void PowerCap::ended(JobId job, double expected_end_s) {
  const std::int64_t draw = draw_mw(job);
  if (draw == 0) return;
  jobs_mw_ -= draw;
  const auto at = ends_.find(expected_end_s);
  if ((at->second -= draw) == 0) ends_.erase(at);
  settled_ = false;
  if (loosened) loosened();
}

void PowerCap::promise(JobId job, const void* by) {
  if (promise_) return;
  const std::int64_t draw = draw_mw(job);
  if (!could_hold(draw)) return;
  promise_ = Promise{job, by, draw};
  settled_ = false;
}

void PowerCap::take_back(const void* by) {
  if (promised(by)) promise_.reset();
}

std::optional<JobId> PowerCap::promised(const void* by) const {
  if (!promise_ || promise_->by != by) return {};
  return promise_->to;
}

void PowerCap::settle_promise() {
  if (settled_) return;
  settled_ = true;
  std::int64_t room = room_mw();
  promise_->at_s = -std::numeric_limits<double>::infinity();
  for (auto end = ends_.begin(); end != ends_.end() && room < promise_->draw_mw; ++end) {
    room += end->second;
    promise_->at_s = end->first;
  }
  promise_->spare_mw = room - promise_->draw_mw;
}

}  // namespace dure::sim
