#include "sim/workload/rhythm.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr std::array<double, 24> kHours = {.98,  .82,  .73,  .70,  .66,  .73,  .73,  .78,  .82,  .87, 1.30, 1.34,
                                           1.03, 1.00, 1.32, 1.30, 1.40, 1.32, 1.04, 1.10, 1.14, .99, .97,  .94};
constexpr std::array<double, 7> kWeekdays = {1.15, 1.20, 1.20, 1.20, 1.10, .60, .55};

std::span<const double> checked(std::span<const double> given, std::span<const double> otherwise, const std::string& field) {
  if (given.empty()) return otherwise;
  const double sum = std::accumulate(given.begin(), given.end(), 0.0);
  if (given.size() != otherwise.size() || !(sum > 0) || *std::min_element(given.begin(), given.end()) < 0)
    throw ScenarioError(
        "workload.projects." + field,
        {fmt::format("{} needs {} numbers, none negative and not all zero; there are {}", field, otherwise.size(), given.size()),
         fmt::format("{}에는 음수가 아니고 모두 0은 아닌 수 {}개가 필요합니다. 지금은 {}개입니다", field, otherwise.size(), given.size())});
  return given;
}

}  // namespace

Rhythm::Rhythm(std::span<const double> hours, std::span<const double> weekdays) {
  const auto hour = checked(hours, kHours, "hour_weight");
  const auto weekday = checked(weekdays, kWeekdays, "weekday_weight");
  const double day = std::accumulate(hour.begin(), hour.end(), 0.0);
  before_[0] = 0;
  for (std::size_t h = 0; h < 24; ++h) before_[h + 1] = before_[h] + hour[h] / day;
  before_[24] = 1;
  const double week = std::accumulate(weekday.begin(), weekday.end(), 0.0);
  for (std::size_t d = 0; d < 7; ++d) weekday_[d] = weekday[d] * 7 / week;
}

double Rhythm::share_before(double second_of_day) const {
  const auto hour = std::min<std::size_t>(23, static_cast<std::size_t>(second_of_day / kHour_s));
  const double within = second_of_day / kHour_s - double(hour);
  return std::min(1.0, before_[hour] + (before_[hour + 1] - before_[hour]) * within);
}

double Rhythm::second_at(double share) const {
  const auto above = std::upper_bound(before_.begin() + 1, before_.end() - 1, share);
  const auto hour = static_cast<std::size_t>(above - before_.begin()) - 1;
  const double weight = before_[hour + 1] - before_[hour];
  const double within = weight > 0 ? (share - before_[hour]) / weight : 0;
  return (double(hour) + std::clamp(within, 0.0, 1.0)) * kHour_s;
}

}  // namespace dure::sim
