#pragma once
#include <limits>
#include <memory>

#include "sim/scheduling/preemption.h"
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

  void submit(const WaitingJob& job) {
    queue_.push(job);
    free_.asked(job.ask);
    scheduler_->queued(job);
    if (preemption_) preemption_->queued(job);
  }
  void withdraw(const WaitingJob& job) {  // it gives up waiting
    queue_.remove(job);
    scheduler_->withdrawn(job);
    if (preemption_) preemption_->left_queue(job);
  }

  struct Start {
    WaitingJob job;
    Slices slices;
    double expected_end_s = 0;  // needed again at its end
  };
  /// Starts the next job if one may start now. Call until there is none.
  std::optional<Start> start_next(double now_s) {
    if (queue_.empty()) return {};
    const auto job = scheduler_->next({now_s, free_, queue_, running_});
    if (!job) return {};
    return start(*job, now_s);
  }
  /// Who starts now, and which running jobs it takes cards from. End those first, then start it. Call before start_next, until
  /// there is none.
  std::optional<Preemption::Order> preempt(double now_s) const {
    if (!preemption_) return {};
    return preemption_->next(free_, now_s);
  }
  Start start(const WaitingJob& job, double now_s) {
    queue_.remove(job);
    Start start{job, free_.take(job.ask), now_s + job.estimate_s};
    running_.started(start.slices, start.expected_end_s);
    scheduler_->started(job, now_s);
    if (preemption_) preemption_->started(job, start.slices, now_s);
    return start;
  }
  /// A job ended or was interrupted.
  void end(const WaitingJob& job, const Slices& slices, double expected_end_s, double now_s) {
    running_.ended(slices, expected_end_s);
    free_.give_back(slices);
    scheduler_->ended(job, expected_end_s, now_s);
    if (preemption_) preemption_->ended(job);
  }

  const FreeCards& free() const { return free_; }
  const WaitingQueue& queue() const { return queue_; }
  const RunningSet& running() const { return running_; }
  /// Until a job that joins the queue now starts, a rough guess: until the running jobs, if they end as expected, leave room
  /// for it, plus the work of all who wait over the cards in service. Never: infinity. 0 if it starts at once.
  double expected_wait_s(const Ask& ask, double now_s) const {
    if (ask.milli() > free_.largest_possible_milli()) return std::numeric_limits<double>::infinity();
    const double queue_s = queue_.card_s() / free_.cards_in_service();
    return free_.fits(ask) ? queue_s : queue_s + running_.reserve(ask, now_s, free_).at_s - now_s;
  }
  IdleCause cause() const { return scheduler_->cause(); }  // why a waiting job that fits does not start
  WaitingQueue::Demand demand() const { return queue_.demand(free_.largest_fit_milli()); }

 private:
  FreeCards free_;
  WaitingQueue queue_;
  RunningSet running_;
  std::unique_ptr<Scheduler> scheduler_;
  std::optional<Preemption> preemption_;
};

}  // namespace dure::sim
