#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/results.h"

namespace dure::sim {

struct LoadedStudy;

/// What a run of a study is for.
enum class Purpose : std::uint8_t { kReplicate, kTornado, kSensitivity };

/// One run of a study: an option, a replicate's luck, and a value for each uncertain input.
struct Task {
  Purpose purpose = Purpose::kReplicate;
  std::size_t option = 0;
  std::uint32_t replicate = 0;
  std::vector<double> inputs;  // none: as the option has them
  bool operator==(const Task&) const = default;
};

/// What a run said. A run that a model refused says why, and has no metrics.
struct TaskResult {
  std::vector<Metric> metrics;
  std::optional<Text> failure;
};

/// Runs one task in this process. Nothing is written: only the summary is kept.
TaskResult run_task(const LoadedStudy& study, std::uint64_t seed, const Task& task);

}  // namespace dure::sim
