#pragma once
// What many replicates of one metric say: where they lie, and how well their mean is known.
#include <Eigen/Core>
#include <optional>
#include <vector>

namespace dure::analysis {

/// Values of one metric, one of each replicate; a column of a matrix replicate x option will do. Never NaN.
using Values = Eigen::Ref<const Eigen::VectorXd>;

struct Interval {
  double low = 0, high = 0;
};

/// The value below which `share` of the sample lies, 0 to 1: linear between neighbours.
///
///   q = x_(m) + (h - m) (x_(m+1) - x_(m)),   h = (n - 1) share + 1,   m = floor(h),   x_(1) <= ... <= x_(n)
///
/// Exact: of the sorted sample, no sketch. Source: type 7 of Hyndman and Fan 1996. The sample has at least one value.
double quantile(std::vector<double> sample, double share);

/// Half the width of the interval of a mean: t(n - 1) s / sqrt(n), s the sample's standard deviation (n - 1 below the sum).
/// None for fewer than two values.
std::optional<double> half_width(const Values& values, double confidence = 0.95);

/// Mean, quantiles and the 95 % interval of the mean (Student's t); the interval is none for a single replicate.
/// Holds for means of nearly normal values; of 20 exponential values it covers 92 % (docs/rooms/studies.md).
struct Spread {
  Eigen::Index n = 0;
  double mean = 0, p05 = 0, p50 = 0, p95 = 0;
  std::optional<double> ci95_low, ci95_high;
};
Spread spread(const Values& values);

}  // namespace dure::analysis
