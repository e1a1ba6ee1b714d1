#include "sim/engine/run_state.h"

#include <algorithm>

#include "sim/scenario.pb.h"
#include "sim/workload/job_classes.h"

namespace dure::sim {
namespace proto = ::dure;

double horizon_of(const proto::Scenario& scenario, const Calendar& calendar) {
  return scenario.has_end_date() ? calendar.at_s(parse_date(scenario.end_date())) : scenario.horizon_s();
}

Facts::Facts(const proto::Scenario& given, Seed chance)
    : scenario(given), seed(chance), calendar(parse_date(given.start_date())), horizon_s(horizon_of(given, calendar)), fleet(given, calendar, chance) {
  population.job_classes = make_job_classes(scenario.job_class());
  for (const proto::Region& region : scenario.region()) {
    names.regions.push_back(region.region());
    region_share.push_back(region.demand_share());
  }
  for (const SiteFacts& site : fleet.sites()) names.sites.push_back(site.name);
  for (const CardFacts& card : fleet.cards()) names.cards.push_back(card.name);
  for (const PoolFacts& pool : fleet.pools()) {
    names.pool_site.push_back(names.sites[index(pool.site)]);
    names.pool_card.push_back(names.cards[index(pool.card)]);
  }
}

RunState::RunState(const proto::Scenario& given, Seed chance, ResultsFile* file) : Facts(given, chance) {
  std::vector<Clock::Line> storage;
  for (const SiteFacts& site : fleet.sites()) storage.push_back(clock.add_line("storage/" + site.name, site.storage_bytes_per_s, 0));
  nodes.resize(fleet.nodes().size());
  pools.reserve(fleet.pools().size());
  for (const PoolFacts& facts : fleet.pools()) {
    pools.emplace_back(facts.cards_per_node, ::dure::sim::Placement{scenario.placement().same_leaf()}, make_scheduler(scenario.scheduler()));
    for (std::size_t node = facts.node_begin; node < facts.node_end; ++node)
      nodes[node].host = clock.add_node(int(facts.site), storage[index(facts.site)]);
  }
  recorder = std::make_unique<Recorder>(file, names, population.tenants, population.job_classes);
}

}  // namespace dure::sim
