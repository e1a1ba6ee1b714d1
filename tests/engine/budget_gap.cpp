// A site whose operating budget is missing for a while, on paper.
#include <doctest/doctest.h>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

const std::string kJobs = "horizon_s: 864000 job_class { job_class: \"training\" active_fraction: 1 staging_gb_per_card: 0 } workload { trace { format: \"own\" clock: FIRST_DAY file: \"trace.csv\" } } scheduler { fcfs {} } ";

/// Days 2 to 5 of ten without a budget: three days, of which the last is the restart (a month would be too long for paper).
std::string with_gap(const std::string& more) {
  std::string text = hall(2, 8, kJobs + more);
  text.replace(text.find("storage_gb_per_s: 400 }"), 23, "storage_gb_per_s: 400 budget_gap { from: \"2026-01-03\" months: 0.0645161290322580645 restart_days: 1 } }");
  return text;
}

}  // namespace

TEST_CASE("budget gap: public cards are unpowered for it and the restart, the job on them is cut off and goes on, others wait") {
  // 0.0645… of January is two days. Job 1 would run for six days on a server, job 2 comes in the gap for one day.
  const RunResult run = run_text(with_gap(""), "job_id,submit_s,duration_s,cards\n1,0,518400,8\n2,259200,86400,8\n");
  CHECK(run["card_hours.unpowered"] == doctest::Approx(16 * 3 * 24).epsilon(1e-9));
  CHECK(run.number("SELECT start_s FROM jobs WHERE job = 2") == 5 * 86400);
  CHECK(run["jobs.completed"] == 1);
  const RunResult paid = run_text(hall(2, 8, kJobs), "job_id,submit_s,duration_s,cards\n1,0,518400,8\n2,259200,86400,8\n");
  CHECK(paid["card_hours.unpowered"] == 0);
  CHECK(paid["jobs.completed"] == 2);
}

TEST_CASE("budget gap: what is shut draws no power, and faults and repairs in it keep the ledger closed") {
  const std::string power = "power { surcharge { item: \"grid_emission_factor\" value: 0.4 } } ";
  const std::string short_job = "job_id,submit_s,duration_s,cards\n1,0,100,8\n";
  const RunResult dark = run_text(with_gap(power), short_job), lit = run_text(hall(2, 8, kJobs + power), short_job);
  // On for seven days of ten; the job's 0.1 kWh beside some 500 of idling is the tolerance.
  CHECK(dark["energy_kwh.it"] == doctest::Approx(0.7 * lit["energy_kwh.it"]).epsilon(1e-3));
  CHECK(dark["ledger_kwh.unpowered"] == 0);
  for (int seed = 1; seed <= 20; ++seed) {
    dure::Scenario scenario = scenario_of(with_gap("reliability { faults_per_1000_node_days: 900 } "));
    scenario.set_seed(std::uint64_t(seed));
    const RunResult run = dure::test::run(scenario, "job_id,submit_s,duration_s,cards\n1,0,518400,8\n2,0,86400,8\n");
    CHECK(run["card_hours.unpowered"] == doctest::Approx(16 * 3 * 24).epsilon(1e-9));  // broken or not
  }
}

TEST_CASE("supply metrics: cards in service by month, and when nine in ten of the promised ones serve") {
  // 80 cards in ten servers, promised for the first day, delivered on day 30, racked at once, a server a day.
  const std::string text = R"(
    name: "supply" start_date: "2026-01-01" horizon_s: 15552000
    region { region: "home" city: "Seoul" demand_share: 1 }
    card { card: "H" } node { card: "H" cards_per_node: 8 }
    site { site: "hall" region: "home" peak_power_mw: 1000 }
    commissioning { draw_delivery: false install_days: 0 nodes_per_day: 1 }
    tranche { tranche: "new" site: "hall" card: "H" cards: 80 government_use_cards: 80 promised: "2026-01-01"
      delivered_low: "2026-01-31" delivered_mid: "2026-01-31" delivered_high: "2026-01-31" term_end: "2026-05-31" })";
  const RunResult run = run_text(text + "job_class { job_class: \"training\" } scheduler { fcfs {} } workload { trace { format: \"own\" clock: FIRST_DAY file: \"trace.csv\" } }", "job_id,submit_s,duration_s,cards\n1,0,100,8\n");
  CHECK(run["cards_in_service.after_03_months"] == 80);
  CHECK_FALSE(run.has("cards_in_service.after_06_months"));  // the run ends on 30 June
  CHECK(run["months_to_service.90_percent"] == doctest::Approx(38 / 30.4375));  // the ninth server
  CHECK(run["tranches.delivered_cards"] == 80);
}
