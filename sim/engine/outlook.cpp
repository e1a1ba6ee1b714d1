#include "sim/engine/outlook.h"

#include <fmt/format.h>

#include <limits>

#include "sim/error.h"
#include "sim/scenario.pb.h"

namespace dure::sim {
namespace proto = ::dure;

void check_region_choice(const Facts& facts) {
  const proto::Scenario& scenario = facts.scenario;
  const proto::RegionChoice& choice = scenario.region_choice();
  const auto refuse = [](const char* field, Text what, Text remedy) { throw ScenarioError(std::string("region_choice.") + field, std::move(what), std::move(remedy)); };
  const bool by_price = choice.rule() == proto::CHEAPEST_POWER, by_carbon = choice.rule() == proto::LOWEST_CARBON;
  if ((by_price || by_carbon) && !scenario.has_power())
    refuse("rule", {"the rule asks what electricity costs or emits, and this run has no power model", "전기료나 배출량을 보는 규칙인데 이 실행에는 전력 모형이 없습니다"},
           {"add power { ... }, or choose another rule", "power { ... }를 더하거나 다른 규칙을 고르십시오"});
  if (const auto why = by_price ? no_price_reason(scenario.power()) : by_carbon ? no_carbon_reason(scenario.power()) : std::nullopt)
    refuse("rule", *why, {"add the table, or choose another rule", "표를 더하거나 다른 규칙을 고르십시오"});
  if (!choice.has_run_times_on()) return;
  for (const PoolFacts& pool : facts.fleet.pools())
    for (const CardTypeId card : {pool.card, *facts.fleet.find_card(choice.run_times_on())})
      if (facts.fleet.card(card).bf16_flop_per_s <= 0)
        refuse("run_times_on", {fmt::format("card {} has no bf16_tflops to compare run times by", facts.fleet.card(card).name), fmt::format("카드 {}에 실행 시간을 견줄 bf16_tflops가 없습니다", facts.fleet.card(card).name)},
               {"give bf16_tflops, or leave run_times_on out", "bf16_tflops를 주거나 run_times_on을 빼십시오"});
}

Outlook::Outlook(RunState& run, Meters& meters, const Backbone& backbone) : run_(run), meters_(meters), backbone_(backbone), rule_(run.scenario.region_choice()) {
  check_region_choice(run);
  if (run.scenario.region_choice().has_run_times_on())
    counted_flop_per_s_ = run.fleet.card(*run.fleet.find_card(run.scenario.region_choice().run_times_on())).bf16_flop_per_s;
}

void Outlook::describe(PoolChoice& choice, RegionId home, double data_bytes) const {
  choice.site = run_.fleet.pool(choice.pool).site;
  if (rule_.asks_price()) choice.krw_per_kwh = meters_.krw_per_it_kwh(choice.site).value_or(std::numeric_limits<double>::infinity());
  if (rule_.asks_carbon()) choice.carbon_kg_per_kwh = meters_.carbon_kg_per_it_kwh(choice.site).value_or(std::numeric_limits<double>::infinity());
  if (rule_.asks_transfer()) choice.transfer_s = data_bytes > 0 ? data_bytes * way_s_per_byte(home, choice.site) : 0;
}

double Outlook::run_factor(CardTypeId card, JobClassId job_class) const {
  if (!has_run_factors()) return 1;
  const double active = run_.population.job_classes[index(job_class)].active_fraction;
  return 1 - active + active * counted_flop_per_s_ / run_.fleet.card(card).bf16_flop_per_s;
}

double Outlook::relative_peak_time(CardTypeId card) const { return has_run_factors() ? counted_flop_per_s_ / run_.fleet.card(card).bf16_flop_per_s : 1; }

double Outlook::way_s_per_byte(RegionId from, SiteId to) const {
  const std::size_t sites = run_.fleet.sites().size();
  if (ways_.empty())
    for (std::size_t region = 0; region < backbone_.regions(); ++region)
      for (std::size_t site = 0; site < sites; ++site) {
        const auto path = backbone_.path(backbone_.region_city(region), backbone_.site_place(site));
        ways_.push_back(path ? 1 / backbone_.width_bytes_per_s(*path) : std::numeric_limits<double>::infinity());
      }
  return ways_[index(from) * sites + index(to)];
}

const std::vector<PoolId>& Outlook::nearest(RegionId home) const {
  nearest_.resize(backbone_.regions());
  std::vector<PoolId>& pools = nearest_[index(home)];
  if (!pools.empty()) return pools;
  std::vector<double> away_s;  // by site
  for (std::size_t site = 0; site < run_.fleet.sites().size(); ++site) {
    const auto path = backbone_.fastest_path(backbone_.region_city(index(home)), backbone_.site_place(site));
    away_s.push_back(path ? backbone_.latency_s(*path) : std::numeric_limits<double>::infinity());
  }
  for (std::size_t pool = 0; pool < run_.pools.size(); ++pool) pools.push_back(PoolId(pool));
  std::stable_sort(pools.begin(), pools.end(), [&](PoolId a, PoolId b) { return away_s[index(run_.fleet.pool(a).site)] < away_s[index(run_.fleet.pool(b).site)]; });
  return pools;
}

}  // namespace dure::sim
