#pragma once
#include <map>
#include <vector>

#include "sim/scheduling/profile.h"
#include "sim/scheduling/scheduler.h"

namespace dure::sim {

/// Every waiting job is promised a time; later jobs start now if they delay no promise.
///
/// A job that joins the queue is promised the earliest time at which it has room for as long as its estimate, beside the
/// running jobs and all promises given before (profile.h). When cards come back early, or somebody gives up, the plan is
/// compressed: job by job in the order of the queue, each moves to the earliest time at which it has room, until nobody
/// can move; none moves back. When the promises cannot all be kept (a node failed, a job ran longer than expected, cards
/// lie on more nodes than the profile hoped) all are given anew, in the order of the queue.
///
/// `depth`: only so many jobs, the first in line, are promised a time; others start now if they delay no promise, in order.
/// With depth 1 this is EASY. 0: all.
///
/// A decision costs a step for each promise that could move, times the steps of the profile up to the last promise (those
/// that are passed over in blocks count a thirtieth).
/// Source: Mu'alem and Feitelson, IEEE TPDS 12(6), 2001; Feitelson and Weil, IPPS 1998.
class ConservativeBackfill final : public Scheduler, private Profile::Steps {
 public:
  using Config = proto::ConservativeBackfill;
  explicit ConservativeBackfill(const Config& config) : depth_(static_cast<std::size_t>(config.depth())) {}

  std::optional<WaitingJob> next(const View& view) override;
  IdleCause cause() const override { return IdleCause::kReservation; }

  void queued(const WaitingJob& job) override;
  void withdrawn(const WaitingJob& job) override;
  void started(const WaitingJob& job, double now_s) override;
  void ended(const WaitingJob& job, double expected_end_s, double now_s) override;
  void nodes_changed() override { must_renew_ = true; }

  /// What a waiting job was promised at the last decision; never if nothing.
  double promise_s(std::uint64_t order) const;

 private:
  struct Promise {
    WaitingJob job;
    Profile::Need need;
    double at_s = Profile::kNever_s;  // never: the nodes in service could not hold it
    std::uint32_t size = 0;           // number of its ask in `room_from_s_`
    Profile::Slot slot() const { return {at_s, at_s + job.estimate_s}; }
  };
  struct Nothing {
    void add(const WaitingJob& /*job*/) {}
    bool remove(const WaitingJob& /*job*/) { return true; }
  };

  void bring_up_to_date(const View& view);
  bool rebuild(const View& view);
  double read(double after_s, std::vector<Profile::Step>& steps) const override;
  bool is_full() const;
  void renew(const View& view);
  void compress(double now_s);
  void promise_more(const View& view);
  void give(Promise& promise, const View& view);
  void note(const Promise& promise, int sign);  // in the steps of the plan
  void forget(const WaitingJob& job, bool keeps_slot);
  std::optional<WaitingJob> due(const View& view) const;
  std::optional<WaitingJob> behind(const View& view) const;
  std::vector<Promise>::const_iterator place_of(std::uint64_t order) const;

  std::size_t depth_;
  std::vector<Promise> promises_;                            // in the order of the queue
  SortedBlocks<std::uint64_t, WaitingJob, Nothing> others_;  // jobs without one, by order
  Profile profile_;                                          // running jobs and promises
  std::vector<Profile::Step> ends_;                          // cards that running jobs give back, in order of time
  std::vector<Profile::Step> promised_;                      // steps of the promises, in order of time
  const RunningSet* running_ = nullptr;
  std::map<std::int64_t, std::uint32_t> sizes_;              // numbers of the asks that were ever promised something
  std::vector<double> room_from_s_;                          // by ask, during one turn of compression: no room before
  double made_s_ = 0;                                        // when the profile was made
  bool is_stale_ = true;                                     // something happened since that it does not know
  bool is_guess_ = false;                                    // a promised job has started, on nodes that it does not know
  bool must_renew_ = false;                                  // promises may not hold any more
  bool must_compress_ = false;                               // cards came back early
  double more_room_until_s_ = 0;                             // before this time there may be more room than when promises were given
};

}  // namespace dure::sim
