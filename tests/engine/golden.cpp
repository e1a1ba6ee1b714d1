// The smallest scenario whole: its summary as committed, and the same bytes again.
//
// When a change is meant to move results, write the file anew and look at the difference:
//   DURE_REGENERATE=1 build/release/tests/test_engine -tc="golden*" && git diff tests/golden
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
RunResult tiny(std::uint64_t seed = 0) {
  dure::Scenario scenario = dure::sim::load_scenario("scenarios/tiny.txtpb").scenario;
  if (seed != 0) scenario.set_seed(seed);
  return run(scenario);
}
}  // namespace

TEST_CASE("golden: the summary of scenarios/tiny.txtpb") {
  const char* file = "tests/golden/tiny.summary.json";
  const std::string summary = tiny().summary;
  if (std::getenv("DURE_REGENERATE") != nullptr) std::ofstream(file) << summary;
  std::ostringstream golden;
  golden << std::ifstream(file).rdbuf();
  const bool same = summary == golden.str();
  CHECK_MESSAGE(same, "the summary is not the committed one; if that is meant, write it anew (see the top of this file)");
  if (same) return;
  std::istringstream now(summary), then(golden.str());
  std::string a, b;
  for (int shown = 0; shown < 20 && std::getline(then, b) && std::getline(now, a);)
    if (a != b && ++shown) MESSAGE("was " << b << "\nis  " << a);
}

TEST_CASE("same binary, scenario and seed: the same bytes of summary.json and of every table of results.sqlite") {
  const RunResult once = tiny(), again = tiny();
  CHECK(once.summary == again.summary);
  CHECK(once.dump() == again.dump());
  CHECK(once.dump().size() > 10000);
  // The file itself, not only what it says.
  std::ostringstream a, b;
  a << std::ifstream(once.folder / "results.sqlite", std::ios::binary).rdbuf();
  b << std::ifstream(again.folder / "results.sqlite", std::ios::binary).rdbuf();
  CHECK(a.str() == b.str());
}

TEST_CASE("another seed is another run") {
  const RunResult one = tiny(1), two = tiny(2);
  CHECK(one.dump() != two.dump());
  CHECK(one["wait_s.mean"] != two["wait_s.mean"]);
}

TEST_CASE("without a file the summary is the same") {
  const dure::Scenario scenario = dure::sim::load_scenario("scenarios/tiny.txtpb").scenario;
  const std::string summary = dure::sim::in_child([&] { 
    dure::sim::RunOptions options;
    options.seed = dure::sim::Seed{scenario.seed()};
    return dure::sim::to_json(dure::sim::run_scenario(scenario, options).summary);
  });
  CHECK(summary == tiny().summary);
}
