#include "sim/workload/trace_time.h"

#include <fmt/format.h>

#include <cstdio>

#include "sim/units.h"

namespace dure::sim {
namespace {

const Calendar kSince1970(std::chrono::year{1970} / 1 / 1);

/// "Z", "+08:00" or nothing.
bool read_zone(std::string_view text, std::optional<double>& zone_s) {
  if (text.empty()) return true;
  int hours = 0, minutes = 0, used = 0;
  if (text == "Z") {
    zone_s = 0;
    return true;
  }
  if ((text[0] != '+' && text[0] != '-') || std::sscanf(std::string(text.substr(1)).c_str(), "%2d:%2d%n", &hours, &minutes, &used) != 2) return false;
  zone_s = (text[0] == '-' ? -1 : 1) * (hours * kHour_s + minutes * kMinute_s);
  return text.size() == 6 && used == 5 && hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
}

std::optional<LoggedTime> read_time(const std::string& text) {
  int hour = 0, minute = 0, second = 0, used = 0;
  if (text.size() < 19 || (text[10] != ' ' && text[10] != 'T')) return std::nullopt;
  if (std::sscanf(text.substr(11, 8).c_str(), "%2d:%2d:%2d%n", &hour, &minute, &second, &used) != 3 || used != 8) return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return std::nullopt;
  std::size_t at = 19;
  double fraction_s = 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    const auto value = parse_number("0" + text.substr(at, end - at));
    if (!value || end == at + 1) return std::nullopt;
    fraction_s = *value;
    at = end;
  }
  LoggedTime time;
  if (!read_zone(std::string_view(text).substr(at), time.zone_s)) return std::nullopt;
  try {
    time.civil_s = kSince1970.at_s(parse_date(text.substr(0, 10))) + hour * kHour_s + minute * kMinute_s + second + fraction_s;
  } catch (const ScenarioError&) {
    return std::nullopt;
  }
  return time;
}

}  // namespace

LoggedTime parse_time(const TraceCsv& csv, std::string_view column) {
  const std::string& text = csv.text(column);
  const TraceLines& at = csv.lines();
  if (text.empty())
    at.refuse({fmt::format("{} is empty", column), fmt::format("{}이(가) 비어 있습니다", column)}, {"write the time, or take the row out", "시각을 적거나 행을 지우십시오"});
  const auto time = read_time(text);
  if (!time)
    at.refuse({fmt::format("`{}` is no time", text), fmt::format("`{}`은(는) 시각이 아닙니다", text)},
              {"write it as 2017-10-09 07:01:55", "2017-10-09 07:01:55처럼 적으십시오"});
  return *time;
}

double LogClock::civil_s(const LoggedTime& time, const TraceLines& at) {
  if (!is_set_) zone_s_ = time.zone_s;
  is_set_ = true;
  if (zone_s_.has_value() != time.zone_s.has_value())
    at.refuse(zone_s_ ? Text{"the time has no zone, but those before it have one", "앞의 시각에는 시간대가 있는데 이 시각에는 없습니다"}
                      : Text{"the time has a zone, but those before it have none", "앞의 시각에는 시간대가 없는데 이 시각에는 있습니다"},
              {"write all times with a zone, or all without", "모든 시각에 시간대를 적거나 모두 빼십시오"});
  return zone_s_ ? time.civil_s_at(*zone_s_) : time.civil_s;
}

void count_from_first_midnight(TraceJobs& trace) {
  if (trace.jobs.empty()) return;
  trace.first_day = kSince1970.date(trace.jobs.front().submit_s);
  const double zero_s = kSince1970.at_s(*trace.first_day);
  for (TraceJob& job : trace.jobs) job.submit_s -= zero_s;
}

}  // namespace dure::sim
