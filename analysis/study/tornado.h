#pragma once
// Which uncertain input moves the answer most, one at a time.
#include <Eigen/Core>
#include <vector>

namespace dure::analysis {

/// 2k + 1 points: the base, then each input at its low end (0) and at its high end (1), the others at the base. Throws ScenarioError for more
/// inputs than `most_inputs`: a tornado of many bars is not read, and Morris screening finds the inputs that matter.
/// One at a time tells nothing of inputs that act together.
Eigen::MatrixXd tornado_points(const Eigen::VectorXd& base, int most_inputs = 8);

struct TornadoBar {
  Eigen::Index input = 0;
  double low = 0, high = 0;  // what the metric is with the input at its low, and at its high end
  double swing = 0;          // the widest of low, base, high
};
struct Tornado {
  double base = 0;
  std::vector<TornadoBar> bars;  // widest first
};
/// `values` in the order of the points, all under one seed, so that luck moves no bar.
Tornado tornado(const Eigen::VectorXd& values);

}  // namespace dure::analysis
