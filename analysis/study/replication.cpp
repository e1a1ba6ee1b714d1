#include "analysis/study/replication.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace dure::analysis {

Replication replicate(const Values& values, const WantedWidth& wanted) {
  SIM_CHECK(wanted.half_width >= 0 && wanted.most >= 1, "no half-width below zero, and at least one replicate");
  const Eigen::Index n = values.size(), first = std::clamp<Eigen::Index>(wanted.first, 2, std::max<Eigen::Index>(2, wanted.most));
  Replication out;
  out.half_width = half_width(values);
  if (n > 0) out.wanted = wanted.relative ? wanted.half_width * std::abs(values.mean()) : wanted.half_width;
  const double margin = n < wanted.most ? 1 + 2 / double(n) : 1;  // what ends at the limit was not stopped by its width
  if (n >= first && *out.half_width * margin <= *out.wanted) {
    out.state = Replication::State::kReached;
    return out;
  }
  if (n >= wanted.most) {
    out.state = Replication::State::kNotReached;
    return out;
  }
  if (n < first) {
    out.further = std::min(first, wanted.most) - n;
    return out;
  }
  const double ratio = *out.half_width / *out.wanted;  // infinite for a share of a mean of zero
  const double needed = std::min(double(n) * ratio * ratio, 2 * double(n));
  const Eigen::Index least = std::max<Eigen::Index>(1, n / 10);
  out.further = std::clamp(Eigen::Index(std::ceil(needed)) - n, least, n);
  out.further = std::min(out.further, wanted.most - n);
  return out;
}

}  // namespace dure::analysis
