#pragma once
#include <memory>
#include <optional>

#include "sim/card_state.h"
#include "sim/scheduling/free_cards.h"
#include "sim/scheduling/running_set.h"
#include "sim/scheduling/scheduling.pb.h"
#include "sim/scheduling/tenant_book.h"
#include "sim/scheduling/waiting_queue.h"

namespace dure::sim {
namespace proto = ::dure;

/// All a scheduler may know of its pool.
struct View {
  double now_s = 0;
  const FreeCards& free;
  const WaitingQueue& queue;
  const RunningSet& running;
};

/// Decides which job of a pool starts now. Where its cards lie is FreeCards' business.
///
/// Jobs that the nodes now in service could not hold even if empty are passed over: they wait for a repair and hold up nobody.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// The next job to start now, which fits, or none. The caller starts it and asks again until there is none.
  virtual std::optional<WaitingJob> next(const View& view) = 0;
  /// Why a waiting job that fits does not start.
  virtual IdleCause cause() const = 0;
  /// May jobs behind its choice start where a rule holds only the choice back?
  virtual bool backfills() const { return true; }

  // What happens in the pool, for schedulers that keep a plan or lines of their own. A job that starts leaves the queue.
  virtual void queued(const WaitingJob& /*job*/) {}
  virtual void withdrawn(const WaitingJob& /*job*/) {}
  virtual void started(const WaitingJob& /*job*/, double /*now_s*/) {}
  virtual void ended(const WaitingJob& /*job*/, double /*expected_end_s*/, double /*now_s*/) {}
  virtual void nodes_changed() {}
};

/// The scheduler a scenario names, for one pool; EASY backfilling if it names none. The pools of a run share a book of tenants.
std::unique_ptr<Scheduler> make_scheduler(const proto::Scheduler& config, TenantAccess tenants = {});
std::shared_ptr<TenantBook> make_tenant_book(const proto::Scheduler& config);

Placement make_placement(const proto::Placement& config);

}  // namespace dure::sim
