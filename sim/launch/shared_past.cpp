#include "sim/launch/shared_past.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/engine/run.h"
#include "sim/launch/child.h"
#include "sim/launch/task_json.h"
#include "sim/scenario_study.h"

namespace dure::sim {
using nlohmann::json;
namespace {

/// Tasks of one replicate, their scenarios, and which may begin together.
struct Together {
  std::vector<::dure::Scenario> scenarios;
  std::vector<const ::dure::Scenario*> seen;
  std::vector<std::vector<std::size_t>> groups;

  Together(const LoadedStudy& study, Seed seed, std::span<const Task> tasks) {
    scenarios.reserve(tasks.size());
    for (const Task& task : tasks) seen.push_back(&scenarios.emplace_back(with_inputs(study.options.at(task.option), study.inputs, task.inputs)));
    groups = run_groups(seen, seed);
  }
};

/// The tasks from `first` on that are of its replicate.
std::span<const Task> same_luck(std::span<const Task> tasks, std::size_t first) {
  std::size_t last = first;
  while (last < tasks.size() && tasks[last].replicate == tasks[first].replicate) ++last;
  return tasks.subspan(first, last - first);
}

/// Runs a group as one. What is said: for each number its result, when it began and how long it was; a run that a model refused is left out.
std::string run_group(const Together& together, const std::vector<std::size_t>& group, Seed seed) {
  json found = json::array();
  int say_to = -1;
  const auto fork = [&] {
    if (const auto said = fork_here(say_to)) {
      for (json& one : json::parse(*said)) found.push_back(std::move(one));
      return false;
    }
    found = json::array();
    return true;
  };
  RunOptions options;
  options.seed = seed;
  std::vector<std::size_t> standing_for;
  std::string problem;
  try {
    TogetherOutcome ended = run_together(together.seen, group, options, fork, standing_for);
    found.push_back({{"number", ended.scenario}, {"result", to_json(TaskResult{std::move(ended.outcome.summary.metrics), {}})}, {"began_s", ended.began_s}, {"until_s", ended.outcome.simulated_s}});
  } catch (const Error& refused) {
    if (refused.exit_code == Exit::kBug) problem = refused.what();
  } catch (const std::exception& failure) {
    problem = failure.what();
  }
  if (say_to >= 0) end_child(say_to, problem.empty() ? "+" + found.dump() : "-" + problem);
  if (!problem.empty()) throw std::runtime_error(problem);
  return found.dump();
}

}  // namespace

std::vector<TaskResult> run_tasks(const LoadedStudy& study, std::uint64_t seed, std::span<const Task> tasks, SharedPast& shared) {
  std::vector<TaskResult> results(tasks.size());
  std::vector<bool> there(tasks.size(), false);
  for (std::size_t first = 0; first < tasks.size();) {
    const std::span<const Task> here = same_luck(tasks, first);
    if (here.size() > 1) {
      const Seed luck{seed, here.front().replicate};
      const Together together(study, luck, here);
      for (const auto& group : together.groups) {
        if (group.size() < 2) continue;
        for (const json& one : json::parse(in_child([&] { return run_group(together, group, luck); }))) {
          const std::size_t number = first + one.at("number").get<std::size_t>();
          results[number] = result_of(one.at("result"));
          there[number] = true;
          const double began_s = one.at("began_s");
          shared.runs += began_s > 0;
          shared.saved_s += began_s;
          shared.simulated_s += one.at("until_s").get<double>();
        }
      }
    }
    first += here.size();
  }
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if (!there[i]) results[i] = result_of(in_child([&] { return to_text(run_task(study, seed, tasks[i])); }));
  return results;
}

bool share_a_past(const LoadedStudy& study, std::uint64_t seed, std::span<const Task> tasks) {
  const std::span<const Task> here = tasks.empty() ? tasks : same_luck(tasks, 0);
  if (here.size() < 2) return false;
  const Together together(study, {seed, here.front().replicate}, here);
  return std::any_of(together.groups.begin(), together.groups.end(), [](const auto& group) { return group.size() > 1; });
}

std::size_t tasks_per_shard(const LoadedStudy& study, std::uint64_t seed, std::span<const Task> tasks, std::size_t at_least, std::size_t workers) {
  if (!share_a_past(study, seed, tasks)) return at_least;
  const std::size_t of_replicate = same_luck(tasks, 0).size();
  if (of_replicate == tasks.size()) return std::max(at_least, (of_replicate + workers - 1) / workers);
  return (at_least + of_replicate - 1) / of_replicate * of_replicate;
}

}  // namespace dure::sim
