#include "sim/power/site_power.h"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "sim/units.h"
#include "tests/power/korea.h"

using namespace dure::sim;
using dure::test::korea;

namespace {

dure::Site site_named(const char* name) {
  dure::Site site;
  site.set_site(name);
  return site;
}

}  // namespace

TEST_CASE("site power: a fixed PUE needs no climate and overrides weather") {
  dure::Site site = site_named("naju");
  site.set_pue(1.3);
  const Calendar calendar(parse_date("2025-01-01"));
  SitePower bare(dure::Power(), site, "Gwangju", 10000, calendar, {}, kDay_s);
  CHECK(bare.pue(0, 5e6) == 1.3);
  CHECK(bare.split(0, 5e6).facility_w() == doctest::Approx(6.5e6));
  CHECK_FALSE(bare.air(0).has_value());
  SitePower dressed(korea(), site, "Gwangju", 10000, calendar, {}, kDay_s);
  CHECK(dressed.pue(0, 5e6) == 1.3);
  CHECK(dressed.air(0).has_value());
}

TEST_CASE("site power: without a fixed PUE and without climate the scenario is refused") {
  CHECK_THROWS_AS(SitePower(dure::Power(), site_named("naju"), "Gwangju", 10000, Calendar(parse_date("2025-01-01")), {}, kDay_s),
                  ScenarioError);
}

TEST_CASE("site power: without a tariff there is no bill, and the reason is told") {
  dure::Power power = korea();
  power.clear_tariff_row();
  SitePower site(power, site_named("naju"), "Gwangju", 10000, Calendar(parse_date("2025-01-01")), {}, kDay_s);
  CHECK_FALSE(site.has_price());
  CHECK_FALSE(site.hour(0, 100, {100, 100, 100, 100}));
  CHECK_FALSE(site.close());
  CHECK_FALSE(site.marginal_krw_per_kwh(0).has_value());
  CHECK(no_price_reason(power).has_value());
  CHECK_FALSE(no_price_reason(korea()).has_value());
  CHECK(no_carbon_reason(dure::Power()).has_value());
  CHECK_FALSE(no_carbon_reason(korea()).has_value());
}

TEST_CASE("site power: carbon changes on the day the new factor was published") {
  const Calendar calendar(parse_date("2025-01-01"));
  SitePower site(korea(), site_named("naju"), "Gwangju", 10000, calendar, {}, 400 * kDay_s);
  CHECK(site.carbon_kg_per_kwh(0) == 0.4541);
  CHECK(site.carbon_kg_per_kwh(calendar.at_s(parse_date("2025-12-17")) + 86399) == 0.4541);
  CHECK(site.carbon_kg_per_kwh(calendar.at_s(parse_date("2025-12-18"))) == 0.4173);
}

TEST_CASE("site power: two sites of one city have the same air; another replicate has other air") {
  const Calendar calendar(parse_date("2025-01-01"));
  SitePower one(korea(), site_named("one"), "Seoul", 10000, calendar, {1, 0}, kDay_s);
  SitePower two(korea(), site_named("two"), "Seoul", 90000, calendar, {1, 0}, kDay_s);
  SitePower other(korea(), site_named("one"), "Seoul", 10000, calendar, {1, 1}, kDay_s);
  CHECK(one.air(0)->dry_bulb_c == two.air(0)->dry_bulb_c);
  CHECK(one.air(0)->dry_bulb_c != other.air(0)->dry_bulb_c);
}

TEST_CASE("site power: a year of a 10 MW hall in Gwangju costs what the flat-load price says, at its PUE") {
  const Calendar calendar(parse_date("2027-01-01"));
  const double end_s = calendar.at_s(parse_date("2028-01-01"));
  SitePower site(korea(), site_named("gwangju"), "Gwangju", 20000, calendar, {1, 0}, end_s);
  double total_krw = 0;
  double facility_kwh = 0;
  for (double hour_s = 0; hour_s < end_s; hour_s += kHour_s) {
    const double kw = site.split(hour_s, 10e6).facility_w() / 1000;
    facility_kwh += kw;
    if (auto bill = site.hour(hour_s, kw, {kw, kw, kw, kw})) total_krw += bill->total_krw;
  }
  total_krw += site.close()->total_krw;
  MESSAGE("PUE " << facility_kwh / (8760 * 10000) << ", " << total_krw / facility_kwh << " KRW/kWh, " << total_krw / 1e9
                 << " bn KRW a year");
  // 146.2 with fund for a flat load (flat_load_prices.csv, general_b_A_II, 2026); a summer peak some 5 % above the mean adds
  // 5 % of the demand charge (0.6) and its warm afternoons weigh a little more.
  CHECK(total_krw / facility_kwh > 146.2);
  CHECK(total_krw / facility_kwh < 148.5);
}

TEST_CASE("site power: four years of twelve sites, hour by hour (time told, not tested)") {
  const Calendar calendar(parse_date("2025-01-01"));
  const double end_s = calendar.at_s(parse_date("2029-01-01"));
  const auto start = std::chrono::steady_clock::now();
  std::vector<SitePower> sites;
  const char* const cities[] = {"Seoul", "Daejeon", "Gwangju", "Daegu", "Busan", "Chuncheon", "Jeju"};
  for (int i = 0; i < 12; ++i) sites.emplace_back(korea(), site_named("s"), cities[i % 7], 20000, calendar, Seed{1, 0}, end_s);
  const auto built = std::chrono::steady_clock::now();
  double krw = 0;
  long hours = 0;
  for (double hour_s = 0; hour_s < end_s; hour_s += kHour_s)
    for (SitePower& site : sites) {
      const double kw = site.pue(hour_s, 8e6) * 8000;
      if (auto bill = site.hour(hour_s, kw, {kw, kw, kw, kw})) krw += bill->total_krw;
      krw += 0 * *site.carbon_kg_per_kwh(hour_s);
      ++hours;
    }
  const auto end = std::chrono::steady_clock::now();
  const auto ms = [](auto span) { return std::chrono::duration<double, std::milli>(span).count(); };
  MESSAGE(hours << " site-hours: built in " << ms(built - start) << " ms, run in " << ms(end - built) << " ms");
  CHECK(krw > 0);
}
