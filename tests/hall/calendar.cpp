#include "sim/calendar.h"

#include <doctest/doctest.h>

#include "sim/error.h"
#include "sim/units.h"

using namespace dure::sim;

TEST_CASE("calendar: seconds and civil time in Korea") {
  const Calendar calendar(parse_date("2025-01-01"));
  CHECK(calendar.at_s(parse_date("2025-02-01")) == 31 * 86400.0);
  CHECK(calendar.weekday(0) == 2);  // 1 January 2025 was a Wednesday
  CHECK(calendar.hour_of_day(86400.0 + 3 * 3600 + 59) == 3);
  CHECK(calendar.timestamp(86400.0 + 3661) == "2025-01-02T01:01:01+09:00");
  CHECK(to_string(Calendar::first_of_month(calendar.month_index(40 * 86400.0))) == "2025-02-01");
  CHECK(to_string(add_months(parse_date("2025-01-31"), 1)) == "2025-02-28");
}

TEST_CASE("calendar: what is no date is refused") {
  for (const char* text : {"", "2025", "2025-13-01", "2025-02-30", "2025-01-01x", "tomorrow"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_date(text), ScenarioError);
  }
}

TEST_CASE("a term of months ends on the same day of the month, and part of a month is counted in days") {
  const Calendar calendar(parse_date("2026-03-01"));
  CHECK(calendar.months_after_s(0, 12) == 365 * kDay_s);
  CHECK(calendar.months_after_s(0, 24) == 731 * kDay_s);  // 2028 is a leap year
  CHECK(calendar.months_after_s(kHour_s, 1) == 31 * kDay_s + kHour_s);
  CHECK(calendar.months_after_s(30 * kDay_s, 1) == 60 * kDay_s);  // 31 March to 30 April
  CHECK(calendar.months_after_s(0, 1.5) == doctest::Approx(46 * kDay_s));  // half of April
  double before_s = 0;
  for (double months = 0.01; months < 30; months += 0.01) {
    CHECK(calendar.months_after_s(0, months) > before_s);  // longer is later
    before_s = calendar.months_after_s(0, months);
  }
}
