#pragma once
#include <array>
#include <span>

namespace dure::sim {

/// When people submit: a weight by weekday and one by hour, each of mean one.
///
/// Without curves of their own, hours follow the submissions of a 10,412-card cluster (peak 2.1 times the trough,
/// data/alibaba-spot-2026, 184 days) and weekdays a five-day week (shape of data/philly, smoothed: assumed).
/// Public holidays are not modelled.
class Rhythm {
 public:
  /// 24 hours and 7 weekdays (Monday first), or empty for the curve above. Throws ScenarioError otherwise.
  Rhythm(std::span<const double> hours, std::span<const double> weekdays);

  double weekday_weight(int weekday) const { return weekday_[static_cast<std::size_t>(weekday)]; }  // 0 Monday
  /// Share of a day's submissions that come before this second of the day.
  double share_before(double second_of_day) const;
  /// Its inverse.
  double second_at(double share) const;

 private:
  std::array<double, 25> before_;  // share of the day before hour h
  std::array<double, 7> weekday_;
};

}  // namespace dure::sim
