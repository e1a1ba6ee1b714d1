#include "sim/programme/grants.h"

#include <fmt/format.h>

#include "sim/error.h"

namespace dure::sim {

double begins(const std::string& date, const Calendar& calendar, double horizon_s, const std::string& path) {
  const double at_s = calendar.at_s(parse_date(date));
  if (at_s < 0)
    throw ScenarioError(path, {fmt::format("{} lies before the run begins on {}", date, to_string(calendar.first_day())), fmt::format("{}이(가) 모의 시작일 {}보다 앞섭니다", date, to_string(calendar.first_day()))},
                        {"move it or begin the run earlier", "날짜를 옮기거나 모의 시작일을 앞당기십시오"});
  if (at_s >= horizon_s)
    throw ScenarioError(path, {fmt::format("{} lies after the end of the run, so nobody would ever get cards", date), fmt::format("{}이(가) 모의 종료일 뒤라 아무도 카드를 받지 못합니다", date)},
                        {"move it or end the run later", "날짜를 옮기거나 모의 종료일을 늦추십시오"});
  return at_s;
}

bool within_grant(const Job& job, int cards_granted, double cards_in_use) {
  const double asked = job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards;
  return cards_in_use + asked <= cards_granted + 1e-9;
}

}  // namespace dure::sim
