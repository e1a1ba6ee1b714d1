#pragma once
// Who is first, second, third, and how sure that is.
#include <Eigen/Core>
#include <optional>

#include "analysis/study/paired.h"
#include "sim/random.h"

namespace dure::analysis {

struct Ranks {
  /// Option x rank (0 is the best): share of replicates in which the option has this rank. Options that tie over ranks a … b have
  /// 1/(b - a + 1) of each. Rows and columns sum to one.
  Eigen::MatrixXd probability;
  /// P(the option has the best mean): share of bootstrap resamples of the replicates in which it has, ties shared. None for one replicate.
  std::optional<Eigen::VectorXd> best_mean;
};
/// `values`: replicate x option, replicates under common random numbers.
Ranks ranks(const Eigen::MatrixXd& values, Better better, sim::Seed seed, int resamples = 2000);

}  // namespace dure::analysis
