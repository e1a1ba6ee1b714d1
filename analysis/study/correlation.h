#pragma once
// Inputs that move together: a Gaussian copula.
#include <Eigen/Core>
#include <string>
#include <vector>

namespace dure::analysis {

struct CorrelatedPair {
  std::string first, second;
  double correlation = 0;  // of the normal scores; rank correlation is 6/pi asin(r/2), nearly the same
};

/// Turns independent points of the unit cube into correlated ones; each input keeps its own distribution.
///
///   z = Phi^-1(u),   z' = L z,   u' = Phi(z'),   L L' = R (Cholesky; the correlation matrix)
///
/// The first of correlated inputs keeps its strata, the others lose theirs. Inputs without a pair stay as they are.
/// Source: Nataf 1962; Nelsen 2006 for copulas.
class GaussianCopula {
 public:
  /// Throws ScenarioError for |r| >= 1 or NaN, an input that is not there or is paired with itself, a pair named twice, and a matrix that is not
  /// positive definite: then the sentence names the pair most at odds with the others.
  GaussianCopula(const std::vector<std::string>& inputs, const std::vector<CorrelatedPair>& pairs);
  Eigen::MatrixXd apply(const Eigen::MatrixXd& points) const;

 private:
  Eigen::MatrixXd lower_;
};

}  // namespace dure::analysis
