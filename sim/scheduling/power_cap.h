#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include "sim/scheduling/waiting_queue.h"

namespace dure::sim {

/// What the jobs of a site may draw together under its cap, shared by the site's pools. A job starts only if
///
///   draws of the jobs that hold cards + its own draw   <=   room      (mW)
///
/// room: the cap less what the most nodes that ever stand there at once draw with nobody on them, so that no node that comes, or comes
/// back from repair, lifts the site above the cap. A job counts from its start to its end with what it draws while it works, so neither
/// does one that still loads. No job that draws more than the room may come here.
///
/// Each pool claims watts for the job it would start next. Of the claims that of the highest rank goes first, then the first in order:
/// it is promised the earliest time at which its watts will be free should every job of the site end as expected. Until it starts,
/// another starts only if it fits, and ends by then or draws what is to spare then: EASY backfilling (easy_backfill.h) with watts for
/// cards.
class PowerCap {
 public:
  explicit PowerCap(std::int64_t room_mw) : all_mw_(room_mw) {}

  std::function<std::int64_t(JobId)> draw_mw;  // of a job of the site, the same from its first question to its end
  std::function<void()> loosened;              // somebody who was held back may start now: all pools of the site decide again

  bool could_hold(std::int64_t draw) const { return draw <= all_mw_; }
  /// May the job start now, and leaves it what is promised to another? `freed_mw`: drawn by jobs that would end first.
  bool allows(const WaitingJob& job, double now_s, std::int64_t freed_mw = 0);

  void started(const WaitingJob& job, double expected_end_s);
  void ended(const WaitingJob& job, double expected_end_s);

  /// `pool` would start the job next; it has one claim.
  void claim(const void* pool, const WaitingJob& job);
  void drop_claim(const void* pool);
  /// When the promise will be kept; minus infinity: nothing is promised.
  double promised_for_s();

 private:
  struct Claim {
    const void* pool = nullptr;
    std::uint64_t order = 0;
    int rank = 0;
    std::int64_t draw_mw = 0;
  };
  const Claim* promised() const;
  template <class Change>
  void change_claims(const Change& change);
  void settle_promise();
  void loosen();

  std::int64_t all_mw_;
  std::int64_t jobs_mw_ = 0;
  std::map<double, std::int64_t> ends_;  // by when the running jobs are expected to end: what they draw
  std::vector<Claim> claims_;
  bool settled_ = false;                 // at_s_ and spare_mw_ are those of the moment
  double at_s_ = 0;                      // of the promise
  std::int64_t spare_mw_ = 0;            // then
  bool held_back_ = false;               // somebody, since it was loosened last
};

}  // namespace dure::sim
