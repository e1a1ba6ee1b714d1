// The runs of a study as tables: which replicates and options count, and why the others do not.
#include <doctest/doctest.h>

#include "analysis/study/table.h"

using namespace dure;
using namespace dure::analysis;

namespace {

const sim::Text kWhy{"a job wants more cards than there are", "카드보다 큰 작업이 있습니다"};
std::vector<sim::Metric> run(double wait) { return {{"wait_s.mean", "s", wait, {}}}; }

}  // namespace

TEST_CASE("study table: a replicate with a refused run is left out") {
  const auto a0 = run(1), a1 = run(2), b1 = run(4);
  const std::vector<TableRun> runs = {{0, 0, &a0}, {1, 0, nullptr, kWhy}, {0, 1, &a1}, {1, 1, &b1}};
  const auto tables = metric_tables(runs, 2);
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].replicates == std::vector<std::uint32_t>{1});
  CHECK(tables[0].column(1)(0) == 4);
}

TEST_CASE("study table: an option whose runs were all refused is out with their cause, the others stay pairs") {
  const auto a0 = run(1), a1 = run(2), c0 = run(3), c1 = run(5);
  const std::vector<TableRun> runs = {{0, 0, &a0}, {1, 0, nullptr, kWhy}, {2, 0, &c0}, {0, 1, &a1}, {1, 1, nullptr, kWhy}, {2, 1, &c1}};
  const auto tables = metric_tables(runs, 3);
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].values.rows() == 2);
  CHECK(tables[0].has(0));
  CHECK(tables[0].has(2));
  REQUIRE(tables[0].why_none[1]);
  CHECK(tables[0].why_none[1]->en == "a model refuses its runs: a job wants more cards than there are");
  CHECK(tables[0].why_none[1]->ko.find(kWhy.ko) != std::string::npos);
}

TEST_CASE("study table: where no replicate is whole, each option says why") {
  const auto a0 = run(1), b1 = run(4);
  const auto tables = metric_tables(std::vector<TableRun>{{0, 0, &a0}, {1, 0, nullptr, kWhy}, {0, 1, nullptr, kWhy}, {1, 1, &b1}}, 2);
  REQUIRE(tables.size() == 1);
  CHECK(tables[0].why_none[0]->en.find(kWhy.en) != std::string::npos);
  CHECK(tables[0].why_none[1]->en.find(kWhy.en) != std::string::npos);
}
