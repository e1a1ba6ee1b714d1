#include "sim/programme/call_rounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/error.h"
#include "sim/programme/grants.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

/// The cards a round has given away, in all and by quota.
struct Account {
  int left;
  std::vector<int> used;
};

}  // namespace

CallRoundsProgramme::CallRoundsProgramme(const dure::CallRounds& spec, const UserPrice& price, const Calendar& calendar, double horizon_s,
                                         std::span<const std::string> regions, const std::string& at)
    : spec_(spec), price_(price), calendar_(calendar) {
  if (spec.call_size() == 0)
    throw ScenarioError(
        at + ".call",
        {"call_rounds has no call, so nobody would ever get cards", "call_rounds에 공모가 없어 아무도 카드를 받지 못합니다"},
        {"add call { call: \"2026-03\" decided: \"2026-03-01\" }", "call { call: \"2026-03\" decided: \"2026-03-01\" }처럼 추가하십시오"});
  if (spec.cap_cards() < 1)
    throw ScenarioError(at + ".cap_cards",
                        {fmt::format("cap_cards is {}; a project must be able to get a card", spec.cap_cards()),
                         fmt::format("cap_cards가 {}입니다. 과제가 카드를 한 장은 받을 수 있어야 합니다", spec.cap_cards())});
  if (spec.min_months() > spec.max_months())
    throw ScenarioError(
        at + ".min_months",
        {fmt::format("the shortest term ({} months) is longer than the longest ({} months)", spec.min_months(), spec.max_months()),
         fmt::format("최단 배정 기간({}개월)이 최장 배정 기간({}개월)보다 깁니다", spec.min_months(), spec.max_months())});
  for (const auto& call : spec.call()) {
    const std::string path = fmt::format("{}.call[{}]", at, call.call());
    if (std::any_of(rounds_.begin(), rounds_.end(), [&](const Round& round) { return round.call == call.call(); }))
      throw ScenarioError(
          path, {fmt::format("call \"{}\" is given twice", call.call()), fmt::format("공모 \"{}\"이(가) 두 번 나옵니다", call.call())});
    const double decided_s = calendar.at_s(parse_date(call.decided()));
    if (decided_s < 0)
      throw ScenarioError(path + ".decided",
                          {fmt::format("call \"{}\" is decided on {}, before the run begins on {}", call.call(), call.decided(),
                                       to_string(calendar.first_day())),
                           fmt::format("공모 \"{}\"의 배정일 {}이(가) 모의 시작일 {}보다 앞섭니다", call.call(), call.decided(),
                                       to_string(calendar.first_day()))},
                          {"move the call or begin the run earlier", "배정일을 옮기거나 모의 시작일을 앞당기십시오"});
    if (call.has_cards() && call.cards() < 1)
      throw ScenarioError(path + ".cards",
                          {fmt::format("call \"{}\" offers {} cards", call.call(), call.cards()),
                           fmt::format("공모 \"{}\"의 카드 수가 {}입니다", call.call(), call.cards())},
                          {"leave the field out to offer what is free", "남는 카드를 모두 내놓으려면 이 항목을 지우십시오"});
    if (call.has_max_months() && call.max_months() < spec.min_months())
      throw ScenarioError(path + ".max_months", {fmt::format("call \"{}\": its longest term ({} months) is shorter than min_months ({})",
                                                             call.call(), call.max_months(), spec.min_months()),
                                                 fmt::format("공모 \"{}\": 최장 기간({}개월)이 min_months({}개월)보다 짧습니다",
                                                             call.call(), call.max_months(), spec.min_months())});
    if (decided_s >= horizon_s) continue;  // a shorter run has fewer calls
    rounds_.push_back({.call = call.call(), .decided_s = decided_s, .cards_on_offer = call.has_cards() ? call.cards() : Round::kNoLimit});
  }
  std::stable_sort(rounds_.begin(), rounds_.end(), [](const Round& a, const Round& b) { return a.decided_s < b.decided_s; });
  double reserved = 0;
  for (const auto& quota : spec.quota()) {
    groups_.push_back(group_of(quota, regions, at));
    reserved += groups_.back().reserved_share;
  }
  if (reserved > 1 + 1e-9)
    throw ScenarioError(at + ".quota", {fmt::format("the quotas reserve {:.4g} of the cards on offer, more than there are", reserved),
                                          fmt::format("쿼터의 우선 배정 몫 합이 {:.4g}로 1을 넘습니다", reserved)},
                        {"lower a reserved_share", "reserved_share를 줄이십시오"});
}

CallRoundsProgramme::Group CallRoundsProgramme::group_of(const dure::Quota& quota, std::span<const std::string> regions, const std::string& at) const {
  const std::string path = fmt::format("{}.quota[{}]", at, quota.quota());
  Group group;
  group.reserved_share = quota.reserved_share();
  group.at_most_share = quota.at_most_share();
  for (const auto& [field, share] : {std::pair{".reserved_share", group.reserved_share}, std::pair{".at_most_share", group.at_most_share}})
    if (!(share >= 0 && share <= 1))
      throw ScenarioError(path + field, {fmt::format("quota \"{}\": {:.4g} is no share between 0 and 1", quota.quota(), share),
                                         fmt::format("쿼터 \"{}\": {:.4g}은(는) 0과 1 사이의 몫이 아닙니다", quota.quota(), share)});
  if (group.reserved_share > group.at_most_share)
    throw ScenarioError(path + ".reserved_share", {fmt::format("quota \"{}\" reserves more than the most its group may get", quota.quota()),
                                                   fmt::format("쿼터 \"{}\"의 우선 배정 몫이 최대 배정 몫보다 큽니다", quota.quota())});
  group.kinds.fill(quota.tenant_kind_size() == 0);
  for (const auto& name : quota.tenant_kind()) {
    const auto kind = tenant_kind_named(name);
    if (!kind)
      throw ScenarioError(path + ".tenant_kind",
                          {fmt::format("\"{}\" is no kind of tenant", name), fmt::format("\"{}\"은(는) 기관 유형이 아닙니다", name)},
                          {fmt::format("one of {}", fmt::join(kTenantKindNames, ", ")),
                           fmt::format("{} 중 하나를 쓰십시오", fmt::join(kTenantKindNames, ", "))});
    group.kinds[std::size_t(*kind)] = true;
  }
  group.regions.assign(regions.size(), quota.region_size() == 0);
  for (const auto& name : quota.region()) {
    const auto known = std::find(regions.begin(), regions.end(), name);
    if (known == regions.end())
      throw ScenarioError(path + ".region",
                          {fmt::format("there is no region \"{}\"", name), fmt::format("권역 \"{}\"이(가) 없습니다", name)});
    group.regions[std::size_t(known - regions.begin())] = true;
  }
  return group;
}

std::vector<Grant> CallRoundsProgramme::decide(const Round& round, std::span<const Application> applications, const Seat& seat,
                                               Random& jury) const {
  SIM_CHECK(groups_.empty() || round.cards_on_offer != Round::kNoLimit, "quotas are shares of an offer nobody named");
  std::vector<double> score;
  score.reserve(applications.size());
  for (const Application& application : applications) score.push_back(application.merit + spec_.jury_noise() * jury.normal(0, 1));
  std::vector<std::size_t> ranking(applications.size());
  std::iota(ranking.begin(), ranking.end(), std::size_t{0});
  std::stable_sort(ranking.begin(), ranking.end(), [&](std::size_t a, std::size_t b) { return score[a] > score[b]; });

  double max_months = spec_.max_months();
  for (const auto& call : spec_.call())
    if (call.call() == round.call && call.has_max_months()) max_months = call.max_months();

  Account account{round.cards_on_offer, std::vector<int>(groups_.size(), 0)};
  const auto cards_of_share = [&](double share) { return static_cast<int>(share * round.cards_on_offer + 1e-9); };
  std::vector<bool> settled(applications.size(), false);
  std::vector<Grant> grants;
  const auto try_grant = [&](std::size_t a) {
    const Application& application = applications[a];
    const int wanted = std::min(application.cards, spec_.cap_cards());
    int room = std::min(wanted, account.left);
    for (std::size_t g = 0; g < groups_.size(); ++g)
      if (groups_[g].has(application)) room = std::min(room, cards_of_share(groups_[g].at_most_share) - account.used[g]);
    const double least = std::max(1.0, spec_.min_grant_share() * wanted);
    if (room < wanted) room = room / spec_.grant_step() * spec_.grant_step();
    const double end_s = calendar_.months_after_s(round.decided_s, std::clamp(application.months, spec_.min_months(), max_months));
    for (int cards = room; cards >= least; cards = (cards - 1) / spec_.grant_step() * spec_.grant_step()) {
      const auto pool = seat(application, cards, end_s);
      if (!pool) continue;
      settled[a] = true;
      account.left -= cards;
      for (std::size_t g = 0; g < groups_.size(); ++g)
        if (groups_[g].has(application)) account.used[g] += cards;
      grants.push_back({application.project, *pool, cards, round.decided_s, end_s, price_.krw_per_card_hour(application.kind)});
      return;
    }
  };

  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const int reserve = cards_of_share(groups_[g].reserved_share);
    for (const std::size_t a : ranking) {
      const bool fits = std::min(applications[a].cards, spec_.cap_cards()) <= reserve - account.used[g];
      if (fits && !settled[a] && groups_[g].has(applications[a])) try_grant(a);
    }
  }
  for (const std::size_t a : ranking)
    if (!settled[a] && account.left > 0) try_grant(a);
  return grants;
}

bool CallRoundsProgramme::admits(const Job& job, int cards_granted, double cards_in_use) const { return within_grant(job, cards_granted, cards_in_use); }

}  // namespace dure::sim
