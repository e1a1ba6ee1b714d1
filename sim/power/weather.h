#pragma once
#include <array>
#include <string>
#include <vector>

#include "sim/calendar.h"
#include "sim/power/power.pb.h"
#include "sim/random.h"

namespace dure::sim {

/// Outside air in one hour.
struct Air {
  double dry_bulb_c = 0;
  double wet_bulb_c = 0;
};

/// Hourly outside air of a city, made from its monthly table and its mean day.
///
///   T(d, h)    = M(d, h) + A(d, h)          dry-bulb: seasonal march with its daily swing, plus a warm or cold spell
///   T_wb(d, h) = W(d, h) + k A(d, h)        wet-bulb, never above dry-bulb; k = wet_bulb_per_dry_bulb
///
/// M and W run in straight lines between knots at the middle of each month, one set a clock hour; the knots are such that
/// the mean over each month is the table's (a month's mean is 1/8 of the knot before, 3/4 of its own, 1/8 of the next).
/// W is the table's mean wet-bulb moved by k times the distance of M from the mean day that it was read beside, so a warmer
/// decade is also a moister one. A is an AR(1) series of days, drawn from the stream "weather/<city>", in straight lines
/// from noon to noon; its variance and correlation are such that daily means have, among the days of a month and with the
/// march of M inside the month, the table's sd_daily_mean_c and ar1_daily_mean.
///
/// A city that lacks a mean day, spread or recent mean takes those of the city it `borrows_from`, its daily swing scaled by
/// the ratio of the diurnal ranges and its wet-bulb moved with the difference in dry-bulb. Not modelled: spells shared by
/// cities, cloud, spells longer than AR(1) gives, the dryness of cold spells beyond k.
/// Source: platforms/korea/climate_*.csv. That the table's spread contains the march within the month is assumed.
class Weather {
 public:
  /// Throws ScenarioError if the tables lack the city or a month of it.
  Weather(const ::dure::Power& power, const std::string& city, const Calendar& calendar, Seed seed);

  /// The hour that contains `now_s`. Any order of calls gives the same air.
  Air at(double now_s);

 private:
  struct Month {
    std::array<double, 24> dry_c{};  // knots
    std::array<double, 24> wet_c{};
    double day_sd_c = 0;  // of the day values that A is drawn through
    double day_ar1 = 0;
  };
  void enter_day(long day);
  double day_anomaly_c(long day);

  std::array<Month, 12> months_;
  double wet_per_dry_;
  Calendar calendar_;
  Random stream_;
  std::vector<double> anomaly_c_;  // of day -1, 0, 1, ...; grows as days are asked for
  double last_score_ = 0;          // standardised value of the last day drawn

  long day_ = -1;  // the day that the rest describes
  std::size_t month_ = 0;
  double month_start_ = 0;            // share of the month gone at 00:00
  double day_share_ = 0;              // a day as a share of the month
  std::array<double, 3> around_c_{};  // anomaly of yesterday, today, tomorrow
};

}  // namespace dure::sim
