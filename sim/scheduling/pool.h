#pragma once
#include <limits>
#include <memory>

#include "sim/scheduling/beside.h"
#include "sim/scheduling/power_cap.h"
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
  void cap_power(PowerCap& of_site) { power_ = &of_site; }

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
      if (power_ != nullptr) under_cap({}, view(now_s));
      return {};
    }
    auto job = reservations_ ? next_beside_reservations(view(now_s)) : scheduler_->next(view(now_s));
    if (power_ != nullptr) job = under_cap(job, view(now_s));
    if (!job) return {};
    return start(*job, now_s);
  }
  /// The next of the jobs above their quota, which wait aside, that may borrow cards now. Ask when start_next gives none.
  std::optional<WaitingJob> next_to_borrow(const WaitingQueue& aside, double now_s) {
    const auto job = first_to_borrow(view(now_s), aside);
    if (job && reservations_ && !reservations_->allows(*job, view(now_s))) return {};
    lending_held_by_cap_ = job && power_ != nullptr && !power_->allows(*job, now_s);
    if (!lending_held_by_cap_) return job;
    const auto other = beside_cap(aside, view(now_s));
    lending_held_by_cap_ = !other;
    return other;
  }
  Start borrow(WaitingJob job, double now_s) {
    job.rank = kBorrowedRank;
    submit(job);
    return start(job, now_s);
  }
  /// Who starts now, and which running jobs it takes cards from. End those first, then start it. Call before start_next, until
  /// there is none.
  std::optional<Preemption::Order> preempt(double now_s) {
    goes_ahead_ = false;
    if (!preemption_) return {};
    auto order = preemption_->next(free_, now_s);
    if (order && power_ != nullptr && !leaves_cap(*order, now_s)) {
      goes_ahead_ = true;
      order.reset();
    }
    return order;
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
    if (power_ != nullptr) power_->started(job, start.expected_end_s);
    return start;
  }
  /// A job ended or was interrupted.
  void end(const WaitingJob& job, const Slices& slices, double expected_end_s, double now_s) {
    running_.ended(slices, expected_end_s);
    free_.give_back(slices);
    scheduler_->ended(job, expected_end_s, now_s);
    if (preemption_) preemption_->ended(job);
    if (reservations_) reservations_->ended(job, expected_end_s);
    if (power_ != nullptr) power_->ended(job, expected_end_s);
  }

  const FreeCards& free() const { return free_; }
  const WaitingQueue& queue() const { return queue_; }
  const RunningSet& running() const { return running_; }
  bool lending_held_by_cap() const { return lending_held_by_cap_; }  // a job above its quota could borrow, but for the cap
  IdleCause cause() const {  // why a waiting job that fits does not start
    if (held_by_cap_) return IdleCause::kPowerCap;
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

  /// The scheduler's choice if the site's cap on power lets it start, else somebody beside it.
  std::optional<WaitingJob> under_cap(std::optional<WaitingJob> job, const View& view) {
    held_by_cap_ = goes_ahead_;
    if (!goes_ahead_ && job) power_->claim(this, *job);
    if (!goes_ahead_ && !job) power_->drop_claim(this);
    if (!job || power_->allows(*job, view.now_s)) return job;
    held_by_cap_ = true;
    return scheduler_->backfills() ? beside_cap(queue_, view) : std::nullopt;
  }
  /// The first in order of a line that neither delays whom the cap holds back nor, on cards, the first in line. Of each ask the first is
  /// looked at, and the first that ends before the promised time.
  std::optional<WaitingJob> beside_cap(const WaitingQueue& line, const View& view) {
    const auto first = queue_.front(free_.largest_possible_milli());
    std::optional<Reservation> reserved;
    if (first && !free_.fits(first->ask)) reserved = running_.reserve(first->ask, view.now_s, free_);
    const auto may_start = [&](const WaitingJob& job) {
      const bool delays = reserved && view.now_s + job.estimate_s > reserved->at_s && !running_.leaves_room(*reserved, job.ask, free_);
      return !delays && power_->allows(job, view.now_s) && (!reservations_ || reservations_->allows(job, view));
    };
    std::optional<WaitingJob> start;
    for (std::size_t a = 0; a < line.asks() && line.ask_milli(a) <= free_.largest_fit_milli(); ++a) {
      if (start && line.front_order(a) > start->order) continue;
      std::optional<WaitingJob> job = line.front_of(a);
      if (!may_start(*job)) job = line.first_to_end_by(a, view.now_s, power_->promised_for_s());
      if (job && (!start || job->order < start->order) && may_start(*job)) start = job;
    }
    return start;
  }
  /// May a job start on the cards of those it takes them from? Else it has the pool's claim.
  bool leaves_cap(const Preemption::Order& order, double now_s) {
    std::int64_t freed_mw = 0;
    for (const JobId victim : order.victims) freed_mw += power_->draw_mw(victim);
    power_->claim(this, order.job);
    return power_->allows(order.job, now_s, freed_mw);
  }

  FreeCards free_;
  WaitingQueue queue_;
  RunningSet running_;
  std::unique_ptr<Scheduler> scheduler_;
  std::optional<Preemption> preemption_;
  std::unique_ptr<Reservations> reservations_;
  PowerCap* power_ = nullptr;   // none: no cap
  bool goes_ahead_ = false;     // a job of a higher rank waits for watts only
  bool held_by_cap_ = false;    // the last choice was
  bool lending_held_by_cap_ = false;
};

}  // namespace dure::sim
