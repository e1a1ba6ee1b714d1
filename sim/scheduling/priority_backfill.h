#pragma once
#include <vector>

#include "sim/scheduling/scheduler.h"
#include "sim/scheduling/tenant_book.h"

namespace dure::sim {

/// EASY backfilling behind a line that is ordered by priority: what the tenant deserves now, and what the job has by itself.
///
///   priority = of the tenant + of the time the job has waited + of its size         equals: in the order of submission
///
/// The job of highest priority starts if it fits, else it has a reservation (running_set.h), and the others start, highest
/// priority first, if they do not delay it. Priorities are those of the moment of the decision.
///
/// Each tenant has lines of its own, one for each distinct ask. Within a line the first is always the first to go, so a
/// decision looks at tenants and sizes, not at jobs.
class PriorityBackfill : public Scheduler {
 public:
  explicit PriorityBackfill(TenantAccess tenants) : tenants_(std::move(tenants)) {}

  std::optional<WaitingJob> next(const View& view) override;
  IdleCause cause() const override { return IdleCause::kReservation; }

  void queued(const WaitingJob& job) override;
  void withdrawn(const WaitingJob& job) override { remove(job); }
  void started(const WaitingJob& job, double now_s) override;
  void ended(const WaitingJob& job, double expected_end_s, double now_s) override;

 protected:
  const TenantBook& book() const { return *tenants_.book; }
  virtual double tenant_priority(TenantId tenant, double now_s) const = 0;
  virtual double age_priority(double waited_s) const = 0;             // never falls with time
  virtual double size_priority(double share_of_all_cards) const = 0;  // never falls with size

 private:
  struct Choice {
    WaitingJob job;
    double priority = 0;
  };
  template <class Candidate>
  void best_of(TenantId tenant, double tenant_priority, const View& view, std::int32_t limit_milli, const Candidate& candidate,
               std::optional<Choice>& best) const;
  void remove(const WaitingJob& job);

  TenantAccess tenants_;
  std::vector<WaitingQueue> lines_;     // by tenant
  std::vector<TenantId> waiting_;       // tenants with jobs in line
  std::vector<double> priorities_;      // of `waiting_`, at this decision
  std::vector<bool> leaves_room_;       // of the distinct asks of the queue, at this decision
  int cards_in_service_ = 0;            // as the book knows them
};

}  // namespace dure::sim
