#include "sim/engine/sources.h"

#include <algorithm>
#include <limits>

#include "sim/engine/meters.h"
#include "sim/engine/supply_side.h"
#include "sim/scenario.pb.h"
#include "sim/workload/counts_source.h"
#include "sim/workload/open_queue.h"
#include "sim/workload/steady.h"
#include "sim/workload/tenants.h"
#include "sim/workload/trace_source.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {
/// Cards of the largest pool that a class may use: no job of it may ask for more. Of one card type, or of any.
int largest_job_cards(const Facts& facts, JobClassId job_class, CardTypeId card = kAnyCardType) {
  int cards = 0;
  for (std::size_t i = 0; i < facts.fleet.pools().size(); ++i) {
    const PoolFacts& pool = facts.fleet.pools()[i];
    if (facts.may_use(job_class, PoolId(i)) && (card == kAnyCardType || card == pool.card)) cards = std::max(cards, facts.largest_job_cards(PoolId(i)));
  }
  return cards;
}

/// Cards a class may use, over time.
Supply supply_of(const Facts& facts, JobClassId job_class) {
  Supply supply;
  for (const SupplyStep& step : public_supply(facts.fleet, facts.class_partition[index(job_class)])) supply.steps.push_back({step.from_s, step.cards});
  supply.largest_job_cards = largest_job_cards(facts, job_class);
  return supply;
}
}  // namespace

std::vector<std::unique_ptr<Source>> make_sources(Facts& facts, const std::string& scenario_folder) {
  std::vector<std::unique_ptr<Source>> sources;
  const proto::Workload& workload = facts.scenario.workload();
  if (workload.has_steady()) {
    Supply supply = supply_of(facts, job_class_named(facts.population, workload.steady().job_class(), "workload.steady.job_class"));
    const bool ever = std::any_of(supply.steps.begin(), supply.steps.end(), [&](const Supply::Step& step) { return step.cards > 0 && step.from_s < facts.horizon_s; });
    // Supply that was asked for may come after the run: then nobody has anything to submit to.
    if (ever || !facts.scenario.has_grid()) sources.push_back(std::make_unique<Steady>(workload.steady(), facts.seed, std::move(supply), facts.horizon_s, facts.region_share, facts.population));
  }
  if (workload.has_open_queue())
    sources.push_back(std::make_unique<OpenQueue>(workload.open_queue(), facts.seed, facts.calendar, facts.horizon_s,
                                                  [&facts](JobClassId job_class) { return largest_job_cards(facts, job_class); }, facts.region_share, facts.population));
  if (workload.has_trace()) {
    TraceJobs trace = read_trace(workload.trace(), scenario_folder, facts.calendar, facts.horizon_s);
    auto source = std::make_unique<TraceSource>(workload.trace(), std::move(trace), facts.names.cards,
                                                [&facts](JobClassId job_class, CardTypeId card) { return largest_job_cards(facts, job_class, card); },
                                                facts.region_share, facts.population);
    facts.trace_report = source->report();
    sources.push_back(std::move(source));
  }
  if (workload.has_tenant_counts()) {
    CountsBefore counts = read_counts(workload.tenant_counts(), scenario_folder, facts.calendar);
    facts.trace_report = counts.log.report;
    const JobClassId job_class = job_class_named(facts.population, workload.tenant_counts().job_class(), "workload.tenant_counts.job_class");
    sources.push_back(std::make_unique<CountsSource>(workload.tenant_counts(), std::move(counts), facts.seed, facts.horizon_s, largest_job_cards(facts, job_class), facts.region_share, facts.population));
  }
  return sources;
}

std::unique_ptr<Batching> make_batching(Facts& facts) {
  std::vector<Batching::Limit> limits;
  const auto rooms_mw = power_rooms(facts);
  const std::vector<PoolWatts> watts = pool_watts(facts);
  const auto within_room = [&](std::size_t pool, const JobClass& job_class) {  // cards of a job that the site's cap on power could hold
    const std::size_t site = index(facts.fleet.pools()[pool].site);
    if (rooms_mw.empty() || !rooms_mw[site]) return std::numeric_limits<int>::max();
    const std::int64_t card_mw = std::max<std::int64_t>(1, watts[pool].draw_mw(job_class, kCard));
    return int(std::clamp<std::int64_t>(*rooms_mw[site] / card_mw, 1, std::numeric_limits<int>::max()));
  };
  for (std::size_t job_class = 0; job_class < facts.population.job_classes.size(); ++job_class) {
    Batching::Limit limit{0, std::numeric_limits<int>::max()};
    for (std::size_t i = 0; i < facts.fleet.pools().size(); ++i)
      if (facts.may_use(JobClassId(job_class), PoolId(i))) {
        const int node_cards = facts.fleet.pools()[i].cards_per_node;
        limit.small_below = limit.small_below == 0 ? node_cards : std::min(limit.small_below, node_cards);
        limit.widest = std::min({limit.widest, node_cards, facts.largest_job_cards(PoolId(i)), within_room(i, facts.population.job_classes[job_class])});
      }
    limits.push_back(limit);
  }
  const proto::Scheduler& scheduler = facts.scenario.scheduler();
  const bool reserved = std::any_of(scheduler.reservation().begin(), scheduler.reservation().end(), [](const proto::CardReservation& each) { return each.tenant_size() > 0; });
  const bool tell_apart = scheduler.has_quotas() || scheduler.has_fair_share() || scheduler.has_dominant_resource() || reserved;
  return std::make_unique<Batching>(std::move(limits), Batching::Rules{scheduler.has_quotas(), tell_apart}, facts.population);
}

std::shared_ptr<const ModelTimes> make_model_times(const Facts& facts) {
  const proto::Projects& projects = facts.scenario.workload().projects();
  if (projects.model_work().empty()) return nullptr;
  std::vector<Accelerator> timed;
  std::vector<CardChoice> cards;
  for (const proto::CardType& card : facts.scenario.card()) {
    cards.emplace_back().name = card.card();
    if (card.memory_gb() <= 0 || card.memory_tb_per_s() <= 0) continue;
    const auto node = std::find_if(facts.scenario.node().begin(), facts.scenario.node().end(), [&](const proto::NodeType& each) { return each.card() == card.card(); });
    timed.push_back(accelerator(card, node == facts.scenario.node().end() ? nullptr : &*node));
  }
  share_published_products(timed);
  for (const proto::MeasuredCard& measured : facts.scenario.measured_card())
    if (const auto card = std::find_if(timed.begin(), timed.end(), [&](const Accelerator& each) { return each.name == measured.card(); }); card != timed.end())
      rest_on(*card, std::make_shared<proto::MeasuredCard>(measured));
  for (std::size_t i = 0; i < cards.size(); ++i) {
    const auto card = std::find_if(timed.begin(), timed.end(), [&](const Accelerator& each) { return each.name == cards[i].name; });
    if (card == timed.end()) continue;
    int leaf_cards = 0;  // of the site with the smallest leaves
    for (const PoolFacts& pool : facts.fleet.pools())
      if (index(pool.card) == i) {
        const int below = facts.scenario.site(int(index(pool.site))).nodes_per_leaf() * card->cards_per_node;
        leaf_cards = leaf_cards == 0 ? below : std::min(leaf_cards, below);
      }
    cards[i].card = *card;
    cards[i].links = links_at(*card, facts.scenario.fabric(), leaf_cards);
  }
  for (const PoolFacts& pool : facts.fleet.pools())
    if (pool.partition == kOpenToAll) {
      cards[index(pool.card)].granted = true;
      cards[index(pool.card)].cards += pool.public_cards;
    }
  if (facts.scenario.stack().empty())
    throw ScenarioError("stack_table", {"work on named models needs the table of software stacks", "모델 일에는 소프트웨어 표가 필요합니다"},
                        {"set stack_table: \"platforms/workload/stacks.csv\"", "stack_table: \"platforms/workload/stacks.csv\"를 쓰십시오"});
  return std::make_shared<ModelTimes>(std::vector<proto::ModelWork>(projects.model_work().begin(), projects.model_work().end()), std::vector<proto::ModelShape>(facts.scenario.model().begin(), facts.scenario.model().end()),
                                      StackTable({facts.scenario.stack().begin(), facts.scenario.stack().end()}), std::move(cards), facts.population.job_classes, projects.work_counted_on());
}

Backbone make_backbone(const Facts& facts) {
  std::vector<SiteAccess> sites;
  for (int i = 0; i < facts.scenario.site_size(); ++i) {
    const proto::Site& site = facts.scenario.site(i);
    int cards = 0;
    for (const PoolFacts& pool : facts.fleet.pools())
      if (int(pool.site) == i) cards += pool.cards;
    sites.push_back({site.site(), site.region(), site.access_gbps(), cards});
  }
  const std::vector<proto::Region> regions(facts.scenario.region().begin(), facts.scenario.region().end());
  const std::vector<proto::Link> links(facts.scenario.link().begin(), facts.scenario.link().end());
  return Backbone(regions, links, sites);
}

std::vector<Clock::Line> lines_of(RunState& run, const Backbone& backbone) {
  std::vector<Clock::Line> lines;
  for (const Line& line : backbone.lines()) lines.push_back(run.clock.add_line("line/" + line.name, line.bytes_per_s, line.latency_s));
  return lines;
}

}  // namespace dure::sim
