// What happens at one instant happens in a fixed order.
#include <doctest/doctest.h>

#include <vector>

#include "sim/engine/timers.h"

using dure::sim::Event;
using dure::sim::Timers;

TEST_CASE("timers: at one instant ends come first, then repairs, faults, arrivals; among equals the order of setting") {
  Timers timers;
  timers.set(7, Event::kArrival, 1);
  timers.set(7, Event::kNodeFault, 2);
  timers.set(7, Event::kRepair, 3);
  timers.set(7, Event::kPhaseEnd, 4);
  timers.set(7, Event::kPhaseEnd, 5);
  timers.set(7, Event::kArrival, 0);
  timers.set(6.999, Event::kDay, 6);
  timers.set(7, Event::kGrantEnd, 7);
  timers.set(7, Event::kNodeArrives, 8);
  timers.set(7, Event::kLineMend, 9);
  timers.set(7, Event::kLineCut, 10);
  timers.set(7, Event::kCall, 11);
  std::vector<int> order;
  for (; !timers.empty(); timers.pop()) order.push_back(int(timers.next().what));
  CHECK(order == std::vector<int>{6, 4, 5, 7, 3, 8, 2, 10, 9, 11, 1, 0});
}
