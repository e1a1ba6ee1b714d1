#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "sim/engine/free_cards_charge.h"
#include "sim/engine/meters.h"
#include "sim/engine/outlook.h"
#include "sim/engine/rules.h"
#include "sim/engine/run.h"
#include "sim/engine/run_state.h"
#include "sim/engine/shared_loads.h"
#include "sim/reliability/checkpointing.h"
#include "sim/reliability/software_faults.h"
#include "sim/scheduling/quotas.h"
#include "sim/scheduling/region_choice.h"

namespace dure::sim {

/// A project's standing, as the walk of its jobs needs it.
struct ProjectStanding {
  bool is_open = true;             // its term has begun and has not ended
  bool data_ready = true;
  int cards_granted = 0;
  NanoCards in_use = 0;
  PoolId pool{};
  double used_card_s = 0;
  std::vector<std::uint32_t> waiting_data;   // slots, in order
  std::vector<std::uint32_t> held;           // slots, in order
  std::size_t held_from = 0;                 // first of `held` that still waits
  std::vector<std::uint32_t> active;         // slots that queue or hold cards
};

/// A job's walk: arrival, wait, staging, running, checkpoints, interruption, end. Forward only, but for faults.
class JobWalk {
 public:
  JobWalk(RunState& run, Meters& meters, const Outlook& outlook);

  /// Takes up quotas and reservations. After the sources have said who submits.
  void keep_rules();
  /// A quota changes, a reservation begins or ends (what: 0), or a running job of a pool is safe no longer (what: its number + 1).
  void on_rule_change(std::uint32_t what);
  void add_rule_metrics(Summary& summary) const;

  void submit(const Job& job);
  /// Lets every pool that was touched decide, and settles its free cards.
  void decide();
  void on_stage_end(const Timers::Timer& timer);
  void on_software_fault(const Timers::Timer& timer);
  bool on_flow_end(const Clock::Ended& ended);   // false: not a flow of a job
  void interrupt(std::uint32_t slot);            // its node failed, it was reclaimed, or another took its cards
  /// Jobs that wait for cards, for their grant, or are on their way into the queue.
  std::size_t queued() const { return queued_ + on_the_way_; }
  void rehome(PoolId id);                        // its cards are gone for good: jobs that wait there choose again
  void close();                                  // at the horizon: rows of jobs that run or wait

  // Projects (job_walk_projects.cpp)
  ProjectStanding& open_project(ProjectId id);
  void data_arrived(ProjectId id);
  void close_project(ProjectId id);              // its term is over: what runs is cancelled, what waits is withdrawn
  ProjectStanding* standing(ProjectId id);
  double running_card_s(ProjectId id);           // of its jobs under way, since they got their cards
  double waiting_cards(ProjectId id);            // asked by its jobs that wait, for cards or for its grant
  void recheck(ProjectId id);                    // what its held jobs may do has changed
  void cut(ProjectId id, int cards);             // its grant is smaller now: held jobs that it will never carry are withdrawn
  std::function<bool(const Job&, int granted, double in_use)> admits;
  std::function<void(const Held&)> held;
  std::function<void(const ActiveJob&, Recorder::Ending, bool held_cards)> left;   // leaves the run, or is there at the horizon
  std::function<void(const ActiveJob&)> job_ended;   // a job of a project that held cards, with what it did

 private:
  void arrive(std::uint32_t slot);               // the delay of the scheduler is over
  void enqueue(std::uint32_t slot);
  void hold_or_enqueue(std::uint32_t slot);
  void release_held(ProjectStanding& standing);
  void decide_in(PoolId id);
  void stand_aside(std::uint32_t slot);
  void let_in();                                 // jobs that their quota no longer holds back join their queues
  void lend(PoolState& pool);
  void join_queue(std::uint32_t slot);
  void leave_queue(std::uint32_t slot);          // it gives up waiting, in line or aside
  void count_no_more(std::uint32_t slot);        // on its quota
  void start(Pool::Start& from);
  void begin_run(std::uint32_t slot, LeadIn lead_in = {});
  void stage_done(std::uint32_t slot);
  void run_on(std::uint32_t slot, LeadIn lead_in = {});
  void enter(std::uint32_t slot, Stage stage);   // moves the job's cards to the accounts of the stage
  void leave(std::uint32_t slot);                // settles the stage it is in
  void load(std::uint32_t slot, double bytes);
  double own_rate(const ActiveJob& active) const;
  double shared_rate(const ActiveJob& active, double bytes);
  bool restarts(const ActiveJob& active) const;  // from a checkpoint
  void give_back(std::uint32_t slot);
  void book_held(std::uint32_t slot);            // the cards it has held since its start
  void end(std::uint32_t slot, Recorder::Ending ending);
  void withdraw(std::uint32_t slot, Recorder::Ending ending, bool held_cards = false);
  std::optional<PoolId> choose_pool(const ActiveJob& active);
  bool within_cap(const ActiveJob& active, PoolId pool) const;
  void go_to(ActiveJob& active, PoolId pool);    // outside projects: its run time is that of the pool's cards from now on
  std::uint16_t owner_marks(const Job& job) const;

  RunState& run_;
  Meters& meters_;
  const Outlook& outlook_;
  FreeCardsCharge free_cards_;
  std::unique_ptr<Checkpointing> checkpointing_;
  std::unique_ptr<SoftwareFaults> software_;
  RegionChoice region_choice_;
  std::unique_ptr<Quotas> quotas_;               // none: nobody has a quota
  bool lends_ = false;
  std::vector<int> in_service_;                  // cards, by pool, as the quotas know them
  std::int64_t recalled_ = 0;
  bool power_loosened_ = false;                  // a cap on power lets more start than when pools last decided
  std::vector<OwnerGroup> owner_groups_;         // of reservations
  std::vector<ProjectStanding> projects_;
  std::vector<PoolChoice> choices_;
  double scheduling_delay_s_;
  std::size_t on_the_way_ = 0;                   // jobs submitted that have not reached a queue
  std::size_t queued_ = 0;
  std::vector<std::vector<PoolId>> pools_of_region_;
  std::vector<bool> gone_;                       // by pool: no card of it will come back
  std::vector<SharedLoads> loads_;               // by site, in planning fidelity
  std::uint64_t next_order_ = 1;
  std::uint32_t software_tags_ = 0;
};

}  // namespace dure::sim
