// Supply that has to be asked for: lead, refusals, and whose luck it is.
#include "sim/inventory/grid.h"

#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include <cmath>

#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

using namespace dure::sim;

namespace {

constexpr double kMonth_s = kYear_s / 12;

dure::Region region_with(double pass, const std::string& name = "honam") {
  dure::Region region;
  region.set_region(name);
  region.set_grid_pass_low(pass / 2);
  region.set_grid_pass_mid(pass);
  region.set_grid_pass_high((1 + pass) / 2);
  region.set_grid_months_low(24);
  region.set_grid_months_mid(36);
  region.set_grid_months_high(60);
  return region;
}

double months(const dure::Grid& grid, const dure::Region& region, double mw, std::uint64_t seed) { return supplied_from_s(grid, region, "site", mw, 0, Seed{seed, 0}) / kMonth_s; }

std::string refused_path(const dure::Grid& grid, const dure::Region& region) {
  try {
    supplied_from_s(grid, region, "site", 40, 0, {});
  } catch (const ScenarioError& error) {
    CHECK_FALSE(error.message.ko.empty());
    CHECK_FALSE(error.help.en.empty());
    return error.path;
  }
  return "";
}

}  // namespace

TEST_CASE("grid: the mean wait of a large site is its lead and again_months for each refusal") {
  // Lead (24 + 36 + 60)/3 = 40 months; refusals (1 - p)/p, each 12 months: at p = 0.5 one, 52 months in all.
  // Variance: triangular (24² + 36² + 60² - 24·36 - 24·60 - 36·60)/18 = 56; geometric (1 - p)/p² x 144 = 288.
  constexpr int kSeeds = 4000;
  dure::Grid grid;
  double sum = 0;
  for (int seed = 0; seed < kSeeds; ++seed) sum += months(grid, region_with(0.5), 40, std::uint64_t(seed));
  CHECK(std::abs(sum / kSeeds - 52) < 4 * std::sqrt((56 + 288.0) / kSeeds) + 0.02);  // 0.02: whole days
}

TEST_CASE("grid: a site below the limit is not assessed and has the lead of small ones") {
  const dure::Grid grid;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const double small = months(grid, region_with(0.01), 9.9, seed);
    CHECK(small >= 6 - 0.02);
    CHECK(small <= 24 + 0.02);
    CHECK(months(grid, region_with(0.01), 10, seed) >= 24 - 0.02);
  }
}

TEST_CASE("grid: better odds never mean later power under the same luck, and no odds mean none") {
  dure::Grid grid;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    double before = 1e9;
    for (const double level : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      grid.set_pass_level(level);
      const double here = months(grid, region_with(0.4), 40, seed);
      CHECK(here <= before);
      before = here;
    }
  }
  dure::Region never = region_with(0.4);
  never.set_grid_pass_low(0);
  grid.set_pass_level(0);
  CHECK(months(grid, never, 40, 1) == doctest::Approx(600).epsilon(1e-4));
  dure::Region always = region_with(1);
  grid.set_pass_level(1);
  CHECK(months(grid, always, 40, 1) <= 60.02);
}

TEST_CASE("grid: each request has its own luck, which another site does not move") {
  const dure::Grid grid;
  const double honam = supplied_from_s(grid, region_with(0.4), "a", 40, 0, Seed{1, 0});
  CHECK(honam == supplied_from_s(grid, region_with(0.4), "a", 40, 0, Seed{1, 0}));
  CHECK(honam != supplied_from_s(grid, region_with(0.4, "jeju"), "a", 40, 0, Seed{1, 0}));
  CHECK(honam != supplied_from_s(grid, region_with(0.4), "b", 40, 0, Seed{1, 0}));
  CHECK(supplied_from_s(grid, region_with(0.4), "a", 40, 86400, Seed{1, 0}) == honam + 86400);
}

TEST_CASE("grid: what is missing or out of order is refused with its field") {
  dure::Grid grid;
  dure::Region region = region_with(0.4);
  CHECK(refused_path(grid, region).empty());
  region.set_grid_months_mid(10);
  CHECK(refused_path(grid, region) == "region[honam].grid_months_mid");
  region.clear_grid_months_mid();
  CHECK(refused_path(grid, region) == "region[honam]");
  grid.set_assessed_from_mw(100);
  CHECK(refused_path(grid, region).empty());  // a small site needs none of it
  grid.set_small_months_low(30);
  CHECK(refused_path(grid, region) == "grid.small_months_mid");
}
