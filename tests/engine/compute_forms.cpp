// Compute as a SimGrid Exec on every node, as one Exec for the whole gang, or as a timer: the same ends, at what price.
// docs/decisions/compute-is-a-timer.md tells what was chosen.
#include <doctest/doctest.h>

#include <simgrid/s4u.hpp>

#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/engine/timers.h"
#include "sim/launch/child.h"
#include "sim/random.h"

namespace s4u = simgrid::s4u;
using dure::sim::Event;
using dure::sim::Timers;

namespace {
enum class Form { kExecPerNode, kExecPerGang, kTimer };
constexpr int kGangs = 40;        // gangs at work at once, each on nodes of its own
constexpr int kNodes = 16;        // a gang
constexpr int kJobs = 25;         // one after another on each gang

double work_s(int gang, int job) {
  dure::sim::Random random({1}, "work/" + std::to_string(gang * kJobs + job));
  return random.lognormal(3600, 1.5);
}

struct Result {
  std::vector<double> ends_s;  // by gang, then by job
  double us_per_job = 0;
};

std::set<s4u::Activity*> stop;
std::vector<const s4u::Activity*> ended;

Result by_exec(bool per_node) {
  std::vector<std::string> words = {"forms", "--log=root.thres:critical", "--cfg=surf/precision:1e-6", "--cfg=contexts/stack-size:16", "--cfg=contexts/guard-size:0"};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  int count = int(arguments.size());
  arguments.push_back(nullptr);
  s4u::Engine engine(&count, arguments.data());
  engine.track_vetoed_activities(&stop);
  auto* zone = s4u::create_full_zone("world");
  std::vector<s4u::Host*> hosts;
  for (int i = 0; i < kGangs * kNodes; ++i) hosts.push_back(zone->create_host("node-" + std::to_string(i), 1e9));
  zone->seal();
  s4u::Exec::on_completion_cb([](const s4u::Activity& activity) {
    ended.push_back(&activity);
    stop.insert(const_cast<s4u::Activity*>(&activity));
  });
  Result result;
  result.ends_s.resize(std::size_t(kGangs * kJobs));
  std::map<const s4u::Activity*, std::pair<int, s4u::ExecPtr>> alive;  // gang
  std::vector<int> job(kGangs, 0), open(kGangs, 0);
  auto start = [&](int gang) {
    const int nodes = per_node ? kNodes : 1;
    for (int node = 0; node < nodes; ++node) {
      s4u::ExecPtr exec = s4u::Exec::init();
      exec->set_flops_amount(work_s(gang, job[std::size_t(gang)]) * 1e9);
      exec->set_host(hosts[std::size_t(gang * kNodes + node)]);
      exec->start();
      alive.emplace(exec.get(), std::pair{gang, exec});
    }
    open[std::size_t(gang)] = nodes;
  };
  const auto from = std::chrono::steady_clock::now();
  for (int gang = 0; gang < kGangs; ++gang) start(gang);
  std::vector<s4u::ExecPtr> done;  // 3.32 crashes if an activity is let go inside its own end
  while (!alive.empty()) {
    stop.clear();
    engine.run_until(1e12);
    const std::vector<const s4u::Activity*> now = std::move(ended);
    ended.clear();
    done.clear();
    for (const s4u::Activity* activity : now) {
      const int gang = alive.at(activity).first;
      done.push_back(alive.at(activity).second);
      alive.erase(activity);
      if (--open[std::size_t(gang)] > 0) continue;
      result.ends_s[std::size_t(gang * kJobs + job[std::size_t(gang)])] = s4u::Engine::get_clock();
      if (++job[std::size_t(gang)] < kJobs) start(gang);
    }
  }
  result.us_per_job = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - from).count() / (kGangs * kJobs);
  return result;
}

Result by_timer() {
  Result result;
  result.ends_s.resize(std::size_t(kGangs * kJobs));
  std::vector<int> job(kGangs, 0);
  Timers timers;
  const auto from = std::chrono::steady_clock::now();
  for (int gang = 0; gang < kGangs; ++gang) timers.set(work_s(gang, 0), Event::kPhaseEnd, std::uint32_t(gang));
  while (!timers.empty()) {
    const Timers::Timer timer = timers.next();
    timers.pop();
    const int gang = int(timer.what);
    int& at = job[timer.what];
    result.ends_s[std::size_t(gang * kJobs + at)] = timer.at_s;
    if (++at < kJobs) timers.set(timer.at_s + work_s(gang, at), Event::kPhaseEnd, timer.what);
  }
  result.us_per_job = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - from).count() / (kGangs * kJobs);
  return result;
}

Result in_its_own_process(Form form) {
  const auto json = nlohmann::json::parse(dure::sim::in_child([&] {
    const Result result = form == Form::kTimer ? by_timer() : by_exec(form == Form::kExecPerNode);
    return nlohmann::json{{"ends", result.ends_s}, {"us", result.us_per_job}}.dump();
  }));
  return {json["ends"].get<std::vector<double>>(), json["us"].get<double>()};
}
}  // namespace

TEST_CASE("compute: an Exec a node, one Exec a gang and a timer end a thousand gang jobs at the same seconds") {
  const Result nodes = in_its_own_process(Form::kExecPerNode);
  const Result gang = in_its_own_process(Form::kExecPerGang);
  const Result timer = in_its_own_process(Form::kTimer);
  double worst_s = 0;
  for (std::size_t i = 0; i < timer.ends_s.size(); ++i)
    worst_s = std::max({worst_s, std::abs(nodes.ends_s[i] - timer.ends_s[i]), std::abs(gang.ends_s[i] - timer.ends_s[i])});
  MESSAGE("us a job of " << kNodes << " nodes: Exec a node " << nodes.us_per_job << ", Exec a gang " << gang.us_per_job << ", timer " << timer.us_per_job
                         << " (the draw of its work included); ends differ by at most " << worst_s << " s");
  CHECK(worst_s < 1e-3);  // SimGrid's precision is 1e-6 s an event, 25 events in a row
  CHECK(timer.us_per_job < nodes.us_per_job);
}
