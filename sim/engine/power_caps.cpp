#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/engine/meters.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {

/// The most that the nodes of a site ever draw together with nobody on them.
std::int64_t largest_base_mw(const Facts& facts, SiteId site, const std::vector<PoolWatts>& watts) {
  std::vector<std::pair<double, std::int64_t>> changes;
  for (const NodeFacts& node : facts.fleet.nodes()) {
    if (node.absent || facts.fleet.pool(node.pool).site != site || node.in_service_s >= std::min(node.retire_s, facts.horizon_s)) continue;
    const std::int64_t mw = watts[index(node.pool)].base_mw(node, facts.scenario.power().own_use_activity());
    changes.emplace_back(node.in_service_s, mw);
    changes.emplace_back(node.retire_s, -mw);
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t base_mw = 0, largest_mw = 0;
  for (const auto& [at_s, by_mw] : changes) largest_mw = std::max(largest_mw, base_mw += by_mw);
  return largest_mw;
}

/// The least that a card of the site adds with a job on it; 0: nobody may use one.
std::int64_t least_card_mw(const Facts& facts, SiteId site, const std::vector<PoolWatts>& watts) {
  std::optional<std::int64_t> least_mw;
  for (std::size_t pool = facts.fleet.site(site).pool_begin; pool < facts.fleet.site(site).pool_end; ++pool)
    for (std::size_t job_class = 0; job_class < facts.population.job_classes.size(); ++job_class)
      if (facts.may_use(JobClassId(job_class), PoolId(pool))) {
        const std::int64_t mw = watts[pool].draw_mw(facts.population.job_classes[job_class], kCard);
        least_mw = std::min(mw, least_mw.value_or(mw));
      }
  return least_mw.value_or(0);
}

}  // namespace

std::vector<std::optional<std::int64_t>> power_rooms(const Facts& facts) {
  std::vector<std::optional<std::int64_t>> rooms;
  const auto& sites = facts.scenario.site();
  if (std::none_of(sites.begin(), sites.end(), [](const proto::Site& site) { return site.has_power_cap_kw(); })) return rooms;
  const std::vector<PoolWatts> watts = pool_watts(facts);
  for (int i = 0; i < sites.size(); ++i) {
    rooms.emplace_back();
    if (!sites[i].has_power_cap_kw()) continue;
    const std::string path = fmt::format("site[{}].power_cap_kw", sites[i].site());
    if (!facts.scenario.has_power())
      throw ScenarioError(path, {"a cap on power needs the power model: without it nothing draws power", "전력 상한에는 전력 모형이 필요합니다. 모형이 없으면 전력을 쓰는 것이 없습니다"},
                          {"add power { }, or leave the cap out", "power { }를 넣거나 상한을 빼십시오"});
    const std::int64_t cap_mw = std::llround(sites[i].power_cap_kw() * 1e6), base_mw = largest_base_mw(facts, SiteId(i), watts);
    const auto kw = [](std::int64_t mw) { return double(mw) * 1e-6; };
    if (base_mw >= cap_mw)
      throw ScenarioError(path,
                          {fmt::format("the cap is {:.6g} kW, but the site's nodes draw up to {:.6g} kW with no job on them, so none could start", kw(cap_mw), kw(base_mw)),
                           fmt::format("상한은 {:.6g} kW인데 센터의 서버가 작업 없이도 최대 {:.6g} kW를 써서 어떤 작업도 시작할 수 없습니다", kw(cap_mw), kw(base_mw))},
                          {"raise the cap, or place fewer cards there", "상한을 높이거나 그 센터의 카드를 줄이십시오"});
    rooms.back() = cap_mw - base_mw;
    if (const std::int64_t card_mw = least_card_mw(facts, SiteId(i), watts); *rooms.back() < card_mw)
      throw ScenarioError(path,
                          {fmt::format("beside {:.6g} kW of idle nodes the cap leaves {:.6g} kW, and a card with a job on it adds at least {:.6g} kW, so none could start", kw(base_mw), kw(*rooms.back()), kw(card_mw)),
                           fmt::format("작업 없는 서버가 쓰는 {:.6g} kW를 빼면 {:.6g} kW가 남는데 작업 중인 카드는 한 장에 적어도 {:.6g} kW를 더 써서 어떤 작업도 시작할 수 없습니다", kw(base_mw), kw(*rooms.back()), kw(card_mw))},
                          {"raise the cap, or place fewer cards there", "상한을 높이거나 그 센터의 카드를 줄이십시오"});
  }
  return rooms;
}

}  // namespace dure::sim
