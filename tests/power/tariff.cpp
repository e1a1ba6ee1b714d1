#include "sim/power/tariff.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/power/meter.h"
#include "sim/units.h"
#include "tests/power/korea.h"
#include "tests/support/csv.h"

using namespace dure::sim;
using dure::test::korea;

namespace {

/// The tables with one table of one contract alone, without its end: those rates, whenever.
dure::Power only(const std::string& contract, const std::string& effective_date) {
  dure::Power power = korea();
  power.clear_tariff_row();
  for (const auto& row : korea().tariff_row())
    if (row.contract() == contract && row.effective_date() == effective_date) {
      auto& kept = *power.add_tariff_row() = row;
      kept.clear_end_date();
    }
  return power;
}

/// Bills a constant load hour by hour; twelve months of it.
std::vector<MonthBill> bill_year(const dure::Power& power, const std::string& contract, int year, double load_kw, double contract_kw) {
  const Calendar calendar(std::chrono::year(year) / 1 / 1);
  Meter meter(Tariff(power, contract, "site[x].tariff"), calendar, contract_kw, false);
  std::vector<MonthBill> bills;
  const double end_s = calendar.at_s(std::chrono::year(year + 1) / 1 / 1);
  for (double hour_s = 0; hour_s < end_s; hour_s += kHour_s)
    if (auto bill = meter.hour(hour_s, load_kw, {load_kw, load_kw, load_kw, load_kw})) bills.push_back(*bill);
  bills.push_back(*meter.close());
  return bills;
}

}  // namespace

TEST_CASE("tariff: all 39 flat-load prices of 2027 are reproduced to 0.1 KRW/kWh, every column") {
  const auto table = dure::test::read_csv("tests/power/data/flat_load_prices.csv");
  double worst = 0;
  for (std::size_t r = 1; r < table.size(); ++r) {
    std::map<std::string, std::string> row;
    for (std::size_t c = 0; c < table[r].size(); ++c) row[table[0][c]] = table[r][c];
    CAPTURE(row["contract"]);
    CAPTURE(row["effective_date"]);
    const auto bills = bill_year(only(row["contract"], row["effective_date"]), row["contract"], 2027, 1, 1);
    REQUIRE(bills.size() == 12);
    double kwh = 0, energy = 0, demand = 0, surcharge = 0, fund = 0, vat = 0;
    double season_kwh[3] = {0, 0, 0}, season_energy[3] = {0, 0, 0};
    for (const MonthBill& bill : bills) {
      kwh += bill.kwh, energy += bill.energy_krw, demand += bill.demand_krw, surcharge += bill.surcharge_krw, fund += bill.fund_krw,
          vat += bill.vat_krw;
      const unsigned month = unsigned(bill.month.month());
      const int season = month >= 6 && month <= 8 ? 0 : month >= 11 || month <= 2 ? 2 : 1;
      season_kwh[season] += bill.kwh, season_energy[season] += bill.energy_krw;
      CHECK(bill.total_krw == doctest::Approx(bill.energy_krw + bill.demand_krw + bill.surcharge_krw + bill.fund_krw));
      CHECK(bill.billing_demand_kw == 1);
    }
    CHECK(kwh == doctest::Approx(8760));
    const auto check = [&](const std::string& column, double krw_per_kwh) {
      CAPTURE(column);
      const double error = std::abs(krw_per_kwh - std::stod(row[column]));
      CHECK(error < 0.1);
      worst = std::max(worst, error);
    };
    check("energy_krw_per_kwh", energy / kwh);
    check("demand_krw_per_kwh_at_100pct_load_factor", demand / kwh);
    CHECK(surcharge / kwh == doctest::Approx(std::stod(row["climate_krw_per_kwh"]) + std::stod(row["fuel_krw_per_kwh"])));
    check("supply_price_krw_per_kwh", (energy + demand + surcharge) / kwh);
    check("with_power_fund_2_7pct", (energy + demand + surcharge + fund) / kwh);
    check("with_fund_and_vat", (energy + demand + surcharge + fund + vat) / kwh);
    check("summer_energy", season_energy[0] / season_kwh[0]);
    check("spring_fall_energy", season_energy[1] / season_kwh[1]);
    check("winter_energy", season_energy[2] / season_kwh[2]);
  }
  CHECK(table.size() == 1 + 39);
  MESSAGE("39 rows, 8 columns of prices: largest difference " << worst << " KRW/kWh");
}

TEST_CASE("tariff: one day's hours follow season, kind of day and the version of the bands") {
  const Tariff general(korea(), "general_b_A_II", "site[x].tariff");
  std::map<char, double> krw;  // summer rates of general_b_A_II
  for (const auto& row : korea().tariff_row())
    if (row.contract() == "general_b_A_II" && row.season() == "summer" && row.tou_bands_version() == "new")
      krw[row.band()[0]] = row.energy_krw_per_kwh();
  const auto draw = [&](Date date) {
    std::string hours;
    for (const double rate : general.day(date).energy_krw_per_kwh)
      hours += rate == krw['l'] ? '.' : rate == krw['m'] ? 'm' : rate == krw['p'] ? 'P' : '?';
    return hours;
  };
  CHECK(draw(parse_date("2025-07-15")) == "........mmmPmPPPPPmmmm..");  // old bands, Tuesday
  CHECK(draw(parse_date("2026-07-14")) == "........mmmmmmmPPPPPPm..");  // new bands, Tuesday
  CHECK(draw(parse_date("2026-07-11")) == "........mmmmmmmmmmmmmm..");  // Saturday
  CHECK(draw(parse_date("2026-07-12")) == "........................");  // Sunday
  CHECK(draw(parse_date("2026-08-17")) == "........................");  // substitute for Liberation Day, Monday
  CHECK(draw(parse_date("2026-08-15")) == "........mmmmmmmmmmmmmm..");  // a holiday that is a Saturday
  dure::Power option = korea();
  option.set_saturday_holiday_is_holiday(true);
  const TariffDay light = Tariff(option, "general_b_A_II", "site[x].tariff").day(parse_date("2026-08-15"));
  CHECK(light.energy_krw_per_kwh[12] == krw['l']);
}

TEST_CASE("tariff: the weekend midday discount is industrial_b's, in spring and autumn, between its dates") {
  const Tariff industrial(korea(), "industrial_b_A_II", "site[x].tariff");
  const Tariff general(korea(), "general_b_A_II", "site[x].tariff");
  const auto midday = [](const Tariff& tariff, const char* date) {
    const TariffDay day = tariff.day(parse_date(date));
    return day.energy_krw_per_kwh[12] / day.energy_krw_per_kwh[2];  // both light on a Sunday
  };
  CHECK(midday(industrial, "2026-04-26") == 0.5);  // Sunday in spring
  CHECK(midday(industrial, "2026-04-05") == 1.0);  // before 16 April 2026
  CHECK(midday(industrial, "2026-07-12") == 1.0);  // summer
  CHECK(midday(industrial, "2031-04-06") == 1.0);  // after 2030
  CHECK(midday(general, "2026-06-07") == 1.0);
  CHECK(midday(general, "2026-09-06") == 1.0);  // Sunday in autumn, another contract
}

TEST_CASE("tariff: a regional adder comes on every kilowatt-hour, and the fund on it") {
  const Date date = parse_date("2026-07-14");
  const TariffDay plain = Tariff(korea(), "general_b_A_II", "site[x].tariff").day(date), less = Tariff(korea(), "general_b_A_II", "site[x].tariff", -17).day(date);
  for (int hour = 0; hour < 24; ++hour) {
    CHECK(less.energy_krw_per_kwh[std::size_t(hour)] == doctest::Approx(plain.energy_krw_per_kwh[std::size_t(hour)] - 17));
    CHECK(less.marginal_krw_per_kwh(hour) == doctest::Approx(plain.marginal_krw_per_kwh(hour) - 17 * 1.027));
  }
  CHECK(less.demand_krw_per_kw == plain.demand_krw_per_kw);
  CHECK(less.surcharge_krw_per_kwh == plain.surcharge_krw_per_kwh);
}

TEST_CASE("tariff: the power industry fund falls from 3.7 to 3.2 to 2.7 %") {
  const Tariff tariff(korea(), "general_b_A_II", "site[x].tariff");
  CHECK(tariff.day(parse_date("2024-06-30")).fund_share == 0.037);
  CHECK(tariff.day(parse_date("2024-07-01")).fund_share == 0.032);
  CHECK(tariff.day(parse_date("2025-06-30")).fund_share == 0.032);
  CHECK(tariff.day(parse_date("2025-07-01")).fund_share == 0.027);
  CHECK(tariff.day(parse_date("2025-07-01")).surcharge_krw_per_kwh == 14);  // climate 9 + fuel 5
}

TEST_CASE("tariff: a contract, time or holiday that the tables lack is refused with its place") {
  const auto path_of = [](auto&& act) -> std::string {
    try {
      act();
    } catch (const ScenarioError& error) {
      return error.path;
    }
    return "not refused";
  };
  CHECK(path_of([] { Tariff(korea(), "general_b_A_IV", "site[x].tariff"); }) == "site[x].tariff");
  const Tariff tariff(korea(), "general_b_A_II", "site[x].tariff");
  CHECK_NOTHROW(tariff.check_covers(parse_date("2025-01-01"), parse_date("2031-12-31")));
  CHECK(path_of([&] { tariff.check_covers(parse_date("2022-01-01"), parse_date("2025-12-31")); }) == "power.tariff");
  CHECK(path_of([&] { tariff.check_covers(parse_date("2025-01-01"), parse_date("2032-01-01")); }) == "power.holidays");
  dure::Power gap = korea();
  gap.mutable_tou_band()->RemoveLast();
  CHECK(path_of([&] { Tariff(gap, "general_b_A_II", "site[x].tariff"); }) == "power.tou_bands");
  dure::Power twice = korea();
  *twice.add_tariff_row() = korea().tariff_row(0);
  CHECK(path_of([&] { Tariff(twice, korea().tariff_row(0).contract(), "site[x].tariff"); }) == "power.tariff");
  dure::Power overlap = korea();
  *overlap.add_surcharge() = korea().surcharge(0);
  CHECK(path_of([&] { Tariff(overlap, "general_b_A_II", "site[x].tariff"); }) == "power.surcharges");
}
