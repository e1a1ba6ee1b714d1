#include "sim/engine/futures.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <limits>

#include "sim/economics/economics.h"
#include "sim/engine/check_programme.h"
#include "sim/engine/meters.h"
#include "sim/engine/rules.h"
#include "sim/engine/sources.h"
#include "sim/error.h"
#include "sim/scenario.pb.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {

constexpr double kNotPlanned_s = std::numeric_limits<double>::infinity();

/// What scenarios of one run may differ in. Nothing reads these but what is compared below, instant by instant: the fleet (tranche,
/// commissioning, days of a site), the books (economics), the programme's rounds (call); and names.
bool differ_in_dated_parts_only(const proto::Scenario& a, const proto::Scenario& b) {
  google::protobuf::util::MessageDifferencer differencer;
  const auto ignore = [&](const google::protobuf::Descriptor* message, std::initializer_list<const char*> fields) {
    for (const char* field : fields) {
      SIM_CHECK(message->FindFieldByName(field) != nullptr, "a field that may differ is in the schema");
      differencer.IgnoreField(message->FindFieldByName(field));
    }
  };
  ignore(proto::Scenario::descriptor(), {"name", "title_en", "title_ko", "extends", "tranche", "tranche_table", "commissioning", "economics"});
  ignore(proto::Site::descriptor(), {"powered_from", "grid_delay_months", "budget_gap"});
  ignore(proto::CallRounds::descriptor(), {"call"});
  return a.has_economics() == b.has_economics() && differencer.Compare(a, b);
}

/// What a run takes from the whole future before it begins.
bool begin_alike(const proto::Scenario& scenario, const Facts& a, const Facts& b) {
  const proto::Workload& workload = scenario.workload();
  const bool drawn_to_fit = workload.has_steady() || workload.has_open_queue() || workload.has_trace() || workload.has_tenant_counts();
  for (std::size_t i = 0; i < a.fleet.pools().size(); ++i) {
    const int largest_a = a.largest_job_cards(PoolId(i)), largest_b = b.largest_job_cards(PoolId(i)), node = a.fleet.pools()[i].cards_per_node;
    if (drawn_to_fit && largest_a != largest_b) return false;                                        // jobs outside projects know the largest that fits
    if (a.planning() && std::min(node, largest_a) != std::min(node, largest_b)) return false;        // so do batches
  }
  if (scenario.has_power() && power_rooms(a) != power_rooms(b)) return false;                          // what idle nodes draw at their most is set aside
  if (workload.has_steady()) {                                                                       // offers a share of the cards in service
    for (std::size_t i = 0; i < a.fleet.partitions().size(); ++i)
      if (public_supply(a.fleet, PartitionId(i)) != public_supply(b.fleet, PartitionId(i))) return false;
  }
  if (scenario.reliability().repair_shop().has_spare_parts_share()) {                                // parts in stock by nodes, whenever they come
    std::vector<int> nodes_a(a.fleet.sites().size(), 0), nodes_b(nodes_a);
    for (const NodeFacts& node : a.fleet.nodes()) ++nodes_a[index(a.fleet.pool(node.pool).site)];
    for (const NodeFacts& node : b.fleet.nodes()) ++nodes_b[index(b.fleet.pool(node.pool).site)];
    if (nodes_a != nodes_b) return false;
  }
  return true;
}

/// A node's faults go by its number, so no place may stand before a node.
bool numbers_stay(const Fleet& numbered) {
  bool absent = false;
  for (const NodeFacts& node : numbered.nodes()) {
    if (absent && !node.absent) return false;
    absent = absent || node.absent;
  }
  return true;
}

/// The row of a call, as the rule reads it when it is decided.
std::string call_row(const proto::Scenario& scenario, const Round& round) {
  const auto find = [](const proto::CallRounds& rule, const std::string& name) {
    for (const proto::Call& call : rule.call())
      if (call.call() == name) return call.SerializeAsString();
    return std::string();
  };
  if (scenario.programme().has_call_rounds()) return find(scenario.programme().call_rounds(), round.call);
  for (const proto::Part& part : scenario.programme().parts().part())
    if (round.call.starts_with(part.part() + "/")) return find(part.call_rounds(), round.call.substr(part.part().size() + 1));
  return {};
}

bool same_round(const Future& a, const Future& b, std::size_t i) {
  const Round &x = a.rounds[i], &y = b.rounds[i];
  return x.call == y.call && x.decided_s == y.decided_s && x.cards_on_offer == y.cards_on_offer && x.newcomers == y.newcomers && x.kinds == y.kinds && x.continues == y.continues && x.part == y.part &&
         x.share == y.share && x.borrows == y.borrows && x.winner_payment_krw == y.winner_payment_krw && x.is_contest == y.is_contest && x.is_last_stage == y.is_last_stage && x.stage == y.stage && x.ends_s == y.ends_s &&
         call_row(*a.scenario, x) == call_row(*b.scenario, y);
}

}  // namespace

Future::Future(std::size_t which, const proto::Scenario& given, Seed seed)
    : number(which), scenario(&given), facts(given, seed), fleet(facts.fleet), programme(make_programme(given.programme(), facts.calendar, facts.horizon_s, facts.names.regions)), rounds(programme->rounds()) {}

double Futures::same_until_s(const Future& a, const Future& b) {
  double until_s = kNotPlanned_s;
  const auto [x, y] = std::mismatch(a.supply.begin(), a.supply.end(), b.supply.begin(), b.supply.end());
  if (x != a.supply.end()) until_s = std::min(until_s, x->at_s);
  if (y != b.supply.end()) until_s = std::min(until_s, y->at_s);
  std::size_t round = 0;
  while (round < a.rounds.size() && round < b.rounds.size() && same_round(a, b, round)) ++round;
  if (round < a.rounds.size()) until_s = std::min(until_s, a.rounds[round].decided_s);
  if (round < b.rounds.size()) until_s = std::min(until_s, b.rounds[round].decided_s);
  return until_s;
}

std::vector<std::vector<std::size_t>> Futures::groups(std::span<const proto::Scenario* const> scenarios, Seed seed) {
  struct Kin {
    std::vector<std::size_t> numbers;
    std::vector<std::unique_ptr<Future>> futures;   // none: refused
  };
  std::vector<Kin> groups;
  for (std::size_t i = 0; i < scenarios.size(); ++i) {
    std::unique_ptr<Future> future;
    try {  // what a run refuses in the parts that may differ
      future = std::make_unique<Future>(i, *scenarios[i], seed);
      check_programme(*scenarios[i], future->facts.fleet);
      check_call_quotas(future->facts);
      plan_reservations(future->facts);
      power_rooms(future->facts);
      if (scenarios[i]->has_economics()) const Economics economics(scenarios[i]->economics(), future->facts.fleet);
      if (scenarios[i]->workload().has_projects()) make_model_times(future->facts);
    } catch (const Error&) {
      groups.push_back({{i}, {}});
      continue;
    }
    const auto joins = [&](const Kin& group) {
      if (group.futures.empty() || !differ_in_dated_parts_only(*scenarios[group.numbers.front()], *scenarios[i]) || !begin_alike(*scenarios[i], group.futures.front()->facts, future->facts)) return false;
      std::vector<const Fleet*> fleets;
      for (const auto& member : group.futures) fleets.push_back(&member->facts.fleet);
      fleets.push_back(&future->facts.fleet);
      std::vector<Fleet> numbered = Fleet::side_by_side(fleets);
      if (numbered.empty() || (scenarios[i]->has_reliability() && !std::all_of(numbered.begin(), numbered.end(), numbers_stay))) return false;
      future->supply = planned_supply(numbered.back(), future->facts.horizon_s);
      Future& first = *group.futures.front();
      first.supply = planned_supply(numbered.front(), first.facts.horizon_s);
      return same_until_s(first, *future) > 0;
    };
    const auto found = std::find_if(groups.begin(), groups.end(), joins);
    Kin& group = found != groups.end() ? *found : groups.emplace_back();
    group.numbers.push_back(i);
    group.futures.push_back(std::move(future));
  }
  std::vector<std::vector<std::size_t>> numbers;
  for (Kin& group : groups) numbers.push_back(std::move(group.numbers));
  return numbers;
}

Futures::Futures(std::span<const proto::Scenario* const> scenarios, std::span<const std::size_t> group, Seed seed, std::function<bool()> fork) : fork_(std::move(fork)) {
  std::vector<const Fleet*> fleets;
  for (const std::size_t number : group) {
    all_.push_back(std::make_unique<Future>(number, *scenarios[number], seed));
    fleets.push_back(&all_.back()->facts.fleet);
  }
  std::vector<Fleet> numbered = Fleet::side_by_side(fleets);
  SIM_CHECK(numbered.size() == all_.size(), "scenarios of a group have the same pools");
  for (std::size_t i = 0; i < all_.size(); ++i) {
    Future& future = *all_[i];
    future.fleet = std::move(numbered[i]);
    future.supply = planned_supply(future.fleet, future.facts.horizon_s);
    for (std::size_t pool = 0; pool < future.fleet.pools().size(); ++pool) future.cards.push_back(public_supply(future.fleet, PoolId(pool)));
    if (i > 0) others_.push_back(&future);
  }
  now_ = all_.front().get();
  find_next_parting();
}

void Futures::find_next_parting() {
  next_parting_s_ = kNotPlanned_s;
  for (const Future* other : others_) next_parting_s_ = std::min(next_parting_s_, same_until_s(*now_, *other));
}

std::vector<std::size_t> Futures::numbers() const {
  std::vector<std::size_t> numbers = {now_->number};
  for (const Future* other : others_) numbers.push_back(other->number);
  return numbers;
}

bool Futures::part_from(std::vector<const Future*> apart, std::vector<const Future*> on) {
  const Future& before = *now_;
  const bool is_other = fork_();
  if (is_other) {
    now_ = apart.front();
    others_.assign(apart.begin() + 1, apart.end());
    apart_since_s_ = time_s();
    became(before, same_until_s(before, *now_));
  } else {
    others_ = std::move(on);
  }
  find_next_parting();
  if (parted) parted();
  return is_other;
}

}  // namespace dure::sim
