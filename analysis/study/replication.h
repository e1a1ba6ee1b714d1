#pragma once
// How many replicates are enough for an interval of a wanted half-width.
#include "analysis/study/quantiles.h"

namespace dure::analysis {

/// Replicates go on until the 95 % interval of a mean (of a metric, or of a paired difference) is narrow enough.
struct WantedWidth {
  double half_width = 0;   // in the metric's unit, or a share of |mean| if `relative`
  bool relative = false;
  Eigen::Index first = 10;  // before any look at the width; a spread told by fewer is too often too small
  Eigen::Index most = 1000;
};

struct Replication {
  enum class State { kMore, kReached, kNotReached } state = State::kMore;
  Eigen::Index further = 0;            // how many to run next
  std::optional<double> half_width;    // what has been got so far; none for a single replicate
  std::optional<double> wanted;        // in the metric's unit; none while there are no values
};

/// A half-width of zero, as a share of a mean of zero is, is reached by values that are all alike alone.
///
/// What to do next, given the values so far. Rounds: what the spread so far asks for, at least a tenth more, at most twice as many.
///
///   reached:  w (1 + 2/n) <= wanted,   w = t_0.975(n - 1) s / sqrt(n)
///   needed:   n* = (t s / wanted)^2
///
/// Stopping when an interval happens to be narrow makes it cover less than it says. The first replicates, rounds instead of single
/// steps, and 1 + 2/n (n* + 4 replicates in the end) keep that small: for normal values mean -+ wanted covers 95 % or more, and
/// mean -+ w 93.5 % or more (a test). Skewed values lose more. Sources: Chow and Robbins 1965; Stein 1945 for rounds.
Replication replicate(const Values& values, const WantedWidth& wanted);

}  // namespace dure::analysis
