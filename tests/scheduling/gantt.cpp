#include <doctest/doctest.h>

#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

TEST_CASE("fcfs: jobs start in order and the first that does not fit holds up all behind it") {
  CHECK(gantt(scheduler("fcfs"), 3, {job('a', 0, 2, 5), job('b', 1, 3, 3), job('c', 2, 1, 2)}) == R"(
aaaaabbbcc
aaaaabbb..
.....bbb..
)");
}

TEST_CASE("easy_backfill: a short job slips in without delaying the blocked one") {
  CHECK(gantt(scheduler("easy_backfill"), 3, {job('a', 0, 2, 5), job('b', 1, 3, 3), job('c', 2, 1, 2)}) == R"(
aaaaabbb
aaaaabbb
..cc.bbb
)");
}

TEST_CASE("easy_backfill: a job may end at the very moment the blocked one starts") {
  CHECK(gantt(scheduler("easy_backfill"), 3, {job('a', 0, 2, 5), job('b', 1, 3, 3), job('c', 2, 1, 3)}) == R"(
aaaaabbb
aaaaabbb
..cccbbb
)");
}

TEST_CASE("easy_backfill: a job that would end a second too late waits") {
  CHECK(gantt(scheduler("easy_backfill"), 3, {job('a', 0, 2, 5), job('b', 1, 3, 3), job('c', 2, 1, 4)}) == R"(
aaaaabbbcccc
aaaaabbb....
.....bbb....
)");
}

TEST_CASE("easy_backfill: a long job starts on cards the blocked one does not need") {
  // At 5 all four cards are free, b needs three of them, one is to spare: c takes it; d would need a second one.
  CHECK(gantt(scheduler("easy_backfill"), 4, {job('a', 0, 2, 5), job('b', 1, 3, 3), job('c', 2, 1, 9), job('d', 3, 1, 9)}) == R"(
aaaaabbbddddddddd
aaaaabbb.........
..ccccccccc......
.....bbb.........
)");
}

TEST_CASE("easy_backfill: with depth 1 only the job right behind the first is considered") {
  const std::vector<TestJob> jobs = {job('a', 0, 2, 5), job('b', 1, 3, 3), job('c', 2, 1, 9), job('d', 2, 1, 3)};
  CHECK(gantt(scheduler("easy_backfill", 2), 3, jobs) == R"(
aaaaabbbccccccccc
aaaaabbb.........
..dddbbb.........
)");
  CHECK(gantt(scheduler("easy_backfill", 1), 3, jobs) == R"(
aaaaabbbccccccccc
aaaaabbbddd......
.....bbb.........
)");
}

TEST_CASE("easy_backfill: whole nodes are promised node by node, not card by card") {
  // Two nodes of two cards. At 3 two cards are free (b's and the one beside c), but no whole node: d is promised the
  // first node at 6. e may start: it ends by then. At 3 b's card is the only free one and f would hold it until 7: f waits.
  CHECK(gantt(scheduler("easy_backfill"), 2,
              {job('a', 0, 1, 6), job('b', 0, 1, 3), job('c', 0, 1, 9), job('d', 1, 2, 2), job('e', 2, 1, 4), job('f', 3, 1, 4)}, 2) == R"(
aaaaaadd..
bbb...dd..
ccccccccc.
..eeeeffff
)");
}

TEST_CASE("scheduler: none named means easy_backfill; each names the cause of what it withholds") {
  CHECK(make_scheduler({})->cause() == IdleCause::kReservation);
  CHECK(scheduler("fcfs")->cause() == IdleCause::kQueueOrder);
}

TEST_CASE("scheduler: a job that the nodes in service cannot hold waits for a repair and holds up nobody") {
  for (const char* name : {"fcfs", "easy_backfill", "conservative_backfill", "fair_share", "dominant_resource"}) {
    CAPTURE(name);
    Pool hall = pool(3, 1, scheduler(name));
    hall.remove_node(NodeIndex{2});
    hall.submit({JobId{1}, {3, 0}, 10, 1});
    hall.submit({JobId{2}, {2, 0}, 10, 2});
    hall.submit({JobId{3}, {1, 0}, 10, 3});
    const auto start = hall.start_next(0);
    REQUIRE(start);
    CHECK(start->job.id == JobId{2});
    CHECK_FALSE(hall.start_next(0));
    hall.restore_node(NodeIndex{2});  // from here on job 1 is first in line again, due at 10
    const auto next = hall.start_next(5);
    CHECK(next.has_value() == false);
    hall.end(start->job, start->slices, start->expected_end_s, 6);
    const auto whole = hall.start_next(6);
    REQUIRE(whole);
    CHECK(whole->job.id == JobId{1});
  }
}

TEST_CASE("scheduler: an interrupted job goes back to its old place") {
  Pool hall = pool(1, 1, scheduler("fcfs"));
  hall.submit({JobId{1}, {1, 0}, 10, 1});
  const auto first = hall.start_next(0);
  REQUIRE(first);
  hall.submit({JobId{2}, {1, 0}, 10, 2});
  hall.end(first->job, first->slices, first->expected_end_s, 1);  // its node failed
  hall.remove_node(NodeIndex{0});
  hall.submit({JobId{1}, {1, 0}, 10, 1});
  CHECK_FALSE(hall.start_next(1));
  hall.restore_node(NodeIndex{0});
  const auto again = hall.start_next(2);
  REQUIRE(again);
  CHECK(again->job.id == JobId{1});
}
