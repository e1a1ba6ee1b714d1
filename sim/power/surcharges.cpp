#include "sim/power/surcharges.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.h"

namespace dure::sim {
using std::chrono::days;
using std::chrono::sys_days;

Surcharges::Surcharges(const ::dure::Power& power) {
  const sys_days always = parse_date("1900-01-01");
  const sys_days forever = parse_date("9999-12-31");
  for (const auto& row : power.surcharge())
    items_[row.item()].push_back(
        {row.has_from() ? sys_days(parse_date(row.from())) : always, row.has_to() ? sys_days(parse_date(row.to())) : forever, row.value()});
  for (auto& [item, spans] : items_) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.first < b.first; });
    for (std::size_t i = 0; i < spans.size(); ++i)
      if (spans[i].last < spans[i].first || (i > 0 && spans[i].first <= spans[i - 1].last))
        throw ScenarioError(
            "power.surcharges",
            {fmt::format("{} has two values on {}, or a row that ends before it begins", item, to_string(Date(spans[i].first))),
             fmt::format("{}: {}에 값이 둘이거나 끝이 시작보다 앞선 행이 있습니다", item, to_string(Date(spans[i].first)))},
            {"end each row the day before the next begins", "각 행을 다음 행이 시작하기 전날에 끝내십시오"});
  }
}

std::optional<double> Surcharges::value(const std::string& item, Date date) const {
  const auto found = items_.find(item);
  if (found == items_.end()) return {};
  for (const Span& span : found->second)
    if (span.first <= sys_days(date) && sys_days(date) <= span.last) return span.value;
  return {};
}

void Surcharges::check_covers(const std::string& item, Date first, Date last) const {
  const auto found = items_.find(item);
  if (found == items_.end()) return;
  sys_days open = first;  // first day not yet covered
  for (const Span& span : found->second)
    if (span.first <= open && open <= span.last) open = span.last + days(1);
  if (open <= sys_days(last))
    throw ScenarioError("power.surcharges",
                        {fmt::format("{} has no value on {}", item, to_string(Date(open))),
                         fmt::format("{}: {}의 값이 없습니다", item, to_string(Date(open)))},
                        {"add a row for that time, or start the run later", "그 기간의 행을 더하거나 시작일을 늦추십시오"});
}

}  // namespace dure::sim
