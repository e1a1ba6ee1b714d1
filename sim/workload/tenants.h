#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/source.h"

namespace dure::sim {

/// Shares by rank r = 1..n in proportion to r^-exponent, summing to one (Zipf; exponent 0: all alike).
std::vector<double> zipf_shares(int n, double exponent);

/// A region for each tenant, so that the regions' sums of `weight` follow `region_share` as closely as they can: the
/// heaviest first, each tenant goes where most is missing. No chance in it. Without shares everybody lives in region 0.
std::vector<RegionId> regions_by_share(std::span<const double> weight, std::span<const double> region_share);

/// The class of that name among the population's; ScenarioError at `field_path` if there is none.
JobClassId job_class_named(const Population& population, std::string_view name, const std::string& field_path);

/// Outcome by a uniform number: cancelled below the first share, failed below the sum of both, else completed.
constexpr Outcome outcome_of(double uniform, double cancelled_share, double failed_share) {
  if (uniform < cancelled_share) return Outcome::kCancelled;
  return uniform < cancelled_share + failed_share ? Outcome::kFailed : Outcome::kCompleted;
}

}  // namespace dure::sim
