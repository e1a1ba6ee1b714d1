#include "sim/engine/check_programme.h"

#include <fmt/format.h>

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

void check_teams(const proto::Tournament& contest, const proto::Projects& projects, const std::string& path) {
  for (const proto::Stage& stage : contest.stage())
    if (stage.cards_per_team() < projects.cards_step())
      throw ScenarioError(fmt::format("{}.stage[{}].cards_per_team", path, stage.stage()),
                          {fmt::format("{} cards a team lie below the smallest project, which asks for {} cards", stage.cards_per_team(), projects.cards_step()),
                           fmt::format("팀당 카드 {}장이 가장 작은 과제의 요청량 {}장보다 작습니다", stage.cards_per_team(), projects.cards_step())},
                          {"raise cards_per_team or lower workload.projects.cards_step", "cards_per_team을 올리거나 workload.projects.cards_step을 줄이십시오"});
}

/// A rule: the programme itself, or a part of it.
template <class Holder>
void check_rule(const Holder& holder, const proto::Projects& projects, const std::string& path) {
  if (holder.has_call_rounds()) check_cap(holder.call_rounds().cap_cards(), projects, path + ".call_rounds.cap_cards");
  if (holder.has_tournament()) check_teams(holder.tournament(), projects, path + ".tournament");
  if (!holder.has_priced()) return;
  check_cap(holder.priced().cap_cards(), projects, path + ".priced.cap_cards");
  if (holder.priced().auction() && !projects.has_response())
    throw ScenarioError(path + ".priced.auction", {"nobody in this run knows what cards are worth to them, so there are no bids", "이 실행에서는 신청자가 카드의 가치를 정하지 않아 입찰가가 없습니다"},
                        {"add response {} to workload.projects", "workload.projects에 response {}를 추가하십시오"});
}

}  // namespace

void check_programme(const proto::Scenario& scenario) {
  if (!scenario.workload().has_projects()) return;
  const proto::Projects& projects = scenario.workload().projects();
  check_rule(scenario.programme(), projects, "programme");
  for (const proto::Part& part : scenario.programme().parts().part()) check_rule(part, projects, fmt::format("programme.parts.part[{}]", part.part()));
}

}  // namespace dure::sim
