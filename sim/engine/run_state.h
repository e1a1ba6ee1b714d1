#pragma once
#include <boost/container/small_vector.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "sim/calendar.h"
#include "sim/engine/active_job.h"
#include "sim/engine/clock.h"
#include "sim/engine/ledger.h"
#include "sim/engine/recorder.h"
#include "sim/engine/timers.h"
#include "sim/inventory/fleet.h"
#include "sim/random.h"
#include "sim/reliability/node_faults.h"
#include "sim/scheduling/pool.h"
#include "sim/workload/batching.h"
#include "sim/workload/trace.h"

namespace dure {
class Scenario;
}

namespace dure::sim {

/// A pool of the scheduling room, with where its cards are.
struct PoolState {
  PoolState(int cards_per_node, Placement placement, std::unique_ptr<Scheduler> scheduler)
      : cards(cards_per_node, placement, std::move(scheduler)) {}
  Pool cards;
  WaitingQueue held;                     // jobs that wait for their project's grant
  WaitingQueue aside;                    // jobs that their tenant's quota holds back
  NanoCards typed = 0;                   // asked by jobs in the queue that want this card type and no other
  std::vector<NodeId> spares;            // nodes in service kept out of scheduling
  int spares_wanted = 0;
  double look_again_s = -1;              // when it looks again at who may take cards; in the past: no timer is set
  NanoCards spare_cards = 0;
  PoolLedger ledger;
  NanoCards uncharged = 0;               // asked by jobs in the queue beyond what the site's free cards of the type are charged with
  NanoCards unwanted = 0;                // free cards that no job waiting for the type is charged with
  std::vector<NodeId> nodes;             // by NodeIndex
  bool touched = false;
  std::size_t queued = 0;                // jobs in `cards` and `held`, when the pool was last settled
};

enum class NodeState : std::uint8_t { kPending, kInService, kDown, kShut, kGone };  // kShut: whole, but nobody pays for running it

struct Node {
  NodeState state = NodeState::kPending;
  NodeIndex index{};                     // within its pool, once it has been in service
  std::uint32_t generation = 0;          // timers of an earlier life are void
  std::uint64_t fault_turn = 0;          // of the timer of `fault`, set or not
  Clock::Node host{};
  Fault fault;                           // the next one, or the one that is being repaired
  boost::container::small_vector<std::uint32_t, 6> jobs;   // slots of the jobs that hold cards of it
};

/// What is settled before time begins.
struct Facts {
  Facts(const ::dure::Scenario& scenario, Seed seed);

  const ::dure::Scenario& scenario;
  const Seed seed;
  const Calendar calendar;
  const double horizon_s;
  Fleet fleet;
  Population population;
  std::vector<PartitionId> class_partition;  // whose cards a class runs on, by JobClassId
  std::vector<double> region_share;      // of demand, by RegionId
  Names names;
  std::optional<TraceReport> trace_report;   // what the reader of a log assumed, dropped and sorted

  bool planning() const;                 // small jobs are merged (scenario.fidelity)
  /// Cards of the largest job that the pool will ever hold.
  int largest_job_cards(PoolId id) const;
  /// Regions with a site that houses cards, by RegionId; none where the run has a single region, of which nothing is told apart.
  std::vector<std::size_t> regions_with_cards() const;
  bool may_use(JobClassId job_class, PoolId id) const { return class_partition[index(job_class)] == fleet.pool(id).partition; }
};

class Futures;

/// The state of a run. The engine owns it and is the only one to change it.
struct RunState : Facts {
  /// `futures`: other scenarios that go the same way so far (futures.h); the fleet is then numbered as theirs.
  RunState(const ::dure::Scenario& scenario, Seed seed, ResultsFile* file, Futures* futures = nullptr);

  Futures* const futures;
  Event event = Event::kPhaseEnd;        // being dealt with at this instant; after them all kDay

  Clock clock;
  Timers timers;
  ActiveJobs jobs;
  std::vector<PoolState> pools;
  std::vector<Node> nodes;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Batching> batching;    // planning fidelity; none: every job by itself
  double now_s = 0;
  std::vector<PoolId> touched;           // pools in which something changed at this instant

  PoolState& pool(PoolId id) { return pools[index(id)]; }
  const CardFacts& card_of(PoolId id) const { return fleet.card(fleet.pool(id).card); }
  /// Has the pool public nodes, or will it have any, as `planned` says?
  bool has_future(PoolId id, const Fleet& planned) const {
    const PoolFacts& facts = planned.pool(id);
    for (std::size_t node = facts.node_begin; node < facts.node_end; ++node)
      if (!planned.nodes()[node].own_use && nodes[node].state != NodeState::kGone && planned.nodes()[node].retire_s > now_s) return true;
    return false;
  }
  void touch(PoolId id) {
    if (pool(id).touched) return;
    pool(id).touched = true;
    touched.push_back(id);
  }
  void add(PoolId id, Account account, NanoCards change) {
    pool(id).ledger.add(now_s, account, change);
    touch(id);
  }
};

double horizon_of(const ::dure::Scenario& scenario, const Calendar& calendar);

}  // namespace dure::sim
