#pragma once
// What it is worth to know more before buying, and to wait for it.
#include <Eigen/Core>
#include <vector>

#include "analysis/study/quantiles.h"
#include "sim/random.h"

namespace dure::analysis {

/// A gain in the unit of cost, with the 95 % bootstrap interval over replicates.
struct Worth {
  double value = 0;
  Interval interval;
};

/// Costs: replicate x option, under common random numbers; lower is better. At least two replicates.
///
///   EVPI = min_i E[c_i] - E[min_i c_i]
///
/// what an oracle of everything that differs between replicates, luck included, would save on average: the most any study can be worth.
Worth perfect_information(const Eigen::MatrixXd& costs, sim::Seed seed, int resamples = 1000);

/// What knowing some sampled inputs before choosing would save (expected value of partially perfect information):
///
///   EVPPI = min_i E[c_i] - E_x[ min_i E[c_i | x] ]
///
/// `known`: replicate x input, as sampled, in any unit. E[c_i | x] is a regression on the inputs' ranks, scaled to -1 … 1: for each input Legendre
/// polynomials of degree 1 to 3 (1 below 40 replicates), no products of inputs. Each replicate is decided by a regression on the nine tenths of
/// the replicates to which it does not belong, so a fit to noise saves nothing. The value errs to the low side with few replicates, and what comes
/// out below zero is given as zero. Sources: Strong, Oakley and Brennan 2014; cross-validation: Stone 1974.
Worth information_on(const Eigen::MatrixXd& known, const Eigen::MatrixXd& costs, sim::Seed seed, int resamples = 400);

/// What waiting saves: the best mean of the options taken `now` (columns of `costs`) less that of the options taken `later`. Below zero it costs.
/// With `known` (replicate x input, what will have become known by then) the later option is chosen by it, as above; without (no columns) by its mean.
Worth waiting(const Eigen::MatrixXd& costs, const std::vector<Eigen::Index>& now, const std::vector<Eigen::Index>& later, const Eigen::MatrixXd& known,
              sim::Seed seed, int resamples = 400);

}  // namespace dure::analysis
