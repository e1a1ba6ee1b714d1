#include "sim/workload/tenants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/error.h"

namespace dure::sim {

std::vector<double> zipf_shares(int n, double exponent) {
  SIM_CHECK(n > 0, "shares of nobody");
  std::vector<double> shares(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = std::pow(double(i + 1), -exponent);
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

std::vector<RegionId> regions_by_share(std::span<const double> weight, std::span<const double> region_share) {
  std::vector<RegionId> regions(weight.size(), RegionId{0});
  const double all = std::accumulate(region_share.begin(), region_share.end(), 0.0);
  if (all <= 0) return regions;
  std::vector<double> given(region_share.size(), 0.0);
  std::vector<std::size_t> heaviest_first(weight.size());
  std::iota(heaviest_first.begin(), heaviest_first.end(), std::size_t{0});
  std::stable_sort(heaviest_first.begin(), heaviest_first.end(), [&](std::size_t a, std::size_t b) { return weight[a] > weight[b]; });
  double placed = 0;
  for (const std::size_t i : heaviest_first) {
    placed += weight[i];
    std::size_t neediest = 0;
    double most = -1e300;
    for (std::size_t r = 0; r < given.size(); ++r) {
      if (region_share[r] <= 0) continue;
      const double missing = region_share[r] / all * placed - given[r];
      if (missing > most) {
        most = missing;
        neediest = r;
      }
    }
    given[neediest] += weight[i];
    regions[i] = RegionId(neediest);
  }
  return regions;
}

JobClassId job_class_named(const Population& population, std::string_view name, const std::string& field_path) {
  for (std::size_t i = 0; i < population.job_classes.size(); ++i)
    if (population.job_classes[i].name == name) return JobClassId(i);
  throw ScenarioError(field_path, {fmt::format("there is no job_class \"{}\"", name), fmt::format("job_class \"{}\"이(가) 없습니다", name)},
                      {fmt::format("add job_class {{ job_class: \"{}\" }} to the scenario, or name one that is there", name),
                       fmt::format("시나리오에 job_class {{ job_class: \"{}\" }}를 더하거나 있는 부류 이름을 쓰십시오", name)});
}

}  // namespace dure::sim
