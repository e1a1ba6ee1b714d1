#include "sim/cli/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "sim/cli/commands.h"
#include "sim/csv_text.h"
#include "sim/units.h"
#include "sim/workload/trace_reader.h"

namespace dure::sim {
namespace proto = ::dure;
namespace {

constexpr const char* kStart = "2026-01-01";  // of a run that has no scenario: any day would do
constexpr const char* kEver = "2999-12-31";
constexpr const char* kOneType = "card";      // of a list that names no card types
constexpr double kLongest_s = 1e9;            // horizon_s goes no further
constexpr int kMostCards = 144;               // cards_per_node goes no further
constexpr int kMostNodesPerLeaf = 4096;
constexpr double kSpareSupply = 1.25;         // so that the machines never lack power

}  // namespace

std::vector<Machine> read_machines(const std::string& file) {
  constexpr std::string_view kRequired[] = {"node", "cards"};
  constexpr std::string_view kOptional[] = {"card_type", "leaf"};
  TraceCsv csv(file, kRequired, kOptional);
  const TraceLines& at = csv.lines();
  std::vector<Machine> machines;
  std::set<std::string> seen;
  while (csv.next()) {
    Machine machine{csv.text("node"), csv.whole("cards"), csv.text("card_type"), csv.text("leaf"), at.line()};
    if (machine.node.empty()) at.refuse({"the machine has no name", "서버 이름이 비어 있습니다"}, {"write one under node", "node 열에 이름을 적으십시오"});
    if (machine.node.find(';') != std::string::npos)
      at.refuse({fmt::format("node {} has a semicolon in its name", machine.node), fmt::format("서버 이름 {}에 세미콜론(;)이 있습니다", machine.node)},
                {"semicolons part the nodes of a job: take it out", "세미콜론은 작업의 서버를 나누는 기호이므로 빼십시오"});
    if (!seen.insert(machine.node).second)
      at.refuse({fmt::format("node {} stands twice", machine.node), fmt::format("서버 {}이(가) 두 번 나옵니다", machine.node)}, {"give each machine its own name", "서버마다 다른 이름을 쓰십시오"});
    if (machine.cards < 1 || machine.cards > kMostCards)
      at.refuse({fmt::format("node {} has {} cards", machine.node, machine.cards), fmt::format("서버 {}의 카드가 {}장입니다", machine.node, machine.cards)},
                {fmt::format("write 1 to {}; leave out machines without cards", kMostCards), fmt::format("1부터 {}까지 적고, 카드가 없는 서버는 빼십시오", kMostCards)});
    machines.push_back(std::move(machine));
  }
  if (machines.empty()) at.refuse({"the list has no machines", "목록에 서버가 없습니다"}, {"write a row a machine: node,cards", "서버마다 node,cards 행을 적으십시오"});
  return machines;
}

Replay::Replay(const proto::Scenario* base, const std::string& machines_file, const std::string& trace_file) {
  if (base != nullptr) scenario_ = *base;
  if (base == nullptr) {
    scenario_.set_start_date(kStart);
    scenario_.mutable_scheduler();
  }
  if (!trace_file.empty()) trace_ = read_trace_file("own", trace_file);
  if (!machines_file.empty()) put_machines(read_machines(machines_file), machines_file, base != nullptr);
  if (trace_) put_trace(trace_file, base != nullptr);
}

proto::Tranche& Replay::add_tranche(const std::string& card, int cards) {
  proto::Tranche& tranche = *scenario_.add_tranche();
  tranche.set_tranche(fmt::format("machines-{}", scenario_.tranche_size()));
  tranche.set_site("machines");
  tranche.set_card(card);
  tranche.set_cards(cards);
  tranche.set_government_use_cards(cards);
  tranche.set_installed(true);
  tranche.set_promised(scenario_.start_date());
  tranche.set_delivered_low(scenario_.start_date());
  tranche.set_delivered_mid(scenario_.start_date());
  tranche.set_delivered_high(scenario_.start_date());
  tranche.set_term_end(kEver);
  return tranche;
}

void Replay::put_machines(const std::vector<Machine>& machines, const std::string& file, bool has_base) {
  scenario_.clear_site();
  scenario_.clear_tranche();
  if (scenario_.region_size() == 0) {
    proto::Region& region = *scenario_.add_region();
    region.set_region("home");
    region.set_city("home");
    region.set_demand_share(1);
  }
  // By card type, in the order of the list; of a type by leaf.
  std::vector<std::string> types;
  std::map<std::string, std::vector<const Machine*>> by_type;
  for (const Machine& machine : machines) {
    std::string type = machine.card_type;
    if (type.empty() && scenario_.card_size() > 1)
      throw ScenarioError(Text{fmt::format("node {} names no card type, and the scenario has several", machine.node), fmt::format("서버 {}에 카드 종류가 없는데 시나리오에는 여러 종류가 있습니다", machine.node)},
                          Place{file, machine.line}, Text{"fill in the column card_type", "card_type 열을 채우십시오"});
    if (type.empty()) type = has_base && scenario_.card_size() == 1 ? scenario_.card(0).card() : kOneType;
    if (by_type[type].empty()) types.push_back(type);
    by_type[type].push_back(&machine);
  }
  double busy_w = 0;
  const bool has_leafs = std::any_of(machines.begin(), machines.end(), [](const Machine& each) { return !each.leaf.empty(); });
  for (const std::string& type : types) {
    const auto card = std::find_if(scenario_.card().begin(), scenario_.card().end(), [&](const auto& each) { return each.card() == type; });
    if (card == scenario_.card().end()) scenario_.add_card()->set_card(type);
    auto node = std::find_if(scenario_.mutable_node()->begin(), scenario_.mutable_node()->end(), [&](const auto& each) { return each.card() == type; });
    proto::NodeType& server = node == scenario_.mutable_node()->end() ? *scenario_.add_node() : *node;
    server.set_card(type);
    int largest = 0;
    for (const Machine* machine : by_type[type]) largest = std::max(largest, machine->cards);
    server.set_cards_per_node(largest);
    busy_w += server.busy_w() * double(by_type[type].size());

    std::vector<std::pair<std::string, std::vector<const Machine*>>> leafs;
    for (const Machine* machine : by_type[type]) {
      if (machine->cards < largest) {  // the only node of its tranche may have fewer cards
        names_[add_tranche(type, machine->cards).tranche() + "/0"] = machine->node;
        continue;
      }
      const auto leaf = std::find_if(leafs.begin(), leafs.end(), [&](const auto& each) { return each.first == machine->leaf; });
      if (leaf == leafs.end()) leafs.push_back({machine->leaf, {machine}});
      else leaf->second.push_back(machine);
    }
    for (const auto& [leaf, members] : leafs) {
      const std::string name = add_tranche(type, largest * int(members.size())).tranche();
      for (std::size_t rank = 0; rank < members.size(); ++rank) names_[fmt::format("{}/{}", name, rank)] = members[rank]->node;
    }
  }
  proto::Site& site = *scenario_.add_site();
  site.set_site("machines");
  site.set_region(scenario_.region(0).region());
  site.set_peak_power_mw(std::max(0.001, kSpareSupply * busy_w / 1e6));
  site.set_pue(1);
  if (has_leafs) site.set_nodes_per_leaf(kMostNodesPerLeaf);
  scenario_.mutable_commissioning()->set_draw_delivery(false);
}

void Replay::put_trace(const std::string& file, bool has_base) {
  std::set<std::string> cards, classes;
  for (const auto& card : scenario_.card()) cards.insert(card.card());
  for (const auto& job_class : scenario_.job_class()) classes.insert(job_class.job_class());
  const auto joined = [](const std::set<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); };
  const auto add_class = [&](const std::string& name) {
    if (!classes.insert(name).second) return;
    proto::JobClassSpec& job_class = *scenario_.add_job_class();
    job_class.set_job_class(name);
    job_class.set_active_fraction(1);
    job_class.set_staging_gb_per_card(0);
    job_class.set_checkpoint_gb_per_card(0);
  };
  if (!has_base || classes.empty()) add_class("training");
  double work_s = 0;
  for (const TraceJob& job : trace_->jobs) {
    work_s += job.duration_s;
    if (!job.job_class.empty() && !has_base) add_class(job.job_class);
    if (!job.job_class.empty() && !classes.contains(job.job_class))
      throw ScenarioError(Text{fmt::format("job {} is of class {}, which the scenario does not have", job.id, job.job_class), fmt::format("작업 {}의 부류 {}이(가) 시나리오에 없습니다", job.id, job.job_class)},
                          Place{file, job.line}, Text{"it has: " + joined(classes), "시나리오의 부류: " + joined(classes)});
    bool known = job.card_type.empty();
    for (std::size_t from = 0; !known && from <= job.card_type.size();) {  // "A|B": either
      const std::size_t to = std::min(job.card_type.find('|', from), job.card_type.size());
      known = cards.contains(job.card_type.substr(from, to - from));
      from = to + 1;
    }
    if (!known)
      throw ScenarioError(Text{fmt::format("job {} asks for card type {}, which no machine has", job.id, job.card_type), fmt::format("작업 {}이(가) 요청한 카드 종류 {}을(를) 가진 서버가 없습니다", job.id, job.card_type)},
                          Place{file, job.line}, Text{"the card types are " + joined(cards), "있는 카드 종류: " + joined(cards)});
  }
  if (trace_->jobs.empty()) throw ScenarioError(Text{"the log has no jobs", "기록에 작업이 없습니다"}, Place{file, 1}, Text{"write a row a job", "작업마다 한 행을 적으십시오"});
  log_zero_s_ = std::floor(trace_->jobs.front().submit_s / kDay_s) * kDay_s;
  const TraceJob& last = trace_->jobs.back();
  if (!has_base && last.submit_s - log_zero_s_ >= kLongest_s)
    throw ScenarioError(Text{fmt::format("job {} is submitted {:.0f} s after the first day of the log; a run lasts at most {:.0f} s", last.id, last.submit_s - log_zero_s_, kLongest_s),
                             fmt::format("작업 {}이(가) 기록 첫날에서 {:.0f}초 뒤에 제출됩니다. 실행은 {:.0f}초까지만 가능합니다", last.id, last.submit_s - log_zero_s_, kLongest_s)},
                        Place{file, last.line}, Text{"correct submit_s, or replay the log in parts", "submit_s를 고치거나 기록을 나누어 재생하십시오"});
  scenario_.clear_workload();
  scenario_.clear_programme();
  proto::Trace& trace = *scenario_.mutable_workload()->mutable_trace();
  trace.set_file(std::filesystem::absolute(file).string());
  trace.set_format("own");
  trace.set_job_class(classes.contains("training") ? "training" : scenario_.job_class(0).job_class());
  // One after another they would all be done; the run ends when they are.
  if (!has_base) scenario_.set_horizon_s(std::min(kLongest_s, std::ceil(last.submit_s - log_zero_s_ + work_s + kDay_s)));
}

std::string Replay::node_name(const std::string& engine_name) const {
  const auto at = names_.find(engine_name);
  return at == names_.end() ? engine_name : at->second;
}

std::string Placements::csv(const std::vector<std::string>& node_names, const Replay* replay) const {
  std::string out = "job_id,submit_s,start_s,end_s,nodes,cards,outcome\n";
  const double zero_s = replay != nullptr && replay->trace() ? replay->log_zero_s() : 0;
  for (const auto& [id, job] : jobs_) {
    const std::string name = replay != nullptr && replay->trace() ? csv_text(replay->trace()->jobs.at(std::size_t(id) - 1).id) : fmt::format("{}", std::uint64_t(id));
    const auto row = [&](const Held* held, bool has_end, std::string_view outcome) {
      std::string nodes, cards;
      for (std::size_t i = 0; held != nullptr && i < held->cards.size(); ++i) {
        const auto& [node, slice] = held->cards[i];
        const std::string& known = node_names.at(index(node));
        nodes += (i > 0 ? ";" : "") + (replay != nullptr ? replay->node_name(known) : known);
        cards += fmt::format("{}{}", i > 0 ? ";" : "", slice.milli > 0 ? slice.milli / 1000.0 : slice.cards);
      }
      out += fmt::format("{},{},{},{},{},{},{}\n", name, job.left.submit_s + zero_s, held != nullptr ? fmt::format("{}", held->from_s + zero_s) : "",
                         has_end ? fmt::format("{}", held->until_s + zero_s) : "", csv_text(nodes), cards, outcome);
    };
    for (std::size_t i = 0; i < job.holds.size(); ++i) {
      const bool last = i + 1 == job.holds.size() && job.left.ended_holding;
      row(&job.holds[i], !last || job.left.outcome != "running", last ? job.left.outcome : "interrupted");
    }
    if (!job.left.ended_holding) row(nullptr, false, job.left.outcome);
  }
  return out;
}

}  // namespace dure::sim
