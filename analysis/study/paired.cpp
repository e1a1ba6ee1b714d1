#include "analysis/study/paired.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "sim/error.h"

namespace dure::analysis {

namespace {

constexpr double kRounding = 1e-12;  // relative: a sum of ten thousand doubles is good to about this

Interval share_interval(Eigen::Index hits, Eigen::Index n) {
  using Binomial = boost::math::binomial_distribution<double>;
  return {Binomial::find_lower_bound_on_p(double(n), double(hits), 0.025), Binomial::find_upper_bound_on_p(double(n), double(hits), 0.025)};
}

}  // namespace

Comparison compare(const Values& baseline, const Values& option, Better better) {
  SIM_CHECK(baseline.size() == option.size() && option.size() > 0, "a pair has as many replicates on either side");
  Comparison out;
  out.n = option.size();
  out.better = better;
  Eigen::VectorXd difference = option - baseline;
  const double rounding = kRounding * std::max(baseline.cwiseAbs().maxCoeff(), option.cwiseAbs().maxCoeff());
  difference = (difference.array().abs() <= rounding).select(0.0, difference);
  out.mean_difference = difference.mean();
  const double baseline_mean = baseline.mean();
  if (baseline_mean != 0) out.relative_difference = out.mean_difference / std::abs(baseline_mean);

  const double sign = better == Better::kHigher ? 1 : -1;
  Eigen::Index wins = 0, ties = 0;
  for (const double d : difference) {
    wins += sign * d > 0;
    ties += d == 0;
  }
  out.wins = double(wins) / double(out.n);
  out.ties = double(ties) / double(out.n);
  out.wins_interval = share_interval(wins, out.n);
  if (out.n < 2) return out;

  if ((difference.array() - out.mean_difference).abs().maxCoeff() <= rounding) {
    out.interval = Interval{out.mean_difference, out.mean_difference};
    out.p = out.mean_difference == 0 ? 1 : 0;
    return out;
  }
  const double half = *half_width(difference);
  out.interval = Interval{out.mean_difference - half, out.mean_difference + half};
  const boost::math::students_t student(double(out.n - 1));
  const double error = half / boost::math::quantile(boost::math::complement(student, 0.025));
  out.p = 2 * boost::math::cdf(boost::math::complement(student, std::abs(out.mean_difference) / error));
  return out;
}

void judge(std::vector<Comparison>& family, double level) {
  std::vector<Comparison*> tested;
  for (Comparison& each : family)
    if (each.p) tested.push_back(&each);
  std::stable_sort(tested.begin(), tested.end(), [](const Comparison* a, const Comparison* b) { return *a->p < *b->p; });
  double least = 0;
  for (std::size_t i = 0; i < tested.size(); ++i) {
    Comparison& each = *tested[i];
    least = std::max(least, std::min(1.0, double(tested.size() - i) * *each.p));
    each.p_adjusted = least;
    const bool improves = (each.mean_difference > 0) == (each.better == Better::kHigher);
    if (each.ties == 1)
      each.verdict = Verdict::kEqual;
    else if (least <= level)
      each.verdict = improves ? Verdict::kBetter : Verdict::kWorse;
    else
      each.verdict = Verdict::kCannotTell;
  }
}

}  // namespace dure::analysis
