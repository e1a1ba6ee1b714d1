// Who takes cards from whom, and who is spared.
#include "sim/scheduling/preemption.h"

#include <doctest/doctest.h>

#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

WaitingJob waits(std::uint64_t order, int cards, int rank, double estimate_s = 100) { return {JobId{order}, {cards, 0}, estimate_s, order, {}, 0, rank}; }

struct Hall {
  Pool cards;
  explicit Hall(int nodes, double least_run_s = 0) : cards(pool(nodes, 4, scheduler("easy_backfill"))) {
    proto::Preemption config;
    config.set_least_run_s(least_run_s);
    cards.allow_preemption(config);
  }
  Pool::Start run(const WaitingJob& job, double now_s) {
    cards.submit(job);
    return cards.start(job, now_s);
  }
};

std::vector<std::uint64_t> names(const std::optional<Preemption::Order>& order) {
  std::vector<std::uint64_t> ids;
  if (order)
    for (const JobId id : order->victims) ids.push_back(static_cast<std::uint64_t>(id));
  return ids;
}

}  // namespace

TEST_CASE("preemption: the lowest rank loses first, of those the one that started last, and no more than needed") {
  Hall hall(1);
  hall.run(waits(1, 1, 1), 0);
  hall.run(waits(2, 1, 0), 1);
  hall.run(waits(3, 1, 0), 2);
  hall.run(waits(4, 1, 1), 3);
  hall.cards.submit(waits(5, 1, 2));
  CHECK(names(hall.cards.preempt(4)) == std::vector<std::uint64_t>{3});
  hall.cards.withdraw(waits(5, 1, 2));
  hall.cards.submit(waits(6, 3, 2));
  CHECK(names(hall.cards.preempt(4)) == std::vector<std::uint64_t>{3, 2, 4});
  hall.cards.withdraw(waits(6, 3, 2));
  hall.cards.submit(waits(7, 3, 1));  // of rank 1 itself: two cards are not enough
  CHECK_FALSE(hall.cards.preempt(4));
}

TEST_CASE("preemption: who turns out not to stand in the way is spared") {
  // Two nodes of four. The job of four cards needs a whole node: 3 started last, but on the node that 1 fills but for a card.
  Hall hall(2);
  const auto big = hall.run(waits(1, 3, 5), 0);
  const auto small = hall.run(waits(2, 3, 0), 1);
  const auto last = hall.run(waits(3, 1, 0), 2);
  REQUIRE(last.slices[0].node == big.slices[0].node);
  REQUIRE(small.slices[0].node != big.slices[0].node);
  hall.cards.submit(waits(4, 4, 1));
  CHECK(names(hall.cards.preempt(3)) == std::vector<std::uint64_t>{2});
}

TEST_CASE("preemption: nobody is touched in vain, by his own rank, or before he has run for the least time") {
  Hall hall(2, 10);
  hall.run(waits(1, 4, 0), 0);
  hall.run(waits(2, 4, 1), 0);
  hall.cards.submit(waits(3, 8, 1));  // only four cards are held by lower ranks
  CHECK_FALSE(hall.cards.preempt(20));
  hall.cards.submit(waits(4, 2, 1));  // behind 3 in its rank
  CHECK_FALSE(hall.cards.preempt(20));
  hall.cards.withdraw(waits(3, 8, 1));
  CHECK_FALSE(hall.cards.preempt(9));
  CHECK(hall.cards.preempt_again_s() == 10);
  CHECK(names(hall.cards.preempt(10)) == std::vector<std::uint64_t>{1});
  hall.cards.submit(waits(5, 1, 0));  // rank 0 takes from nobody
  hall.cards.withdraw(waits(4, 2, 1));
  CHECK_FALSE(hall.cards.preempt(20));
}

TEST_CASE("preemption: every scheduler lives with jobs that start out of turn") {
  for (const char* name : {"fcfs", "easy_backfill", "conservative_backfill", "fair_share", "dominant_resource"}) {
    CAPTURE(name);
    Pool hall = pool(2, 1, scheduler(name));
    hall.allow_preemption({});
    hall.submit(waits(1, 2, 0));
    const auto first = hall.start_next(0);
    REQUIRE(first);
    hall.submit(waits(2, 2, 0));
    CHECK_FALSE(hall.start_next(1));  // promised at 100
    hall.submit(waits(3, 1, 1, 5));
    const auto order = hall.preempt(2);
    REQUIRE(order);
    CHECK(names(order) == std::vector<std::uint64_t>{1});
    hall.end(first->job, first->slices, first->expected_end_s, 2);
    hall.submit(first->job);
    const auto urgent = hall.start(order->job, 2);
    CHECK_FALSE(hall.preempt(2));
    CHECK_FALSE(hall.start_next(2));
    hall.end(urgent.job, urgent.slices, urgent.expected_end_s, 7);
    const auto again = hall.start_next(7);
    REQUIRE(again);
    // It is back at its old place; but who was promised a time keeps it.
    CHECK(again->job.id == JobId{std::string(name) == "conservative_backfill" ? 2u : 1u});
  }
}
