#pragma once
// summary.json as rows: of a run, or of each option of a study.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"

namespace dure::analysis {

struct Headline {
  std::string option;  // empty of a run
  std::string metric, unit;
  std::optional<double> value, p05, p50, p95, ci95_low, ci95_high;
  int n = 1;
  sim::Text reason;    // why there is no value
};
struct Headlines {
  std::string name;    // of the scenario or study
  bool study = false;
  std::vector<Headline> rows;
};
/// Throws sim::Error (exit 3) where the folder holds no results.
Headlines read_headlines(const std::filesystem::path& out);

}  // namespace dure::analysis
