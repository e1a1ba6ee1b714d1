#include "analysis/calibration/least_squares.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace dure::analysis {
namespace {

double to_line(const Constant& constant, double value) {
  if (constant.range == Constant::Range::kPositive) return std::log(value);
  const double inside = std::clamp(value, 1e-6, 1 - 1e-6);
  return std::log(inside / (1 - inside));
}
double from_line(const Constant& constant, double x) {
  return constant.range == Constant::Range::kPositive ? std::exp(std::clamp(x, -200.0, 200.0)) : 1 / (1 + std::exp(-std::clamp(x, -12.0, 12.0)));
}

}  // namespace

Solution least_squares(const std::vector<Constant>& constants, const std::vector<std::size_t>& points, const Residual& residual, int most_steps) {
  const auto n = static_cast<Eigen::Index>(constants.size()), m = static_cast<Eigen::Index>(points.size());
  const auto values_at = [&](const Eigen::VectorXd& x) {
    std::vector<double> values(constants.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = from_line(constants[i], x[static_cast<Eigen::Index>(i)]);
    return values;
  };
  const auto residuals_at = [&](const Eigen::VectorXd& x) {
    const std::vector<double> values = values_at(x);
    Eigen::VectorXd r(m);
    for (Eigen::Index i = 0; i < m; ++i) r[i] = residual(values, points[static_cast<std::size_t>(i)]);
    return r;
  };
  Eigen::VectorXd x(n);
  for (Eigen::Index i = 0; i < n; ++i) x[i] = to_line(constants[static_cast<std::size_t>(i)], constants[static_cast<std::size_t>(i)].start);
  Eigen::VectorXd r = residuals_at(x);
  double damping = 1e-2;
  for (int step = 0; step < most_steps; ++step) {
    Eigen::MatrixXd jacobian(m, n);
    constexpr double kStep = 1e-5;
    for (Eigen::Index j = 0; j < n; ++j) {
      Eigen::VectorXd ahead = x, behind = x;
      ahead[j] += kStep;
      behind[j] -= kStep;
      jacobian.col(j) = (residuals_at(ahead) - residuals_at(behind)) / (2 * kStep);
    }
    const Eigen::MatrixXd normal = jacobian.transpose() * jacobian;
    const Eigen::VectorXd slope = jacobian.transpose() * r;
    bool better = false;
    double gain = 0;
    for (int attempt = 0; attempt < 12 && !better; ++attempt) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() += damping * normal.diagonal() + Eigen::VectorXd::Constant(n, 1e-12);
      Eigen::VectorXd move = -damped.ldlt().solve(slope);
      if (const double longest = move.cwiseAbs().maxCoeff(); longest > 2) move *= 2 / longest;  // a constant changes sevenfold at most
      const Eigen::VectorXd there = residuals_at(x + move);
      if (there.allFinite() && there.squaredNorm() < r.squaredNorm()) {
        gain = 1 - there.squaredNorm() / r.squaredNorm();
        x += move;
        r = there;
        damping = std::max(damping / 5, 1e-9);
        better = true;
      } else {
        damping *= 4;
      }
    }
    if (!better || gain < 1e-10) break;
  }
  return {values_at(x), r.squaredNorm()};
}

}  // namespace dure::analysis
