#include "sim/programme/grants.h"

#include <fmt/format.h>

#include "sim/error.h"

namespace dure::sim {

double begins(const std::string& date, const Calendar& calendar, const std::string& path) {
  const double at_s = calendar.at_s(parse_date(date));
  if (at_s < 0)
    throw ScenarioError(path, {fmt::format("{} lies before the run begins on {}", date, to_string(calendar.first_day())), fmt::format("{}이(가) 모의 시작일 {}보다 앞섭니다", date, to_string(calendar.first_day()))},
                        {"move it or begin the run earlier", "날짜를 옮기거나 모의 시작일을 앞당기십시오"});
  return at_s;
}

bool within_grant(const Job& job, int cards_granted, double cards_in_use) {
  const double asked = job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards;
  return cards_in_use + asked <= cards_granted + 1e-9;
}

}  // namespace dure::sim
