#include "sim/power/weather.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/error.h"
#include "sim/units.h"
#include "tests/power/korea.h"

using namespace dure::sim;

namespace {

const dure::ClimateNormal& normal(const std::string& city, int month) {
  for (const auto& row : dure::test::korea().climate_normal())
    if (row.city() == city && row.month() == month) return row;
  throw std::runtime_error(city);
}

/// Pooled over the days of one calendar month in many years.
struct Month {
  double days = 0, sum = 0, squares = 0, wet_sum = 0;
  double pairs = 0, first = 0, second = 0, first2 = 0, second2 = 0, product = 0;
  double mean() const { return sum / days; }
  double sd() const { return std::sqrt(squares / days - mean() * mean()); }
  double ar1() const {
    const double a = first / pairs;
    const double b = second / pairs;
    return (product / pairs - a * b) / std::sqrt((first2 / pairs - a * a) * (second2 / pairs - b * b));
  }
};

std::vector<Month> generate(const dure::Power& power, const std::string& city, int years) {
  const Calendar calendar(parse_date("2001-01-01"));
  Weather weather(power, city, calendar, {11, 0});
  std::vector<Month> months(13);
  double before = 0;
  unsigned month_before = 0;
  const int days = int(calendar.at_s(std::chrono::year(2001 + years) / 1 / 1) / kDay_s);
  for (int day = 0; day < days; ++day) {
    double mean = 0;
    double wet = 0;
    for (int hour = 0; hour < 24; ++hour) {
      const Air air = weather.at(day * kDay_s + hour * kHour_s);
      mean += air.dry_bulb_c / 24;
      wet += air.wet_bulb_c / 24;
    }
    const unsigned month = unsigned(calendar.date(day * kDay_s).month());
    Month& all = months[month];
    ++all.days, all.sum += mean, all.squares += mean * mean, all.wet_sum += wet;
    if (month == month_before)
      ++all.pairs, all.first += before, all.second += mean, all.first2 += before * before, all.second2 += mean * mean,
          all.product += before * mean;
    before = mean;
    month_before = month;
  }
  return months;
}

}  // namespace

TEST_CASE("weather: monthly means, spread and day-to-day correlation are the table's within sampling error") {
  dure::Power power = dure::test::korea();
  constexpr int kYears = 300;
  for (const bool recent : {false, true})
    for (const char* city : {"Seoul", "Jeju", "Chuncheon"}) {
      power.set_use_recent_climate(recent);
      const auto months = generate(power, city, kYears);
      for (int m = 1; m <= 12; ++m) {
        CAPTURE(city);
        CAPTURE(m);
        const auto& row = normal(city, m);
        const auto& spread = normal(std::string(city) == "Chuncheon" ? "Daejeon" : city, m);
        double mean_c = row.mean_c();
        if (recent)
          mean_c = row.has_recent_mean_2016_2025_c() ? row.recent_mean_2016_2025_c()
                                                     : mean_c + spread.recent_mean_2016_2025_c() - spread.mean_c();
        const double sd = spread.sd_daily_mean_c();
        const double p = spread.ar1_daily_mean();
        const double free_days = months[std::size_t(m)].days * (1 - p) / (1 + p);  // independent values among correlated days
        CHECK(std::abs(months[std::size_t(m)].mean() - mean_c) < 4 * sd / std::sqrt(free_days));
        const double free_squares = months[std::size_t(m)].days * (1 - p * p) / (1 + p * p);
        CHECK(std::abs(months[std::size_t(m)].sd() / sd - 1) <
              4 / std::sqrt(2 * free_squares) + 0.01);  // 1 %: mixed days at the ends of months
        CHECK(std::abs(months[std::size_t(m)].ar1() - p) < 4 * std::sqrt((1 - p * p) / months[std::size_t(m)].days) + 0.01);
      }
    }
}

TEST_CASE("weather: Chuncheon has its own daily swing, on Daejeon's shape") {
  dure::Power power = dure::test::korea();
  for (auto& row : *power.mutable_climate_normal()) row.set_sd_daily_mean_c(0);  // no spells: the mean day itself
  Weather chuncheon(power, "Chuncheon", Calendar(parse_date("2026-01-15")), {});
  Weather daejeon(power, "Daejeon", Calendar(parse_date("2026-01-15")), {});
  const double own = chuncheon.at(15 * kHour_s).dry_bulb_c - chuncheon.at(5 * kHour_s).dry_bulb_c;
  const double lent = daejeon.at(15 * kHour_s).dry_bulb_c - daejeon.at(5 * kHour_s).dry_bulb_c;
  CHECK(own / lent == doctest::Approx(11.2 / 9.5).epsilon(0.01));  // diurnal ranges of January; neighbouring months mix in a little
}

TEST_CASE("weather: hours below wet-bulb thresholds are those of the design table within 4 % (one year against many)") {
  // climate_design.csv of the public tables: hours a year with wet-bulb below 10, 15, 20 degC in a typical year 2011-2025.
  // A typical year is one sample: its daily anomalies alone move such a count by about 100-150 hours.
  struct Row {
    std::string city;
    int below_10, below_15, below_20;
  };
  dure::Power power = dure::test::korea();
  for (const Row& row :
       {Row{"Seoul", 4238, 5536, 6944}, Row{"Gwangju", 3953, 5108, 6567}, Row{"Busan", 3613, 5092, 6616}, Row{"Jeju", 3074, 4668, 6321}}) {
    Weather weather(power, row.city, Calendar(parse_date("2001-01-01")), {3, 0});
    double below[3] = {0, 0, 0};
    constexpr int kYears = 40;
    for (int hour = 0; hour < kYears * 8766; ++hour) {
      const double wet = weather.at(hour * kHour_s).wet_bulb_c;
      below[0] += wet < 10, below[1] += wet < 15, below[2] += wet < 20;
    }
    for (double& hours : below) hours /= kYears;
    MESSAGE(row.city << ": wet-bulb below 10, 15, 20 degC " << below[0] << ", " << below[1] << ", " << below[2] << " h; table "
                     << row.below_10 << ", " << row.below_15 << ", " << row.below_20);
    CHECK(below[0] == doctest::Approx(row.below_10).epsilon(0.04));
    CHECK(below[1] == doctest::Approx(row.below_15).epsilon(0.04));
    CHECK(below[2] == doctest::Approx(row.below_20).epsilon(0.04));
  }
}

TEST_CASE("weather: the same seed gives the same air in any order of asking; wet-bulb never above dry-bulb") {
  const Calendar calendar(parse_date("2025-01-01"));
  Weather forward(dure::test::korea(), "Ulsan", calendar, {5, 2});
  Weather backward(dure::test::korea(), "Ulsan", calendar, {5, 2});
  std::vector<double> dry;
  for (int hour = 0; hour < 5000; ++hour) {
    const Air air = forward.at(hour * kHour_s);
    CHECK(air.wet_bulb_c <= air.dry_bulb_c);
    dry.push_back(air.dry_bulb_c);
  }
  for (int hour = 4999; hour >= 0; --hour) REQUIRE(backward.at(hour * kHour_s).dry_bulb_c == dry[std::size_t(hour)]);
}

TEST_CASE("weather: no jump from hour to hour, months and midnights included") {
  // The steepest hour of Seoul's mean days, and a spell that turns by 6 spreads of 4.5 K from noon to noon: 27/24 K an hour.
  double steepest = 0;
  const auto& hours = dure::test::korea().climate_hour();
  for (int i = 1; i < hours.size(); ++i)
    if (hours[i].city() == "Seoul" && hours[i].hour() > 0)
      steepest = std::max(steepest, std::abs(hours[i].drybulb_c() - hours[i - 1].drybulb_c()));
  Weather weather(dure::test::korea(), "Seoul", Calendar(parse_date("2025-01-01")), {5, 2});
  double before = weather.at(0).dry_bulb_c;
  for (int hour = 1; hour < 8766 * 4; ++hour) {
    const double now = weather.at(hour * kHour_s).dry_bulb_c;
    REQUIRE(std::abs(now - before) < steepest + 27.0 / 24);
    before = now;
  }
}

TEST_CASE("weather: what the tables lack is refused with its place") {
  const Calendar calendar(parse_date("2025-01-01"));
  CHECK_THROWS_AS(Weather(dure::test::korea(), "Pyeongyang", calendar, {}), ScenarioError);
  CHECK_THROWS_AS(Weather(dure::Power(), "Seoul", calendar, {}), ScenarioError);
  dure::Power lacking = dure::test::korea();
  lacking.mutable_climate_normal()->DeleteSubrange(0, 1);
  CHECK_THROWS_AS(Weather(lacking, "Seoul", calendar, {}), ScenarioError);
  dure::Power twice = dure::test::korea();
  *twice.add_climate_normal() = twice.climate_normal(0);
  CHECK_THROWS_AS(Weather(twice, "Seoul", calendar, {}), ScenarioError);
}
