#include "sim/workload/run_time.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>

#include "sim/units.h"

namespace dure::sim {
namespace {

double cut_mean_s(double median_s, double sigma, double max_s) {
  if (sigma == 0) return std::min(median_s, max_s);
  const double reach = std::log(max_s / median_s);
  return median_s * std::exp(sigma * sigma / 2) * normal_cdf((reach - sigma * sigma) / sigma) + max_s * (1 - normal_cdf(reach / sigma));
}

}  // namespace

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

RunTime::RunTime(const dure::JobPattern& spec) : max_s_(spec.max_h() * kHour_s) {
  const double early_s = spec.short_median_s();
  const double real_s = spec.long_median_h() * kHour_s;
  early_ = {spec.short_share(), std::log(early_s), spec.short_sigma(), cut_mean_s(early_s, spec.short_sigma(), max_s_)};
  real_ = {1 - spec.short_share(), std::log(real_s), spec.long_sigma(), cut_mean_s(real_s, spec.long_sigma(), max_s_)};
  mean_s_ = early_.share * early_.mean_s + real_.share * real_.mean_s;
}

RunTime RunTime::with_real_median(double median_s) const {
  RunTime made = *this;
  made.real_.log_median = std::log(median_s);
  made.real_.mean_s = cut_mean_s(median_s, real_.sigma, max_s_);
  made.mean_s_ = made.early_.share * made.early_.mean_s + made.real_.share * made.real_.mean_s;
  return made;
}

RunTime::Draw RunTime::draw(Random& random) const {
  const bool early = random.chance(early_.share);
  const Part& part = early ? early_ : real_;
  const double drawn_s = std::exp(part.log_median + part.sigma * random.normal(0, 1));
  return {std::clamp(drawn_s, 1.0, max_s_), early};
}

// Seen by a passer-by, a run of length x shows up in proportion to x. For a log-normal that only moves the median by
// e^(sigma^2); the runs cut at L keep their weight L P(X > L).
double RunTime::length_biased_s(const Part& part, Random& random) const {
  const double reach = std::log(max_s_) - part.log_median;
  const double beyond = part.sigma == 0 ? double(reach < 0) : 1 - normal_cdf(reach / part.sigma);
  if (random.chance(max_s_ * beyond / part.mean_s)) return max_s_;
  if (part.sigma == 0) return std::exp(part.log_median);
  const double below = normal_cdf(reach / part.sigma - part.sigma);  // of the moved log-normal
  const double z = -std::sqrt(2.0) * boost::math::erfc_inv(2 * std::max(random.uniform() * below, 1e-300));
  return std::min(max_s_, std::exp(part.log_median + part.sigma * (part.sigma + z)));
}

double RunTime::residual_s(Random& random) const {
  const Part& part = random.chance(early_.share * early_.mean_s / mean_s_) ? early_ : real_;
  const double whole_s = length_biased_s(part, random);
  return random.uniform() * whole_s;
}

}  // namespace dure::sim
