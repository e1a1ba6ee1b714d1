#include "analysis/study/break_even.h"

#include "analysis/study/bootstrap.h"

namespace dure::analysis {
namespace {

constexpr int kResamples = 2000;
constexpr double kRounding = 1e-12;  // of the values

double zero_of(double x0, double d0, double x1, double d1) { return x0 - d0 * (x1 - x0) / (d1 - d0); }

std::optional<double> crossing(std::span<const double> x, const Eigen::VectorXd& d) {
  if (d.isZero(0)) return std::nullopt;
  const Eigen::Index last = d.size() - 1;
  for (Eigen::Index i = 0; i <= last; ++i) {
    if (d(i) == 0) return x[std::size_t(i)];
    if (i < last && d(i) * d(i + 1) < 0) return zero_of(x[std::size_t(i)], d(i), x[std::size_t(i) + 1], d(i + 1));
  }
  // Beyond an end, on the side on which the line comes nearer.
  if (std::abs(d(0)) < std::abs(d(1))) return zero_of(x[0], d(0), x[1], d(1));
  if (std::abs(d(last)) < std::abs(d(last - 1))) return zero_of(x[std::size_t(last) - 1], d(last - 1), x[std::size_t(last)], d(last));
  return std::nullopt;
}

}  // namespace

std::optional<BreakEven> break_even(std::span<const double> x, const Eigen::MatrixXd& values, const Values& baseline, sim::Seed seed) {
  if (x.size() < 2 || values.rows() == 0 || level_everywhere(values, baseline)) return std::nullopt;
  const Eigen::MatrixXd differences = values.colwise() - Eigen::VectorXd(baseline);
  const Eigen::VectorXd mean = differences.colwise().mean();
  const std::optional<double> value = crossing(x, mean);
  if (!value) return std::nullopt;
  BreakEven found;
  found.value = *value;
  found.beyond = *value < x.front() || *value > x.back();
  found.per_unit = (mean(mean.size() - 1) - mean(0)) / (x.back() - x.front());
  if (values.rows() > 1)
    found.interval = bootstrap(Resamples(std::size_t(values.rows()), seed, "study/break-even"), kResamples, [&](const Picks& picks) {
                     Eigen::VectorXd d = Eigen::VectorXd::Zero(mean.size());
                     for (const std::size_t pick : picks) d += differences.row(Eigen::Index(pick)).transpose();
                     return std::vector<double>{crossing(x, d / double(picks.size())).value_or(*value)};
                   }).front();
  return found;
}

bool level_everywhere(const Eigen::MatrixXd& values, const Values& baseline) {
  if (values.size() == 0) return false;
  const Eigen::MatrixXd differences = values.colwise() - Eigen::VectorXd(baseline);
  return differences.colwise().mean().cwiseAbs().maxCoeff() <= kRounding * values.cwiseAbs().maxCoeff();
}

}  // namespace dure::analysis
