#pragma once
#include <limits>
#include <memory>

#include "sim/scheduling/beside.h"
#include "sim/scheduling/preemption.h"
#include "sim/scheduling/reservations.h"
#include "sim/scheduling/scheduler.h"

namespace dure::sim {

/// The nodes of one card type at one site, the jobs that run on them and those that wait: keeps the four parts in step.
class Pool {
 public:
  Pool(int cards_per_node, Placement placement, std::unique_ptr<Scheduler> scheduler)
      : free_(cards_per_node, placement), running_(cards_per_node), scheduler_(std::move(scheduler)) {}

  NodeIndex add_node(int leaf, int cards) {
    running_.add_node(cards);
    scheduler_->nodes_changed();
    return free_.add_node(leaf, cards);
  }
  void remove_node(NodeIndex node) {
    free_.remove_node(node);
    running_.remove_node(node);
    scheduler_->nodes_changed();
  }  // end its jobs first
  void restore_node(NodeIndex node) {
    free_.restore_node(node);
    running_.restore_node(node);
    scheduler_->nodes_changed();
  }

  void allow_preemption(const proto::Preemption& config) { preemption_.emplace(config); }
  /// Lent cards are called back for who waits within a quota. `over_milli`: by how much a tenant is above its own.
  void allow_recall(std::function<std::int64_t(TenantId)> over_milli) {
    if (!preemption_) preemption_.emplace(proto::Preemption());
    preemption_->allow_recall(std::move(over_milli));
  }
  void reserve(const KeptCards& kept) {
    if (!reservations_) reservations_ = std::make_unique<Reservations>();
    reservations_->add(kept);
  }

  void submit(const WaitingJob& job) {
    queue_.push(job);
    free_.asked(job.ask);
    scheduler_->queued(job);
    if (preemption_) preemption_->queued(job);
    if (reservations_) reservations_->queued(job);
  }
  void withdraw(const WaitingJob& job) {  // it gives up waiting
    queue_.remove(job);
    scheduler_->withdrawn(job);
    if (preemption_) preemption_->left_queue(job);
    if (reservations_) reservations_->left_queue(job);
  }

  struct Start {
    WaitingJob job;
    Slices slices;
    double expected_end_s = 0;  // needed again at its end
  };
  /// Starts the next job if one may start now. Call until there is none.
  std::optional<Start> start_next(double now_s) {
    if (queue_.empty()) {
      if (reservations_) reservations_->begin_decision();
      return {};
    }
    const auto job = reservations_ ? next_beside_reservations(view(now_s)) : scheduler_->next(view(now_s));
    if (!job) return {};
    return start(*job, now_s);
  }
  /// The next of the jobs above their quota, which wait aside, that may borrow cards now. Ask when start_next gives none.
  std::optional<WaitingJob> next_to_borrow(const WaitingQueue& aside, double now_s) {
    const auto job = first_to_borrow(view(now_s), aside);
    if (job && reservations_ && !reservations_->allows(*job, view(now_s))) return {};
    return job;
  }
  Start borrow(WaitingJob job, double now_s) {
    job.rank = kBorrowedRank;
    submit(job);
    return start(job, now_s);
  }
  /// Who starts now, and which running jobs it takes cards from. End those first, then start it. Call before start_next, until
  /// there is none.
  std::optional<Preemption::Order> preempt(double now_s) {
    if (!preemption_) return {};
    return preemption_->next(free_, now_s);
  }
  /// After preempt() gave none: when to ask again though nothing has changed; infinity: never.
  double preempt_again_s() const { return preemption_ ? preemption_->again_s() : std::numeric_limits<double>::infinity(); }
  Start start(const WaitingJob& job, double now_s) {
    queue_.remove(job);
    Start start{job, free_.take(job.ask), now_s + job.estimate_s};
    running_.started(start.slices, start.expected_end_s);
    scheduler_->started(job, now_s);
    if (preemption_) preemption_->started(job, start.slices, now_s);
    if (reservations_) {
      reservations_->left_queue(job);
      reservations_->started(job, start.expected_end_s);
    }
    return start;
  }
  /// A job ended or was interrupted.
  void end(const WaitingJob& job, const Slices& slices, double expected_end_s, double now_s) {
    running_.ended(slices, expected_end_s);
    free_.give_back(slices);
    scheduler_->ended(job, expected_end_s, now_s);
    if (preemption_) preemption_->ended(job);
    if (reservations_) reservations_->ended(job, expected_end_s);
  }

  const FreeCards& free() const { return free_; }
  const WaitingQueue& queue() const { return queue_; }
  const RunningSet& running() const { return running_; }
  IdleCause cause() const {  // why a waiting job that fits does not start
    return reservations_ && reservations_->refused() ? *reservations_->refused() : scheduler_->cause();
  }
  /// Until a job that joins the queue now starts, a rough guess: until the running jobs, if they end as expected, leave room
  /// for it, plus the work of all who wait over the cards in service. Never: infinity. 0 if it starts at once.
  double expected_wait_s(const Ask& ask, double now_s) const {
    if (ask.milli() > free_.largest_possible_milli()) return std::numeric_limits<double>::infinity();
    const double queue_s = queue_.card_s() / free_.cards_in_service();
    return free_.fits(ask) ? queue_s : queue_s + running_.reserve(ask, now_s, free_).at_s - now_s;
  }
  WaitingQueue::Demand demand() const { return queue_.demand(free_.largest_fit_milli()); }

 private:
  View view(double now_s) const { return {now_s, free_, queue_, running_}; }
  std::optional<WaitingJob> next_beside_reservations(const View& view) {
    reservations_->begin_decision();
    if (const auto owner = reservations_->owner(view)) return owner;
    const auto job = scheduler_->next(view);
    if (!job || reservations_->allows(*job, view)) return job;
    return reservations_->instead(view);
  }

  FreeCards free_;
  WaitingQueue queue_;
  RunningSet running_;
  std::unique_ptr<Scheduler> scheduler_;
  std::optional<Preemption> preemption_;
  std::unique_ptr<Reservations> reservations_;
};

}  // namespace dure::sim
