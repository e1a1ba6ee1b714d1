#pragma once
#include <array>
#include <cmath>

#include "sim/calendar.h"
#include "sim/units.h"

namespace dure::sim {

/// How lively each hour of the week is, mean 1 over the hours and over the days: weight(t) = hour(t) x weekday(t).
class HourlyPace {
 public:
  /// Weights are relative; empty ones mean that all hours or days are alike.
  template <class Hours, class Weekdays>
  HourlyPace(const Calendar& calendar, const Hours& hours, const Weekdays& weekdays)
      : hour_(normalised<24>(hours)), weekday_(normalised<7>(weekdays)), calendar_(calendar) {}

  double hour(double time_s) const { return hour_[std::size_t(calendar_.hour_of_day(time_s))]; }
  double weekday(double time_s) const { return weekday_[std::size_t(calendar_.weekday(time_s))]; }
  static double next_hour_s(double time_s) { return (std::floor(time_s / kHour_s) + 1) * kHour_s; }

  /// When `pause_s`, counted at the pace of the hour of the day, is over: a pause of 1,800 s takes 1,800 s in a mean
  /// hour, longer at night.
  double after_pause_s(double from_s, double pause_s) const {
    for (double now_s = from_s;;) {
      const double end_s = next_hour_s(now_s);
      const double pace = hour(now_s);
      if (pause_s <= pace * (end_s - now_s)) return pace > 0 ? now_s + pause_s / pace : now_s;
      pause_s -= pace * (end_s - now_s);
      now_s = end_s;
    }
  }

 private:
  template <std::size_t kN, class Weights>
  static std::array<double, kN> normalised(const Weights& weights) {
    std::array<double, kN> out;
    out.fill(1.0);
    double sum = 0;
    for (const double weight : weights) sum += weight;
    std::size_t i = 0;
    if (sum > 0)
      for (const double weight : weights) out[i++] = weight * double(kN) / sum;
    return out;
  }

  std::array<double, 24> hour_;
  std::array<double, 7> weekday_;
  Calendar calendar_;
};

}  // namespace dure::sim
