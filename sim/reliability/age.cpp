#include "sim/reliability/age.h"

#include <algorithm>
#include <cmath>

namespace dure::sim {

double AgeFactor::rate(double age_s) const {
  return 1 + infant_excess_ * std::exp(-age_s / infant_s_) + wear_per_s_ * std::max(0.0, age_s - wear_from_s_);
}

double AgeFactor::integral_s(double age_s) const {
  const double worn_s = std::max(0.0, age_s - wear_from_s_);
  return age_s - infant_excess_ * infant_s_ * std::expm1(-age_s / infant_s_) + wear_per_s_ * worn_s * worn_s / 2;
}

}  // namespace dure::sim
