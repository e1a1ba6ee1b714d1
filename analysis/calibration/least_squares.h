#pragma once
// Least squares in a handful of constants: Levenberg's damped Gauss-Newton with Eigen.
#include <functional>
#include <vector>

namespace dure::analysis {

/// A constant to fit. What must be positive is fitted in its logarithm, a share in its logit, so that no step leaves its range.
struct Constant {
  double start = 1;
  enum class Range { kPositive, kShare } range = Range::kPositive;
};

struct Solution {
  std::vector<double> values;
  double sum_of_squares = 0;
};

/// Residual of one point at given constants.
using Residual = std::function<double(const std::vector<double>& values, std::size_t point)>;

/// Minimises the sum of squared residuals over `points` (indices handed to `residual`). Numeric Jacobian, central differences.
///
///   (J'J + lambda diag(J'J)) d = -J'r,   lambda shrinks after a step that helped and grows after one that did not
Solution least_squares(const std::vector<Constant>& constants, const std::vector<std::size_t>& points, const Residual& residual, int most_steps = 60);

}  // namespace dure::analysis
