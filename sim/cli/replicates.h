#pragma once
#include <filesystem>

#include "sim/cli/context.h"
#include "sim/launch/task.h"
#include "sim/scenario.h"

namespace dure::sim {

/// Runs replicates 1 … n - 1 of a scenario, so many at a time, only their summaries kept; in `folder`, which goes with them.
/// Must come before this process runs anything itself: SimGrid's state would go to the children. Empty: interrupted.
std::optional<std::vector<TaskResult>> run_replicates(const Loaded& loaded, const std::string& name, std::uint64_t seed, std::uint32_t n, int jobs, const std::filesystem::path& folder, const Context& context);

/// The metrics of replicate 0 and of the others in NetCDF, for `dure compare`.
void write_run_replicates(const std::filesystem::path& file, const std::string& name, std::uint64_t seed, const Summary& first, const std::vector<TaskResult>& others);

/// Makes each metric the mean of the replicate it is of and the others, with its spread.
void add_spreads(Summary& summary, const std::vector<TaskResult>& others);

}  // namespace dure::sim
