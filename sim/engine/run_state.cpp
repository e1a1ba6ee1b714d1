#include "sim/engine/run_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/engine/futures.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/workload/job_classes.h"

namespace dure::sim {
namespace proto = ::dure;

double horizon_of(const proto::Scenario& scenario, const Calendar& calendar) {
  return scenario.has_end_date() ? calendar.at_s(parse_date(scenario.end_date())) : scenario.horizon_s();
}

namespace {
/// The partition each class of jobs names; one that no tranche has would leave its jobs waiting for ever.
std::vector<PartitionId> partitions_of(const std::vector<JobClass>& classes, const Fleet& fleet, bool with_projects) {
  std::vector<PartitionId> partitions;
  for (const JobClass& job_class : classes) {
    const std::string path = fmt::format("job_class[{}].partition", job_class.name);
    const auto partition = fleet.find_partition(job_class.partition);
    if (!partition)
      throw ScenarioError(path,
                          {fmt::format("no tranche has the partition \"{}\"", job_class.partition), fmt::format("파티션 \"{}\"을(를) 가진 카드 묶음이 없습니다", job_class.partition)},
                          {"name it in a tranche (partition: ...), or leave the field out", "tranche에 partition으로 적거나 이 필드를 빼십시오"});
    if (with_projects && *partition != kOpenToAll)
      throw ScenarioError(path,
                          {"projects work on the cards of their grants, which are open to all: a class with a partition cannot be theirs",
                           "과제는 공모로 배정된 열린 카드에서만 일하므로 파티션을 지정한 작업 부류를 쓸 수 없습니다"},
                          {"leave the partition out of the classes of a scenario with projects", "과제가 있는 시나리오에서는 작업 부류의 partition을 빼십시오"});
    partitions.push_back(*partition);
  }
  return partitions;
}
}  // namespace

Facts::Facts(const proto::Scenario& given, Seed chance)
    : scenario(given), seed(chance), calendar(parse_date(given.start_date())), horizon_s(horizon_of(given, calendar)), fleet(given, calendar, chance) {
  population.job_classes = make_job_classes(scenario.job_class());
  class_partition = partitions_of(population.job_classes, fleet, scenario.workload().has_projects());
  for (const proto::Region& region : scenario.region()) {
    names.regions.push_back(region.region());
    region_share.push_back(region.demand_share());
  }
  for (const SiteFacts& site : fleet.sites()) names.sites.push_back(site.name);
  for (const CardFacts& card : fleet.cards()) names.cards.push_back(card.name);
  for (const PoolFacts& pool : fleet.pools()) {
    names.pool_site.push_back(names.sites[index(pool.site)]);
    names.pool_card.push_back(names.cards[index(pool.card)]);
    names.pool_partition.push_back(fleet.partitions()[index(pool.partition)]);
  }
}

bool Facts::planning() const { return scenario.fidelity() == proto::Scenario::PLANNING; }

std::vector<std::size_t> Facts::regions_with_cards() const {
  std::vector<std::size_t> regions;
  for (std::size_t region = 0; region < names.regions.size() && names.regions.size() > 1; ++region)
    if (std::any_of(fleet.sites().begin(), fleet.sites().end(), [&](const SiteFacts& site) { return index(site.region) == region && site.pool_begin < site.pool_end; })) regions.push_back(region);
  return regions;
}

int Facts::largest_job_cards(PoolId id) const {
  const PoolFacts& pool = fleet.pool(id);
  if (!scenario.placement().one_leaf_only()) return pool.largest_job_cards;
  return std::min(pool.largest_job_cards, scenario.site(int(index(pool.site))).nodes_per_leaf() * pool.cards_per_node);
}

RunState::RunState(const proto::Scenario& given, Seed chance, ResultsFile* file, Futures* others) : Facts(given, chance), futures(others) {
  if (futures != nullptr) fleet = futures->now().fleet;
  std::vector<Clock::Line> storage;
  for (const SiteFacts& site : fleet.sites()) storage.push_back(clock.add_line("storage/" + site.name, site.storage_bytes_per_s, 0));
  nodes.resize(fleet.nodes().size());
  pools.reserve(fleet.pools().size());
  const auto book = make_tenant_book(scenario.scheduler());
  for (const PoolFacts& facts : fleet.pools()) {
    pools.emplace_back(facts.cards_per_node, make_placement(scenario.placement()), make_scheduler(scenario.scheduler(), {book, facts.card}));
    if (scenario.scheduler().has_preemption()) pools.back().cards.allow_preemption(scenario.scheduler().preemption());
    pools.back().spares_wanted = scenario.site(int(index(facts.site))).hot_spare_nodes();
    for (std::size_t node = facts.node_begin; node < facts.node_end; ++node)
      nodes[node].host = clock.add_node(int(facts.site), storage[index(facts.site)], fleet.nodes()[node].cards);
  }
  recorder = std::make_unique<Recorder>(file, names, population, horizon_s, planning());
}

}  // namespace dure::sim
