// The ledger in kWh, kg of CO2 and KRW, small enough to work out on paper.
#include <doctest/doctest.h>

#include "sim/scenario.h"
#include "sim/units.h"
#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
doctest::Approx about(double value) { return doctest::Approx(value).epsilon(1e-8); }  // shares of cards are whole billionths

/// A node draws 1,000 W idle and 200 W beside; a card that works adds up to (5,000 - 1,000) / 2 = 2,000 W. PUE 1.5.
std::string two_cards(int nodes, const std::string& more) {
  return hall(nodes, 2, R"(
    power { fabric_w_per_node: 150 storage_w_per_node: 50 own_use_activity: 0.5
            surcharge { item: "grid_emission_factor" value: 0.4 unit: "tCO2e/MWh" to: "2026-01-01" }
            surcharge { item: "grid_emission_factor" value: 0.5 unit: "tCO2e/MWh" from: "2026-01-02" } }
    scheduler { fcfs {} } workload { trace { file: "trace.csv" job_class: "training" } })" + more);
}
const std::string kHalfActive = R"(job_class { job_class: "training" active_fraction: 0.5 activity: 0.75 staging_gb_per_card: 0 })";

double it_kwh(const RunResult& run, const std::string& state) { return run.number("SELECT total(it_kwh) FROM ledger WHERE state = '" + state + "'"); }
}  // namespace

TEST_CASE("ledger in kWh and kg: one node of two cards, a job on each of two days") {
  // An hour on one card on the first day, two hours on the second, of which it works half: 2,000 W x 0.75. The base is 600 W a card.
  const RunResult run = run_text(two_cards(1, "horizon_s: 172800 " + kHalfActive), "job_id,submit_s,duration_s,cards\n1,0,3600,1\n2,86400,7200,1\n");
  CHECK(run["card_hours.productive"] == about(0.5 + 1));
  CHECK(it_kwh(run, "productive") == about((0.3 + 0.75) + (0.6 + 1.5)));
  CHECK(it_kwh(run, "held_idle") == about(0.3 + 0.6));
  CHECK(it_kwh(run, "idle_no_demand") == about(0.6 * (47 + 46)));
  CHECK(run["energy_kwh.it"] == about(1.2 * 48 + 0.75 + 1.5));
  CHECK(run["ledger_kwh.productive"] == about(1.5 * 3.15));
  CHECK(run["ledger_kwh.held_idle"] == about(1.5 * 0.9));
  CHECK(run["ledger_kwh.idle_no_demand"] == about(1.5 * 55.8));
  // The factor of its hour: 0.4 on the first day, 0.5 on the second.
  CHECK(run["ledger_carbon_kg.productive"] == about(1.5 * (0.4 * 1.05 + 0.5 * 2.1)));
  CHECK(run["ledger_carbon_kg.idle_no_demand"] == about(1.5 * 0.6 * (0.4 * 47 + 0.5 * 46)));
  CHECK(run["carbon_kg.total"] == about(1.5 * (0.4 * 29.55 + 0.5 * 30.3)));
  for (const char* state : {"not_delivered", "installing", "unpowered", "down", "own_use", "withheld", "idle_fragmented", "staging", "checkpointing", "restarting", "throttled", "rework"})
    CHECK_MESSAGE(run[std::string("ledger_kwh.") + state] == 0, state);
  CHECK_FALSE(run.has("ledger_krw.total"));
}

TEST_CASE("ledger in kWh: two jobs on one node, the base alike, the rest where the work is") {
  const std::string classes = R"(job_class { job_class: "busy" active_fraction: 1 activity: 1 staging_gb_per_card: 0 }
                                 job_class { job_class: "calm" active_fraction: 1 activity: 0 staging_gb_per_card: 0 } )";
  // The calm job takes nothing of what the busy one adds: 2,000 W for ten hours.
  const RunResult both = run_text(two_cards(1, classes + "job_class { job_class: \"training\" }"), "job_id,submit_s,duration_s,cards,class\n1,0,36000,1,busy\n2,0,36000,1,calm\n");
  const RunResult calm = run_text(two_cards(1, classes + "job_class { job_class: \"training\" }"), "job_id,submit_s,duration_s,cards,class\n2,0,36000,1,calm\n");
  CHECK(it_kwh(calm, "productive") == about(6));
  CHECK(it_kwh(both, "productive") == about(6 + 6 + 20));
  CHECK(it_kwh(both, "idle_no_demand") == about(0.6 * 28));
}

TEST_CASE("ledger in kWh: the operator's node is all own use, a node without all its cards shares its base over those it has") {
  // Four cards to the operator and three public: nodes of 2, 2 and of 2, 1. Public base 2 x 1,200 W over three cards: 800 W each.
  std::string text = two_cards(1, kHalfActive);
  const auto replace = [&](const std::string& from, const std::string& to) { text.replace(text.find(from), from.size(), to); };
  replace("cards: 2 government_use_cards: 2", "cards: 7 government_use_cards: 3");
  const RunResult run = run_text(text, "job_id,submit_s,duration_s,cards\n1,0,7200,1\n");
  CHECK(run["card_hours.own_use"] == about(4 * 24));
  CHECK(it_kwh(run, "own_use") == about(2 * (1.2 + 4 * 0.5) * 24));
  CHECK(it_kwh(run, "held_idle") == about(0.8));
  CHECK(it_kwh(run, "productive") == about(0.8 + 1.5));
  CHECK(it_kwh(run, "idle_no_demand") == about(0.8 * 70));
}

TEST_CASE("ledger in kWh: a node that is down draws nothing, and work done again costs what work costs") {
  const std::string scenario = two_cards(1, R"(
      horizon_s: 864000 job_class { job_class: "training" active_fraction: 1 activity: 1 staging_gb_per_card: 0 }
      reliability {
        faults_per_1000_node_days: 1000 software_faults_per_1000_job_hours: 0
        infant_factor: 1 wear_per_year: 0 frailty_shape: 1000000 relapse_share: 0 month_cv: 0 shared_share: 0
        quick_share: 1 quick_hours: 1 quick_sigma: 0 checkpoint { restart_s: 0 }
      })");
  RunResult run;
  for (int seed = 1; seed <= 20; ++seed) {  // the first in which something happens to the job
    run = run_text(scenario + " seed: " + std::to_string(seed), "job_id,submit_s,duration_s,cards\n1,0,40000,2\n");
    if (run["interruptions.job"] >= 1) break;
  }
  REQUIRE(run["card_hours.rework"] > 0);
  REQUIRE(run["card_hours.down"] > 0);
  CHECK(run["ledger_kwh.down"] == 0);
  CHECK(it_kwh(run, "rework") == about(2.6 * run["card_hours.rework"]));  // 5,200 W over two cards
  CHECK(it_kwh(run, "productive") == about(2.6 * run["card_hours.productive"]));
  CHECK(run["energy_kwh.it"] == about(0.6 * (480 - run["card_hours.down"]) + 2 * (run["card_hours.rework"] + run["card_hours.productive"])));
}

TEST_CASE("ledger in KRW: each nominal card-hour carries the same, late ones too") {
  // 16 cards at 100 M KRW, promised on the first day, there on the eleventh. Life five years.
  const auto text = [](const std::string& delivered) {
    return R"(
    name: "late" start_date: "2026-01-01" horizon_s: 2592000
    region { region: "home" city: "Seoul" climate_city: "Seoul" demand_share: 1 }
    card { card: "H" } node { card: "H" cards_per_node: 8 idle_w: 1000 busy_w: 5000 }
    site { site: "hall" region: "home" peak_power_mw: 1 pue: 1.5 }
    commissioning { draw_delivery: false }
    tranche { tranche: "late" site: "hall" card: "H" cards: 16 government_use_cards: 16 installed: true price_krw_per_card: 1e8
      promised: "2026-01-01" delivered_low: ")" + delivered + "\" delivered_mid: \"" + delivered + "\" delivered_high: \"" + delivered + R"(" term_end: "2030-12-31" }
    job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
    scheduler { fcfs {} } economics { server_life_years: 5 } workload { trace { file: "trace.csv" job_class: "training" clock: FIRST_DAY } })";
  };
  const auto priced = [&](const std::string& delivered) {
    dure::Scenario scenario = scenario_of(text(delivered));
    *scenario.mutable_power() = dure::sim::load_scenario("tests/power/data/korea_power.txtpb").scenario.power();
    return run(scenario, "job_id,submit_s,duration_s,cards\n1,0,864000,8\n");
  };
  const double capital = 16 * 1e8 * 30 / (5 * 365.25);
  const RunResult late = priced("2026-01-11");
  const double running = late["cost_krw.total"] - late["cost_krw.capex"];
  CHECK(late["ledger_krw.total"] == doctest::Approx(capital + running).epsilon(1e-12));
  CHECK(late["ledger_krw.not_delivered"] == about(late["ledger_krw.total"] / 3));
  CHECK(late["ledger_krw.productive"] == about(late["ledger_krw.total"] / 6));
  CHECK(late["ledger_krw.idle_no_demand"] == about(late["ledger_krw.total"] / 2));
  CHECK(late.number("SELECT sum(krw) FROM ledger") == doctest::Approx(late["ledger_krw.total"]).epsilon(1e-12));
  // The cost of a productive card-hour begins with the first day in service: without the ten days it is the ledger's less their capital.
  const double by_service = late["cost_krw_per_productive_card_hour"] * late["card_hours.productive"];
  CHECK(late["ledger_krw.total"] - by_service == doctest::Approx(capital / 3).epsilon(1e-9));
  // Cards that come on the promised day: both agree.
  const RunResult punctual = priced("2026-01-01");
  CHECK(punctual["ledger_krw.total"] == doctest::Approx(punctual["cost_krw_per_productive_card_hour"] * punctual["card_hours.productive"]).epsilon(1e-12));
}

TEST_CASE("ledger without models: empty with a reason, never zero") {
  const RunResult run = run_text(hall(1, 2, kHalfActive + R"( scheduler { fcfs {} } workload { trace { file: "trace.csv" job_class: "training" } })"), "job_id,submit_s,duration_s,cards\n1,0,7200,1\n");
  for (const char* metric : {"ledger_kwh.productive", "ledger_carbon_kg.down", "ledger_krw.not_delivered", "ledger_krw.total"}) {
    CHECK_FALSE(run.has(metric));
    CHECK_FALSE(run.metrics[metric]["reason"]["ko"].get<std::string>().empty());
  }
  CHECK(run.number("SELECT sum(card_hours) FROM ledger") == about(48));
  CHECK(run.number("SELECT count(*) FROM ledger WHERE it_kwh IS NOT NULL OR facility_kwh IS NOT NULL OR carbon_kg IS NOT NULL OR krw IS NOT NULL") == 0);
}
