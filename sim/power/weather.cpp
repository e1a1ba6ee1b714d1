#include "sim/power/weather.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {
namespace proto = ::dure;

/// What the tables say of a city, before borrowing.
struct CityTable {
  std::array<const proto::ClimateNormal*, 12> normal{};
  std::array<std::array<const proto::ClimateHour*, 24>, 12> hour{};
  bool has_mean_day = false;
};

[[noreturn]] void refuse(const std::string& field, Text sentence, Text help = {}) {
  throw ScenarioError("power." + field, std::move(sentence), std::move(help));
}

CityTable read_city(const proto::Power& power, const std::string& city) {
  CityTable table;
  std::set<std::string> cities;
  for (const auto& row : power.climate_normal()) {
    cities.insert(row.city());
    if (row.city() != city) continue;
    const auto*& place = table.normal[std::size_t(row.month() - 1)];
    if (place != nullptr)
      refuse("climate_normals", {fmt::format("month {} of {} stands twice in the table", row.month(), city),
                                 fmt::format("{}의 {}월이 표에 두 번 있습니다", city, row.month())});
    place = &row;
  }
  if (!cities.contains(city))
    refuse("climate_normals",
           {fmt::format("the climate table has no city \"{}\"", city), fmt::format("기후표에 도시 \"{}\"이(가) 없습니다", city)},
           cities.empty()
               ? Text{"give climate_normals and climate_hourly, or a fixed site pue",
                      "climate_normals와 climate_hourly 표를 주거나 site의 pue를 고정하십시오"}
               : Text{fmt::format("it has: {}", fmt::join(cities, ", ")), fmt::format("표에 있는 도시: {}", fmt::join(cities, ", "))});
  for (std::size_t month = 0; month < 12; ++month)
    if (table.normal[month] == nullptr)
      refuse("climate_normals",
             {fmt::format("month {} of {} is missing", month + 1, city), fmt::format("{}의 {}월이 빠졌습니다", city, month + 1)});

  int hours = 0;
  for (const auto& row : power.climate_hour()) {
    if (row.city() != city) continue;
    auto& place = table.hour[std::size_t(row.month() - 1)][std::size_t(row.hour())];
    if (place != nullptr)
      refuse("climate_hourly", {fmt::format("month {} hour {} of {} stands twice in the table", row.month(), row.hour(), city),
                                fmt::format("{}의 {}월 {}시가 표에 두 번 있습니다", city, row.month(), row.hour())});
    place = &row;
    ++hours;
  }
  if (hours != 0 && hours != 12 * 24)
    refuse("climate_hourly", {fmt::format("{} has {} hours in the table of mean days; 288 make a year", city, hours),
                              fmt::format("{}의 시간별 기후가 {}행뿐입니다(288행이 필요)", city, hours)});
  table.has_mean_day = hours != 0;
  return table;
}

/// Knots k with k[m-1]/8 + 3 k[m]/4 + k[m+1]/8 = mean[m] around the year: the straight lines through them have those means.
std::array<double, 12> knots_for(const std::array<double, 12>& mean) {
  std::array<double, 12> knot = mean;
  for (int round = 0; round < 60; ++round)  // Gauss-Seidel; the error falls by 3 or more a round
    for (std::size_t m = 0; m < 12; ++m) knot[m] = (mean[m] - (knot[(m + 11) % 12] + knot[(m + 1) % 12]) / 8) * 4 / 3;
  return knot;
}

/// Variance of straight lines through a month's knot within the month, the month as the unit of time:
/// slopes a before and b after the middle give (a^2 + b^2)/24 - ((b - a)/8)^2.
double march_variance(double before, double middle, double after) {
  const double a = middle - before;
  const double b = after - middle;
  return (a * a + b * b) / 24 - (b - a) * (b - a) / 64;
}

// Straight lines from noon to noon mix the days: a day's mean is 1/8 yesterday + 3/4 today + 1/8 tomorrow. The mixture of an
// AR(1) series of unit variance and correlation p has these autocovariances.
double mixed_variance(double p) { return 0.59375 + 0.375 * p + 0.03125 * p * p; }
double mixed_covariance(double p) { return 0.59375 * p + 0.1875 * (1 + p * p) + 0.015625 * (p + p * p * p); }

/// The p whose mixture has correlation `wanted` from day to day.
double unmixed_ar1(double wanted) {
  double low = -0.7;
  double high = 0.9999;
  for (int round = 0; round < 60; ++round) {
    const double middle = (low + high) / 2;
    (mixed_covariance(middle) < wanted * mixed_variance(middle) ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Weather::Weather(const proto::Power& power, const std::string& city, const Calendar& calendar, Seed seed)
    : wet_per_dry_(power.wet_bulb_per_dry_bulb()), calendar_(calendar), stream_(seed, "weather/" + city) {
  const CityTable own = read_city(power, city);
  const std::string& lender = own.normal[0]->borrows_from();
  const CityTable lent = lender.empty() ? own : read_city(power, lender);
  const CityTable& day = own.has_mean_day ? own : lent;
  if (!day.has_mean_day)
    refuse(
        "climate_hourly",
        {fmt::format("{} has no mean day, and borrows none", city), fmt::format("{}의 시간별 기후가 없고 빌려 올 도시도 없습니다", city)},
        {"add its hours, or a city in the column borrows_from of climate_normals",
         "시간별 행을 넣거나 climate_normals의 borrows_from 열에 도시를 적으십시오"});

  std::array<double, 12> mean_c{};
  for (std::size_t m = 0; m < 12; ++m) {
    const auto& row = *own.normal[m];
    const auto& other = *lent.normal[m];
    mean_c[m] = row.mean_c();
    if (!power.use_recent_climate()) continue;
    if (row.has_recent_mean_2016_2025_c())
      mean_c[m] = row.recent_mean_2016_2025_c();
    else if (other.has_recent_mean_2016_2025_c())
      mean_c[m] += other.recent_mean_2016_2025_c() - other.mean_c();
    else
      refuse("use_recent_climate",
             {fmt::format("{} has no mean of recent years for month {}", city, m + 1),
              fmt::format("{}의 {}월 최근 평균이 없습니다", city, m + 1)},
             {"write use_recent_climate: false", "use_recent_climate: false로 쓰십시오"});
  }

  for (std::size_t h = 0; h < 24; ++h) {
    std::array<double, 12> dry{};
    std::array<double, 12> wet{};
    for (std::size_t m = 0; m < 12; ++m) {
      const auto& mean_day = *day.hour[m][h];
      const double own_range = own.normal[m]->diurnal_range_c();
      const double lent_range = lent.normal[m]->diurnal_range_c();
      const double swing = &day == &own || own_range <= 0 || lent_range <= 0 ? 1.0 : own_range / lent_range;
      dry[m] = mean_c[m] + swing * mean_day.drybulb_anom_c();
      wet[m] = std::min(dry[m], mean_day.wetbulb_c() + wet_per_dry_ * (dry[m] - mean_day.drybulb_c()));
    }
    const auto dry_knot = knots_for(dry);
    const auto wet_knot = knots_for(wet);
    for (std::size_t m = 0; m < 12; ++m) {
      months_[m].dry_c[h] = dry_knot[m];
      months_[m].wet_c[h] = wet_knot[m];
    }
  }

  const auto mean_knot = knots_for(mean_c);
  for (std::size_t m = 0; m < 12; ++m) {
    const auto& row = own.normal[m]->has_sd_daily_mean_c() && own.normal[m]->has_ar1_daily_mean() ? *own.normal[m] : *lent.normal[m];
    if (!row.has_sd_daily_mean_c() || !row.has_ar1_daily_mean())
      refuse("climate_normals", {fmt::format("{} has no sd_daily_mean_c and ar1_daily_mean for month {}, and borrows none", city, m + 1),
                                 fmt::format("{}의 {}월에 sd_daily_mean_c와 ar1_daily_mean이 없고 빌려 올 도시도 없습니다", city, m + 1)});
    const double march = march_variance(mean_knot[(m + 11) % 12], mean_knot[m], mean_knot[(m + 1) % 12]);
    const double whole = row.sd_daily_mean_c() * row.sd_daily_mean_c();
    const double spell = whole - march;  // what the spells must add; none if the march alone is as wide
    if (spell <= 0) continue;
    const double ar1 = std::max(0.0, (row.ar1_daily_mean() * whole - march) / spell);
    months_[m].day_ar1 = unmixed_ar1(ar1);
    months_[m].day_sd_c = std::sqrt(spell / mixed_variance(months_[m].day_ar1));
  }
  enter_day(0);
}

double Weather::day_anomaly_c(long day) {
  const auto wanted = std::size_t(day + 1);
  while (anomaly_c_.size() <= wanted) {
    const Date date = calendar_.date((double(anomaly_c_.size()) - 1) * kDay_s);
    const Month& month = months_[unsigned(date.month()) - 1];
    const double carried = anomaly_c_.empty() ? 0.0 : month.day_ar1;  // the first day is drawn from the settled series
    last_score_ = carried * last_score_ + std::sqrt(1 - carried * carried) * stream_.normal(0, 1);
    anomaly_c_.push_back(month.day_sd_c * last_score_);
  }
  return anomaly_c_[wanted];
}

void Weather::enter_day(long day) {
  SIM_CHECK(day >= 0, "weather before the first day");
  const Date date = calendar_.date(double(day) * kDay_s);
  const Date last(date.year() / date.month() / std::chrono::last);
  day_share_ = 1.0 / double(unsigned(last.day()));
  month_start_ = double(unsigned(date.day()) - 1) * day_share_;
  month_ = unsigned(date.month()) - 1;
  around_c_ = {day_anomaly_c(day - 1), day_anomaly_c(day), day_anomaly_c(day + 1)};
  day_ = day;
}

Air Weather::at(double now_s) {
  const long hour_of_run = long(std::floor(now_s / kHour_s));
  const long day = hour_of_run / 24;
  if (day != day_) enter_day(day);
  const auto hour = std::size_t(hour_of_run - day * 24);
  const double day_gone = (double(hour) + 0.5) / 24;  // the middle of the hour stands for it

  const double month_gone = month_start_ + day_gone * day_share_;
  const bool early = month_gone < 0.5;
  const Month& left = months_[early ? (month_ + 11) % 12 : month_];
  const Month& right = months_[early ? month_ : (month_ + 1) % 12];
  const double along = early ? month_gone + 0.5 : month_gone - 0.5;

  const std::size_t noon = day_gone < 0.5 ? 0 : 1;
  const double past_noon = day_gone < 0.5 ? day_gone + 0.5 : day_gone - 0.5;
  const double spell_c = around_c_[noon] + past_noon * (around_c_[noon + 1] - around_c_[noon]);

  const double dry = left.dry_c[hour] + along * (right.dry_c[hour] - left.dry_c[hour]) + spell_c;
  const double wet = left.wet_c[hour] + along * (right.wet_c[hour] - left.wet_c[hour]) + wet_per_dry_ * spell_c;
  return {dry, std::min(dry, wet)};
}

}  // namespace dure::sim
