#include "analysis/study/correlation.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "sim/error.h"

namespace dure::analysis {

namespace {

using sim::ScenarioError;

constexpr double kLeastEigenvalue = 1e-9;   // below, rounding decides
constexpr double kLeastShare = 0x1p-53;     // Phi^-1 of 0 is not a number to multiply with

/// As a study calls it: the door finds the line.
std::string path_of(std::size_t pair) { return fmt::format("correlation[{}]", pair); }

Eigen::Index place_of(const std::string& input, const std::vector<std::string>& inputs, std::size_t pair) {
  const auto found = std::find(inputs.begin(), inputs.end(), input);
  if (found == inputs.end())
    throw ScenarioError(path_of(pair), {fmt::format("a correlation names \"{}\", which is none of the uncertain inputs", input), fmt::format("상관관계에 적힌 \"{}\"은(는) 불확실한 입력에 없습니다", input)},
                        {"name inputs as they stand in the study", "스터디에 적힌 입력 이름을 그대로 쓰십시오"});
  return found - inputs.begin();
}

/// The pair that pulls the matrix furthest from being positive definite: the worst term r_ij v_i v_j of v'Rv for the smallest eigenvalue.
[[noreturn]] void refuse(const Eigen::MatrixXd& r, const Eigen::VectorXd& v, const std::vector<std::string>& inputs, const std::vector<CorrelatedPair>& pairs) {
  Eigen::Index a = 0, b = 1;
  for (Eigen::Index i = 0; i < r.rows(); ++i)
    for (Eigen::Index j = i + 1; j < r.cols(); ++j)
      if (r(i, j) * v(i) * v(j) < r(a, b) * v(a) * v(b)) a = i, b = j;
  const std::string &first = inputs[static_cast<std::size_t>(a)], &second = inputs[static_cast<std::size_t>(b)];
  const auto named = std::find_if(pairs.begin(), pairs.end(), [&](const CorrelatedPair& pair) { return (pair.first == first && pair.second == second) || (pair.first == second && pair.second == first); });
  throw ScenarioError(path_of(std::size_t(named - pairs.begin())), {fmt::format("the correlations contradict each other (the matrix is not positive definite); most at odds with the others: {} and {}, {:g}", first, second, r(a, b)),
                              fmt::format("상관계수들이 서로 모순됩니다(행렬이 양의 정부호가 아님). 나머지와 가장 어긋나는 쌍: {}와(과) {}, {:g}", first, second, r(a, b))},
                      {"bring this correlation nearer to zero, or leave the pair out", "이 상관계수를 0에 가깝게 하거나 이 쌍을 빼십시오"});
}

}  // namespace

GaussianCopula::GaussianCopula(const std::vector<std::string>& inputs, const std::vector<CorrelatedPair>& pairs) {
  const auto n = static_cast<Eigen::Index>(inputs.size());
  Eigen::MatrixXd r = Eigen::MatrixXd::Identity(n, n);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const CorrelatedPair& pair = pairs[i];
    const Eigen::Index a = place_of(pair.first, inputs, i), b = place_of(pair.second, inputs, i);
    if (a == b)
      throw ScenarioError(path_of(i), {fmt::format("\"{}\" is correlated with itself", pair.first), fmt::format("\"{}\"이(가) 자기 자신과 상관되어 있습니다", pair.first)},
                          {"name two different inputs", "서로 다른 두 입력을 적으십시오"});
    if (!(std::abs(pair.correlation) < 1))
      throw ScenarioError(path_of(i), {fmt::format("{} and {}: a correlation of {:g} is not between -1 and 1", pair.first, pair.second, pair.correlation), fmt::format("{}와(과) {}: 상관계수 {:g}은(는) -1과 1 사이의 값이 아닙니다", pair.first, pair.second, pair.correlation)},
                          {"inputs that always move together are one input", "늘 함께 움직이는 입력이라면 하나의 입력으로 두십시오"});
    if (r(a, b) != 0)
      throw ScenarioError(path_of(i), {fmt::format("{} and {} are correlated twice", pair.first, pair.second), fmt::format("{}와(과) {}의 상관계수가 두 번 적혀 있습니다", pair.first, pair.second)},
                          {"keep one of the two", "둘 중 하나만 남기십시오"});
    r(a, b) = r(b, a) = pair.correlation;
  }
  if (n == 0) return;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrum(r);
  if (spectrum.eigenvalues()(0) < kLeastEigenvalue) refuse(r, spectrum.eigenvectors().col(0), inputs, pairs);
  lower_ = r.llt().matrixL();
}

Eigen::MatrixXd GaussianCopula::apply(const Eigen::MatrixXd& points) const {
  SIM_CHECK(points.cols() == lower_.cols(), "as many columns as inputs");
  const boost::math::normal normal;
  Eigen::MatrixXd out = points;
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    if (lower_.row(i).head(i).isZero(0)) continue;
    for (Eigen::Index row = 0; row < points.rows(); ++row) {
      double z = 0;
      for (Eigen::Index j = 0; j <= i; ++j)
        if (lower_(i, j) != 0) z += lower_(i, j) * boost::math::quantile(normal, std::clamp(points(row, j), kLeastShare, 1 - kLeastShare));
      out(row, i) = std::min(boost::math::cdf(normal, z), 1 - kLeastShare);
    }
  }
  return out;
}

}  // namespace dure::analysis
