#include "sim/unit_words.h"

#include <algorithm>
#include <array>

namespace dure::sim {
namespace {

struct Word {
  std::string_view unit, en, ko;
};

constexpr std::array kWords = {
    Word{"cards", "cards", "장"}, Word{"card-hours", "card-hours", "카드시간"}, Word{"jobs", "jobs", "건"}, Word{"projects", "projects", "건"}, Word{"faults", "faults", "건"},
    Word{"interruptions", "interruptions", "건"}, Word{"days", "days", "일"}, Word{"s", "s", "초"}, Word{"h", "h", "시간"}, Word{"KRW", "KRW", "원"},
    Word{"M KRW", "KRW million", "백만 원"}, Word{"KRW/card-hour", "KRW/card-hour", "원/카드시간"}, Word{"share", "share", "비율"}, Word{"KRW/model", "KRW/model", "원/모델"},
    Word{"KRW/project", "KRW/project", "원/과제"}, Word{"KRW/card/year", "KRW/card/year", "원/카드/년"}, Word{"ratio", "ratio", "비"}, Word{"people", "people", "명"},
    Word{"months", "months", "개월"}, Word{"years", "years", "년"}, Word{"USD/card-hour", "USD/card-hour", "달러/카드시간"}, Word{"KRW/USD", "KRW/USD", "원/달러"},
    Word{"KRW/kW/month", "KRW/kW/month", "원/kW/월"}, Word{"KRW/card", "KRW/card", "원/장"}, Word{"KRW/person/year", "KRW/person/year", "원/인/년"},
    Word{"nodes/day", "servers/day", "대/일"}, Word{"1/1000 node-days", "in 1,000 server-days", "건(서버 1,000대·일당)"}, Word{"1/year", "a year", "/년"},
    Word{"KRW/kWh", "KRW/kWh", "원/kWh"}, Word{"card-hours/M KRW", "card-hours per million won", "카드시간/백만 원"}, Word{"runs", "runs", "회"},
    Word{"runs of an option", "runs of an option", "회(안마다)"}, Word{"nodes", "nodes", "대"}, Word{"day", "day", "일"}, Word{"rows", "rows", "행"},
    Word{"bytes", "bytes", "바이트"}, Word{"tokens", "tokens", "토큰"}, Word{"tokens/s", "tokens/s", "토큰/초"}, Word{"sequences", "sequences", "시퀀스"},
    Word{"layers", "layers", "층"}, Word{"teams", "teams", "팀"}, Word{"tenants", "tenants", "개 기관"}, Word{"crews", "crews", "개 조"}, Word{"units", "units", "개"},
    Word{"lines", "lines", "개"}, Word{"tenders", "tenders", "회"}, Word{"weight", "weight", "가중치"}, Word{"exponent", "exponent", "지수"},
    Word{"probability", "probability", "확률"}, Word{"correlation", "correlation", "상관계수"}, Word{"level", "level", "수준"}, Word{"rank", "rank", "순위"},
    Word{"sd", "sd", "표준편차"}, Word{"share/year", "share/year", "비율/년"}, Word{"share of nodes", "share of nodes", "서버 대비 비율"}, Word{"deg", "deg", "도"},
    Word{"degC", "degC", "℃"}, Word{"degree C", "degree C", "℃"}, Word{"jobs/day", "jobs/day", "건/일"}, Word{"jobs/year", "jobs/year", "건/년"},
    Word{"people/1000 cards", "people/1000 cards", "명/1,000장"}, Word{"1/1000 card", "1/1000 card", "1,000분의 1장"},
    Word{"1/1000 job-hours", "1/1000 job-hours", "건(작업 1,000시간당)"}, Word{"KRW/team", "KRW/team", "원/팀"}, Word{"KRW/MW", "KRW/MW", "원/MW"},
    Word{"KRW/site/month", "KRW/site/month", "원/센터/월"}, Word{"USD/card", "USD/card", "달러/장"}};

}  // namespace

Text unit_words(std::string_view unit) {
  const auto* const found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& known) { return known.unit == unit; });
  return found != kWords.end() ? Text{std::string(found->en), std::string(found->ko)} : Text{std::string(unit), std::string(unit)};
}

}  // namespace dure::sim
