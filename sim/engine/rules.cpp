#include "sim/engine/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/calls.h"
#include "sim/engine/supply_side.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"
#include "sim/workload/archetypes.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {

/// The open pool of a site and card type that a reservation means.
PoolId reserved_pool(const Facts& facts, const proto::CardReservation& reservation, const std::string& path) {
  std::vector<PoolId> pools;
  for (std::size_t i = 0; i < facts.fleet.pools().size(); ++i) {
    const PoolFacts& pool = facts.fleet.pools()[i];
    if (facts.names.pool_site[i] == reservation.site() && pool.partition == kOpenToAll && (!reservation.has_card() || facts.names.pool_card[i] == reservation.card()))
      pools.push_back(PoolId(i));
  }
  if (pools.empty())
    throw ScenarioError(path, {fmt::format("site \"{}\" never has such cards that are open to all", reservation.site()), fmt::format("센터 \"{}\"에는 조건에 맞는 공용 카드가 없습니다", reservation.site())},
                        {"name another site or card type", "다른 센터나 카드 종류를 적으십시오"});
  if (pools.size() > 1)
    throw ScenarioError(path, {fmt::format("site \"{}\" has several card types", reservation.site()), fmt::format("센터 \"{}\"에는 카드 종류가 여럿입니다", reservation.site())},
                        {"say which with card", "card로 종류를 적으십시오"});
  return pools.front();
}

/// Tenants that answer to calls come to be as the run goes, named kind-00001 and so on.
std::vector<Newcomers> applicants_of(const Facts& facts) {
  std::vector<Newcomers> comers;
  if (!facts.scenario.workload().has_projects()) return comers;
  const std::vector<DemandRegion> regions = demand_regions(facts.scenario);
  for (const ApplicantKind& kind : make_applicant_kinds(facts.scenario.workload().projects())) {
    const auto called = [prefix = std::string(kTenantKindNames[std::size_t(kind.kind)]) + "-"](const std::string& name) {
      if (!name.starts_with(prefix)) return false;
      const std::string_view number = std::string_view(name).substr(prefix.size());
      return number.size() >= 5 && (number.size() == 5 || number[0] != '0') && number != "00000" && std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    for (std::size_t region = 0; region < regions.size(); ++region)
      if (kind.applicant_share > 0 && regions[region].demand_share > 0) comers.push_back({kind.kind, RegionId(region), called});
  }
  return comers;
}

void check_tenant(const Facts& facts, const std::string& name, const std::string& path) {
  const auto& tenants = facts.population.tenants;
  if (std::any_of(tenants.begin(), tenants.end(), [&](const Tenant& each) { return each.name == name; })) return;
  if (facts.scenario.workload().has_projects()) {
    const std::vector<Newcomers> comers = applicants_of(facts);
    if (std::any_of(comers.begin(), comers.end(), [&](const Newcomers& each) { return each.called(name); })) return;
    throw ScenarioError(path, {fmt::format("no tenant of the run will be called \"{}\"", name), fmt::format("\"{}\"(이)라는 기관은 이 실행에 생기지 않습니다", name)},
                        {"applicants are called startup-00001 and the like; for a group use tenant_kind", "신청 기관의 이름은 startup-00001과 같습니다. 집단은 tenant_kind로 적으십시오"});
  }
  throw ScenarioError(path, {fmt::format("no tenant of the run is \"{}\"", name), fmt::format("\"{}\"(이)라는 기관이 없습니다", name)},
                      {"name a tenant as the workload or the log does", "워크로드나 기록에 나오는 기관 이름을 적으십시오"});
}

OwnerGroup owners_of(const Facts& facts, const proto::CardReservation& reservation, const std::string& path) {
  OwnerGroup owners;
  if (reservation.job_class().empty() && reservation.tenant().empty())
    throw ScenarioError(path, {"the reservation is for nobody", "예약의 대상이 없습니다"}, {"give job_class or tenant", "job_class나 tenant를 적으십시오"});
  for (const std::string& name : reservation.job_class())
    for (std::size_t i = 0; i < facts.population.job_classes.size(); ++i)
      if (facts.population.job_classes[i].name == name) owners.classes.push_back(JobClassId(i));
  for (const std::string& name : reservation.tenant()) {
    check_tenant(facts, name, path + ".tenant");
    owners.tenants.push_back(name);
  }
  return owners;
}

}  // namespace

ReservationPlan plan_reservations(const Facts& facts) {
  ReservationPlan plan;
  for (const proto::CardReservation& each : facts.scenario.scheduler().reservation()) {
    const std::string path = fmt::format("scheduler.reservation[{}]", each.reservation());
    const double from_s = facts.calendar.at_s(parse_date(each.from())) + each.from_hour() * kHour_s;
    const double until_s = facts.calendar.at_s(parse_date(each.until())) + each.until_hour() * kHour_s;
    if (until_s <= from_s)
      throw ScenarioError(path + ".until", {"the reservation ends before it begins", "예약이 시작하기 전에 끝납니다"}, {"set until after from", "until을 from보다 뒤로 하십시오"});
    if (from_s >= facts.horizon_s || until_s <= 0)
      throw ScenarioError(path + ".from", {"the reservation lies outside the days that are simulated", "예약이 모의 기간 밖에 있습니다"},
                          {"move it, or set end_date later", "예약을 옮기거나 end_date를 늦추십시오"});
    const PoolId pool = reserved_pool(facts, each, path);
    double most_cards = 0;
    for (const SupplyStep& step : public_supply(facts.fleet, pool))
      if (step.from_s < facts.horizon_s) most_cards = std::max(most_cards, step.cards);
    if (each.cards() > most_cards)
      throw ScenarioError(path + ".cards", {fmt::format("{} cards are reserved but the site never has more than {:.0f}", each.cards(), most_cards),
                                            fmt::format("카드 {}장을 예약했지만 센터의 카드는 많아야 {:.0f}장입니다", each.cards(), most_cards)},
                          {"reserve fewer", "예약 카드 수를 줄이십시오"});
    const OwnerGroup owners = owners_of(facts, each, path);
    auto group = std::find(plan.owners.begin(), plan.owners.end(), owners);
    if (group == plan.owners.end()) group = plan.owners.insert(group, owners);
    if (plan.owners.size() > std::size_t(kOwnerGroups))
      throw ScenarioError(path, {fmt::format("reservations are for more than {} different groups", kOwnerGroups), fmt::format("예약 대상 집단이 {}개를 넘습니다", kOwnerGroups)},
                          {"let reservations share their classes and tenants", "예약들이 같은 부류와 기관을 쓰게 하십시오"});
    int together = each.cards();
    for (const PoolReservation& other : plan.reservations)
      if (other.pool == pool && other.kept.from_s < until_s && from_s < other.kept.until_s) together += other.kept.cards;
    if (together > most_cards)
      throw ScenarioError(path + ".cards", {fmt::format("reservations that overlap with it take {} cards, but the site never has more than {:.0f}", together, most_cards),
                                            fmt::format("겹치는 예약을 더하면 카드 {}장인데 센터의 카드는 많아야 {:.0f}장입니다", together, most_cards)},
                          {"reserve fewer, or at other times", "예약 카드 수를 줄이거나 시간을 옮기십시오"});
    plan.reservations.push_back({pool, {from_s, until_s, each.cards(), std::uint16_t(1 << (group - plan.owners.begin()))}});
  }
  return plan;
}

std::unique_ptr<Quotas> make_quotas(const Facts& facts) {
  const proto::Scheduler& scheduler = facts.scenario.scheduler();
  if (!scheduler.has_quotas()) return nullptr;
  if (facts.scenario.workload().has_projects())
    for (const auto& quota : scheduler.quotas().quota())
      if (quota.has_tenant()) check_tenant(facts, quota.tenant(), fmt::format("scheduler.quotas.quota[{}].tenant", quota.quota()));
  return std::make_unique<Quotas>(scheduler.quotas(), facts.population.tenants, facts.names.regions, applicants_of(facts));
}

void check_call_quotas(const Facts& facts) {
  if (!facts.scenario.workload().has_projects()) return;
  const std::vector<Newcomers> comers = applicants_of(facts);
  const auto check = [&](const auto& holder, const std::string& at) {
    if (!holder.has_call_rounds()) return;
    for (const proto::Quota& quota : holder.call_rounds().quota()) {
      const auto names = [](const auto& list, std::string_view name) { return list.empty() || std::find(list.begin(), list.end(), name) != list.end(); };
      if (std::any_of(comers.begin(), comers.end(), [&](const Newcomers& each) {
            return names(quota.tenant_kind(), kTenantKindNames[std::size_t(each.kind)]) && names(quota.region(), facts.names.regions[index(each.region)]);
          }))
        continue;
      throw ScenarioError(fmt::format("{}.call_rounds.quota[{}]", at, quota.quota()),
                          {"nobody of these kinds and regions ever applies, so the cards would be kept for nobody", "이 종류와 권역에서는 아무도 신청하지 않아 카드를 따로 두어도 받을 기관이 없습니다"},
                          {"name a kind of workload.projects.archetype with an applicant_share above 0 and a region with a demand_share above 0",
                           "workload.projects.archetype에서 applicant_share가 0보다 큰 종류와 demand_share가 0보다 큰 권역을 적으십시오"});
    }
  };
  check(facts.scenario.programme(), "programme");
  for (const proto::Part& part : facts.scenario.programme().parts().part()) check(part, fmt::format("programme.parts.part[{}]", part.part()));
}

}  // namespace dure::sim
