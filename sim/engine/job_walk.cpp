#include "sim/engine/job_walk.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {
constexpr double kNever_s = std::numeric_limits<double>::infinity();
constexpr double kFlowAbove_bytes = kGB_bytes;   // smaller loads are closed-form: bytes over the node's own rate
constexpr int kFlowAbove_nodes = 8;              // larger jobs write their checkpoints as flows
constexpr double kSpeed = 1;                     // until something caps power
constexpr PoolId kNoPool{0xffffffff};

}  // namespace

JobWalk::JobWalk(RunState& run, Meters& meters, const Outlook& outlook)
    : run_(run), meters_(meters), outlook_(outlook), free_cards_(run), region_choice_(run.scenario.region_choice()), scheduling_delay_s_(run.scenario.scheduler().scheduling_delay_s()) {
  gone_.assign(run.pools.size(), false);
  pools_of_region_.resize(run.names.regions.size());
  for (std::size_t i = 0; i < run.pools.size(); ++i) pools_of_region_[index(run.fleet.site(run.fleet.pools()[i].site).region)].push_back(PoolId(i));
  if (run.planning()) loads_.resize(run.fleet.sites().size());
  if (run.scenario.has_reliability()) {
    checkpointing_ = std::make_unique<Checkpointing>(run.scenario.reliability());
    software_ = std::make_unique<SoftwareFaults>(run.scenario.reliability(), run.seed);
  }
}

// ---- arrival ----

void JobWalk::submit(const Job& job) {
  const std::uint32_t slot = run_.jobs.add();
  ActiveJob& active = run_.jobs[slot];
  active.job = job;
  active.order = next_order_++;
  if (run_.scenario.scheduler().has_preemption()) active.rank = run_.population.job_classes[index(job.job_class)].rank;
  if (!owner_groups_.empty()) active.owner_marks = owner_marks(job);
  active.job.id = JobId{active.order};
  active.cards = job.share_milli > 0 ? NanoCards(job.share_milli) * (kCard / 1000) : NanoCards(job.cards) * kCard;
  active.progress.work_s = job.work_s;
  active.queued_since_s = run_.now_s;
  active.pool = kNoPool;
  run_.recorder->submitted(job);
  if (scheduling_delay_s_ <= 0) return arrive(slot);
  active.stage = Stage::kSubmitted;
  ++on_the_way_;
  run_.timers.set(run_.now_s + scheduling_delay_s_, Event::kPhaseEnd, slot, active.generation);
}

void JobWalk::arrive(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  const Job& job = active.job;
  if (ProjectStanding* standing = this->standing(job.project)) {
    active.pool = standing->pool;
    if (!standing->is_open || job.cards > standing->cards_granted || !within_cap(active, active.pool)) return withdraw(slot, Recorder::Ending::kRejected);
    if (!standing->data_ready) {
      active.stage = Stage::kWaitingData;
      active.data_wait_since_s = run_.now_s;
      standing->waiting_data.push_back(slot);
      return;
    }
    return hold_or_enqueue(slot);
  }
  const std::optional<PoolId> pool = choose_pool(active);
  if (!pool) return withdraw(slot, Recorder::Ending::kRejected);
  go_to(active, *pool);
  enqueue(slot);
}

void JobWalk::enqueue(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  active.stage = Stage::kQueued;
  if (quotas_ && quotas_->binds(active.job.tenant)) return stand_aside(slot);
  join_queue(slot);
}

void JobWalk::join_queue(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  PoolState& pool = run_.pool(active.pool);
  pool.cards.submit(active.line());
  if (active.job.names_cards()) pool.typed += active.cards;
  run_.touch(active.pool);
}

void JobWalk::leave_queue(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  PoolState& pool = run_.pool(active.pool);
  run_.touch(active.pool);
  if (active.aside) {
    pool.aside.remove(active.line());
    quotas_->withdraw(active.line());
    active.aside = false;
    return;
  }
  pool.cards.withdraw(active.line());
  if (active.job.names_cards()) pool.typed -= active.cards;
  count_no_more(slot);
}

// ---- decision ----

void JobWalk::decide() {
  do {
    if (quotas_) let_in();
    power_loosened_ = false;
    for (std::size_t i = 0; i < run_.touched.size(); ++i) decide_in(run_.touched[i]);
  } while (power_loosened_ || (quotas_ && quotas_->may_let_in()));
  for (const PoolId id : run_.touched) {
    if (!run_.pool(id).touched) continue;  // settled with another of its site and card type
    for (const PoolId other : free_cards_.charge(id)) {
      PoolState& pool = run_.pool(other);
      pool.touched = false;
      queued_ -= pool.queued;
      queued_ += pool.queued = pool.cards.queue().size() + pool.held.size() + pool.aside.size();
    }
  }
  run_.touched.clear();
}

void JobWalk::decide_in(PoolId id) {
  PoolState& pool = run_.pool(id);
  while (const auto order = pool.cards.preempt(run_.now_s)) {
    for (const JobId victim : order->victims) {
      recalled_ += run_.jobs[std::uint32_t(victim)].borrows;
      interrupt(std::uint32_t(victim));
    }
    Pool::Start next = pool.cards.start(order->job, run_.now_s);
    start(next);
  }
  if (const double again_s = pool.cards.preempt_again_s(); again_s < run_.horizon_s && (pool.look_again_s <= run_.now_s || again_s < pool.look_again_s)) {
    pool.look_again_s = again_s;
    run_.timers.set(again_s, Event::kRuleChange, std::uint32_t(index(id)) + 1);
  }
  while (auto next = pool.cards.start_next(run_.now_s)) start(*next);
  if (lends_) lend(pool);
}

// ---- start ----

void JobWalk::start(Pool::Start& from) {
  const auto slot = std::uint32_t(from.job.id);
  ActiveJob& active = run_.jobs[slot];
  PoolState& pool = run_.pool(active.pool);
  if (active.job.names_cards()) pool.typed -= active.cards;
  if (active.counts) quotas_->holds(active.job.tenant, from.job.ask.milli(), active.borrows, run_.now_s);
  active.slices = std::move(from.slices);
  active.expected_end_s = from.expected_end_s;
  active.nodes = int(active.slices.size());
  for (const Slice& slice : active.slices) {
    Node& node = run_.nodes[index(pool.nodes[std::size_t(slice.node)])];
    SIM_CHECK(node.state == NodeState::kInService, "a job was placed on a node that is not in service");
    node.jobs.push_back(slot);
  }
  if (active.first_start_s < 0) active.first_start_s = run_.now_s;
  else active.requeued_s += run_.now_s - active.queued_since_s;
  active.allocated_since_s = run_.now_s;
  const JobClass& job_class = run_.population.job_classes[index(active.job.job_class)];
  double loads_cards = double(active.job.cards);
  if (active.job.batch != 0 && active.interruptions == 0)   // each of its jobs loads for itself, one after the other
    loads_cards = double(run_.population.batches[active.job.batch].square_cards) / (double(active.cards) * 1e-9);
  const double bytes = job_class.staging_bytes_per_card * loads_cards;
  if (run_.planning()) return begin_run(slot, {bytes > 0 ? bytes / shared_rate(active, bytes) : 0, restarts(active) ? checkpointing_->restart_s() : 0});
  enter(slot, Stage::kStaging);
  load(slot, bytes);
}

/// Moves bytes between site storage and the job's nodes, and comes back through on_stage_end or on_flow_end.
void JobWalk::load(std::uint32_t slot, double bytes) {
  ActiveJob& active = run_.jobs[slot];
  const double rate = own_rate(active);
  if (bytes > kFlowAbove_bytes) {
    const NodeId first = run_.pool(active.pool).nodes[std::size_t(active.slices.front().node)];
    active.flow_bytes = bytes;
    active.flow = run_.clock.load(run_.nodes[index(first)].host, bytes, rate, slot + 1);
  } else {
    run_.timers.set(run_.now_s + bytes / rate, Event::kPhaseEnd, slot, active.generation);
  }
}

/// What its nodes take from storage that gives all they ask.
double JobWalk::own_rate(const ActiveJob& active) const { return run_.card_of(active.pool).node_storage_bytes_per_s * double(std::max(1, active.nodes)); }

/// Planning fidelity: no flow; the load's own rate, cut in proportion where the loads under way want more than storage gives.
double JobWalk::shared_rate(const ActiveJob& active, double bytes) {
  const SiteId site = run_.fleet.pool(active.pool).site;
  return loads_[index(site)].rate(run_.now_s, bytes, own_rate(active), run_.fleet.site(site).storage_bytes_per_s);
}

bool JobWalk::restarts(const ActiveJob& active) const { return active.interruptions > 0 && checkpointing_; }

void JobWalk::begin_run(std::uint32_t slot, LeadIn lead_in) {
  ActiveJob& active = run_.jobs[slot];
  const JobClass& job_class = run_.population.job_classes[index(active.job.job_class)];
  const CardFacts& card = run_.card_of(active.pool);
  const Batch* const batch = active.job.batch != 0 ? &run_.population.batches[active.job.batch] : nullptr;
  const double job_s = batch != nullptr ? double(batch->job_s) * active.run_factor : 0;
  active.checkpoint_share = 0;
  active.save_every_s = job_s;   // what a batch has finished is saved
  active.flows = false;
  if (checkpointing_ && job_class.checkpoint_bytes_per_card > 0) {
    const double bytes = job_class.checkpoint_bytes_per_card * (batch != nullptr ? double(batch->job_cards) : double(active.job.cards));
    const double storage = run_.fleet.site(run_.fleet.pool(active.pool).site).storage_bytes_per_s;
    const CheckpointPlan plan = checkpointing_->plan(active.nodes, bytes, std::min(storage, card.node_storage_bytes_per_s * double(active.nodes)));
    if (plan.interval_s < (batch != nullptr ? job_s : active.progress.work_s - active.progress.done_s)) {
      active.save_every_s = plan.interval_s;
      active.flows = !run_.planning() && active.nodes > kFlowAbove_nodes && bytes > kFlowAbove_bytes;
      if (!active.flows) active.checkpoint_share = plan.write_s / (plan.interval_s + plan.write_s);
    }
  }
  active.run_from_done_s = active.progress.done_s;
  active.next_save_s = active.progress.done_s + (active.flows ? active.save_every_s : kNever_s);
  run_on(slot, lead_in);
  if (software_) {
    const double after_s = software_->kill_after_s(active.job.id, std::uint32_t(active.interruptions));
    const bool lasts_longer = active.flows;  // by its writes, and nobody knows yet how long those take
    if (std::isfinite(after_s) && (lasts_longer || after_s < (active.progress.work_s - active.progress.done_s) / (kSpeed * (1 - active.checkpoint_share))))
      run_.timers.set(run_.now_s + lead_in.staging_s + lead_in.restart_s + after_s, Event::kSoftwareFault, slot, active.software_fault = ++software_tags_);
  }
}

/// Enters the next stretch of the run, and sets its end: progress regained, a checkpoint due, or the work done.
void JobWalk::run_on(std::uint32_t slot, LeadIn lead_in) {
  ActiveJob& active = run_.jobs[slot];
  const JobClass& job_class = run_.population.job_classes[index(active.job.job_class)];
  active.stage_goal_s = std::min(active.progress.goal_s(), active.next_save_s);
  const double rate = kSpeed * (1 - active.checkpoint_share);
  const double run_s = (active.stage_goal_s - active.progress.done_s) / rate;
  const double lasts_s = lead_in.staging_s + lead_in.restart_s + run_s;
  const double per_s = lasts_s > 0 ? 1 / lasts_s : 0;
  active.shares = RunShares::of(active.cards, active.checkpoint_share, job_class.active_fraction, kSpeed, lead_in.staging_s * per_s, lead_in.restart_s * per_s);
  active.run_rate = lasts_s == run_s ? rate : rate * run_s * per_s;
  enter(slot, Stage::kRunning);
  run_.timers.set(run_.now_s + lasts_s, Event::kPhaseEnd, slot, active.generation);
}

// ---- stages ----

void JobWalk::enter(std::uint32_t slot, Stage stage) {
  ActiveJob& active = run_.jobs[slot];
  active.stage = stage;
  active.stage_since_s = run_.now_s;
  ++active.generation;
  switch (stage) {
    case Stage::kStaging: run_.add(active.pool, Account::kStaging, active.cards); break;
    case Stage::kRestarting: run_.add(active.pool, Account::kRestarting, active.cards); break;
    case Stage::kCheckpointing: run_.add(active.pool, Account::kCheckpointing, active.cards); break;
    case Stage::kRunning:
      active.regaining = active.progress.regaining();
      run_.add(active.pool, Account::kStaging, active.shares.staging);
      run_.add(active.pool, Account::kRestarting, active.shares.restarting);
      run_.add(active.pool, Account::kCheckpointing, active.shares.checkpointing);
      run_.add(active.pool, active.regaining ? Account::kRework : Account::kProductive, active.shares.working);
      run_.add(active.pool, Account::kThrottled, active.shares.throttled);
      run_.add(active.pool, Account::kHeldIdle, active.shares.held_idle);
      meters_.job_works(active, run_.population.job_classes[index(active.job.job_class)], +1);
      break;
    default: SIM_CHECK(false, "not a stage that holds cards");
  }
}

void JobWalk::leave(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  const double spent_s = run_.now_s - active.stage_since_s;
  switch (active.stage) {
    case Stage::kStaging: run_.add(active.pool, Account::kStaging, -active.cards); break;
    case Stage::kRestarting: run_.add(active.pool, Account::kRestarting, -active.cards); break;
    case Stage::kCheckpointing: run_.add(active.pool, Account::kCheckpointing, -active.cards); break;
    case Stage::kRunning: {
      run_.add(active.pool, Account::kStaging, -active.shares.staging);
      run_.add(active.pool, Account::kRestarting, -active.shares.restarting);
      run_.add(active.pool, Account::kCheckpointing, -active.shares.checkpointing);
      run_.add(active.pool, active.regaining ? Account::kRework : Account::kProductive, -active.shares.working);
      run_.add(active.pool, Account::kThrottled, -active.shares.throttled);
      run_.add(active.pool, Account::kHeldIdle, -active.shares.held_idle);
      meters_.job_works(active, run_.population.job_classes[index(active.job.job_class)], -1);
      (active.regaining ? active.rework_card_s : active.productive_card_s) += double(active.shares.working) * 1e-9 * spent_s;
      active.progress.advance(std::min(spent_s * active.run_rate, active.stage_goal_s - active.progress.done_s));  // never past the goal by rounding
      if (!active.flows && active.save_every_s > 0)  // the last whole interval of this run that was written in full
        active.progress.saved_s = std::max(active.progress.saved_s, active.run_from_done_s + std::floor((active.progress.done_s - active.run_from_done_s) / active.save_every_s) * active.save_every_s);
      break;
    }
    default: break;
  }
  active.stage_since_s = run_.now_s;
}

// ---- events ----

void JobWalk::on_stage_end(const Timers::Timer& timer) {
  const std::uint32_t slot = timer.what;
  if (run_.jobs[slot].generation != timer.tag || !run_.jobs.is_active(slot)) return;
  stage_done(slot);
}

bool JobWalk::on_flow_end(const Clock::Ended& ended) {
  if (ended.owner == 0) return false;  // of no job
  const std::uint32_t slot = ended.owner - 1;
  SIM_CHECK(!ended.failed, "a load of a job failed, though its job was not interrupted first");
  ActiveJob& active = run_.jobs[slot];
  if (run_.scenario.record_storage_flows()) {
    const std::string& site = run_.names.pool_site[index(active.pool)];
    const std::optional<std::int64_t> project = active.job.project == kNoProject ? std::optional<std::int64_t>() : std::int64_t(active.job.project);
    run_.recorder->flow(active.stage_since_s, run_.now_s, active.stage == Stage::kStaging ? "staging" : "checkpoint", site, site, active.flow_bytes, project);
  }
  active.flow = 0;
  stage_done(slot);
  return true;
}

void JobWalk::stage_done(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  const Stage stage = active.stage;
  leave(slot);
  switch (stage) {
    case Stage::kSubmitted:
      --on_the_way_;
      return arrive(slot);
    case Stage::kStaging:
      if (restarts(active)) {
        enter(slot, Stage::kRestarting);
        run_.timers.set(run_.now_s + checkpointing_->restart_s(), Event::kPhaseEnd, slot, active.generation);
        return;
      }
      return begin_run(slot);
    case Stage::kRestarting:
      return begin_run(slot);
    case Stage::kRunning: {
      // The stage ended because a goal of progress was reached: put it there exactly, whatever the rounding of seconds.
      const double goal_s = active.stage_goal_s;
      active.progress.done_s = goal_s;
      active.progress.best_s = std::max(active.progress.best_s, goal_s);
      if (active.progress.finished()) return end(slot, Recorder::Ending(active.job.outcome));
      if (goal_s >= active.next_save_s) {
        enter(slot, Stage::kCheckpointing);
        const JobClass& job_class = run_.population.job_classes[index(active.job.job_class)];
        return load(slot, job_class.checkpoint_bytes_per_card * double(active.job.cards));
      }
      return run_on(slot);
    }
    case Stage::kCheckpointing:
      active.progress.saved_s = active.progress.done_s;
      active.next_save_s += active.save_every_s;
      return run_on(slot);
    default: SIM_CHECK(false, "a stage ended in which nothing runs");
  }
}

void JobWalk::on_software_fault(const Timers::Timer& timer) {
  const std::uint32_t slot = timer.what;
  if (!run_.jobs.is_active(slot)) return;
  ActiveJob& active = run_.jobs[slot];
  if (active.software_fault != timer.tag) return;
  run_.recorder->fault(run_.now_s, active.pool, {}, "software", 0, run_.recorder->at_once(active.job));
  interrupt(slot);
}

void JobWalk::interrupt(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  leave(slot);
  give_back(slot);
  active.software_fault = 0;
  active.progress.interrupt();
  ++active.interruptions;
  active.queued_since_s = run_.now_s;
  enqueue(slot);
}

void JobWalk::give_back(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  PoolState& pool = run_.pool(active.pool);
  if (active.flow != 0) {
    run_.clock.cancel(active.flow);
    active.flow = 0;
  }
  ++active.generation;
  for (const Slice& slice : active.slices) {
    auto& jobs = run_.nodes[index(pool.nodes[std::size_t(slice.node)])].jobs;
    jobs.erase(std::find(jobs.begin(), jobs.end(), slot));
  }
  book_held(slot);
  pool.cards.end(active.line(), active.slices, active.expected_end_s, run_.now_s);
  if (active.counts) quotas_->holds(active.job.tenant, -std::int64_t{active.line().ask.milli()}, active.borrows, run_.now_s);
  count_no_more(slot);
  active.slices.clear();
  run_.touch(active.pool);
}

void JobWalk::book_held(std::uint32_t slot) {
  ActiveJob& active = run_.jobs[slot];
  const double held_card_s = double(active.cards) * 1e-9 * (run_.now_s - active.allocated_since_s);
  active.allocated_card_s += held_card_s;
  run_.recorder->held(active.allocated_since_s, run_.now_s, active.cards);
  if (ProjectStanding* project = standing(active.job.project)) project->used_card_s += held_card_s;
  if (!held) return;
  Held row{active.job.id, active.allocated_since_s, run_.now_s, {}};
  for (const Slice& slice : active.slices) row.cards.emplace_back(run_.pool(active.pool).nodes[std::size_t(slice.node)], slice);
  held(row);
}

void JobWalk::end(std::uint32_t slot, Recorder::Ending ending) {
  give_back(slot);
  withdraw(slot, ending, true);
}

/// The job leaves the simulation: its row, and its place in its project.
void JobWalk::withdraw(std::uint32_t slot, Recorder::Ending ending, bool held_cards) {
  ActiveJob& active = run_.jobs[slot];
  run_.recorder->job(active, ending, run_.now_s);
  if (left) left(active, ending, held_cards);
  ProjectStanding* project = standing(active.job.project);
  if (project != nullptr && job_ended && active.productive_card_s > 0) job_ended(active);
  const bool counted = project != nullptr && ending != Recorder::Ending::kRejected && active.stage != Stage::kHeld && active.stage != Stage::kWaitingData;
  if (counted) {
    project->in_use -= active.cards;
    auto& mine = project->active;
    mine.erase(std::find(mine.begin(), mine.end(), slot));
  }
  if (active.job.batch != 0) run_.population.batches.remove(active.job.batch);
  run_.jobs.remove(slot);
  if (counted && project->is_open) release_held(*project);
}

// ---- pools that end ----

void JobWalk::rehome(PoolId id) {
  gone_[index(id)] = true;
  PoolState& pool = run_.pool(id);
  std::vector<std::uint32_t> kept;  // of projects: their grant and their data are here
  for (const WaitingQueue* line : {&pool.cards.queue(), static_cast<const WaitingQueue*>(&pool.aside)})
    while (const auto waiting = line->front()) {
      const auto slot = std::uint32_t(waiting->id);
      ActiveJob& active = run_.jobs[slot];
      leave_queue(slot);
      if (standing(active.job.project) != nullptr) {
        kept.push_back(slot);
      } else if (const auto other = choose_pool(active)) {
        go_to(active, *other);
        enqueue(slot);
      } else {
        kept.push_back(slot);  // no site could ever hold it now: it waits to the end, and is counted so
      }
    }
  for (const std::uint32_t slot : kept) enqueue(slot);
  run_.touch(id);
}

// ---- the horizon ----

void JobWalk::close() {
  for (std::uint32_t slot = 0; slot < run_.jobs.slots(); ++slot) {
    if (!run_.jobs.is_active(slot)) continue;
    ActiveJob& active = run_.jobs[slot];
    const bool holds_cards = !active.slices.empty();
    if (holds_cards) {
      leave(slot);
      book_held(slot);
    }
    if (!holds_cards && active.first_start_s >= 0) active.requeued_s += run_.now_s - active.queued_since_s;
    if (active.stage == Stage::kWaitingData) active.data_wait_s = run_.now_s - active.data_wait_since_s;
    const Recorder::Ending ending = holds_cards ? Recorder::Ending::kRunning : Recorder::Ending::kWaiting;
    run_.recorder->job(active, ending, run_.now_s);
    if (left) left(active, ending, holds_cards);
    if (job_ended && standing(active.job.project) != nullptr && active.productive_card_s > 0) job_ended(active);
  }
}

}  // namespace dure::sim
