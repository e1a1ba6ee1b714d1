#include "sim/launch/task.h"

#include "sim/engine/run.h"
#include "sim/scenario_study.h"

namespace dure::sim {

TaskResult run_task(const LoadedStudy& study, std::uint64_t seed, const Task& task) {
  try {
    RunOptions options;
    options.seed = {seed, task.replicate};
    RunOutcome outcome = run_scenario(with_inputs(study.options.at(task.option), study.inputs, task.inputs), options);
    return {std::move(outcome.summary.metrics), {}};
  } catch (const Error& refused) {
    if (refused.exit_code == Exit::kBug) throw;
    return {{}, refused.message};
  }
}

}  // namespace dure::sim
