#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "sim/scheduling/free_cards.h"
#include "sim/scheduling/scheduling.pb.h"
#include "sim/scheduling/waiting_queue.h"

namespace dure::sim {
namespace proto = ::dure;

/// Waiting jobs of a higher rank take cards from running jobs of lower ranks. A job's rank is that of its class.
///
/// Of the waiting jobs with a rank above 0 the highest goes first, then the first in the order of the queue, ahead of any other
/// scheduler. If it does not fit, running jobs of lower rank are picked until it would: the lowest rank first, of those the one
/// that started last, for it has least to lose; then every one that turned out not to be needed is spared, the one that has
/// run longest first. If all of them together do not make room, nobody is touched.
/// A running job is safe until it has run for `least_run_s`; if that stands in somebody's way, look again at `again_s`.
///
/// Recall of lent cards (quotas.h) works alike: for the first job that waits within its quota, does not fit, and is not larger
/// than what is free and lent together, jobs that run on borrowed cards give way, the one that started last first, as long as
/// their tenant is above its quota.
/// Source: as Slurm's preempt/partition_prio with requeue, by class of job; youngest first: its preempt_youngest_first.
class Preemption {
 public:
  explicit Preemption(const proto::Preemption& config) : least_run_s_(config.least_run_s()) {}

  void allow_recall(std::function<std::int64_t(TenantId)> over_milli) { over_milli_ = std::move(over_milli); }

  void queued(const WaitingJob& job) {
    if (job.rank > 0) lines_[job.rank].push(job);
    if (recalls(job)) recallers_.push(job);
  }
  void left_queue(const WaitingJob& job) {
    if (job.rank > 0) lines_[job.rank].remove(job);
    if (recalls(job)) recallers_.remove(job);
  }
  void started(const WaitingJob& job, const Slices& slices, double now_s);
  void ended(const WaitingJob& job);

  struct Order {
    WaitingJob job;
    std::vector<JobId> victims;  // none if it fits
  };
  std::optional<Order> next(const FreeCards& free, double now_s);
  /// When the first of the jobs is safe no longer that next() passed over, when it said none; infinity: there was none.
  double again_s() const { return again_s_; }

 private:
  struct Place {  // the first to lose its cards is first
    int rank = 0;
    std::uint64_t later = 0;  // lower for who started later
    auto operator<=>(const Place&) const = default;
  };
  struct Held {
    JobId id{};
    Slices slices;
    double since_s = 0;
    TenantId tenant{};
    std::int32_t milli = 0;
  };
  bool recalls(const WaitingJob& job) const { return over_milli_ && job.rank != kBorrowedRank && (job.marks & kRecalls) != 0; }
  /// Running jobs below a rank that must give way so that the job fits; none if that would not do.
  std::optional<Order> make_room(const WaitingJob& job, int below_rank, bool only_above_quota, const FreeCards& free, double now_s);
  std::optional<WaitingJob> first_to_recall(const FreeCards& free) const;
  static bool would_fit(Ask ask, const FreeCards& free, const std::vector<const Held*>& without);

  double least_run_s_;
  double again_s_ = std::numeric_limits<double>::infinity();
  std::function<std::int64_t(TenantId)> over_milli_;    // empty: no recall
  std::map<int, WaitingQueue, std::greater<>> lines_;  // by rank above 0, highest first
  WaitingQueue recallers_;                             // jobs that wait within their quota
  std::map<Place, Held> running_;
  std::map<std::uint64_t, Place> places_;  // by order
  std::map<int, std::int64_t> held_milli_;  // by rank
  std::uint64_t next_later_ = ~std::uint64_t{0};
};

}  // namespace dure::sim
