// Metrics of one region beside those of the country, utilisation by month, and supply that has to be asked for.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

/// Two regions with a centre each, half a year; the second centre's cards come in March.
dure::Scenario two_regions() {
  return scenario_of(R"(
    name: "two" start_date: "2026-01-01" horizon_s: 15638400 seed: 3
    region { region: "here" city: "X" climate_city: "Seoul" demand_share: 0.7 } region { region: "there" city: "Y" climate_city: "Busan" demand_share: 0.3 }
    link { link: "line" a: "X" b: "Y" gbps: 10 }
    card { card: "H" } node { card: "H" cards_per_node: 8 idle_w: 2400 busy_w: 7000 }
    site { site: "hall" region: "there" peak_power_mw: 20 pue: 1.3 }
    site { site: "barn" region: "here" peak_power_mw: 1 pue: 1.6 }
    commissioning { draw_delivery: false install_days: 10 nodes_per_day: 8 }
    tranche { tranche: "first" site: "hall" card: "H" cards: 64 government_use_cards: 64 installed: true price_krw_per_card: 50000000
      promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2030-12-31" }
    tranche { tranche: "second" site: "barn" card: "H" cards: 32 government_use_cards: 32 price_krw_per_card: 50000000
      promised: "2026-02-01" delivered_low: "2026-03-01" delivered_mid: "2026-03-01" delivered_high: "2026-03-01" term_end: "2030-12-31" }
    job_class { job_class: "training" active_fraction: 1 }
    scheduler { easy_backfill {} }
    workload { steady { offered_load: 0.6 jobs_per_year: 4000 size { cards: 4 weight: 1 } size { cards: 16 weight: 1 } } }
    reliability { faults_per_1000_node_days: 20 } power {} economics {})");
}

/// The same, its first ten weeks, with the tariff tables of Korea.
dure::Scenario two_regions_that_pay() {
  const TempFolder folder;
  const std::string tables = std::filesystem::absolute("platforms/korea").string() + "/";
  std::ofstream(folder / "power.txtpb") << "# proto-message: dure.Scenario\n"
                                        << hall(1, 8, R"(job_class { job_class: "training" } scheduler { fcfs {} })") << "power { tariff: \"" << tables << "tariff.csv\" tou_bands: \"" << tables
                                        << "tou_bands.csv\" surcharges: \"" << tables << "surcharges.csv\" holidays: \"" << tables << "holidays.csv\" }\n";
  dure::Scenario scenario = two_regions();
  *scenario.mutable_power() = dure::sim::load_scenario((folder / "power.txtpb").string()).scenario.power();
  scenario.set_horizon_s(70 * 86400);
  return scenario;
}

}  // namespace

TEST_CASE("regions: what is told by region adds up to the country") {
  const RunResult run = dure::test::run(two_regions());
  CHECK(run["energy_kwh.facility@here"] + run["energy_kwh.facility@there"] == doctest::Approx(run["energy_kwh.facility"]).epsilon(1e-12));
  CHECK(run["pue.mean@here"] == doctest::Approx(1.6));
  CHECK(run["pue.mean@there"] == doctest::Approx(1.3));
  const double here = run.number("SELECT count(*) FROM jobs WHERE region = 'here'"), there = run.number("SELECT count(*) FROM jobs WHERE region = 'there'");
  CHECK((run["wait_s.mean@here"] * here + run["wait_s.mean@there"] * there) / (here + there) == doctest::Approx(run["wait_s.mean"]).epsilon(1e-9));
  CHECK(run["wait_s.mean@here"] == doctest::Approx(run.number("SELECT avg(wait_s) FROM jobs WHERE region = 'here'")).epsilon(1e-9));
  CHECK_FALSE(run.has("cost_krw.electricity@here"));  // no tariff: as the country
  CHECK_FALSE(run.has("projects.granted_share@here"));
}

TEST_CASE("regions: the bills of the regions add up to the country's, and a regional tariff is paid by its own region for each of its kWh") {
  dure::Scenario scenario = two_regions_that_pay();
  const RunResult even = run(scenario);
  CHECK(scenario.region(0).region() == "here");
  scenario.mutable_region(0)->set_tariff_adder_krw_per_kwh(200);
  const RunResult dearer = run(scenario);
  for (const RunResult* one : {&even, &dearer}) {
    CHECK((*one)["cost_krw.electricity@here"] > 0);
    CHECK((*one)["cost_krw.electricity@there"] > 0);
    CHECK((*one)["cost_krw.electricity@here"] + (*one)["cost_krw.electricity@there"] == (*one)["cost_krw.electricity"]);  // whole won
  }
  const auto per_kwh = [](const RunResult& one, const std::string& region) { return one["cost_krw.electricity@" + region] / one["energy_kwh.facility@" + region]; };
  CHECK(dearer["energy_kwh.facility@here"] == even["energy_kwh.facility@here"]);
  CHECK(dearer["cost_krw.electricity@there"] == even["cost_krw.electricity@there"]);
  // 200 KRW more for each kWh, and the fund's share of it, which is below 4 %.
  CHECK(per_kwh(dearer, "here") - per_kwh(even, "here") >= 200 - 1e-3);
  CHECK(per_kwh(dearer, "here") - per_kwh(even, "here") < 208);
  CHECK(per_kwh(dearer, "here") > per_kwh(dearer, "there"));
}

TEST_CASE("regions: the first card, and the share of promised card-time in service, by hand") {
  dure::Scenario scenario = two_regions();
  scenario.clear_reliability();
  const RunResult run = dure::test::run(scenario);
  const double month_days = 365.25 / 12, days = 181;
  CHECK(run["time_to_first_card_months"] == 0);
  CHECK(run["time_to_first_card_months@here"] == doctest::Approx((59 + 10) / month_days));  // 1 March + ten days
  CHECK(run["availability.mean@there"] == 1);
  CHECK(run["availability.mean@here"] == doctest::Approx((days - 69) / (days - 31)));  // promised on 1 February
  CHECK(run["concentration.largest_site"] == doctest::Approx(64 * days / (64 * days + 32 * (days - 31))));
  CHECK_FALSE(run.has("time_to_power_months.mean"));  // nobody asks
}

TEST_CASE("utilisation: months and regions weigh up to the whole") {
  const RunResult run = dure::test::run(two_regions());
  const std::string allocated = "('staging','checkpointing','restarting','throttled','held_idle','rework','productive')", free = "('withheld','idle_fragmented','idle_no_demand')";
  const auto hours = [&](const std::string& states, const std::string& where) { return run.number("SELECT coalesce(sum(card_hours), 0) FROM card_hours WHERE state IN " + states + " AND " + where); };
  const auto share = [&](const std::string& where) { return hours(allocated, where) / (hours(allocated, where) + hours(free, where)); };
  CHECK(run["utilisation.mean"] == doctest::Approx(share("1")).epsilon(1e-9));
  CHECK(run["utilisation.2026"] == doctest::Approx(share("1")).epsilon(1e-9));
  CHECK(run["utilisation.2026-03"] == doctest::Approx(share("date LIKE '2026-03-%'")).epsilon(1e-9));
  CHECK(run["utilisation.mean@here"] == doctest::Approx(share("site = 'barn'")).epsilon(1e-9));
  CHECK(run["utilisation.mean"] > 0.3);
  CHECK_FALSE(run.metrics.contains("utilisation.2026-07"));
}

TEST_CASE("grid: without it supply is there, with it cards wait unpowered; a supply that is named stays") {
  const char* regions[] = {"here", "there"};
  dure::Scenario asked = two_regions();
  for (int i = 0; i < 2; ++i) {
    dure::Region& region = *asked.mutable_region(i);
    CHECK(region.region() == regions[i]);
    region.set_grid_pass_low(1), region.set_grid_pass_mid(1), region.set_grid_pass_high(1);
    region.set_grid_months_low(4), region.set_grid_months_mid(4), region.set_grid_months_high(4);
  }
  asked.mutable_grid();
  asked.mutable_grid()->set_small_months_low(3), asked.mutable_grid()->set_small_months_mid(3), asked.mutable_grid()->set_small_months_high(3);
  const RunResult with = run(asked), without = run(two_regions());
  CHECK(without["card_hours.unpowered"] == 0);
  CHECK(with["card_hours.unpowered"] > 0);
  CHECK(with.number("SELECT min(hour) FROM power WHERE site = 'hall'") > 24 * 100);
  CHECK(with["card_hours.productive"] < without["card_hours.productive"]);
  CHECK(with["time_to_power_months.mean@there"] == doctest::Approx(4).epsilon(0.01));  // 20 MW, assessed
  CHECK(with["time_to_power_months.mean@here"] == doctest::Approx(3).epsilon(0.01));
  CHECK(with["time_to_power_months.mean"] == doctest::Approx((64 * 4 + 32 * 3) / 96.0).epsilon(0.01));
  asked.mutable_site(0)->set_powered_from("2026-01-01");
  CHECK(run(asked)["availability.mean@there"] == doctest::Approx(without["availability.mean@there"]).epsilon(1e-12));
  CHECK_FALSE(run(asked).has("time_to_power_months.mean@there"));
  // Supply that does not come in the run: nobody submits, and what waits counts with the time so far.
  for (auto& region : *asked.mutable_region()) region.set_grid_months_high(60), region.set_grid_months_mid(60), region.set_grid_months_low(60);
  asked.mutable_site(0)->clear_powered_from();
  asked.mutable_grid()->set_assessed_from_mw(0);
  const RunResult dark = run(asked);
  CHECK(dark["jobs.submitted"] == 0);
  CHECK(dark["time_to_power_months.mean"] == doctest::Approx(181 / (365.25 / 12)));
  CHECK(dark["time_to_first_card_months"] == doctest::Approx(181 / (365.25 / 12)));
  CHECK(dark["card_hours.productive"] == 0);
}
