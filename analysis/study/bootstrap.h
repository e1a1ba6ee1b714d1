#pragma once
// Intervals without a formula: what the statistic would have been on other replicates of the same kind.
#include <functional>
#include <string_view>
#include <vector>

#include "analysis/study/quantiles.h"
#include "sim/random.h"

namespace dure::analysis {

/// Which replicates a resample is made of: n of n, with replacement.
using Picks = std::vector<std::size_t>;

/// Resamples of 0 … n-1, always the same for the same seed, stream and n.
class Resamples {
 public:
  Resamples(std::size_t n, sim::Seed seed, std::string_view stream) : picks_(n), chance_(seed, stream) {}
  const Picks& next();

 private:
  Picks picks_;
  sim::Random chance_;
};

/// 95 % intervals of several statistics of the same replicates: the 2.5th and the 97.5th percentile over resamples.
/// Source: Efron 1979. With ten replicates or fewer they are too narrow by about a tenth.
std::vector<Interval> bootstrap(Resamples resamples, int times, const std::function<std::vector<double>(const Picks&)>& statistics);

}  // namespace dure::analysis
