#include "sim/engine/supply_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "sim/engine/futures.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {

SupplySide::SupplySide(RunState& run, std::function<void(std::uint32_t)> interrupt, std::function<void(NodeId, bool)> powered)
    : run_(run), interrupt_(std::move(interrupt)), powered_(std::move(powered)), without_budget_(run.fleet.sites().size(), false), public_down_(run.fleet.sites().size()) {
  if (run.scenario.has_reliability()) faults_ = std::make_unique<NodeFaults>(run.scenario.reliability(), run.seed);
  if (run.scenario.reliability().has_repair_shop()) {
    std::vector<int> nodes_at_site(run.fleet.sites().size(), 0);
    for (const NodeFacts& node : run.fleet.nodes()) nodes_at_site[index(run.fleet.pool(node.pool).site)] += !node.absent;
    shop_ = std::make_unique<RepairShop>(run.scenario.reliability().repair_shop(), nodes_at_site);
  }
  const auto& tranches = run.fleet.tranches();
  pending_account_.assign(tranches.size(), Account::kNotDelivered);
  nominal_.assign(tranches.size(), false);
  set_timers(0);
}

void SupplySide::set_timers(double from_s) {
  for (const PlannedSupply& each : planned_supply(run_.fleet, run_.horizon_s))
    if (each.at_s >= from_s) run_.timers.set(each.at_s, each.event, each.what, each.tag);
}

/// Timers up to `from_s` are the same in both fleets; so are turns among timers of one kind, since both are numbered alike. The next fault of a node
/// has a timer only where the node is still there.
void SupplySide::become(const Fleet& before, double from_s) {
  run_.timers.drop_if([&](const Timers::Timer& timer) { return timer.at_s >= from_s && (timer.event() == Event::kTrancheChange || timer.event() == Event::kNodeArrives || timer.event() == Event::kBudgetGap); });
  set_timers(from_s);
  for (std::size_t i = 0; i < run_.nodes.size(); ++i) {
    const Node& node = run_.nodes[i];
    if (node.state != NodeState::kInService || !faults_) continue;
    const auto fails = [&](const Fleet& fleet) { return node.fault.at_s < std::min(run_.horizon_s, fleet.nodes()[i].retire_s); };
    if (fails(before) && !fails(run_.fleet))
      run_.timers.drop_if([&](const Timers::Timer& timer) { return timer.event() == Event::kNodeFault && timer.what == i && timer.tag == node.generation; });
    if (!fails(before) && fails(run_.fleet)) run_.timers.set(node.fault.at_s, node.fault_turn, std::uint32_t(i), node.generation);
  }
}

PoolId SupplySide::pool_of(std::size_t tranche) const {
  const TrancheFacts& facts = run_.fleet.tranches()[tranche];
  const SiteFacts& site = run_.fleet.site(facts.site);
  for (std::size_t pool = site.pool_begin; pool < site.pool_end; ++pool)
    if (run_.fleet.pools()[pool].card == facts.card && run_.fleet.partitions()[index(run_.fleet.pools()[pool].partition)] == facts.partition) return PoolId(pool);
  SIM_CHECK(false, "a tranche has no pool");
  return {};
}

void SupplySide::on_tranche(std::uint32_t tranche, std::uint32_t change) {
  const TrancheFacts& facts = run_.fleet.tranches()[tranche];
  const PoolId pool = pool_of(tranche);
  const NanoCards all = NanoCards(facts.cards) * kCard;
  auto pending_to = [&](Account account) {
    if (pending_account_[tranche] == account) return;
    NanoCards pending = 0;
    for (std::size_t node = facts.node_begin; node < facts.node_end; ++node)
      if (run_.nodes[node].state == NodeState::kPending) pending += NanoCards(run_.fleet.nodes()[node].cards) * kCard;
    run_.add(pool, pending_account_[tranche], -pending);
    run_.add(pool, account, pending);
    pending_account_[tranche] = account;
  };
  switch (Change(change)) {
    case kNominal: {
      PoolLedger& ledger = run_.pool(pool).ledger;
      ledger.set_nominal(run_.now_s, ledger.nominal() + all);
      run_.add(pool, Account::kNotDelivered, all);
      nominal_[tranche] = true;
      break;
    }
    case kDelivered:
      delivered_cards_ += facts.cards;
      pending_to(Account::kInstalling);
      break;
    case kRacked:
      if (facts.burn_in_from_s > facts.racked_s) pending_to(Account::kUnpowered);
      break;
    case kBurnIn: pending_to(Account::kInstalling); break;
    case kEnd: {
      NanoCards gone = all;
      for (std::size_t node = facts.node_begin; node < facts.node_end; ++node) {
        const NanoCards cards = NanoCards(run_.fleet.nodes()[node].cards) * kCard;
        if (run_.nodes[node].state == NodeState::kPending) continue;
        retire(NodeId(node));
        gone -= cards;
      }
      run_.add(pool, pending_account_[tranche], -gone);  // what never came into service
      for (std::size_t node = facts.node_begin; node < facts.node_end; ++node) run_.nodes[node].state = NodeState::kGone;
      PoolLedger& ledger = run_.pool(pool).ledger;
      ledger.set_nominal(run_.now_s, ledger.nominal() - all);
      run_.touch(pool);
      if (run_.futures != nullptr) run_.futures->agree([&](const Future& future) { return run_.has_future(pool, future.fleet); });
      if (ended && !run_.has_future(pool, run_.fleet)) ended(pool);
      break;
    }
  }
}

void SupplySide::on_node_arrives(std::uint32_t number) {
  Node& node = run_.nodes[number];
  const NodeFacts& facts = run_.fleet.nodes()[number];
  SIM_CHECK(node.state == NodeState::kPending, "a node arrives twice");
  run_.add(facts.pool, pending_account_[index(facts.tranche)], -NanoCards(facts.cards) * kCard);
  into_service(NodeId(number));
  if (is_shut(NodeId(number))) shut(NodeId(number));
}

void SupplySide::into_service(NodeId id) {
  Node& node = run_.nodes[index(id)];
  const NodeFacts& facts = run_.fleet.node(id);
  PoolState& pool = run_.pool(facts.pool);
  if (facts.own_use) {
    run_.add(facts.pool, Account::kOwnUse, NanoCards(facts.cards) * kCard);
  } else if (node.state == NodeState::kPending) {
    node.index = pool.cards.add_node(facts.leaf, facts.cards);
    SIM_CHECK(std::size_t(node.index) == pool.nodes.size(), "nodes of a pool are numbered in order of arrival");
    pool.nodes.push_back(id);
    run_.touch(facts.pool);
  } else {
    pool.cards.restore_node(node.index);
    run_.touch(facts.pool);
  }
  if (!facts.own_use && int(pool.spares.size()) < pool.spares_wanted) keep_as_spare(id);
  node.state = NodeState::kInService;
  run_.clock.node_on(node.host);
  powered_(id, true);
  draw_fault(id);
}

bool SupplySide::is_shut(NodeId id) const { return !run_.fleet.node(id).own_use && without_budget_[index(run_.fleet.pool_of(id).site)]; }

void SupplySide::shut(NodeId id) {
  out_of_service(id);
  run_.nodes[index(id)].state = NodeState::kShut;
  run_.add(run_.fleet.node(id).pool, Account::kUnpowered, NanoCards(run_.fleet.node(id).cards) * kCard);
}

/// Without an operating budget the public nodes of a site are shut, also those under repair, which goes on; with it they come back as they are.
void SupplySide::on_budget_gap(SiteId number, bool begins) {
  without_budget_[index(number)] = begins;
  const SiteFacts& site = run_.fleet.site(number);
  for (std::size_t p = site.pool_begin; p < site.pool_end; ++p)
    for (std::size_t n = run_.fleet.pools()[p].node_begin; n < run_.fleet.pools()[p].node_end; ++n) {
      const NodeId id{static_cast<std::uint32_t>(n)};
      const NodeState state = run_.nodes[n].state;
      if (run_.fleet.node(id).own_use) continue;
      const NanoCards cards = NanoCards(run_.fleet.node(id).cards) * kCard;
      if (begins && state == NodeState::kInService) shut(id);
      if (!begins && state == NodeState::kShut) {
        run_.add(PoolId(p), Account::kUnpowered, -cards);
        into_service(id);
      }
      if (state != NodeState::kDown) continue;
      run_.add(PoolId(p), Account::kDown, begins ? -cards : cards);
      run_.add(PoolId(p), Account::kUnpowered, begins ? cards : -cards);
      count_down(id, !begins);
    }
}

void SupplySide::keep_as_spare(NodeId id) {
  PoolState& pool = run_.pool(run_.fleet.node(id).pool);
  pool.cards.remove_node(run_.nodes[index(id)].index);
  pool.spares.push_back(id);
  pool.spare_cards += NanoCards(run_.fleet.node(id).cards) * kCard;
}

void SupplySide::relieve(PoolId id) {
  PoolState& pool = run_.pool(id);
  if (pool.spares.empty()) return;
  const NodeId spare = pool.spares.front();
  pool.spares.erase(pool.spares.begin());
  pool.spare_cards -= NanoCards(run_.fleet.node(spare).cards) * kCard;
  pool.cards.restore_node(run_.nodes[index(spare)].index);
}

void SupplySide::draw_fault(NodeId id) {
  if (!faults_) return;
  Node& node = run_.nodes[index(id)];
  node.fault = faults_->next(id, run_.now_s, run_.fleet.node(id).in_service_s, run_.fleet.pool_of(id).site);
  node.fault_turn = run_.timers.turn(Event::kNodeFault);
  if (node.fault.at_s < std::min(run_.horizon_s, run_.fleet.node(id).retire_s))
    run_.timers.set(node.fault.at_s, node.fault_turn, std::uint32_t(id), node.generation);
}

/// Its jobs are interrupted, then it goes; what held it free holds it no longer.
double SupplySide::out_of_service(NodeId id) {
  Node& node = run_.nodes[index(id)];
  const NodeFacts& facts = run_.fleet.node(id);
  const auto hit = node.jobs;
  double jobs_hit = 0;
  for (const std::uint32_t slot : hit) {
    jobs_hit += run_.recorder->at_once(run_.jobs[slot].job);
    if (std::find(node.jobs.begin(), node.jobs.end(), slot) != node.jobs.end()) interrupt_(slot);
  }
  SIM_CHECK(node.jobs.empty(), "a job is still on a node that goes out of service");
  ++node.generation;
  if (facts.own_use) run_.add(facts.pool, Account::kOwnUse, -NanoCards(facts.cards) * kCard);
  else if (PoolState& pool = run_.pool(facts.pool); std::erase(pool.spares, id) > 0) pool.spare_cards -= NanoCards(facts.cards) * kCard;
  else pool.cards.remove_node(node.index);
  run_.touch(facts.pool);
  run_.clock.node_off(node.host);
  powered_(id, false);
  return jobs_hit;
}

void SupplySide::count_down(NodeId id, bool is_down) {
  const NodeFacts& facts = run_.fleet.node(id);
  if (facts.own_use || run_.fleet.tranche(facts.tranche).rental) return;
  public_down_[index(run_.fleet.pool(facts.pool).site)].add(run_.now_s, is_down ? facts.cards : -facts.cards);
}

double SupplySide::public_down_card_s(SiteId site) {
  public_down_[index(site)].settle(run_.now_s);
  return public_down_[index(site)].total();
}

void SupplySide::on_fault(const Timers::Timer& timer) {
  Node& node = run_.nodes[timer.what];
  if (node.generation != timer.tag || node.state != NodeState::kInService) return;
  const NodeId id{timer.what};
  const NodeFacts& facts = run_.fleet.node(id);
  const std::size_t spares = run_.pool(facts.pool).spares.size();
  const double hit = out_of_service(id);
  node.state = NodeState::kDown;
  if (!facts.own_use && run_.pool(facts.pool).spares.size() == spares) relieve(facts.pool);
  run_.add(facts.pool, Account::kDown, NanoCards(facts.cards) * kCard);
  count_down(id, true);
  const double repair_s =
      shop_ ? shop_->done_s(run_.fleet.pool(facts.pool).site, run_.now_s, node.fault.repair_s, node.fault.needs_part) - run_.now_s : node.fault.repair_s;
  run_.recorder->fault(run_.now_s, facts.pool, std::int64_t(timer.what), faults_->causes()[std::size_t(node.fault.cause)], repair_s, hit);
  run_.timers.set(run_.now_s + repair_s, Event::kRepair, timer.what, node.generation);
}

void SupplySide::on_repair(const Timers::Timer& timer) {
  Node& node = run_.nodes[timer.what];
  if (node.generation != timer.tag || node.state != NodeState::kDown) return;
  const NodeId id{timer.what};
  if (is_shut(id)) {  // whole again, and waits for the budget
    node.state = NodeState::kShut;
    return;
  }
  run_.add(run_.fleet.node(id).pool, Account::kDown, -NanoCards(run_.fleet.node(id).cards) * kCard);
  count_down(id, false);
  into_service(id);
}

void SupplySide::retire(NodeId id) {
  Node& node = run_.nodes[index(id)];
  const NodeFacts& facts = run_.fleet.node(id);
  if (node.state == NodeState::kInService) out_of_service(id);
  else if (node.state == NodeState::kShut || (node.state == NodeState::kDown && is_shut(id)))
    run_.add(facts.pool, Account::kUnpowered, -NanoCards(facts.cards) * kCard);
  else if (node.state == NodeState::kDown) {
    run_.add(facts.pool, Account::kDown, -NanoCards(facts.cards) * kCard);
    count_down(id, false);
  }
  ++node.generation;
  node.state = NodeState::kGone;
}

void SupplySide::add_metrics(Summary& summary) const {
  const Fleet& fleet = run_.fleet;
  auto add = [&](std::string name, const char* unit, std::optional<double> value, const Text& reason) {
    summary.metrics.push_back({std::move(name), unit, value, value ? Text{} : reason});
  };
  add("tranches.delivered_cards", "cards", delivered_cards_, {});
  double promised_cards = 0;  // of contracts whose promise falls into the run
  std::vector<std::pair<double, int>> arrivals;
  for (const TrancheFacts& tranche : fleet.tranches()) {
    if (tranche.promised_s < 0 || tranche.promised_s >= run_.now_s) continue;
    promised_cards += tranche.cards;
    for (std::size_t n = tranche.node_begin; n < tranche.node_end; ++n) {
      const NodeFacts& node = fleet.nodes()[n];
      if (node.in_service_s < std::min(node.retire_s, run_.now_s)) arrivals.emplace_back(std::max(0.0, node.in_service_s), node.cards);
    }
  }
  std::sort(arrivals.begin(), arrivals.end());
  constexpr double kMonth_s = kYear_s / 12, kMost = 0.9;
  std::optional<double> most;
  double cards = 0;
  for (const auto& [at_s, came] : arrivals) {
    cards += came;
    if (!most && cards >= kMost * promised_cards) most = at_s / kMonth_s;
  }
  const Text none = promised_cards > 0 ? Text{"they do not come into service within the run", "모의 기간 안에 가동되지 않습니다"} : Text{"no contract promises cards within the run", "모의 기간 안에 약속된 계약이 없습니다"};
  add("months_to_service.90_percent", "months", most, none);
  for (const int months : {3, 6, 9, 12, 18, 24}) {
    const double at_s = run_.calendar.months_after_s(0, months);
    add(fmt::format("cards_in_service.after_{:02}_months", months), "cards", at_s <= run_.now_s ? std::optional(fleet.cards_in_service(at_s)) : std::nullopt,
        {"the run ends before", "그 전에 모의가 끝납니다"});
  }
}

void SupplySide::write_rows() {
  if (run_.recorder->tranches() == nullptr) return;
  auto day = [&](double at_s) -> std::optional<std::string> {
    if (!std::isfinite(at_s) || at_s >= run_.horizon_s) return {};
    return to_string(run_.calendar.date(at_s));
  };
  for (const TrancheFacts& facts : run_.fleet.tranches()) {
    const bool came = !facts.cancelled && facts.delivered_s < run_.horizon_s && facts.delivered_s < facts.nominal_until_s;
    run_.recorder->tranches()->insert(
        std::string_view(facts.name), std::string_view(facts.rental ? "rental" : "purchase"), std::string_view(run_.names.sites[index(facts.site)]),
        std::string_view(run_.names.cards[index(facts.card)]), std::int64_t(facts.cards), std::int64_t(facts.government_use_cards),
        std::string_view(to_string(run_.calendar.date(facts.promised_s))), day(facts.delivered_s), day(facts.in_service_last_s),
        std::string_view(to_string(run_.calendar.date(facts.nominal_until_s))), std::int64_t(came ? facts.cards : 0));
  }
}

std::vector<PlannedSupply> planned_supply(const Fleet& fleet, double horizon_s) {
  std::vector<PlannedSupply> planned;
  const auto set = [&](double at_s, std::size_t tranche, SupplySide::Change change) {
    if (at_s < horizon_s) planned.push_back({std::max(0.0, at_s), Event::kTrancheChange, std::uint32_t(tranche), change});
  };
  for (std::size_t i = 0; i < fleet.tranches().size(); ++i) {
    const TrancheFacts& facts = fleet.tranches()[i];
    if (facts.nominal_until_s <= 0 || facts.nominal_from_s >= facts.nominal_until_s) continue;
    set(facts.nominal_from_s, i, SupplySide::kNominal);
    set(facts.delivered_s, i, SupplySide::kDelivered);
    set(facts.racked_s, i, SupplySide::kRacked);
    set(facts.burn_in_from_s, i, SupplySide::kBurnIn);
    set(facts.nominal_until_s, i, SupplySide::kEnd);
  }
  for (std::size_t i = 0; i < fleet.nodes().size(); ++i) {
    const NodeFacts& facts = fleet.nodes()[i];
    if (facts.in_service_s < facts.retire_s && facts.retire_s > 0 && facts.in_service_s < horizon_s) planned.push_back({std::max(0.0, facts.in_service_s), Event::kNodeArrives, std::uint32_t(i), 0});
  }
  for (std::size_t i = 0; i < fleet.sites().size(); ++i) {
    const SiteFacts& site = fleet.sites()[i];
    if (site.gap_until_s <= std::max(0.0, site.gap_from_s)) continue;
    if (site.gap_from_s < horizon_s) planned.push_back({std::max(0.0, site.gap_from_s), Event::kBudgetGap, std::uint32_t(i), 1});
    if (site.gap_until_s < horizon_s) planned.push_back({site.gap_until_s, Event::kBudgetGap, std::uint32_t(i), 0});
  }
  std::stable_sort(planned.begin(), planned.end(), [](const PlannedSupply& a, const PlannedSupply& b) { return a.at_s != b.at_s ? a.at_s < b.at_s : a.event < b.event; });
  return planned;
}

namespace {
template <class Wanted>
std::vector<SupplyStep> supply_of(const Fleet& fleet, Wanted wanted) {
  std::map<double, double> change;
  for (const NodeFacts& node : fleet.nodes()) {
    if (!wanted(node.pool) || node.own_use || node.in_service_s >= node.retire_s) continue;
    change[std::max(0.0, node.in_service_s)] += node.cards;
    change[node.retire_s] -= node.cards;
  }
  std::vector<SupplyStep> steps;
  double cards = 0;
  for (const auto& [at_s, by] : change) steps.push_back({at_s, cards += by});
  return steps;
}
}  // namespace

std::vector<SupplyStep> public_supply(const Fleet& fleet, PartitionId partition) {
  return supply_of(fleet, [&](PoolId pool) { return fleet.pool(pool).partition == partition; });
}

std::vector<SupplyStep> public_supply(const Fleet& fleet, PoolId wanted) {
  return supply_of(fleet, [&](PoolId pool) { return pool == wanted; });
}

double least_supply(const std::vector<SupplyStep>& steps, double from_s, double until_s) {
  double before = 0;  // what holds at from_s
  double least = -1;
  for (const SupplyStep& step : steps) {
    if (step.from_s <= from_s) before = step.cards;
    else if (step.from_s < until_s) least = least < 0 ? step.cards : std::min(least, step.cards);
  }
  return least < 0 ? before : std::min(before, least);
}

}  // namespace dure::sim
