#pragma once
// An uncertain input, from the low, mid and high that its source gives.
#include <string>
#include <vector>

namespace dure::analysis {

/// Inverse distribution of an input: u in [0,1] becomes a value. Low and high are the ends: nothing lies outside them.
///
///   kUniform     even from low to high; mid plays no part
///   kTriangular  density rises straight to its mode mid and falls straight to high; the median is pulled to the longer side
///   kTwoPiece    half of the odds on either side of mid, each falling straight to its end: mid is the median and the mode
///   kPert        Beta with mean (low + 4 mid + high)/6: a = 1 + 4 (mid - low)/(high - low), b = 1 + 4 (high - mid)/(high - low)
///   kLevels      one of `levels`, with `weights` (none: all alike), in the order they stand
///
/// Sources: Malcolm et al. 1959 for PERT; a low/mid/high of a table says no more than its three numbers, so the shape is an assumption.
struct UncertainInput {
  enum class Shape { kUniform, kTriangular, kTwoPiece, kPert, kLevels };
  std::string name;
  Shape shape = Shape::kTriangular;
  double low = 0, mid = 0, high = 0;
  std::vector<double> levels = {}, weights = {};

  /// Throws ScenarioError, path `name`: low <= mid <= high and low < high, or levels with as many weights, none negative, not all zero.
  void check() const;
  double value(double u) const;
  /// The u of a value: value(share_below(x)) == x within rounding; of a level, the middle of its share. `x` lies within the range.
  double share_below(double x) const;
  /// Of the mid value (of levels: of the middle one); where a tornado has its base.
  double base() const;
};

}  // namespace dure::analysis
