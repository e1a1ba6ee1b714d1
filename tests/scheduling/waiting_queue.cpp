#include "sim/scheduling/waiting_queue.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "sim/scheduling/free_cards.h"

using namespace dure::sim;

TEST_CASE("queue: demand tells the cards that would fit from those that would not") {
  FreeCards free(4);
  free.add_node(0, 4);
  free.add_node(0, 4);
  free.take({2, 0});
  free.take({3, 0});  // 2 and 1 cards left: three in all, but a job of three does not fit
  WaitingQueue queue;
  queue.push({JobId{1}, {3, 0}, 60, 1});
  queue.push({JobId{2}, {2, 0}, 60, 2});
  queue.push({JobId{3}, {2, 0}, 60, 3});
  queue.push({JobId{4}, {1, 250}, 60, 4});
  const auto demand = queue.demand(free.largest_fit_milli());
  CHECK(demand.fits_cards == doctest::Approx(4.25));  // each of them would fit by itself
  CHECK(demand.fits_not_cards == doctest::Approx(3));
  CHECK(queue.cards() == doctest::Approx(7.25));
}

TEST_CASE("queue: against a plain sorted list, over random arrivals, departures and returns to the old place") {
  const bool holds = rc::check("queue", [](const std::vector<std::uint32_t>& draws) {
    WaitingQueue queue;
    std::map<std::uint64_t, WaitingJob> plain;
    std::vector<WaitingJob> gone;
    std::uint64_t order = 0;
    // Long bursts of one kind, so that blocks of 64 fill, split, empty and join.
    for (const std::uint32_t draw : draws)
      for (std::uint32_t repeat = 0; repeat < draw % 97; ++repeat) {
        const std::uint32_t mixed = (draw + repeat) * 2654435761u >> 8;
        switch (draw / 97 % 4) {
          case 0:
          case 1: {
            Ask ask{1 + static_cast<int>(mixed % 5), 0};
            if (mixed % 11 == 0) ask = {1, 250};
            const WaitingJob job{JobId{order}, ask, 1.0 + mixed % 50, order};
            ++order;
            queue.push(job);
            plain[job.order] = job;
            break;
          }
          case 2: {
            if (plain.empty()) break;
            auto it = plain.lower_bound(mixed % 2 ? 0 : mixed % order);
            if (it == plain.end()) it = plain.begin();
            queue.remove(it->second);
            gone.push_back(it->second);
            plain.erase(it);
            break;
          }
          default: {
            if (gone.empty()) break;
            std::swap(gone[mixed % gone.size()], gone.back());
            queue.push(gone.back());
            plain[gone.back().order] = gone.back();
            gone.pop_back();
          }
        }
      }
    RC_ASSERT(queue.size() == plain.size());
    for (const std::int32_t limit_milli : {100, 250, 1000, 3999, 5000, 99000}) {
      std::uint64_t first = ~0ull;
      double fits = 0;
      for (const auto& [o, job] : plain) {
        if (job.ask.milli() > limit_milli) continue;
        first = std::min(first, o);
        fits += job.ask.milli() / 1000.0;
      }
      const auto front = queue.front(limit_milli);
      RC_ASSERT(front.has_value() == (first != ~0ull));
      if (front) RC_ASSERT(front->order == first && front->id == plain[first].id);
      RC_ASSERT(std::abs(queue.demand(limit_milli).fits_cards - fits) < 1e-6);
    }
    for (std::size_t a = 0; a < queue.asks(); ++a) {
      double shortest_s = 1e9;
      for (const double end_s : {107.0, 120.0, 149.0, 151.0}) {
        std::uint64_t first = ~0ull;
        for (const auto& [o, job] : plain) {
          if (job.ask.milli() != queue.ask_milli(a)) continue;
          shortest_s = std::min(shortest_s, job.estimate_s);
          if (100 + job.estimate_s <= end_s) first = std::min(first, o);
        }
        const auto found = queue.first_to_end_by(a, 100, end_s);
        RC_ASSERT(found.has_value() == (first != ~0ull));
        if (found) RC_ASSERT(found->order == first);
      }
      RC_ASSERT(queue.shortest_estimate_s(a) == shortest_s);
    }
    if (!plain.empty()) {
      for (const std::size_t behind : {0u, 1u, 50u, 200u}) {
        auto it = plain.begin();
        std::size_t steps = 0;
        while (it != plain.end() && steps < behind) {
          ++it;
          ++steps;
        }
        RC_ASSERT(queue.order_behind(plain.begin()->first, behind) == (it == plain.end() ? ~0ull : it->first));
      }
    }
  });
  CHECK(holds);
}
