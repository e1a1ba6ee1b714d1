#include "analysis/study/quantiles.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "sim/error.h"

namespace dure::analysis {

namespace {

double of_sorted(const std::vector<double>& sorted, double share) {
  const double at = double(sorted.size() - 1) * share;
  const auto below = std::min(static_cast<std::size_t>(at), sorted.size() - 1);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

double quantile(std::vector<double> sample, double share) {
  SIM_CHECK(!sample.empty() && share >= 0 && share <= 1, "a quantile of nothing, or of no share");
  std::sort(sample.begin(), sample.end());
  return of_sorted(sample, share);
}

std::optional<double> half_width(const Values& values, double confidence) {
  const Eigen::Index n = values.size();
  if (n < 2) return {};
  const double mean = values.mean();
  const double sd = std::sqrt((values.array() - mean).square().sum() / double(n - 1));
  const boost::math::students_t student(double(n - 1));
  return boost::math::quantile(boost::math::complement(student, (1 - confidence) / 2)) * sd / std::sqrt(double(n));
}

Spread spread(const Values& values) {
  SIM_CHECK(values.size() > 0, "a spread of nothing");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  Spread out{.n = values.size(), .mean = values.mean(), .p05 = of_sorted(sorted, 0.05), .p50 = of_sorted(sorted, 0.5), .p95 = of_sorted(sorted, 0.95), .ci95_low = {}, .ci95_high = {}};
  if (const auto half = half_width(values)) {
    out.ci95_low = out.mean - *half;
    out.ci95_high = out.mean + *half;
  }
  return out;
}

}  // namespace dure::analysis
