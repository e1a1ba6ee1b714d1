#pragma once
#include <span>

#include "sim/launch/task.h"

namespace dure::sim {

/// What runs had in common.
struct SharedPast {
  std::size_t runs = 0;      // that began where another had got to
  double saved_s = 0;        // simulated time before that
  double simulated_s = 0;    // of all runs, from their first second
};

/// Runs tasks, each in a process of its own; those of one replicate go together as long as nothing tells them apart (sim/engine/futures.h). The
/// results are those of run_task, to the last bit.
std::vector<TaskResult> run_tasks(const LoadedStudy& study, std::uint64_t seed, std::span<const Task> tasks, SharedPast& shared);

/// May some of the first replicate's tasks begin together?
bool share_a_past(const LoadedStudy& study, std::uint64_t seed, std::span<const Task> tasks);

/// How many tasks, in their order, make a shard: `at_least`, and if some begin together whole replicates; a single replicate is divided among
/// the workers.
std::size_t tasks_per_shard(const LoadedStudy& study, std::uint64_t seed, std::span<const Task> tasks, std::size_t at_least, std::size_t workers);

}  // namespace dure::sim
