#include "sim/reliability/repair_time.h"

#include <cmath>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {

Repairs::Repairs(const ::dure::Reliability& spec)
    : quick_median_s_(spec.quick_hours() * kHour_s), quick_sigma_(spec.quick_sigma()) {
  if (spec.cause_size() == 0) {
    names_.push_back("hardware");
    classes_.push_back({1, spec.quick_share(), spec.repair_hours() * kHour_s, spec.repair_sigma(), true});
    return;
  }
  double sum = 0;
  for (const auto& cause : spec.cause()) {
    sum += cause.share();
    names_.push_back(cause.cause());
    classes_.push_back({sum, cause.quick_share(), cause.repair_hours() * kHour_s, cause.repair_sigma(), cause.needs_part()});
  }
  if (!(sum > 0))
    throw ScenarioError("reliability.cause", {"the shares of all causes are zero", "모든 고장 원인의 비율이 0입니다"},
                        {"give at least one cause a share above 0, or remove the causes", "비율이 0보다 큰 원인을 하나 이상 두거나 원인표를 지우세요"});
  for (Class& one : classes_) one.cumulative /= sum;
  classes_.back().cumulative = 1;
}

int Repairs::draw_cause(Random& random) const {
  if (classes_.size() == 1) return 0;
  const double u = random.uniform();
  int cause = 0;
  while (u >= classes_[std::size_t(cause)].cumulative) ++cause;
  return cause;
}

Repair Repairs::draw(Random& random, int cause) const {
  const Class& of = classes_[std::size_t(cause)];
  const bool quick = random.chance(of.quick_share);
  const double z = random.normal(0, 1);
  const double repair_s = quick ? quick_median_s_ * std::exp(quick_sigma_ * z) : of.median_s * std::exp(of.sigma * z);
  return {cause, repair_s, !quick && of.needs_part};
}

double Repairs::mean_s() const {
  const double quick_mean_s = quick_median_s_ * std::exp(quick_sigma_ * quick_sigma_ / 2);
  double mean_s = 0;
  double before = 0;
  for (const Class& one : classes_) {
    const double long_mean_s = one.median_s * std::exp(one.sigma * one.sigma / 2);
    mean_s += (one.cumulative - before) * (one.quick_share * quick_mean_s + (1 - one.quick_share) * long_mean_s);
    before = one.cumulative;
  }
  return mean_s;
}

}  // namespace dure::sim
