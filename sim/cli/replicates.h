#pragma once
#include <filesystem>

#include "sim/cli/context.h"
#include "sim/launch/task.h"
#include "sim/scenario.h"

namespace dure::sim {

/// What replicates of a scenario said, by number.
struct Replicates {
  std::vector<std::pair<std::uint32_t, TaskResult>> ran;
  bool interrupted = false;  // some are missing
  std::size_t refused() const;
};

/// Runs replicates 1 … n - 1 of a scenario, so many at a time, only their summaries kept; in `folder`, which goes with them.
/// Must come before this process runs anything itself: SimGrid's state would go to the children.
Replicates run_replicates(const Loaded& loaded, const std::string& name, std::uint64_t seed, std::uint32_t n, int jobs, const std::filesystem::path& folder, const Context& context);

/// The metrics of every replicate in NetCDF, for `dure compare`.
void write_run_replicates(const std::filesystem::path& file, const std::string& name, std::uint64_t seed, const Replicates& replicates);

/// Makes each metric the mean of the replicates that have it, with its spread.
void add_spreads(Summary& summary, const Replicates& replicates);

}  // namespace dure::sim
