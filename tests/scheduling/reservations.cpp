// Cards kept free for somebody: what may start before, within and after.
#include "sim/scheduling/reservations.h"

#include <doctest/doctest.h>

#include <string_view>

#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

WaitingJob waits(std::uint64_t order, int cards, double estimate_s, std::uint16_t marks = 0) { return {JobId{order}, {cards, 0}, estimate_s, order, {}, 0, 0, marks}; }

/// Four one-card nodes; two of the cards are kept from 100 s to 200 s.
Pool hall(const char* policy) {
  Pool made = pool(4, 1, scheduler(policy));
  made.reserve({100, 200, 2, 1});
  return made;
}

/// Who starts now, one after another.
std::vector<std::uint64_t> started(Pool& pool, double now_s) {
  std::vector<std::uint64_t> orders;
  while (const auto start = pool.start_next(now_s)) orders.push_back(start->job.order);
  return orders;
}

using Orders = std::vector<std::uint64_t>;
constexpr const char* kPolicies[] = {"fcfs", "easy_backfill", "conservative_backfill", "fair_share", "dominant_resource"};

}  // namespace

TEST_CASE("reservations: before one begins, jobs that run into it leave its cards free, and shorter ones pass them") {
  for (const char* policy : kPolicies) {
    CAPTURE(policy);
    Pool pool = hall(policy);
    pool.submit(waits(1, 1, 150));
    pool.submit(waits(2, 2, 150));  // with 1 that would be three of the four, and two are reserved
    pool.submit(waits(3, 1, 150));
    pool.submit(waits(4, 2, 101));
    CHECK(started(pool, 0) == Orders{1, 3});
    CHECK(pool.cause() == IdleCause::kDrain);
    pool.submit(waits(5, 1, 100));  // over by then
    CHECK(started(pool, 0) == Orders{5});
  }
}

TEST_CASE("reservations: while one runs its owners go first up to its cards, and others leave them free") {
  for (const char* policy : kPolicies) {
    if (std::string_view(policy) == "fcfs") continue;  // its first in line holds up all others
    CAPTURE(policy);
    Pool pool = hall(policy);
    pool.submit(waits(1, 3, 50));
    pool.submit(waits(2, 1, 50));
    pool.submit(waits(3, 1, 50));
    pool.submit(waits(4, 1, 50));
    pool.submit(waits(5, 1, 50, 1));
    CHECK(started(pool, 120) == Orders{5, 2, 3});  // one card is still kept, and one is the owner's
    CHECK(pool.cause() == IdleCause::kReservation);
    CHECK(started(pool, 200) == Orders{4});  // over
  }
}

TEST_CASE("reservations: taking it away, jobs start as they come") {
  Pool plain = pool(4, 1, scheduler("easy_backfill"));
  plain.submit(waits(1, 1, 150));
  plain.submit(waits(2, 2, 150));
  CHECK(started(plain, 0) == Orders{1, 2});
}

TEST_CASE("reservations: two that overlap keep the cards of both; cards of owners that run on count as kept") {
  Pool pool = test::pool(8, 1, scheduler("easy_backfill"));
  pool.reserve({100, 200, 2, 1});
  pool.reserve({150, 250, 3, 2});
  pool.submit(waits(1, 4, 151));
  CHECK(started(pool, 0).empty());  // at 150 s five of the eight are reserved
  pool.submit(waits(2, 3, 150));
  CHECK(started(pool, 0) == Orders{2});
  pool.withdraw(waits(1, 4, 151));
  pool.submit(waits(3, 2, 100, 1));
  CHECK(started(pool, 110) == Orders{3});
  pool.submit(waits(4, 1, 30));
  CHECK(started(pool, 110) == Orders{4});  // ends before the second begins
}
