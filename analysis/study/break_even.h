#pragma once
// Where along an axis of numbers an option is as good as the baseline.
#include <optional>
#include <span>

#include "analysis/study/quantiles.h"
#include "sim/random.h"

namespace dure::analysis {

struct BreakEven {
  double value = 0;
  bool beyond = false;              // outside the axis: the first or last straight line carried on
  std::optional<Interval> interval; // 95 %, by bootstrap over replicates; none for a single one
  double per_unit = 0;              // change of the metric for one unit along the axis, from its first value to its last
};

/// The zero of
///
///   d(x) = mean over replicates of (option at x - baseline)
///
/// drawn straight between the values of the axis. `x` rises; `values` is replicate x position, `baseline` one value a replicate, paired.
/// None where d never comes to zero: for fewer than two positions, or ends that lead away from it. None where it is zero everywhere.
/// Source: interval of Efron 1979, over the replicates. A resample without a zero counts as the value itself.
std::optional<BreakEven> break_even(std::span<const double> x, const Eigen::MatrixXd& values, const Values& baseline, sim::Seed seed);

/// Whether d is zero at every position, to 1e-12 of the values: the axis moves nothing, and no number on it is the answer. `values` and `baseline` as above.
bool level_everywhere(const Eigen::MatrixXd& values, const Values& baseline);

}  // namespace dure::analysis
