// Where work goes: by wait, price, carbon, data, and by the card on which it would be done first. Two centres, by hand.
#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

/// A server of eight cards at home behind a PUE of 1.6 and one away behind 1.1; nothing to load, nothing fails.
dure::Scenario two_centres(const std::string& more) {
  const TempFolder folder;
  const std::string tables = std::filesystem::absolute("platforms/korea").string() + "/";
  std::ofstream(folder / "two.txtpb") << R"(# proto-message: dure.Scenario
    name: "two" start_date: "2026-01-05" horizon_s: 86400
    region { region: "here" city: "X" climate_city: "Seoul" demand_share: 1 } region { region: "there" city: "Y" climate_city: "Busan" demand_share: 0 }
    link { link: "line" a: "X" b: "Y" gbps: 100 rtt_ms: 0 }
    card { card: "H" } node { card: "H" cards_per_node: 8 idle_w: 1000 busy_w: 5000 }
    site { site: "home" region: "here" peak_power_mw: 1 pue: 1.6 } site { site: "away" region: "there" peak_power_mw: 1 pue: 1.1 }
    commissioning { draw_delivery: false }
    tranche { tranche: "one" site: "home" card: "H" cards: 8 government_use_cards: 8 installed: true
      promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2030-12-31" }
    tranche { tranche: "two" site: "away" card: "H" cards: 8 government_use_cards: 8 installed: true
      promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2030-12-31" }
    job_class { job_class: "training" active_fraction: 1 activity: 1 staging_gb_per_card: 0 checkpoint_gb_per_card: 0 }
    scheduler { fcfs {} } economics {}
    workload { trace { format: "own" clock: FIRST_SUBMIT file: "trace.csv" } })"
                                      << "power { tariff: \"" << tables << "tariff.csv\" tou_bands: \"" << tables << "tou_bands.csv\" surcharges: \"" << tables
                                      << "surcharges.csv\" holidays: \"" << tables << "holidays.csv\" }\n" << more;
  std::ofstream(folder / "trace.csv") << "job_id,submit_s,duration_s,cards\na,0,1,1\n";
  dure::Scenario scenario = dure::sim::load_scenario((folder / "two.txtpb").string()).scenario;
  scenario.mutable_workload()->mutable_trace()->set_file("trace.csv");
  return scenario;
}
const char* kOneDay = "job_id,submit_s,duration_s,cards\na,0,80000,8\n";

std::string site_of(const RunResult& run, int job) { return run.rows("SELECT site FROM jobs WHERE job = " + std::to_string(job)).at(0).at(0); }

}  // namespace

TEST_CASE("region rules: by price and by carbon the work goes where cooling takes less, and the bill and the emissions fall") {
  const RunResult home = run(two_centres(""), kOneDay), cheap = run(two_centres("region_choice { rule: CHEAPEST_POWER }"), kOneDay),
                  clean = run(two_centres("region_choice { rule: LOWEST_CARBON }"), kOneDay);
  CHECK(site_of(home, 1) == "home");
  CHECK(site_of(cheap, 1) == "away");
  CHECK(site_of(clean, 1) == "away");
  // 4,000 W more for 80,000 s, behind 1.1 in place of 1.6.
  const double saved_kwh = 4.0 * 80000 / 3600 * (1.6 - 1.1);
  CHECK(home["energy_kwh.facility"] - cheap["energy_kwh.facility"] == doctest::Approx(saved_kwh).epsilon(1e-6));
  CHECK(cheap["cost_krw.electricity"] < home["cost_krw.electricity"]);
  CHECK(clean["carbon_kg.total"] / home["carbon_kg.total"] == doctest::Approx(clean["energy_kwh.facility"] / home["energy_kwh.facility"]).epsilon(1e-9));
  CHECK(clean["carbon_kg.total"] < home["carbon_kg.total"]);
}

TEST_CASE("region rules: without spill-over work stays at home, and of equals home is taken") {
  CHECK(site_of(run(two_centres("region_choice { rule: CHEAPEST_POWER spill_over: false }"), kOneDay), 1) == "home");
  dure::Scenario equals = two_centres("region_choice { rule: CHEAPEST_POWER }");
  for (auto& site : *equals.mutable_site()) site.set_pue(1.3);
  CHECK(site_of(run(equals, kOneDay), 1) == "home");
}

TEST_CASE("region rules: work that spills over goes to the nearest centre with room, whichever the scenario names first") {
  dure::Scenario scenario = two_centres("");
  scenario.mutable_link(0)->set_rtt_ms(30);
  auto& link = *scenario.add_link();
  link = scenario.link(0);
  link.set_link("short");
  link.set_b("Z");
  link.set_rtt_ms(1);
  auto& region = *scenario.add_region();
  region = scenario.region(1);
  region.set_region("next");
  region.set_city("Z");
  auto& site = *scenario.add_site();
  site = scenario.site(1);
  site.set_site("near");
  site.set_region("next");
  auto& tranche = *scenario.add_tranche();
  tranche = scenario.tranche(1);
  tranche.set_tranche("three");
  tranche.set_site("near");
  const RunResult done = run(scenario, "job_id,submit_s,duration_s,cards\na,0,80000,8\nb,0,80000,8\nc,0,80000,8\n");
  CHECK(site_of(done, 1) == "home");
  CHECK(site_of(done, 2) == "near");
  CHECK(site_of(done, 3) == "away");
}

TEST_CASE("region rules: the least expected wait shortens the wait of whom nobody can start now") {
  // a fills home for 10,000 s, b spills over for 1,000 s, c can start nowhere: at home in 10,000 s, away in 1,000 s.
  const char* trace = "job_id,submit_s,duration_s,cards\na,0,10000,8\nb,0,1000,8\nc,0,100,8\n";
  const RunResult home = run(two_centres(""), trace), wait = run(two_centres("region_choice { rule: LEAST_WAIT }"), trace);
  CHECK(home.number("SELECT start_s FROM jobs WHERE job = 3") == 10000);
  CHECK(wait.number("SELECT start_s FROM jobs WHERE job = 3") == 1000);
  CHECK(home["wait_s.mean"] == doctest::Approx(10000.0 / 3));
  CHECK(wait["wait_s.mean"] == doctest::Approx(1000.0 / 3));
}

TEST_CASE("region rules: data gravity grants cards where the data arrive first") {
  // No centre at the applicants' place X. Y is 10 GB/s away and has 32 cards, Z 5 GB/s and 64. 1,728 TB take two days or four.
  const auto granted = [](const std::string& rule) {
    return run_text(R"(
      name: "gravity" start_date: "2026-01-01" horizon_s: 432000
      region { region: "here" city: "X" demand_share: 1 access_rtt_ms: 0 } region { region: "y" city: "Y" demand_share: 0 access_rtt_ms: 0 } region { region: "z" city: "Z" demand_share: 0 access_rtt_ms: 0 }
      link { link: "wide" a: "X" b: "Y" gbps: 80 rtt_ms: 0 } link { link: "narrow" a: "X" b: "Z" gbps: 40 rtt_ms: 0 }
      card { card: "H" } node { card: "H" cards_per_node: 8 }
      site { site: "near" region: "y" peak_power_mw: 1000 access_gbps: 1000 } site { site: "roomy" region: "z" peak_power_mw: 1000 access_gbps: 1000 }
      commissioning { draw_delivery: false }
      tranche { tranche: "n" site: "near" card: "H" cards: 32 government_use_cards: 32 installed: true
        promised: "2025-12-01" delivered_low: "2025-12-01" delivered_mid: "2025-12-01" delivered_high: "2025-12-01" term_end: "2030-12-31" }
      tranche { tranche: "r" site: "roomy" card: "H" cards: 64 government_use_cards: 64 installed: true
        promised: "2025-12-01" delivered_low: "2025-12-01" delivered_mid: "2025-12-01" delivered_high: "2025-12-01" term_end: "2030-12-31" }
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      programme { call_rounds { call { call: "one" decided: "2026-01-01" } } }
      workload { projects {
        applicants_per_call: 1 growth_per_year: 0 cards_median: 8 cards_sigma: 0 full_term_share: 1 months_max: 3 returning_share: 0
        dataset_sigma: 0 dataset_max_tb: 1000000 day_cv: 0
        archetype { archetype: "startup" applicant_share: 1 dataset_median_tb: 1728 pre_train: 1 }
        job_pattern { job_class: "training" explore: 1 fine_tune: 1 pre_train: 1 distil: 1 rl_post_train: 1 serve: 1 cards_median: 4 long_median_h: 5 long_sigma: 0 max_h: 100 } } } )" + rule);
  };
  const RunResult room = granted(""), gravity = granted("region_choice { rule: DATA_GRAVITY }");
  CHECK(room.rows("SELECT site FROM grants").at(0).at(0) == "roomy");
  CHECK(gravity.rows("SELECT site FROM grants").at(0).at(0) == "near");
  CHECK(room.number("SELECT data_ready_s FROM grants") == doctest::Approx(4 * 86400).epsilon(1e-6));
  CHECK(gravity.number("SELECT data_ready_s FROM grants") == doctest::Approx(2 * 86400).epsilon(1e-6));
  CHECK(gravity["data_wait_s.p50"] < room["data_wait_s.p50"]);
}

namespace {
/// A server of old cards and one of new, of four times the peak, in one centre; the log's run times were counted on the old.
RunResult two_cards(const std::string& choice, const char* trace, double active = 1) {
  dure::Scenario scenario = scenario_of(hall(1, 8, R"(
      horizon_s: 50000
      card { card: "N" bf16_tflops: 400 } node { card: "N" cards_per_node: 8 }
      tranche { tranche: "new" site: "hall" card: "N" cards: 8 government_use_cards: 8 installed: true
        promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2035-12-31" }
      job_class { job_class: "training" active_fraction: )" + std::to_string(active) + R"( staging_gb_per_card: 0 checkpoint_gb_per_card: 0 }
      scheduler { fcfs {} }
      workload { trace { format: "own" clock: FIRST_SUBMIT file: "trace.csv" } } )" + choice));
  scenario.mutable_card(0)->set_bf16_tflops(100);
  return run(scenario, trace);
}
std::string card_of(const RunResult& run, int job) { return run.rows("SELECT card FROM jobs WHERE job = " + std::to_string(job)).at(0).at(0); }
double end_of(const RunResult& run, int job) { return run.number("SELECT end_s FROM jobs WHERE job = " + std::to_string(job)); }
}  // namespace

TEST_CASE("card choice: a job waits for the quicker card as long as it is done sooner there") {
  // Old 4,000 s, new 1,000 s. a: new, at once. b: new at 1,000, done at 2,000, before 4,000 on the old. c: new at 2,000, done at
  // 3,000. d: new at 3,000, done at 4,000, as on the old: the first given, the old, now. e: old done at 8,000; new 3,000 + 1,000.
  const char* trace = "job_id,submit_s,duration_s,cards\na,0,4000,8\nb,0,4000,8\nc,0,4000,8\nd,0,4000,8\ne,0,4000,8\n";
  const char* counted = "region_choice { card_choice: FASTEST_FINISH run_times_on: \"H\" }";
  const RunResult fastest = two_cards(counted, trace), any = two_cards("region_choice { run_times_on: \"H\" }", trace);
  const std::string cards = card_of(fastest, 1) + card_of(fastest, 2) + card_of(fastest, 3) + card_of(fastest, 4) + card_of(fastest, 5);
  CHECK(cards == "NNNHN");
  CHECK(end_of(fastest, 1) == 1000);
  CHECK(end_of(fastest, 2) == 2000);
  CHECK(end_of(fastest, 4) == 4000);
  CHECK(end_of(fastest, 5) == 4000);
  CHECK(card_of(any, 1) == "H");
  CHECK(end_of(any, 1) == 4000);
  CHECK(end_of(any, 2) == 1000);
  CHECK(fastest["card_hours.productive"] < any["card_hours.productive"]);
}

TEST_CASE("card choice: only the time in which the card works depends on the card") {
  // Half of 4,000 s is work: on four times the peak 2,000 + 2,000 / 4 = 2,500 s.
  const RunResult run = two_cards("region_choice { card_choice: FASTEST_FINISH run_times_on: \"H\" }", "job_id,submit_s,duration_s,cards\na,0,4000,8\n", 0.5);
  CHECK(card_of(run, 1) == "N");
  CHECK(end_of(run, 1) == 2500);
}

TEST_CASE("card choice: where run times are the same on all cards, the one that is free first") {
  const RunResult run = two_cards("region_choice { card_choice: FASTEST_FINISH }", "job_id,submit_s,duration_s,cards\na,0,4000,8\nb,0,4000,8\n");
  CHECK(card_of(run, 1) == "H");
  CHECK(card_of(run, 2) == "N");
  CHECK(end_of(run, 2) == 4000);
}

TEST_CASE("card choice: a grant for work on named models gets the quicker cards while there are some, and leaves more card-hours to others") {
  const auto granted = [](const std::string& cards) {
    dure::Scenario scenario = dure::sim::load_scenario("scenarios/h200-or-b200.txtpb", {"region_choice.card_choice=" + cards}).scenario;
    dure::Tranche& newer = *scenario.add_tranche();
    newer = scenario.tranche(0);
    newer.set_tranche("newer");
    newer.set_card("B200-SXM-180");
    return run(scenario);
  };
  const RunResult any = granted("ANY"), fastest = granted("FASTEST_FINISH");
  CHECK(fastest["card_hours.productive"] < any["card_hours.productive"]);
}

TEST_CASE("region rules: a rule without its numbers is refused in both languages") {
  CHECK_THROWS_WITH(run_text(hall(1, 8, "region_choice { rule: CHEAPEST_POWER } job_class { job_class: \"training\" } workload { steady {} }")), doctest::Contains("this run has no power model"));
  dure::Scenario no_tariff = two_centres("region_choice { rule: CHEAPEST_POWER }");
  no_tariff.mutable_power()->clear_tariff_row();
  CHECK_THROWS_WITH(run(no_tariff, kOneDay), doctest::Contains("no tariff table"));
  CHECK_THROWS_WITH(run_text(hall(1, 8, "region_choice { run_times_on: \"H\" } card { card: \"K\" } job_class { job_class: \"training\" } workload { steady {} }")), doctest::Contains("no bf16_tflops"));
}
