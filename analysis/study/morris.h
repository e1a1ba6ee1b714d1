#pragma once
// Screening: which of many inputs matter at all.
#include <Eigen/Core>
#include <vector>

#include "analysis/study/quantiles.h"
#include "sim/random.h"

namespace dure::analysis {

/// `trajectories` walks of k + 1 points on a grid of `levels` (even) values 0, 1/(levels - 1), …, 1 of each input: from a random point each
/// input in random order moves once by Delta = levels / (2 (levels - 1)). Trajectory t is the same however many are asked for.
Eigen::MatrixXd morris_points(int inputs, int trajectories, int levels, sim::Seed seed);

/// Elementary effects of an input, one in each trajectory, in the metric's unit for a move through the whole range.
///
///   EE = (f(x + Delta e) - f(x)) / Delta,   mu = mean(EE),   mu* = mean|EE|,   sigma = standard deviation of EE
///
/// mu* near zero: the input does not matter; sigma beside mu*: it bends, or acts with others.
/// Intervals: 95 %, bootstrap over trajectories. Sources: Morris 1991; Campolongo, Cariboni and Saltelli 2007 for mu*.
struct MorrisEffect {
  double mu = 0, mu_star = 0, sigma = 0;
  Interval mu_interval, mu_star_interval, sigma_interval;
};
/// `values` in the order of `points`, all under one seed. At least two trajectories.
std::vector<MorrisEffect> morris(const Eigen::MatrixXd& points, const Eigen::VectorXd& values, sim::Seed seed, int resamples = 1000);

}  // namespace dure::analysis
