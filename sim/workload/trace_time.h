#pragma once
// Times of day as logs write them.
#include "sim/workload/trace_reader.h"

namespace dure::sim {

/// A moment: seconds since 1970-01-01 00:00 as the clock on the wall shows them, and what that clock is ahead of UTC.
struct LoggedTime {
  double civil_s = 0;
  std::optional<double> zone_s;  // none: the log does not say

  /// The same moment on a clock that is `ahead_s` of UTC; without a zone the time as it stands.
  double civil_s_at(double ahead_s) const { return zone_s ? civil_s - *zone_s + ahead_s : civil_s; }
};

/// "2023-03-01 00:18:22", with T for the blank, a fraction of a second, a zone (+08:00 or Z). Refused otherwise, also if absent.
LoggedTime parse_time(const TraceCsv& csv, std::string_view column);

/// The clock of a log that is taken as it stands: that of its first row. Times with another zone are put on it; a time without
/// a zone beside times with one is refused, and the other way round.
class LogClock {
 public:
  double civil_s(const LoggedTime& time, const TraceLines& at);

 private:
  bool is_set_ = false;
  std::optional<double> zone_s_;
};

/// Sets first_day to the day of the first job, and counts submissions from its midnight instead of from 1970.
void count_from_first_midnight(TraceJobs& trace);

}  // namespace dure::sim
