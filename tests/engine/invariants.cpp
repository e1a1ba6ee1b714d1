// Random scenarios: whatever sites, tranches, jobs, faults and rules, these must hold.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "sim/card_state.h"
#include "sim/inventory/fleet.h"
#include "tests/support/run_text.h"

using namespace dure::test;
using dure::sim::Calendar;
using dure::sim::Fleet;
using dure::sim::NodeId;
using dure::sim::Seed;

namespace {
constexpr double kDay_s = 86400;
constexpr int kDays = 20;

struct World {
  std::string text;
  std::string trace;
  bool has_power = false;
  std::map<std::string, double> cap_kw;   // by site, of those that have one
};

std::string date(int day) { return dure::sim::to_string(Calendar(dure::sim::parse_date("2026-01-01")).date(day * kDay_s)); }

template <class T>
T pick(std::initializer_list<T> choices) { return *rc::gen::elementOf(std::vector<T>(choices)); }
int between(int low, int high) { return *rc::gen::inRange(low, high + 1); }
bool coin() { return between(0, 1) == 1; }

World random_world() {
  std::ostringstream text;
  text << "name: \"random\" start_date: \"2026-01-01\" horizon_s: " << kDays * kDay_s << " seed: " << between(1, 1000000) << "\n";
  World world;
  world.has_power = between(0, 3) > 0;
  const int sites = between(1, 3);
  const int cards_per_node = pick({1, 2, 4, 8});
  text << "card { card: \"H\" } node { card: \"H\" cards_per_node: " << cards_per_node << " }\n";
  for (int i = 0; i < sites; ++i) {
    text << "region { region: \"r" << i << "\" city: \"c" << i << "\" climate_city: \"Seoul\" demand_share: " << (i == 0 ? 1.0 - 0.25 * (sites - 1) : 0.25) << " }\n";
    text << "site { site: \"s" << i << "\" region: \"r" << i << "\" peak_power_mw: 4000 pue: 1.3 nodes_per_leaf: " << between(1, 4) << " hot_spare_nodes: " << pick({0, 0, 1, 2});
    if (between(0, 2) == 0) text << " budget_gap { from: \"" << date(between(-2, kDays - 2)) << "\" months: " << pick({0.03, 0.1, 0.4}) << " restart_days: " << between(0, 2) << " }";
    text << " @s" << i << " }\n";   // for a cap on power, once it is known what stands there
    if (i > 0) text << "link { link: \"l" << i << "\" a: \"c0\" b: \"c" << i << "\" gbps: " << between(1, 100) << " }\n";
  }
  text << "commissioning { draw_delivery: " << (coin() ? "true" : "false") << " install_days: " << between(0, 4) << " nodes_per_day: " << between(1, 6) << " }\n";
  int largest = 1;
  const int tranches = between(1, 4);
  std::map<std::string, double> base_kw;   // at most: a node draws 2.4 kW, 1.05 kW beside it, and 60 % of 4.6 kW more where the operator has it
  for (int i = 0; i < tranches; ++i) {
    const int cards = cards_per_node * between(1, 6);
    const int publicly = between(1, cards);
    const int site = i == 0 ? 0 : between(0, sites - 1);
    const int promised = between(-10, 10);
    const int low = i == 0 ? promised : promised + between(-3, 5);
    largest = std::max(largest, publicly);
    base_kw["s" + std::to_string(site)] += (2.4 + 1.05) * (cards / cards_per_node + 1) + 0.6 * 4.6 * ((cards - publicly) / cards_per_node + 1);
    text << "tranche { tranche: \"t" << i << "\" site: \"s" << site << "\" card: \"H\" cards: " << cards << " government_use_cards: " << publicly << " promised: \"" << date(promised)
         << "\" delivered_low: \"" << date(low) << "\" delivered_mid: \"" << date(low + between(0, 2)) << "\" delivered_high: \"" << date(low + 2 + between(0, 4))
         << "\" term_end: \"" << date(coin() ? 400 : between(11, kDays + 5)) << "\" installed: " << (i == 0 || coin() ? "true" : "false") << " }\n";
  }
  text << "job_class { job_class: \"training\" active_fraction: " << pick({0.3, 0.7, 1.0}) << " staging_gb_per_card: " << pick({0.0, 0.5, 2.0, 40.0})
       << " checkpoint_gb_per_card: " << pick({0, 0, 10, 100}) << " }\n"
       << "job_class { job_class: \"urgent\" active_fraction: 0.5 rank: 1 }\n";
  const bool one_leaf = between(0, 4) == 0;
  const bool projects = between(0, 2) == 0;
  text << "scheduler { " << pick<std::string>({"fcfs {}", "easy_backfill {}", "conservative_backfill {}", "conservative_backfill { depth: 3 }", "fair_share { size_weight: 1 }", "dominant_resource {}"});
  if (coin()) {
    text << " quotas { lending: " << pick<std::string>({"NONE", "IDLE"}) << " recall: " << pick<std::string>({"WAIT", "PREEMPT"}) << " in_order: " << pick<std::string>({"true", "false"});
    if (coin()) text << " quota { quota: \"half\" share: " << pick({0.2, 0.5, 0.9}) << " }";
    if (!projects) text << " quota { quota: \"a\" tenant: \"a\" cards: " << between(0, 20) << " } quota { quota: \"north\" region: \"r0\" cards: " << between(1, 30) << " }";
    text << " }";
  }
  if (between(0, 3) == 0) text << " preemption {}";
  if (coin())
    for (const char* name : {"one", "two"}) {
      const int from = name[0] == 'o' ? between(1, 3) : between(9, 11);   // one after the other: together they may be more than there is
      text << " reservation { reservation: \"" << name << "\" from: \"" << date(from) << "\" from_hour: " << between(0, 20) << " until: \"" << date(from + between(1, 5)) << "\" cards: 1 site: \"s0\" job_class: \"urgent\" }";
    }
  text << " } placement { same_leaf: " << (coin() ? "true" : "false") << " one_leaf_only: " << (one_leaf ? "true" : "false")
       << " rule: " << pick<std::string>({"PACK", "SPREAD", "LEAST_FRAGMENTATION"}) << " }\n";
  if (between(0, 3) > 0)
    text << "reliability { faults_per_1000_node_days: " << pick({4, 100, 1000}) << " software_faults_per_1000_job_hours: " << pick({0, 10, 500}) << " }\n";
  if (world.has_power) text << "power { own_use_activity: " << pick({0.0, 0.6}) << " surcharge { item: \"grid_emission_factor\" value: 0.4 } }\n";
  if (projects) {
    const std::string begins = " begins: \"" + date(between(0, 3)) + "\" ";
    const std::string calls = "call_rounds { max_months: 0.4 min_months: 0.1 call { call: \"a\" decided: \"" + date(between(0, 3)) + "\" } call { call: \"b\" decided: \"" + date(between(4, 15)) + "\" } }";
    const int team = pick({cards_per_node, 8});
    const std::string contest = "tournament {" + begins + "applicants: 4 repeat_months: " + pick<std::string>({"0", "0.4"}) + " winner_payment_krw: 1e9 stage { stage: \"one\" teams: 3 cards_per_team: " + std::to_string(team) + " months: 0.2 } stage { stage: \"two\" teams: 2 wild_cards: 1 cards_per_team: " + std::to_string(2 * team) + " months: 0.2 } }";
    const std::string sale = "priced {" + begins + "months: 0.2 max_months: 0.3 cap_cards: 64 auction: " + (coin() ? "true" : "false") + " }";
    const std::string parts = "parts { part { part: \"p\" share: 0.5 " + calls + " } part { part: \"q\" share: 0.5 borrows: " + (coin() ? "true " : "false ") + contest + " } }";
    text << "programme { " << pick<std::string>({calls, calls, contest, sale, parts, "equal_share {" + begins + "months: 0.3 grant_step: 1 }"})
         << pick<std::string>({"", " reclaim_idle { window_days: 2 below: 0.9 grace_days: 0 keeps: 1 }"}) << pick<std::string>({"", " credits { months: 0.1 of_grant: 0.3 carries_over: 0.5 burst: 2 }"})
         << pick<std::string>({"", " people { share: 0.4 }"}) << pick<std::string>({"", " capability { open_release: 0.5 }"}) << " }\n"
         << "workload { projects { response {} applicants_per_call: " << between(1, 12) << " cards_median: 4 cards_sigma: 1 cards_max: 64 cards_step: " << cards_per_node << " months_max: 3 archetype { archetype: \"startup\" applicant_share: 1 dataset_median_tb: "
         << pick({0.0, 1.0, 200.0}) << " pre_train: 1 } job_pattern { job_class: \"training\" explore: 1 fine_tune: 1 pre_train: 1 distil: 1 rl_post_train: 1 serve: 1 cards_median: 2 cards_sigma: 1 sliced_share: 0.2 long_median_h: 3 max_h: 100 } } }\n";
  } else {
    std::ostringstream csv;
    csv << "job_id,tenant,class,submit_s,duration_s,cards,outcome\n";
    int at_s = 0;
    const int jobs = between(1, 120);
    for (int i = 0; i < jobs; ++i) {
      at_s += pick({0, 0, 60, 3600, 20000});
      csv << i << "," << (i == 0 ? "a" : pick<std::string>({"a", "b", "c"})) << "," << pick<std::string>({"training", "training", "urgent"}) << "," << at_s << "," << pick({1, 100, 5000, 60000, 400000}) << ",";
      if (between(0, 4) == 0) csv << pick<std::string>({"0.25", "0.5", "0.333"});
      else csv << std::min(one_leaf ? cards_per_node : largest, std::min(largest, pick({1, 1, 2, 3, 8, 13, 24})));
      csv << "," << pick<std::string>({"completed", "cancelled", "failed"}) << "\n";
    }
    world.trace = csv.str();
    text << "workload { trace { file: \"trace.csv\" clock: FIRST_DAY } }\n";
  }
  world.text = text.str();
  for (int i = 0; i < sites; ++i) {
    const std::string site = "s" + std::to_string(i);
    const bool capped = world.has_power && between(0, 2) == 0;
    if (capped) world.cap_kw[site] = base_kw[site] + pick({0.5, 3.0, 10.0});
    const std::string cap = capped ? "power_cap_kw: " + std::to_string(world.cap_kw[site]) : "";
    world.text.replace(world.text.find("@" + site), 3, cap);
  }
  return world;
}

/// What is wrong with a run; nothing: empty.
std::string broken(const World& world, bool planning = false) {
  dure::Scenario scenario = scenario_of(world.text);
  if (planning) scenario.set_fidelity(dure::Scenario::PLANNING);
  const RunResult run = dure::test::run(scenario, world.trace);
  std::ostringstream wrong;

  // Jobs in = jobs out.
  const double out = run["jobs.rejected"] + run["jobs.completed"] + run["jobs.cancelled"] + run["jobs.failed"] + run["jobs.running"] + run["jobs.waiting"];
  if (run["jobs.submitted"] != out) wrong << run["jobs.submitted"] << " jobs in, " << out << " out\n";
  if (run.number("SELECT ifnull(sum(jobs), 0) FROM jobs") != out) wrong << "jobs and rows of jobs differ\n";

  // The ledger closes.
  double sum = 0, allocated = 0;
  for (std::size_t state = 0; state < dure::sim::kCardStates; ++state) {
    const double hours = run["card_hours." + std::string(dure::sim::kCardStateNames[state])];
    if (hours < -1e-9) wrong << dure::sim::kCardStateNames[state] << " is negative\n";
    sum += hours;
    if (state >= std::size_t(dure::sim::CardState::kStaging)) allocated += hours;
  }
  const double nominal = run["card_hours.nominal"];
  if (std::abs(sum - nominal) > 1e-12 * std::max(1.0, nominal)) wrong << "states sum to " << sum << ", nominal is " << nominal << "\n";
  const Fleet fleet(scenario, Calendar(dure::sim::parse_date("2026-01-01")), Seed{scenario.seed()});
  const auto facts = fleet.fact_hours(0, kDays * kDay_s);
  if (std::abs(facts.nominal - nominal) > 1e-9 * std::max(1.0, nominal)) wrong << "nominal is " << nominal << ", by the facts " << facts.nominal << "\n";
  for (const auto& [name, hours] : {std::pair{"not_delivered", facts.not_delivered}, std::pair{"installing", facts.installing}, std::pair{"unpowered", facts.unpowered}})
    if (std::abs(run[std::string("card_hours.") + name] - hours) > 1e-9 * std::max(1.0, nominal)) wrong << name << " differs from the facts\n";

  // It closes in kWh and in kg, and what stands without power draws none.
  if (world.has_power) {
    double kwh = 0, carbon_kg = 0;
    for (const std::string_view state : dure::sim::kCardStateNames) {
      kwh += run["ledger_kwh." + std::string(state)];
      carbon_kg += run["ledger_carbon_kg." + std::string(state)];
    }
    const double metered = run["energy_kwh.facility"];
    if (std::abs(kwh - metered) > 1e-9 * std::max(1.0, metered)) wrong << "the ledger sums to " << kwh << " kWh, the meters to " << metered << "\n";
    if (std::abs(carbon_kg - run["carbon_kg.total"]) > 1e-9 * std::max(1.0, carbon_kg)) wrong << "the ledger sums to " << carbon_kg << " kg of CO2\n";
    const double it = run.number("SELECT total(it_kwh) FROM ledger");
    if (std::abs(it - run["energy_kwh.it"]) > 1e-9 * std::max(1.0, it)) wrong << "the ledger sums to " << it << " kWh of IT\n";
    if (run.number("SELECT count(*) FROM ledger WHERE state IN ('not_delivered', 'installing', 'unpowered', 'down') AND it_kwh <> 0") > 0) wrong << "a card without power draws some\n";
    if (run.number("SELECT count(*) FROM ledger WHERE it_kwh < -1e-9 OR state NOT IN ('not_delivered', 'installing', 'unpowered', 'down') AND card_hours > 1e-6 AND it_kwh <= 0") > 0)
      wrong << "a powered card draws nothing\n";
    for (const auto& [site, cap_kw] : world.cap_kw) {
      const double most_kw = run.number("SELECT ifnull(max(it_kwh), 0) FROM power WHERE site = '" + site + "'");   // of an hour
      if (most_kw > cap_kw + 1e-6) wrong << site << " draws " << most_kw << " kW under a cap of " << cap_kw << "\n";
    }
    if (run.has("withheld_card_hours.power_cap") == world.cap_kw.empty()) wrong << "withheld by power caps, and none; or the reverse\n";
  } else if (run.has("ledger_kwh.productive")) {
    wrong << "energy without a power model\n";
  }
  if (run.has("ledger_krw.total")) wrong << "money without economics\n";

  // Productive time of jobs is that of the ledger, and of the split by outcome.
  const double productive = run["card_hours.productive"];
  const double of_jobs = run.number("SELECT ifnull(sum(productive_card_hours), 0) FROM jobs");
  const double by_outcome = run["productive_card_hours.completed"] + run["productive_card_hours.cancelled"] + run["productive_card_hours.failed"] + run["productive_card_hours.running"];
  for (const double other : {of_jobs, by_outcome})
    if (std::abs(productive - other) > 1e-9 * std::max(1.0, productive)) wrong << "productive " << productive << " in the ledger, " << other << " by jobs\n";

  // No card in two places, no work on a node that is not there or is down.
  std::map<int, std::vector<std::pair<double, int>>> change;   // node -> (when, thousandths)
  std::map<std::pair<int, int>, std::vector<std::pair<double, int>>> change_of_shared;  // shared cards one by one
  double held_hours = 0;
  for (const Holding& held : run.holdings) {
    const auto& node = fleet.node(NodeId(std::uint32_t(held.node)));
    if (node.own_use) wrong << "job " << held.job << " on a node of the operator\n";
    if (held.from_s < node.in_service_s - 1e-6 || held.until_s > node.retire_s + 1e-6) wrong << "job " << held.job << " on node " << held.node << " outside its life\n";
    held_hours += held.milli / 1000.0 * (held.until_s - held.from_s) / 3600;
    auto& where = held.slot < 0 ? change[held.node] : change_of_shared[{held.node, held.slot}];
    where.emplace_back(held.from_s, held.milli);
    where.emplace_back(held.until_s, -held.milli);
  }
  for (auto& [shared, steps] : change_of_shared) {  // a shared card that is open counts as one card of its node
    std::sort(steps.begin(), steps.end());
    int now = 0;
    for (const auto& [at_s, by] : steps) {
      if (now == 0 && by > 0) change[shared.first].emplace_back(at_s, 1000);
      now += by;
      if (now == 0) change[shared.first].emplace_back(at_s, -1000);
      if (now > 1000) wrong << "a shared card of node " << shared.first << " carries " << now << "/1000\n";
    }
  }
  for (auto& [node, steps] : change) {
    std::sort(steps.begin(), steps.end());  // what is given back at an instant can be taken in it
    int now = 0;
    for (const auto& [at_s, by] : steps)
      if ((now += by) > 1000 * fleet.node(NodeId(std::uint32_t(node))).cards) wrong << "node " << node << " carries " << now << "/1000 at " << at_s << "\n";
  }
  if (std::abs(held_hours - allocated) > 1e-9 * std::max(1.0, allocated)) wrong << "held " << held_hours << " card-hours, allocated " << allocated << "\n";
  if (run.has("faults.node")) {
    for (const auto& fault : run.rows("SELECT node, at_s, at_s + repair_s, jobs_hit FROM faults WHERE node IS NOT NULL")) {
      int hit = 0;
      for (const Holding& held : run.holdings) {
        if (held.node != std::stoi(fault[0])) continue;
        if (held.from_s < std::stod(fault[2]) - 1e-6 && held.until_s > std::stod(fault[1]) + 1e-6) wrong << "job " << held.job << " works on dead node " << held.node << "\n";
        hit += held.until_s == std::stod(fault[1]);
      }
      if (!planning && hit < std::stoi(fault[3])) wrong << "a fault hit more jobs than let go of its node\n";
    }
    if (!planning && run["interruptions.job"] != run.number("SELECT ifnull(sum(jobs_hit), 0) FROM faults")) wrong << "interruptions and hits differ\n";
  }

  // Free cards are charged to waiting jobs only as far as jobs wait.
  double waited = 0;
  std::map<std::int64_t, std::map<double, double>> spans;  // job -> start -> end, once however many nodes
  for (const Holding& held : run.holdings) spans[held.job][held.from_s] = held.until_s;
  for (const auto& row : run.rows("SELECT job, cards, submit_s, ifnull(end_s, " + std::to_string(kDays * kDay_s) + "), data_wait_s FROM jobs WHERE outcome <> 'rejected'")) {
    double wait_s = std::stod(row[3]) - std::stod(row[2]) - std::stod(row[4]);
    for (const auto& [from_s, until_s] : spans[std::stoll(row[0])]) wait_s -= until_s - from_s;
    if (wait_s < -1e-6) wrong << "job " << row[0] << " waited " << wait_s << " s\n";
    waited += wait_s / 3600 * std::stod(row[1]);
  }
  const double charged = run["card_hours.withheld"] + run["card_hours.idle_fragmented"];
  if (charged > waited + 1e-6) wrong << charged << " card-hours charged to waiting jobs, " << waited << " waited\n";

  if (run.has("credits.issued_card_hours") && run["credits.expired_card_hours"] > run["credits.issued_card_hours"] + 1e-9) wrong << "more credit expired than was issued\n";
  if (run.has("grants.card_hours") && run["grants.unused_card_hours"] > run["grants.card_hours"] + 1e-9) wrong << "more of the grants stood unused than there was\n";

  // What was completed was worked in full.
  if (run.number("SELECT count(*) FROM jobs WHERE outcome = 'completed' AND end_s - start_s < work_s - 1e-6") > 0) wrong << "a job completed sooner than its work takes\n";
  return wrong.str();
}
}  // namespace

TEST_CASE("random scenarios in planning fidelity: the same holds of batches") {
  setenv("RC_PARAMS", "seed=20260101 max_success=60 noshrink=1", 0);
  CHECK(rc::check("invariants of a run in planning fidelity", [] {
    const World world = random_world();
    std::string wrong;
    try {
      wrong = broken(world, true);
    } catch (const std::exception& failure) {
      wrong = failure.what();
      if (wrong.find("the contest never has more than") != std::string::npos) wrong.clear();  // refused, as it should be
    }
    if (!wrong.empty()) RC_FAIL(wrong + "\n" + world.text + "\n" + world.trace);
  }));
}

TEST_CASE("random scenarios: jobs in = jobs out, the ledger closes, no card in two places, no work from a dead node") {
  setenv("RC_PARAMS", "seed=20260101 max_success=60 noshrink=1", 0);  // the same scenarios every time; set it to look for others
  CHECK(rc::check("invariants of a run", [] {
    const World world = random_world();
    std::string wrong;
    try {
      wrong = broken(world);
    } catch (const std::exception& failure) {
      wrong = failure.what();
      if (wrong.find("the contest never has more than") != std::string::npos) wrong.clear();  // refused, as it should be
    }
    if (!wrong.empty()) RC_FAIL(wrong + "\n" + world.text + "\n" + world.trace);
  }));
}
