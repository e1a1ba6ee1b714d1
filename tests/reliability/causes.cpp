// The table of causes that scenarios name.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/reliability/repair_time.h"
#include "sim/units.h"

using namespace dure::sim;

TEST_CASE("causes: the shares sum to one, and the mixture of all has the published repair times") {
  std::ifstream table("platforms/reliability/causes.csv");
  REQUIRE(table);
  ::dure::Reliability spec;
  std::string row;
  std::getline(table, row);
  double shares = 0;
  while (std::getline(table, row)) {
    std::istringstream cells(row);
    std::vector<std::string> cell(6);  // the columns before provenance hold no quotes
    for (std::string& one : cell) std::getline(cells, one, ',');
    auto* cause = spec.add_cause();
    cause->set_cause(cell[0]);
    cause->set_share(std::stod(cell[1]));
    cause->set_quick_share(std::stod(cell[2]));
    cause->set_repair_hours(std::stod(cell[3]));
    cause->set_repair_sigma(std::stod(cell[4]));
    cause->set_needs_part(cell[5] == "true");
    shares += cause->share();
  }
  CHECK(spec.cause_size() == 9);
  CHECK(shares == doctest::Approx(1).epsilon(0.001));
  const Repairs repairs(spec);
  CHECK(repairs.mean_s() / kHour_s == doctest::Approx(133).epsilon(0.06));
  Random random({12, 0}, "causes");
  std::vector<double> hours;
  int stress_tests_with_parts = 0;
  for (int i = 0; i < 100000; ++i) {
    const Repair repair = repairs.draw(random, repairs.draw_cause(random));
    hours.push_back(repair.repair_s / kHour_s);
    stress_tests_with_parts += repairs.causes()[std::size_t(repair.cause)] == "stress_test" && repair.needs_part;
  }
  std::sort(hours.begin(), hours.end());
  CHECK(hours[50000] > 17.5);  // 90 % interval of the published sample's median
  CHECK(hours[50000] < 26);
  CHECK(hours[95000] > 500);   // published 722, of the sample 607 to 972: somewhat light
  CHECK(hours[95000] < 972);
  CHECK(stress_tests_with_parts == 0);
}

TEST_CASE("causes: shares that are all zero are refused") {
  ::dure::Reliability spec;
  spec.add_cause()->set_share(0);
  CHECK_THROWS_AS(Repairs{spec}, ScenarioError);
}
