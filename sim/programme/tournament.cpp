#include "sim/programme/tournament.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "sim/error.h"
#include "sim/programme/grants.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr int kServer_cards = 8;

/// Places of `scores`, best first; equals in the order given.
std::vector<std::size_t> ranking(const std::vector<double>& scores) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  return order;
}

}  // namespace

TournamentProgramme::TournamentProgramme(const dure::Tournament& spec, const Calendar& calendar, double horizon_s, std::string path) : spec_(spec), calendar_(calendar) {
  if (spec.stage_size() == 0)
    throw ScenarioError(path + ".stage", {"a contest needs a stage", "경연에는 단계가 있어야 합니다"},
                        {"add stage { stage: \"first\" teams: 5 cards_per_team: 500 }", "stage { stage: \"first\" teams: 5 cards_per_team: 500 }처럼 추가하십시오"});
  std::vector<TenantKind> kinds;
  for (const std::string& kind : spec.tenant_kind()) kinds.push_back(*tenant_kind_named(kind));  // one of the words the schema allows
  int teams = spec.applicants();
  double length_months = 0;
  for (int i = 0; i < spec.stage_size(); ++i) {
    const auto& stage = spec.stage(i);
    const std::string at = fmt::format("{}.stage[{}]", path, stage.stage());
    if (stage.wild_cards() > stage.teams())
      throw ScenarioError(at + ".wild_cards", {fmt::format("{} wild cards among {} teams", stage.wild_cards(), stage.teams()), fmt::format("{}팀 가운데 추가 선발이 {}팀입니다", stage.teams(), stage.wild_cards())}, {"wild cards are some of the teams of the stage", "wild_cards는 teams 이하로 하십시오"});
    if (i == 0 && stage.wild_cards() > 0)
      throw ScenarioError(at + ".wild_cards", {"the first stage has no wild cards: all its teams are new", "첫 단계는 모두 새 팀이라 추가 선발이 없습니다"}, {"set it for a later stage", "뒤 단계에 쓰십시오"});
    if (stage.teams() - stage.wild_cards() > teams)
      throw ScenarioError(at + ".teams", {fmt::format("{} teams are to stay, but there are only {}", stage.teams() - stage.wild_cards(), teams), i == 0 ? fmt::format("뽑을 팀이 {}팀인데 신청 팀은 {}팀뿐입니다", stage.teams(), teams) : fmt::format("남을 팀이 {}팀인데 앞 단계에는 {}팀뿐입니다", stage.teams() - stage.wild_cards(), teams)},
                          i == 0 ? Text{"raise applicants or lower the teams of the first stage", "applicants를 늘리거나 첫 단계의 팀 수를 줄이십시오"} : Text{"later stages have fewer teams, or wild cards", "뒤 단계의 팀 수를 줄이거나 wild_cards를 쓰십시오"});
    teams = stage.teams();
    length_months += stage.months();
  }
  const double repeat_months = spec.repeat_months();
  if (repeat_months > 0 && repeat_months < length_months - 1e-9)
    throw ScenarioError(path + ".repeat_months", {"a contest begins anew before the last one has ended", "앞선 경연이 끝나기 전에 새 경연이 시작됩니다"}, {"make it at least the months of all stages", "모든 단계의 개월 수 이상으로 하십시오"});
  const double first_s = begins(spec.begins(), calendar, path + ".begins");
  for (int edition = 0; edition == 0 || repeat_months > 0; ++edition) {
    double at_s = calendar.months_after_s(first_s, edition * repeat_months);
    if (at_s >= horizon_s) break;
    for (int i = 0; i < spec.stage_size(); ++i) {
      if (at_s >= horizon_s) {
        stages_after_end_ += spec.stage_size() - i;
        break;
      }
      const auto& stage = spec.stage(i);
      Round round{.call = edition == 0 ? stage.stage() : fmt::format("{}-{}", stage.stage(), edition + 1), .decided_s = at_s, .cards_on_offer = int(std::min<std::int64_t>(Round::kNoLimit, std::int64_t(stage.teams()) * stage.cards_per_team()))};
      round.newcomers = i == 0 ? spec.applicants() : stage.wild_cards() > 0 ? spec.applicants() : 0;
      round.kinds = kinds;
      if (i > 0) round.continues = rounds_.size() - 1;
      round.is_contest = true;
      round.stage = std::size_t(i);
      round.is_last_stage = i + 1 == spec.stage_size();
      if (round.is_last_stage) round.winner_payment_krw = spec.winner_payment_krw();
      round.ends_s = calendar.months_after_s(at_s, stage.months());
      if (std::any_of(rounds_.begin(), rounds_.end(), [&](const Round& each) { return each.call == round.call; }))
        throw ScenarioError(fmt::format("{}.stage[{}]", path, stage.stage()), {fmt::format("two stages are called \"{}\", counting repeated contests", round.call), fmt::format("반복하는 경연까지 세면 단계 이름 \"{}\"이(가) 둘입니다", round.call)},
                            {"give the stage another name, one that does not end in a number", "단계 이름을 숫자로 끝나지 않는 다른 이름으로 바꾸십시오"});
      rounds_.push_back(round);
      at_s = round.ends_s;
    }
  }
}

std::vector<Grant> TournamentProgramme::decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const {
  const auto& stage = spec_.stage(int(round.stage));
  // Teams of the stage before stand first; who has shown no model yet is a newcomer or comes last.
  std::vector<double> shown, promised;
  const bool evaluates = round.continues.has_value();
  for (const Application& each : applications) {
    const double z = jury.normal(0, 1);
    const bool stood = evaluates && each.continues;
    shown.push_back(!stood ? -std::numeric_limits<double>::infinity() : each.loss > 0 ? -each.loss + spec_.evaluation_noise() * z : -std::numeric_limits<double>::max());
    promised.push_back(stood ? -std::numeric_limits<double>::infinity() : each.merit + spec_.jury_noise() * z);
  }
  std::vector<std::size_t> chosen;
  const auto choose = [&](const std::vector<double>& scores, int count) {
    for (const std::size_t a : ranking(scores))
      if (count > 0 && scores[a] > -std::numeric_limits<double>::infinity()) chosen.push_back(a), --count;
  };
  if (evaluates) choose(shown, stage.teams() - stage.wild_cards());
  choose(promised, evaluates ? stage.wild_cards() : stage.teams());
  const double end_s = calendar_.months_after_s(round.decided_s, stage.months());
  std::vector<Grant> grants;
  int left = round.cards_on_offer;
  for (const std::size_t a : chosen)
    for (int cards = std::min(stage.cards_per_team(), left); cards > 0; cards = (cards - 1) / kServer_cards * kServer_cards)
      if (const auto pool = seat(applications[a], cards, end_s)) {
        left -= cards;
        grants.push_back({applications[a].project, *pool, cards, round.decided_s, end_s, 0});
        break;
      }
  return grants;
}

bool TournamentProgramme::admits(const Job& job, int cards_granted, double cards_in_use) const { return within_grant(job, cards_granted, cards_in_use); }

}  // namespace dure::sim
