#include "sim/engine/check_programme.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/supply_side.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {

void check_cap(int cap_cards, const proto::Projects& projects, const std::string& path) {
  if (cap_cards >= projects.cards_step()) return;
  throw ScenarioError(path,
                      {fmt::format("the cap of {} cards lies below the smallest project, which asks for {} cards", cap_cards, projects.cards_step()),
                       fmt::format("과제당 상한 {}장이 가장 작은 과제의 요청량 {}장보다 작습니다", cap_cards, projects.cards_step())},
                      {"raise the cap or lower workload.projects.cards_step", "상한을 올리거나 workload.projects.cards_step을 줄이십시오"});
}

/// Public cards that a rule may ever grant, by plan.
struct Offer {
  double share = 1;
  double most_cards = 0;
  double most_in_pool = 0;   // where a team's cards must lie
};

void check_teams(const proto::Tournament& contest, const proto::Projects& projects, const Offer& offer, const std::string& path) {
  const auto at_most = std::int64_t(offer.share * offer.most_cards + 1e-9);
  for (const proto::Stage& stage : contest.stage()) {
    const std::int64_t wanted = std::int64_t(stage.teams()) * stage.cards_per_team();
    if (wanted > at_most)
      throw ScenarioError(fmt::format("{}.stage[{}].cards_per_team", path, stage.stage()),
                          {fmt::format("stage \"{}\" wants {} x {} = {} cards, but the contest never has more than {}", stage.stage(), stage.teams(), stage.cards_per_team(), wanted, at_most),
                           fmt::format("단계 \"{}\"에 {} x {} = {}장이 필요한데 경연이 쓸 수 있는 카드는 많아야 {}장입니다", stage.stage(), stage.teams(), stage.cards_per_team(), wanted, at_most)},
                          {"fewer teams, fewer cards a team, or a larger share", "팀이나 팀당 카드를 줄이거나 몫을 늘리십시오"});
    if (stage.cards_per_team() > offer.most_in_pool)
      throw ScenarioError(fmt::format("{}.stage[{}].cards_per_team", path, stage.stage()),
                          {fmt::format("{} cards a team fit no site: a team works at one, and the largest has {} public cards of one type", stage.cards_per_team(), offer.most_in_pool),
                           fmt::format("팀당 카드 {}장이 들어갈 센터가 없습니다. 한 팀은 한 센터에서 일하는데 가장 큰 센터도 같은 종류의 공공 카드가 {}장입니다", stage.cards_per_team(), offer.most_in_pool)},
                          {"lower cards_per_team", "cards_per_team을 줄이십시오"});
    if (stage.cards_per_team() < projects.cards_step())
      throw ScenarioError(fmt::format("{}.stage[{}].cards_per_team", path, stage.stage()),
                          {fmt::format("{} cards a team lie below the smallest project, which asks for {} cards", stage.cards_per_team(), projects.cards_step()),
                           fmt::format("팀당 카드 {}장이 가장 작은 과제의 요청량 {}장보다 작습니다", stage.cards_per_team(), projects.cards_step())},
                          {"raise cards_per_team or lower workload.projects.cards_step", "cards_per_team을 올리거나 workload.projects.cards_step을 줄이십시오"});
  }
}

/// A rule: the programme itself, or a part of it.
template <class Holder>
void check_rule(const Holder& holder, const proto::Projects& projects, const Offer& offer, const std::string& path) {
  if (holder.has_call_rounds()) check_cap(holder.call_rounds().cap_cards(), projects, path + ".call_rounds.cap_cards");
  if (holder.has_tournament()) check_teams(holder.tournament(), projects, offer, path + ".tournament");
  if (!holder.has_priced()) return;
  check_cap(holder.priced().cap_cards(), projects, path + ".priced.cap_cards");
  if (holder.priced().auction() && !projects.has_response())
    throw ScenarioError(path + ".priced.auction", {"nobody in this run knows what cards are worth to them, so there are no bids", "이 실행에서는 신청자가 카드의 가치를 정하지 않아 입찰가가 없습니다"},
                        {"add response {} to workload.projects", "workload.projects에 response {}를 추가하십시오"});
}

}  // namespace

void check_programme(const proto::Scenario& scenario, const Fleet& fleet) {
  if (!scenario.workload().has_projects()) return;
  const proto::Projects& projects = scenario.workload().projects();
  Offer offer;
  for (const SupplyStep& step : public_supply(fleet, kOpenToAll)) offer.most_cards = std::max(offer.most_cards, double(step.cards));
  for (std::size_t i = 0; i < fleet.pools().size(); ++i)
    if (fleet.pools()[i].partition == kOpenToAll)
      for (const SupplyStep& step : public_supply(fleet, PoolId(i))) offer.most_in_pool = std::max(offer.most_in_pool, double(step.cards));
  check_rule(scenario.programme(), projects, offer, "programme");
  for (const proto::Part& part : scenario.programme().parts().part()) {
    offer.share = part.borrows() ? 1 : part.share();
    check_rule(part, projects, offer, fmt::format("programme.parts.part[{}]", part.part()));
  }
}

void check_applicants(const proto::Scenario& scenario, const Applicants& applicants, const Programme& programme) {
  for (const Round& round : programme.rounds())
    if (!applicants.has_kind(round.kinds))
      throw ScenarioError("programme", {fmt::format("call \"{}\" is for kinds of tenant that no archetype is", round.call), fmt::format("공모 \"{}\"의 대상 기관 유형에 해당하는 신청자가 없습니다", round.call)},
                          {"name a kind of workload.projects.archetype with an applicant_share above 0", "workload.projects.archetype에서 applicant_share가 0보다 큰 유형을 적으십시오"});
}

}  // namespace dure::sim
