#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <map>

#include "sim/random.h"
#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

struct Held {
  Slices slices;
  double expected_end_s;
};

/// The earliest time a job could start, by ending the running ones one after the other on a copy of the free cards.
double plainly_at_s(const FreeCards& free, std::vector<Held> held, Ask ask, double now_s) {
  FreeCards later = free;
  std::sort(held.begin(), held.end(), [](const Held& a, const Held& b) { return a.expected_end_s < b.expected_end_s; });
  for (std::size_t i = 0;; ++i) {
    if (later.fits(ask)) return i == 0 ? now_s : std::max(now_s, held[i - 1].expected_end_s);
    if (i == held.size()) return -1;
    later.give_back(held[i].slices);
  }
}

Ask random_ask(Random& random, int cards_per_node, int nodes, bool shares) {
  const double kind = random.uniform();
  if (shares && kind < 0.5) return {1, 1 + static_cast<int>(random.uniform() * 900)};
  const int most = kind < 0.8 ? cards_per_node : nodes * cards_per_node / 2;
  return {1 + static_cast<int>(random.uniform() * most), 0};
}

}  // namespace

TEST_CASE("reservation: the time is the one found by ending running jobs one by one, for cards, nodes, remainders and shares") {
  int tried = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random({seed, 0}, "reservation");
    const int n = std::array{1, 2, 4, 8}[seed % 4];
    FreeCards free(n, {.rule = std::array{PlacementRule::kPack, PlacementRule::kSpread, PlacementRule::kLeastFragmentation}[seed / 4 % 3]});
    RunningSet running(n);
    for (int i = 0; i < 12; ++i) {
      const int cards = i == 11 ? (n + 1) / 2 : n;
      free.add_node(i / 4, cards);
      running.add_node(cards);
    }
    std::vector<Held> held;
    double now_s = 0;
    const bool shares = seed % 3 == 0;
    for (int step = 0; step < 60; ++step) {
      now_s += 1;
      while (held.size() > 2 && random.chance(0.4)) {
        const auto gone = held.begin() + static_cast<std::ptrdiff_t>(random.uniform() * static_cast<double>(held.size()));
        running.ended(gone->slices, gone->expected_end_s);
        free.give_back(gone->slices);
        held.erase(gone);
      }
      for (int tries = 0; tries < 4; ++tries) {
        const Ask ask = random_ask(random, n, 12, shares);
        free.asked(ask);
        if (!free.fits(ask)) continue;
        held.push_back({free.take(ask), now_s + std::floor(random.uniform(1, 20))});  // ties, and some overrun later
        running.started(held.back().slices, held.back().expected_end_s);
      }
      for (unsigned i = 0; i < 12; ++i) {
        const NodeIndex node{i};
        if (!free.in_service(node)) {
          if (random.chance(0.2)) {
            free.restore_node(node);
            running.restore_node(node);
          }
        } else if (free.node_free_cards(node) == free.node_cards(node) && random.chance(0.05)) {
          free.remove_node(node);
          running.remove_node(node);
        }
      }
      for (int tries = 0; tries < 6; ++tries) {
        const Ask ask = random_ask(random, n, 12, shares);
        if (free.fits(ask) || ask.milli() > free.largest_possible_milli()) continue;
        ++tried;
        const double expected_s = plainly_at_s(free, held, ask, now_s);
        const Reservation reservation = running.reserve(ask, now_s, free);
        CHECK(reservation.at_s == expected_s);
        // A job that may start beyond the reservation leaves its time as it is.
        const Ask other = random_ask(random, n, 12, shares);
        if (!free.fits(other) || !running.leaves_room(reservation, other, free)) continue;
        const Slices slices = free.take(other);
        held.push_back({slices, 1e6});
        running.started(slices, 1e6);
        CHECK(plainly_at_s(free, held, ask, now_s) == expected_s);
        held.pop_back();
        running.ended(slices, 1e6);
        free.give_back(slices);
      }
    }
  }
  CHECK(tried > 5000);
}

TEST_CASE("reservation: the first in line never starts later than it was ever promised, on nodes of several cards") {
  int promises = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Random random({seed, 0}, "promise");
    const int n = std::array{1, 4, 8}[seed % 3];
    std::vector<TestJob> jobs;
    double now_s = 0;
    for (int i = 0; i < 1500; ++i) {
      TestJob made;
      made.ask = random.chance(0.3) ? Ask{n * (1 + static_cast<int>(random.uniform() * 8)), 0} : random_ask(random, n, 20, seed % 2 == 0);
      made.work_s = 1 + random.lognormal(100, 1.3);
      made.estimate_s = made.work_s * (1 + 3 * random.uniform());
      made.submit_s = now_s += random.exponential_s(233 * made.ask.milli() / 1000.0 / (20 * n));
      jobs.push_back(made);
    }
    Pool hall = pool(20, n, scheduler("easy_backfill"), 5);
    std::map<std::uint64_t, double> promised_s;
    replay(
        hall, jobs,
        [&](double at_s) {
          const auto first = hall.queue().front();
          if (!first) return;
          const double promise_s = hall.running().reserve(first->ask, at_s, hall.free()).at_s;
          const auto [it, fresh] = promised_s.try_emplace(first->order, promise_s);
          promises += fresh;
          CHECK(promise_s <= it->second);
          it->second = promise_s;
        },
        [&](double at_s, std::size_t i) {
          const auto it = promised_s.find(i + 1);
          if (it != promised_s.end()) CHECK(at_s <= it->second);
        });
  }
  CHECK(promises > 1000);
}

TEST_CASE("expected wait: until running jobs leave room, and the work of those before") {
  // Four nodes of one card; two jobs run until 100 and 300. Two cards are free.
  Pool hall = pool(4, 1, scheduler("fcfs"));
  const auto start = [&](int id, double estimate_s, int cards) {
    hall.submit({JobId(id), {cards, 0}, estimate_s, std::uint64_t(id)});
    return hall.start_next(0);
  };
  REQUIRE(start(1, 100, 1));
  REQUIRE(start(2, 300, 1));
  CHECK(hall.expected_wait_s({2, 0}, 0) == 0);
  CHECK(hall.expected_wait_s({3, 0}, 0) == 100);
  CHECK(hall.expected_wait_s({4, 0}, 20) == 280);
  CHECK(std::isinf(hall.expected_wait_s({5, 0}, 0)));
  REQUIRE_FALSE(start(3, 50, 4));  // 200 card-seconds wait, 50 s on four cards
  CHECK(hall.expected_wait_s({1, 0}, 0) == 50);
  CHECK(hall.expected_wait_s({3, 0}, 0) == 150);
  hall.withdraw({JobId(3), {4, 0}, 50, 3});
  CHECK(hall.expected_wait_s({1, 0}, 0) == 0);
}
