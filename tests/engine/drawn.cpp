// Whole runs as Gantt charts: a row a card, a column a second. One-card nodes, no loads, no faults.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
struct DrawnJob {
  char name;
  int submit_s, cards, work_s;
};

RunResult replayed(const std::string& scheduler, int nodes, const std::vector<DrawnJob>& jobs, int cards_per_node = 1) {
  std::string csv = "job_id,submit_s,duration_s,cards\n";
  for (const DrawnJob& job : jobs)
    csv += std::string(1, job.name) + "," + std::to_string(job.submit_s) + "," + std::to_string(job.work_s) + "," + std::to_string(job.cards) + "\n";
  return run_text(hall(nodes, cards_per_node, R"(
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      workload { trace { file: "trace.csv" } } scheduler { )" + scheduler + " {} }"), csv);
}

/// Jobs are drawn where they lay, as the engine tells it.
std::string gantt(const std::string& scheduler, int nodes, const std::vector<DrawnJob>& jobs, int cards_per_node = 1) {
  const RunResult run = replayed(scheduler, nodes, jobs, cards_per_node);
  double last_s = 0;
  for (const Holding& held : run.holdings) last_s = std::max(last_s, held.until_s);
  std::vector<std::string> rows(std::size_t(nodes * cards_per_node), std::string(std::size_t(std::lround(last_s)), '.'));
  for (const Holding& held : run.holdings) {
    const auto from = std::size_t(std::lround(held.from_s));
    const auto until = std::size_t(std::lround(held.until_s));
    int left = held.milli / 1000;
    for (int card = 0; card < cards_per_node && left > 0; ++card) {
      std::string& row = rows[std::size_t(held.node * cards_per_node + card)];
      if (row.substr(from, until - from).find_first_not_of('.') != std::string::npos) continue;
      row.replace(from, until - from, until - from, jobs[std::size_t(held.job - 1)].name);
      --left;
    }
    if (left > 0) rows.push_back("a card in two places");
  }
  std::string drawing = "\n";
  for (const std::string& row : rows) drawing += row + "\n";
  return drawing;
}

const std::vector<DrawnJob> kThree = {{'a', 0, 2, 5}, {'b', 1, 3, 3}, {'c', 2, 1, 2}};
}  // namespace

TEST_CASE("whole run, fcfs: the first that does not fit holds up all behind it") {
  CHECK(gantt("fcfs", 3, kThree) == R"(
aaaaabbbcc
aaaaabbb..
.....bbb..
)");
}

TEST_CASE("whole run, easy_backfill: a short job slips in without delaying the blocked one") {
  CHECK(gantt("easy_backfill", 3, kThree) == R"(
aaaaabbb
aaaaabbb
..cc.bbb
)");
}

TEST_CASE("whole run, easy_backfill: ending a second too late is too late") {
  CHECK(gantt("easy_backfill", 3, {{'a', 0, 2, 5}, {'b', 1, 3, 3}, {'c', 2, 1, 3}, {'d', 2, 1, 4}}) == R"(
aaaaabbbdddd
aaaaabbb....
..cccbbb....
)");
}

TEST_CASE("whole run, easy_backfill: a long job starts on a card the blocked one will not need") {
  CHECK(gantt("easy_backfill", 4, {{'a', 0, 2, 5}, {'b', 1, 3, 3}, {'c', 2, 1, 9}, {'d', 3, 1, 9}}) == R"(
aaaaabbbddddddddd
aaaaabbb.........
..ccccccccc......
.....bbb.........
)");
}

TEST_CASE("whole run: start times of eight jobs on four cards equal the hand-worked schedule") {
  // Four cards. fcfs, by hand:  a 0-4 on two, b 0-3 on two;  c (4) waits for both: 4-6;  d (1) behind c: 6-9;  e (2): 6-8;  f (1): 6-7;
  // g (3) needs three: at 7 two are free (f), at 8 three (e, f): 8-10;  h (1): behind g, 9 is the first free card (d ends).
  const std::vector<DrawnJob> jobs = {{'a', 0, 2, 4}, {'b', 0, 2, 3}, {'c', 1, 4, 2}, {'d', 1, 1, 3}, {'e', 2, 2, 2}, {'f', 2, 1, 1}, {'g', 3, 3, 2}, {'h', 3, 1, 3}};
  CHECK(replayed("fcfs", 4, jobs).numbers("SELECT start_s FROM jobs ORDER BY job") == std::vector<double>{0, 0, 4, 6, 6, 6, 8, 9});
  // easy: c is promised 4 (a and b done). At 3, when b ends, two cards are free for one second: f (1 s) ends by 4 and starts; d, e, h
  // would not. At 6: d, e start; g (3) is promised 8, when e ends and one card is free beside; h (3 s) would end at 9, but needs
  // the one card that g does not leave: waits. At 8 g starts beside d; at 9 d ends: h.
  CHECK(replayed("easy_backfill", 4, jobs).numbers("SELECT start_s FROM jobs ORDER BY job") == std::vector<double>{0, 0, 4, 6, 6, 3, 8, 9});
}

TEST_CASE("one instant: a card that is given back is taken again in the same instant, by the job that arrives in it") {
  // a ends at 5, b arrives at 5: ends come before arrivals, and the decision after both. b waits for nothing.
  const RunResult run = replayed("fcfs", 1, {{'a', 0, 1, 5}, {'b', 5, 1, 5}});
  CHECK(run.numbers("SELECT start_s FROM jobs ORDER BY job") == std::vector<double>{0, 5});
  CHECK(run["card_hours.productive"] == doctest::Approx(10.0 / 3600));
  CHECK(run["card_hours.withheld"] + run["card_hours.idle_fragmented"] == 0);
}

TEST_CASE("one instant: all arrivals of an instant are in the queue before one decision") {
  // b and c come at the moment a ends. Decided one by one, b (1 card) and c (1 card) would be the same; what tells is that d (2
  // cards), first in order of submission, gets both cards although b and c arrive in the same instant.
  CHECK(gantt("fcfs", 2, {{'a', 0, 2, 4}, {'d', 4, 2, 2}, {'b', 4, 1, 1}, {'c', 4, 1, 1}}) == R"(
aaaaddb
aaaaddc
)");
}
