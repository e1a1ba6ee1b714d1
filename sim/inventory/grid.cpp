#include "sim/inventory/grid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kMost_months = 600;

void check_order(const std::string& path, const char* stem, double low, double mid, double high) {
  if (low <= mid && mid <= high) return;
  throw ScenarioError(fmt::format("{}.{}_mid", path, stem),
                      {fmt::format("{0}_low {1}, {0}_mid {2} and {0}_high {3} are out of order", stem, low, mid, high), fmt::format("{0}_low {1}, {0}_mid {2}, {0}_high {3}의 순서가 맞지 않습니다", stem, low, mid, high)},
                      {"low <= mid <= high", "low <= mid <= high이어야 합니다"});
}

}  // namespace

double supplied_from_s(const ::dure::Grid& grid, const ::dure::Region& region, const std::string& site, double contracted_mw, double requested_s, Seed seed) {
  Random chance(seed, "grid/" + region.region() + "/" + site);
  double months = 0;
  if (contracted_mw < grid.assessed_from_mw()) {
    check_order("grid", "small_months", grid.small_months_low(), grid.small_months_mid(), grid.small_months_high());
    months = chance.triangular(grid.small_months_low(), grid.small_months_mid(), grid.small_months_high());
  } else {
    const std::string path = fmt::format("region[{}]", region.region());
    if (!region.has_grid_months_low() || !region.has_grid_months_mid() || !region.has_grid_months_high() || !region.has_grid_pass_low() || !region.has_grid_pass_mid() || !region.has_grid_pass_high())
      throw ScenarioError(path, {fmt::format("site \"{}\" asks for {:.4g} MW, but the region has no grid_pass and grid_months", site, contracted_mw), fmt::format("센터 \"{}\"이(가) {:.4g} MW를 신청하는데 이 권역에 grid_pass와 grid_months가 없습니다", site, contracted_mw)},
                          {"use platforms/korea/regions.csv, give the six values, or name the site's powered_from", "platforms/korea/regions.csv를 쓰거나 여섯 값을 적거나 센터의 powered_from을 적으십시오"});
    check_order(path, "grid_months", region.grid_months_low(), region.grid_months_mid(), region.grid_months_high());
    check_order(path, "grid_pass", region.grid_pass_low(), region.grid_pass_mid(), region.grid_pass_high());
    months = chance.triangular(region.grid_months_low(), region.grid_months_mid(), region.grid_months_high());
    const double level = grid.pass_level();
    const double pass = level < 0.5 ? std::lerp(region.grid_pass_low(), region.grid_pass_mid(), 2 * level) : std::lerp(region.grid_pass_mid(), region.grid_pass_high(), 2 * level - 1);
    const double u = chance.uniform();
    const double refusals = pass >= 1 ? 0 : pass <= 0 ? kMost_months : std::floor(std::log1p(-u) / std::log1p(-pass));
    months += std::min(refusals, kMost_months) * grid.again_months();
    if (pass <= 0) months = kMost_months;
  }
  return requested_s + std::round(std::min(months, kMost_months) * (kYear_s / 12) / kDay_s) * kDay_s;
}

}  // namespace dure::sim
