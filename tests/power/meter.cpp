#include "sim/power/meter.h"

#include <doctest/doctest.h>

#include <vector>

#include "sim/units.h"
#include "tests/power/korea.h"

using namespace dure::sim;
using dure::test::korea;

namespace {

/// Meters 1 kW from `first` to the day before `end`, with one quarter-hour peak at an hour of a day, and returns the bills.
std::vector<MonthBill> bills_with_peak(const char* first, const char* end, const char* peak_day, int peak_hour, double peak_kw,
                                       double contract_kw) {
  const Calendar calendar(parse_date(first));
  Meter meter(Tariff(korea(), "general_b_A_II", "site[x].tariff"), calendar, contract_kw, false);
  const double peak_s = calendar.at_s(parse_date(peak_day)) + peak_hour * kHour_s;
  std::vector<MonthBill> bills;
  for (double hour_s = 0; hour_s < calendar.at_s(parse_date(end)); hour_s += kHour_s)
    if (auto bill = meter.hour(hour_s, 1, {1, hour_s == peak_s ? peak_kw : 1, 1, 1})) bills.push_back(*bill);
  if (auto bill = meter.close()) bills.push_back(*bill);
  return bills;
}

std::vector<double> demands(const std::vector<MonthBill>& bills) {
  std::vector<double> kw;
  for (const MonthBill& bill : bills) kw.push_back(bill.billing_demand_kw);
  return kw;
}

}  // namespace

TEST_CASE("meter: a summer peak sets the billing demand for twelve months, its own included") {
  const auto kw = demands(bills_with_peak("2025-06-01", "2026-09-01", "2025-07-15", 14, 5, 1));
  CHECK(kw == std::vector<double>{1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 1, 1});  // June 2025 .. August 2026
}

TEST_CASE("meter: a spring peak counts in its own month alone") {
  CHECK(demands(bills_with_peak("2025-03-01", "2025-07-01", "2025-04-15", 14, 5, 1)) == std::vector<double>{1, 5, 1, 1});
}

TEST_CASE("meter: a peak at night, in the light band, sets no demand") {
  CHECK(demands(bills_with_peak("2025-07-01", "2025-09-01", "2025-07-15", 3, 5, 1)) == std::vector<double>{1, 1});
}

TEST_CASE("meter: the billing demand is at least 30 % of the contract") {
  CHECK(demands(bills_with_peak("2025-03-01", "2025-05-01", "2025-03-04", 14, 5, 10)) == std::vector<double>{5, 3});
}

TEST_CASE("meter: a run of ten days of a month of thirty pays a third of the demand charge") {
  const double rate = Tariff(korea(), "general_b_A_II", "site[x].tariff").day(parse_date("2025-04-01")).demand_krw_per_kw;
  const auto bills = bills_with_peak("2025-04-01", "2025-04-11", "2025-04-02", 14, 6, 1);
  REQUIRE(bills.size() == 1);
  CHECK(bills[0].demand_krw == doctest::Approx(6 * rate / 3));
  CHECK(bills[0].kwh == 240);
  // climate 9 + fuel 5 on each kWh; fund of April 2025: 3.2 %; tax of 10 % before the fund
  const double before = bills[0].demand_krw + bills[0].energy_krw + 240 * 14;
  CHECK(bills[0].fund_krw == doctest::Approx(before * 0.032));
  CHECK(bills[0].vat_krw == doctest::Approx(before * 0.1));
  CHECK(bills[0].total_krw == doctest::Approx(before * 1.032));
  CHECK(bills[0].cost_krw == bills[0].total_krw);
}

TEST_CASE("meter: tax counts as cost only when asked") {
  const Calendar calendar(parse_date("2025-04-01"));
  Meter meter(Tariff(korea(), "general_b_A_II", "site[x].tariff"), calendar, 1, true);
  CHECK_FALSE(meter.hour(0, 100, {100, 100, 100, 100}));
  const auto bill = meter.close();
  REQUIRE(bill);
  CHECK(bill->cost_krw == doctest::Approx(bill->total_krw + bill->vat_krw));
  CHECK_FALSE(meter.close());
}

TEST_CASE("meter: the marginal price is what one more kWh adds to the bill") {
  const Calendar calendar(parse_date("2025-04-01"));
  double total[2];
  double price = 0;
  for (const int more : {0, 1}) {
    Meter meter(Tariff(korea(), "general_b_A_II", "site[x].tariff"), calendar, 1, false);
    meter.hour(0, 10 + more, {10, 10, 10, 10});
    price = meter.marginal_krw_per_kwh(0);
    total[more] = meter.close()->total_krw;
  }
  CHECK(total[1] - total[0] == doctest::Approx(price));
}
