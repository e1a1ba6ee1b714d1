// What the power model gives to the bill: by hand, and what goes when it goes.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
/// An idle server of eight cards for some hours of New Year's Day, a holiday: every hour has the rate of light load.
/// 1,000 W, 900 W of fabric and 150 W of storage behind a PUE of 1.5 are 3.075 kW at the meter.
dure::Scenario idle_hours(double hours) {
  const TempFolder folder;
  const std::string tables = std::filesystem::absolute("platforms/korea").string() + "/";
  std::ofstream(folder / "idle.txtpb") << "# proto-message: dure.Scenario\n"
                                       << hall(1, 8, R"(job_class { job_class: "training" } scheduler { fcfs {} } economics {})") << "power { tariff: \"" << tables
                                       << "tariff.csv\" tou_bands: \"" << tables << "tou_bands.csv\" surcharges: \"" << tables << "surcharges.csv\" holidays: \"" << tables
                                       << "holidays.csv\" }\n";
  dure::Scenario scenario = dure::sim::load_scenario((folder / "idle.txtpb").string()).scenario;
  scenario.set_horizon_s(hours * 3600);
  return scenario;
}
}  // namespace

TEST_CASE("electricity: every hour is metered and billed, the last one too, whole or broken off") {
  const RunResult one = run(idle_hours(1)), three = run(idle_hours(3)), broken = run(idle_hours(3.1));
  CHECK(one["energy_kwh.facility"] == doctest::Approx(3.075));
  CHECK(three["energy_kwh.facility"] == doctest::Approx(3 * 3.075));
  CHECK(broken["energy_kwh.facility"] == doctest::Approx(3.1 * 3.075));
  CHECK(one["cost_krw.electricity"] > 0);
  CHECK(std::abs(three["cost_krw.electricity"] - 3 * one["cost_krw.electricity"]) <= 2);  // both rounded to the won
  CHECK(broken["cost_krw.electricity"] > three["cost_krw.electricity"]);
  CHECK(three["cost_krw.electricity"] == doctest::Approx(three.number("SELECT sum(krw) FROM money WHERE kind = 'electricity'")));
}

TEST_CASE("electricity, ablated: without a tariff there is energy and no price, without a power model neither, and the reason is said") {
  const dure::Scenario whole = idle_hours(30);
  const RunResult base = run(whole);
  auto without = [&](auto change) {
    dure::Scenario scenario = whole;
    change(*scenario.mutable_power());
    return run(scenario);
  };
  const RunResult dearer = without([](auto& power) {
    for (auto& row : *power.mutable_tariff_row()) row.set_energy_krw_per_kwh(row.energy_krw_per_kwh() + 100);
  });
  // 100 KRW more for each kWh, and the fund's share of it.
  const double more_krw = dearer["cost_krw.electricity"] - base["cost_krw.electricity"];
  CHECK(more_krw >= 100 * base["energy_kwh.facility"] - 1);  // both bills rounded to the won
  CHECK(more_krw < 104 * base["energy_kwh.facility"] + 1);
  const RunResult no_tariff = without([](auto& power) { power.clear_tariff_row(); });
  CHECK(no_tariff["energy_kwh.facility"] == base["energy_kwh.facility"]);
  const RunResult no_power = [&] {
    dure::Scenario scenario = whole;
    scenario.clear_power();
    return run(scenario);
  }();
  CHECK_FALSE(no_power.has("energy_kwh.facility"));
  for (const RunResult* run : {&no_tariff, &no_power})
    for (const char* metric : {"cost_krw.electricity", "cost_krw.total", "cost_krw_per_productive_card_hour"}) {
      CHECK_MESSAGE(!run->has(metric), metric);
      CHECK_MESSAGE(!run->metrics[metric]["reason"]["ko"].get<std::string>().empty(), metric);
    }
  CHECK(no_power["cost_krw.staff"] == base["cost_krw.staff"]);
}
