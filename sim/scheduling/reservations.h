#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/scheduling/scheduler.h"

namespace dure::sim {

/// Cards of a pool kept free for somebody from a moment to a moment.
struct KeptCards {
  double from_s = 0;
  double until_s = 0;
  int cards = 0;
  std::uint16_t owners = 0;  // the mark (waiting_queue.h) of the jobs it is for
};

/// The reservations of a pool. Cards are counted, not named: which nodes they are is found when somebody starts.
///
/// While a reservation of C cards runs and its owners hold H of them, others may start only if max(0, C - H) cards stay
/// free; owners go ahead of the pool's scheduler up to C cards. Before it begins, with S cards in service, another job whose
/// estimate runs into it starts only if
///
///   cards held by other jobs expected to run into it + its own   <=   S - C     (C: of all reservations that run at that time)
///
/// Jobs that end before may start. When the scheduler's choice may not start, the first in order that may, and that does not
/// delay the first in line, goes instead. A job that outlives its estimate may eat into a reservation; nobody is stopped.
/// Promises of schedulers do not know of reservations, and what high ranks take by preemption heeds none.
class Reservations {
 public:
  void add(const KeptCards& kept);

  void queued(const WaitingJob& job) {
    for_groups(job, [&](WaitingQueue& line) { line.push(job); });
  }
  void left_queue(const WaitingJob& job) {
    for_groups(job, [&](WaitingQueue& line) { line.remove(job); });
  }
  void started(const WaitingJob& job, double expected_end_s) { count(job, expected_end_s, 1); }
  void ended(const WaitingJob& job, double expected_end_s) { count(job, expected_end_s, -1); }

  /// An owner's job that starts on cards kept for it.
  std::optional<WaitingJob> owner(const View& view);
  /// May this job start now?
  bool allows(const WaitingJob& job, const View& view);
  /// The first job in order that may, in place of the scheduler's choice.
  std::optional<WaitingJob> instead(const View& view) const;

  void begin_decision() { refused_.reset(); }
  /// Why the scheduler's last choice may not start: a reservation that runs, or one to come.
  std::optional<IdleCause> refused() const { return refused_; }

 private:
  struct Window : KeptCards {
    std::int64_t owners_milli = 0;  // held by running jobs that are expected to run beyond `from_s`
    std::int64_t others_milli = 0;
    std::int64_t together_milli = 0;  // cards of all reservations that run when it begins
  };
  struct Bound {
    double end_by_s = 0;  // a job may start if it is expected to end by then
    bool is_now = false;  // a reservation that runs forbids it, not one to come
  };
  Bound bound(Ask ask, std::uint16_t marks, const View& view) const;
  void drop_past(double now_s);
  void count(const WaitingJob& job, double expected_end_s, int sign);
  template <class Do>
  void for_groups(const WaitingJob& job, const Do& act) {
    for (int group = 0; group < kOwnerGroups; ++group)
      if (job.marks >> group & 1) act(lines_[static_cast<std::size_t>(group)]);
  }

  std::vector<Window> windows_;  // in order of begin; those that are over are dropped
  std::array<WaitingQueue, kOwnerGroups> lines_;
  std::optional<IdleCause> refused_;
};

}  // namespace dure::sim
