#include "sim/engine/run.h"

#include <algorithm>
#include <cmath>

#include "sim/engine/books.h"
#include "sim/engine/calls.h"
#include "sim/engine/futures.h"
#include "sim/engine/job_walk.h"
#include "sim/engine/ledger_values.h"
#include "sim/engine/meters.h"
#include "sim/engine/sources.h"
#include "sim/engine/supply_metrics.h"
#include "sim/engine/supply_side.h"
#include "sim/engine/utilisation.h"
#include "sim/integral.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"
#include "sim/workload/drawn_ahead.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {

/// The dispatcher: the only place where time passes and where events meet.
class Dispatcher {
 public:
  Dispatcher(const proto::Scenario& scenario, const RunOptions& options, Futures* futures = nullptr)
      : options_(options),
        run_(scenario, options.seed, options.file, futures),
        backbone_(make_backbone(run_)),
        meters_(run_),
        books_(run_),
        outlook_(run_, meters_, backbone_),
        walk_(run_, meters_, outlook_),
        programme_(futures != nullptr ? futures->now().programme : std::shared_ptr<Programme>(make_programme(scenario.programme(), run_.calendar, run_.horizon_s, run_.names.regions))),
        supply_(run_, [this](std::uint32_t slot) { walk_.interrupt(slot); }, [this](NodeId node, bool on) { meters_.node_power(node, on); }),
        calls_(run_, walk_, *programme_, backbone_, lines_of(run_, backbone_), outlook_) {
    walk_.held = options.held;
    if (options.left)
      walk_.left = [this](const ActiveJob& active, Recorder::Ending ending, bool held_cards) { options_.left({active.job.id, active.job.submit_s, Recorder::name(ending), held_cards}); };
    walk_.admits = [this](const Job& job, int granted, double in_use) { return calls_.admits(job, granted, in_use); };
    calls_.add_source = [this](std::unique_ptr<Source> source) { add_source(std::move(source)); };
    calls_.paid = [this](const Application& application, const Grant& grant, double used_card_s) {
      books_.on_grant_used(grant, run_.population.tenants[index(application.tenant)].name, used_card_s);
    };
    calls_.supported = [this](const Application& application, const char* reason, double krw) {
      books_.on_support(run_.population.tenants[index(application.tenant)].name, reason, krw);
    };
    meters_.billed = [this](SiteId site, const MonthBill& bill) { books_.on_bill(site, bill); };
    supply_.ended = [this](PoolId pool) { walk_.rehome(pool); };
    books_.public_down_card_s = [this](SiteId site) { return supply_.public_down_card_s(site); };
    check_call_quotas(run_);
    calls_.prepare_paths();
    run_.clock.seal();
    if (run_.planning()) run_.batching = make_batching(run_);
    for (auto& source : make_sources(run_, options.scenario_folder)) {
      if (run_.batching) {
        auto hours = std::make_unique<HourlyBatches>(std::move(source), *run_.batching);
        const bool ahead = options.draws_ahead && futures == nullptr && !scenario.workload().has_projects();
        if (ahead) source = std::make_unique<DrawnAhead>(std::move(hours));
        else source = std::move(hours);
      }
      add_source(std::move(source));
    }
    walk_.keep_rules();
    run_.timers.set(kDay_s, Event::kDay, 0);
    day_before_.resize(run_.pools.size());
    if (futures == nullptr) return;
    futures->time_s = [this] { return run_.now_s; };
    futures->became = [this](const Future& before, double same_until_s) { become(before, same_until_s); };
  }

  RunOutcome go();
  std::optional<double> part_at_s;   // from all futures

 private:
  void add_source(std::unique_ptr<Source> source) {
    sources_.emplace_back(std::move(source), Job{});
    next_arrival(std::uint32_t(sources_.size() - 1));
  }
  void next_arrival(std::uint32_t number) {
    auto& [source, job] = sources_[number];
    if (source->next(job) && job.submit_s < run_.horizon_s) run_.timers.set(std::max(run_.now_s, job.submit_s), Event::kArrival, number);
    else source.reset();
  }
  void become(const Future& before, double same_until_s);
  bool part_before(double until_s);
  void on(const Timers::Timer& timer);
  void on_arrival(std::uint32_t number);
  void on_day();
  void watch();
  bool is_done() const;
  void write_day(double day_end_s);
  void close();
  void summarise(RunOutcome& outcome);

  const RunOptions& options_;
  RunState run_;
  Backbone backbone_;
  Meters meters_;
  Books books_;
  Outlook outlook_;
  JobWalk walk_;
  std::shared_ptr<Programme> programme_;
  SupplySide supply_;
  Calls calls_;
  std::vector<std::pair<std::unique_ptr<Source>, Job>> sources_;
  std::vector<std::array<double, kAccounts>> day_before_;   // card-seconds by pool and account
  std::int64_t day_ = 0;
  Utilisation utilisation_{run_};
  bool stopped_ = false;
  std::uint64_t events_ = 0;
  Integral queued_;
  double largest_queue_ = 0;
  double offered_card_s_ = 0;
};

void Dispatcher::become(const Future& before, double same_until_s) {
  const Future& now = run_.futures->now();
  run_.fleet.become(now.fleet);
  supply_.become(before.fleet, same_until_s);
  calls_.become(now, same_until_s);
  books_.become(*now.scenario, now.facts.fleet);
}

/// True: this is another run now, whose next instant may be another.
bool Dispatcher::part_before(double until_s) {
  if (run_.futures == nullptr) return false;
  if (part_at_s && until_s >= *part_at_s) run_.futures->part_from_all();
  return run_.futures->part_before(until_s);
}

void Dispatcher::on(const Timers::Timer& timer) {
  run_.event = timer.event();
  switch (timer.event()) {
    case Event::kPhaseEnd: return walk_.on_stage_end(timer);
    case Event::kGrantEnd: return calls_.on_grant_end(timer.what, timer.tag);
    case Event::kRepair: return supply_.on_repair(timer);
    case Event::kNodeArrives: return supply_.on_node_arrives(timer.what);
    case Event::kNodeFault: return supply_.on_fault(timer);
    case Event::kSoftwareFault: return walk_.on_software_fault(timer);
    case Event::kTrancheChange: return supply_.on_tranche(timer.what, timer.tag);
    case Event::kBudgetGap: return supply_.on_budget_gap(SiteId(timer.what), timer.tag != 0);
    case Event::kLineCut: return calls_.on_cut(timer.what);
    case Event::kLineMend: return calls_.on_mend(timer.what);
    case Event::kSendOn: return calls_.on_send_on();
    case Event::kCall: return calls_.on_call(timer.what);
    case Event::kGrantStart: return calls_.on_grant_start(timer.what);
    case Event::kRuleChange: return walk_.on_rule_change(timer.what);
    case Event::kArrival: return on_arrival(timer.what);
    case Event::kQuarterHour: return meters_.on_quarter_hour();
    case Event::kDay: return on_day();
    case Event::kMonth: return books_.on_month();
  }
}

void Dispatcher::on_arrival(std::uint32_t number) {
  const Job job = sources_[number].second;
  offered_card_s_ += job.work_s * (job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards);
  walk_.submit(job);
  next_arrival(number);
}

/// Productive card-hours weighed by dense BF16 peak; an H100 (SXM) counts 1.
void add_h100_equivalent(RunState& run, Summary& summary) {
  constexpr double kH100_flop_per_s = 989e12;  // platforms/catalogue/cards.csv
  std::optional<double> hours = 0;
  std::string unknown;
  for (std::size_t i = 0; i < run.pools.size(); ++i) {
    const double card_s = run.pools[i].ledger.card_s(Account::kProductive, run.now_s);
    const CardFacts& card = run.card_of(PoolId(i));
    if (card_s > 0 && card.bf16_flop_per_s <= 0) unknown = card.name;
    hours = *hours + hours_from_s(card_s) * card.bf16_flop_per_s / kH100_flop_per_s;
  }
  if (!unknown.empty()) hours.reset();
  summary.metrics.push_back({"h100_equivalent_card_hours", "card-hours", hours,
                             unknown.empty() ? Text{} : Text{"the BF16 peak of " + unknown + " is not known", unknown + "의 BF16 최대 성능을 알 수 없습니다"}});
}

RunOutcome Dispatcher::go() {
  const auto next_s = [this] { return run_.timers.empty() ? run_.horizon_s : std::min(run_.horizon_s, run_.timers.next().at_s); };
  while (!stopped_) {
    while (part_before(next_s())) {}
    const double until_s = next_s();
    const auto& ended = run_.clock.advance(until_s);
    // Timers keep their own seconds; SimGrid's clock stops within a hundredth of a millisecond of them.
    run_.now_s = ended.empty() ? until_s : std::clamp(run_.clock.now_s(), run_.now_s, until_s);
    run_.event = Event::kPhaseEnd;
    for (const Clock::Ended& flow : ended)
      if (!walk_.on_flow_end(flow)) calls_.on_flow_end(flow);
    events_ += ended.size();
    if (run_.now_s >= run_.horizon_s) break;
    while (!run_.timers.empty() && run_.timers.next().at_s <= run_.now_s) {
      const Timers::Timer timer = run_.timers.next();
      run_.timers.pop();
      on(timer);
      ++events_;
    }
    run_.event = Event::kDay;
    walk_.decide();
    watch();
    if (options_.until_done && is_done()) break;
  }
  if (run_.futures != nullptr) run_.futures->part_from_all();
  close();
  if (run_.futures != nullptr) run_.fleet = run_.futures->now().facts.fleet;  // metrics know of no places that only others fill
  RunOutcome outcome;
  summarise(outcome);
  return outcome;
}

/// Nobody is here and nobody will come.
bool Dispatcher::is_done() const {
  return run_.jobs.size() == 0 && std::all_of(sources_.begin(), sources_.end(), [](const auto& each) { return each.first == nullptr; });
}

void Dispatcher::watch() {
  const double queued = double(walk_.queued());
  if (queued != queued_.rate()) queued_.set(run_.now_s, queued);
  largest_queue_ = std::max(largest_queue_, queued);
}

void Dispatcher::on_day() {
  write_day(run_.now_s);
  calls_.on_day();
  if (options_.progress) options_.progress(run_.now_s / run_.horizon_s, to_string(run_.calendar.date(run_.now_s)));
  if (options_.stop && options_.stop()) stopped_ = true;
  if (run_.now_s + kDay_s < run_.horizon_s) run_.timers.set(run_.now_s + kDay_s, Event::kDay, 0);
}

void Dispatcher::write_day(double day_end_s) {
  Table* table = run_.recorder->card_hours();
  const Date day = run_.calendar.date(double(day_) * kDay_s);
  const std::string date = to_string(day);
  for (std::size_t i = 0; i < run_.pools.size(); ++i) {
    for (std::size_t account = 0; account < kAccounts; ++account) {
      const double total_s = run_.pools[i].ledger.card_s(Account(account), day_end_s);
      const double hours = (total_s - day_before_[i][account]) / kHour_s;
      day_before_[i][account] = total_s;
      if (hours == 0) continue;
      utilisation_.book(PoolId(i), day, Account(account), hours * kHour_s);
      if (table == nullptr) continue;
      const IdleCause cause = cause_of(Account(account));
      table->insert(day_, std::string_view(date), std::string_view(run_.names.pool_site[i]), std::string_view(run_.names.pool_card[i]),
                    kCardStateNames[std::size_t(state_of(Account(account)))],
                    cause == IdleCause::kNone ? std::string_view() : kIdleCauseNames[std::size_t(cause)], hours, std::string_view(run_.names.pool_partition[i]));
    }
  }
  ++day_;
}

void Dispatcher::close() {
  calls_.end_terms();
  walk_.close();
  queued_.settle(run_.now_s);
  if (run_.now_s > double(day_) * kDay_s) write_day(run_.now_s);
  meters_.close();
  supply_.write_rows();
  calls_.write_rows();
  books_.close();
}

void Dispatcher::summarise(RunOutcome& outcome) {
  Summary& summary = outcome.summary;
  summary.scenario = run_.futures != nullptr ? run_.futures->now().scenario->name() : run_.scenario.name();
  summary.seed = run_.seed.seed;
  if (run_.planning()) summary.fidelity = "planning";
  std::array<double, kCardStates> by_state{};
  double nominal_s = 0;
  for (PoolState& pool : run_.pools) {
    nominal_s += pool.ledger.nominal_card_s(run_.now_s);
    for (std::size_t account = 0; account < kAccounts; ++account)
      by_state[std::size_t(state_of(Account(account)))] += pool.ledger.card_s(Account(account), run_.now_s);
  }
  double sum_s = 0;
  for (const double state_s : by_state) sum_s += state_s;
  SIM_CHECK(std::abs(sum_s - nominal_s) <= 1e-12 * std::max(1.0, nominal_s), "the ledger does not close");
  const double productive_s = by_state[std::size_t(CardState::kProductive)];
  SIM_CHECK(std::abs(run_.recorder->productive_card_s() - productive_s) <= 1e-9 * std::max(1.0, productive_s), "productive time of jobs and of the ledger differ");

  summary.metrics.push_back({"card_hours.nominal", "card-hours", hours_from_s(nominal_s), {}});
  for (std::size_t state = 0; state < kCardStates; ++state)
    summary.metrics.push_back({"card_hours." + std::string(kCardStateNames[state]), "card-hours", hours_from_s(by_state[state]), {}});
  add_idle_causes(run_, summary);
  walk_.add_rule_metrics(summary);
  run_.recorder->add_metrics(summary, run_.scenario.has_reliability(), run_.scenario.workload().has_projects());
  add_supply_metrics(run_, summary);
  utilisation_.add_metrics(summary);
  meters_.add_metrics(summary);
  books_.add_metrics(summary, hours_from_s(productive_s));
  value_ledger(run_, meters_, books_, summary);
  calls_.add_metrics(summary);
  add_h100_equivalent(run_, summary);
  books_.add_unit_costs(summary);
  supply_.add_metrics(summary);

  outcome.workload_facts.scenario = summary.scenario;
  outcome.workload_facts.seed = summary.seed;
  run_.recorder->add_workload_facts(outcome.workload_facts);

  double allocated_s = 0, free_s = 0;
  for (std::size_t state = 0; state < kCardStates; ++state) {
    if (is_allocated(CardState(state))) allocated_s += by_state[state];
    if (is_free(CardState(state))) free_s += by_state[state];
  }
  outcome.partial = stopped_;
  if (options_.held)
    for (std::size_t node = 0; node < run_.nodes.size(); ++node) outcome.node_names.push_back(run_.fleet.node_name(NodeId(node)));
  outcome.trace_report = run_.trace_report;
  outcome.simulated_s = run_.now_s;
  outcome.events = events_;
  outcome.largest_queue_jobs = largest_queue_;
  outcome.mean_queue_jobs = run_.now_s > 0 ? queued_.total() / run_.now_s : 0;
  outcome.utilisation = allocated_s + free_s > 0 ? allocated_s / (allocated_s + free_s) : 0;
  outcome.offered_load = allocated_s + free_s > 0 ? offered_card_s_ / (allocated_s + free_s) : 0;
}

}  // namespace

std::vector<std::vector<std::size_t>> run_groups(std::span<const proto::Scenario* const> scenarios, Seed seed) { return Futures::groups(scenarios, seed); }

TogetherOutcome run_together(std::span<const proto::Scenario* const> scenarios, std::span<const std::size_t> group, const RunOptions& options, std::function<bool()> fork,
                             std::vector<std::size_t>& standing_for, std::optional<double> part_at_s) {
  standing_for.assign(group.begin(), group.end());
  Futures futures(scenarios, group, options.seed, std::move(fork));
  futures.parted = [&] { standing_for = futures.numbers(); };
  Dispatcher dispatcher(*scenarios[group.front()], options, &futures);
  dispatcher.part_at_s = part_at_s;
  RunOutcome outcome = dispatcher.go();
  return {futures.now().number, std::move(outcome), futures.apart_since_s()};
}

RunOutcome run_scenario(const proto::Scenario& scenario, const RunOptions& options) { return Dispatcher(scenario, options).go(); }

}  // namespace dure::sim
