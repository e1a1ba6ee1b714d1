#include "sim/calendar.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {
using std::chrono::days;
using std::chrono::sys_days;

Date parse_date(std::string_view text) {
  int part[3] = {0, 0, 1};
  int count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (count < 3 && at < end) {
    const auto [next, failure] = std::from_chars(at, end, part[count]);
    if (failure != std::errc{} || next == at) break;
    ++count;
    at = next;
    if (at < end && *at == '-') ++at; else break;
  }
  const Date date{std::chrono::year{part[0]}, std::chrono::month{static_cast<unsigned>(part[1])}, std::chrono::day{static_cast<unsigned>(part[2])}};
  if (at != end || count < 2 || !date.ok() || part[0] < 1900)
    throw ScenarioError({fmt::format("\"{}\" is no date; write it as 2026-03-31", text), fmt::format("\"{}\"은(는) 날짜가 아닙니다. 2026-03-31처럼 쓰십시오", text)});
  return date;
}

std::string to_string(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", int(date.year()), unsigned(date.month()), unsigned(date.day()));
}

double Calendar::at_s(Date date) const { return double((sys_days(date) - first_day_).count()) * kDay_s; }
Date Calendar::date(double time_s) const { return first_day_ + days(static_cast<long>(std::floor(time_s / kDay_s))); }
int Calendar::hour_of_day(double time_s) const {
  const double day_s = time_s - std::floor(time_s / kDay_s) * kDay_s;
  return std::min(23, static_cast<int>(day_s / kHour_s));
}
int Calendar::month_index(Date date) { return int(date.year()) * 12 + int(unsigned(date.month())) - 1; }
int Calendar::month_index(double time_s) const { return month_index(date(time_s)); }
Date Calendar::first_of_month(int month) {
  return {std::chrono::year{month / 12}, std::chrono::month{static_cast<unsigned>(month % 12 + 1)}, std::chrono::day{1}};
}
double Calendar::months_after_s(double from_s, double months) const {
  const double whole = std::floor(months + 1e-9);
  const double part = std::max(0.0, months - whole);
  const Date day = date(from_s);
  const double end_s = at_s(add_months(day, int(whole))) + (from_s - at_s(day));
  return part > 1e-9 ? end_s + part * (at_s(add_months(day, int(whole) + 1)) - at_s(add_months(day, int(whole)))) : end_s;
}
int Calendar::weekday(double time_s) const {
  return static_cast<int>(std::chrono::weekday(sys_days(date(time_s))).iso_encoding()) - 1;
}
std::string Calendar::timestamp(double time_s) const {
  const auto whole = static_cast<long>(std::floor(time_s));
  const long second = whole - static_cast<long>(std::floor(double(whole) / kDay_s)) * 86400;
  return fmt::format("{}T{:02}:{:02}:{:02}+09:00", to_string(date(time_s)), second / 3600, second / 60 % 60, second % 60);
}

Date add_months(Date date, int months) {
  const Date moved = date + std::chrono::months(months);
  return moved.ok() ? moved : Date(moved.year() / moved.month() / std::chrono::last);
}

}  // namespace dure::sim
