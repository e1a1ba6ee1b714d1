#pragma once
// Every replicate of every metric, in NetCDF-4.
#include <filesystem>
#include <span>

#include "analysis/study/answer.h"

namespace dure::analysis {

/// Writes a file with dimensions option, region and replicate, and a variable for each metric: double, option x region x replicate, with
/// `units`, `long_name` and `long_name_ko`. The metric's name is the variable's, points replaced by underscores; `metric` keeps it as it is.
/// Regions: "all", the whole country, then those of which a metric is told (NAME@REGION). What a run does not have is the fill value NaN. Coordinate variables
/// `option`, `region` (names) and `replicate` (numbers). The same findings give the same bytes.
/// Throws sim::Error (exit 5).
void write_replicates(const std::filesystem::path& file, std::span<const NamedOption> options, std::span<const MetricTable> tables, const std::string& study, std::uint64_t seed);

/// Reads it back: metrics of every option. Throws sim::Error (exit 3) where the file is none of ours.
struct Replicates {
  std::string study;
  std::uint64_t seed = 0;
  std::vector<NamedOption> options;
  std::vector<MetricTable> tables;
};
Replicates read_replicates(const std::filesystem::path& file);

}  // namespace dure::analysis
