#pragma once
// What the runs of a study said, as matrices: one for each metric, replicate x option.
#include <Eigen/Core>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/results.h"

namespace dure::analysis {

/// One run as the table takes it; without metrics it was refused, and that is why.
struct TableRun {
  std::size_t option = 0;
  std::uint32_t replicate = 0;
  const std::vector<sim::Metric>* metrics = nullptr;
  std::optional<sim::Text> refused = {};
};

struct MetricTable {
  std::string name, unit;
  Eigen::MatrixXd values;                          // replicate x option; columns of options without a value are 0
  std::vector<std::uint32_t> replicates;           // by row
  std::vector<std::optional<sim::Text>> why_none;  // by option: the reason, where the option has no value in any replicate
  bool has(std::size_t option) const { return !why_none[option] && values.rows() > 0; }
  Eigen::VectorXd column(std::size_t option) const { return values.col(Eigen::Index(option)); }
};

/// Metrics in the order of the first run. A replicate counts for a metric only if every option that ever has a value has one in it, so
/// that pairs stay pairs; a replicate with a run that was refused counts for none. An option all of whose runs were refused is out, and the
/// others are compared without it.
std::vector<MetricTable> metric_tables(std::span<const TableRun> runs, std::size_t options);
const MetricTable* find(std::span<const MetricTable> tables, std::string_view name);

}  // namespace dure::analysis
