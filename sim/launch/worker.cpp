#include "sim/launch/worker.h"

#include <algorithm>

#include "sim/launch/child.h"
#include "sim/launch/shared_past.h"
#include "sim/launch/task_json.h"

namespace dure::sim {

std::size_t run_shard(const LoadedStudy& study, std::uint64_t seed, const Shards& shards, std::size_t shard, bool share) {
  const auto tasks = shards.tasks_in(shard);
  std::vector<TaskResult> results;
  SharedPast shared;
  if (tasks.size() == 1) results.push_back(run_task(study, seed, tasks.front()));
  else if (share) results = run_tasks(study, seed, tasks, shared);
  else
    for (const Task& task : tasks) results.push_back(result_of(in_child([&] { return to_text(run_task(study, seed, task)); })));
  shards.write(shard, results, shared);
  return std::size_t(std::count_if(results.begin(), results.end(), [](const TaskResult& result) { return result.failure.has_value(); }));
}

}  // namespace dure::sim
