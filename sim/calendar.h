#pragma once
#include <chrono>
#include <string>
#include <string_view>

namespace dure::sim {

using Date = std::chrono::year_month_day;

/// "2026-03-01" or, for a table of months, "2026-03" (its first day). Throws ScenarioError.
Date parse_date(std::string_view text);
std::string to_string(Date date);

/// Simulated seconds against civil time in Korea (+09:00, no summer time).
///
/// Second 0 is 00:00 of `first_day`.
class Calendar {
 public:
  explicit Calendar(Date first_day) : first_day_(first_day) {}
  double at_s(Date date) const;              // 00:00 of that day; negative before the first day
  Date date(double time_s) const;            // the day that contains this second
  int hour_of_day(double time_s) const;      // 0..23
  int month_index(double time_s) const;      // whole months since January of year 0
  static int month_index(Date date);
  static Date first_of_month(int month_index);
  /// So many months later: whole months end on the same day of the month (its last day if shorter), what is left is a part of
  /// the next month. A term of twelve months from 1 March ends on 1 March.
  double months_after_s(double from_s, double months) const;
  int weekday(double time_s) const;          // 0 Monday .. 6 Sunday
  std::string timestamp(double time_s) const;  // "2026-03-01T13:00:00+09:00"
  Date first_day() const { return first_day_; }

 private:
  std::chrono::sys_days first_day_;
};

Date add_months(Date date, int months);  // the same day of a later month, its last day if shorter

}  // namespace dure::sim
