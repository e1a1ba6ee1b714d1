#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include "sim/scheduling/waiting_queue.h"

namespace dure::sim {

/// What the jobs of a site may draw together under its cap, shared by the site's pools. A job starts only if
///
///   draws of the jobs that hold cards + its own draw   <=   room      (mW)
///
/// room: the cap less what the most nodes that ever stand there at once draw with nobody on them, so that no node that comes, or comes
/// back from repair, lifts the site above the cap. A job counts from its start to its end with what it draws while it works, so neither
/// does one that still loads.
///
/// The first job that the cap alone holds back is promised the earliest time at which its watts will be free should every job of
/// the site end as expected. Until it starts, another starts only if it fits, and ends by then or draws what is to spare then:
/// EASY backfilling (easy_backfill.h) with watts for cards. A job above the room is promised nothing and holds up nobody.
class PowerCap {
 public:
  explicit PowerCap(std::int64_t room_mw) : all_mw_(room_mw) {}

  std::function<std::int64_t(JobId)> draw_mw;  // of a job of the site, the same from its first question to its end
  std::function<void()> loosened;              // somebody who was held back may start now: all pools of the site decide again

  std::int64_t room_mw() const { return all_mw_ - jobs_mw_; }
  /// Could the job start if no other ran?
  bool could_hold(std::int64_t draw) const { return draw <= all_mw_; }
  /// May the job start now, and leaves it what is promised to another?
  bool allows(const WaitingJob& job, double now_s);

  void started(JobId job, double expected_end_s);
  void ended(JobId job, double expected_end_s);

  /// Promises the job its watts, unless another has that promise. `by`: whose choice the job is.
  void promise(JobId job, const void* by);
  std::optional<JobId> promised(const void* by) const;
  /// When the promise will be kept; minus infinity: nothing is promised.
  double promised_for_s() {
    if (promise_) settle_promise();
    return promise_ ? promise_->at_s : -std::numeric_limits<double>::infinity();
  }
  void take_back(const void* by);

 private:
  struct Promise {
    JobId to{};
    const void* by = nullptr;
    std::int64_t draw_mw = 0;
    double at_s = 0;
    std::int64_t spare_mw = 0;
  };
  void settle_promise();

  std::int64_t all_mw_;
  std::int64_t jobs_mw_ = 0;
  std::map<double, std::int64_t> ends_;  // by when the running jobs are expected to end: what they draw
  std::optional<Promise> promise_;
  bool settled_ = false;                 // time and spare of the promise are those of the moment
};

}  // namespace dure::sim
