#include "sim/engine/clock.h"

#include <doctest/doctest.h>
#include <simgrid/s4u.hpp>

#include <cstdio>

#include "sim/launch/child.h"

using namespace dure::sim;

namespace {
// A clock lives in a process of its own; what a child measured comes back as text.
std::string measured(const std::function<std::string()>& work) { return in_child(work); }
std::string seconds(double time_s) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", time_s);
  return text;
}
}  // namespace

TEST_CASE("clock: a flow alone takes latency plus bytes over the narrowest line") {
  CHECK(measured([] {
          Clock clock;
          const auto wide = clock.add_line("wide", 100e9, 0.001);
          const auto narrow = clock.add_line("narrow", 10e9, 0.002);
          const auto path = clock.add_path({wide, narrow});
          clock.seal();
          clock.send(path, 50e9);
          clock.advance(1e6);
          return seconds(clock.now_s());
        }) == "5.003");
}

TEST_CASE("clock: two flows share a line max-min fairly, and the one that is left speeds up") {
  // 10 GB/s. Flow a: 40 GB, flow b: 10 GB. Both at 5 GB/s until b ends at 2 s; a has 30 GB left at 10 GB/s: 5 s.
  CHECK(measured([] {
          Clock clock;
          const auto path = clock.add_path({clock.add_line("line", 10e9, 0)});
          clock.seal();
          clock.send(path, 40e9);
          clock.send(path, 10e9);
          clock.advance(1e6);
          const std::string first = seconds(clock.now_s());
          clock.advance(1e6);
          return first + " " + seconds(clock.now_s());
        }) == "2.000 5.000");
}

TEST_CASE("clock: a flow that is narrow elsewhere leaves its share to the others") {
  // Line a 10 GB/s carries flows 1 and 2; flow 2 also crosses b of 2 GB/s. Max-min: flow 2 gets 2, flow 1 gets 8.
  CHECK(measured([] {
          Clock clock;
          const auto a = clock.add_line("a", 10e9, 0);
          const auto b = clock.add_line("b", 2e9, 0);
          const auto one = clock.add_path({a});
          const auto two = clock.add_path({a, b});
          clock.seal();
          clock.send(one, 80e9);
          clock.send(two, 2000e9);
          clock.advance(1e6);
          return seconds(clock.now_s());
        }) == "10.000");
}

TEST_CASE("clock: a cut fails the flows on the line and says what is left of them") {
  CHECK(measured([] {
          Clock clock;
          const auto line = clock.add_line("line", 10e9, 0);
          const auto path = clock.add_path({line});
          clock.seal();
          clock.send(path, 100e9);
          clock.advance(4);
          clock.cut(line);
          const auto ended = clock.advance(100);
          return seconds(clock.now_s()) + (ended.size() == 1 && ended[0].failed ? " failed, left " + seconds(ended[0].remaining_bytes / 1e9) : " not failed");
        }) == "4.000 failed, left 60.000");
}

TEST_CASE("clock: a node's cards are the cores of its host") {
  CHECK(measured([] {
          Clock clock;
          const auto storage = clock.add_line("storage", 1e9, 0);
          clock.add_node(0, storage, 8);
          clock.add_node(0, storage, 3);
          clock.seal();
          const auto cores = [](const char* name) { return std::to_string(simgrid::s4u::Host::by_name(name)->get_core_count()); };
          return cores("node-0") + " " + cores("node-1");
        }) == "8 3");
}

TEST_CASE("clock: a second still counts after thirty years, and a load is held to its nodes' rate") {
  CHECK(measured([] {
          Clock clock;
          const auto storage = clock.add_line("storage", 400e9, 0);
          const auto node = clock.add_node(0, storage);
          clock.seal();
          clock.node_on(node);
          const double late_s = 30 * 365.25 * 86400;
          clock.advance(late_s);
          clock.load(node, 8e9, 8e9);  // one second at the node's own 8 GB/s
          clock.advance(late_s + 1e6);
          return seconds(clock.now_s() - late_s);
        }) == "1.000");
}

TEST_CASE("clock: a cancelled flow is not reported, and frees its share") {
  CHECK(measured([] {
          Clock clock;
          const auto path = clock.add_path({clock.add_line("line", 10e9, 0)});
          clock.seal();
          const auto gone = clock.send(path, 100e9);
          clock.send(path, 10e9);
          clock.advance(1);  // 5 GB of each
          clock.cancel(gone);
          const auto ended = clock.advance(1e6);
          return seconds(clock.now_s()) + " " + std::to_string(ended.size());
        }) == "1.500 1");
}

TEST_CASE("clock: a flow that was held to a rate leaves the rest of the line to the others") {
  // 10 GB/s shared by a flow limited to 3 and one without limit, 35 GB: 7 GB/s, 5 s.
  CHECK(measured([] {
          Clock clock;
          const auto storage = clock.add_line("storage", 10e9, 0);
          const auto node = clock.add_node(0, storage);
          const auto other = clock.add_node(0, storage);
          clock.seal();
          clock.node_on(node);
          clock.node_on(other);
          clock.load(node, 30e9, 3e9);
          clock.load(other, 35e9, 100e9);
          clock.advance(1e6);
          const std::string first = seconds(clock.now_s());
          clock.advance(1e6);
          return first + " " + seconds(clock.now_s());
        }) == "5.000 10.000");
}

TEST_CASE("clock: a flow that fails is told at the instant of the cut, and can be sent again at once another way") {
  CHECK(measured([] {
          Clock clock;
          const auto line = clock.add_line("line", 10e9, 0);
          const auto detour = clock.add_line("detour", 5e9, 0);
          const auto path = clock.add_path({line});
          const auto way_round = clock.add_path({detour});
          clock.seal();
          clock.send(path, 100e9);
          clock.advance(4);
          clock.cut(line);
          const auto ended = clock.advance(4);
          if (ended.size() != 1) return std::string("nothing ended");
          clock.send(way_round, ended[0].remaining_bytes);
          clock.advance(1e6);
          return seconds(clock.now_s());
        }) == "16.000");
}

TEST_CASE("clock: a flow that is cancelled in the first second frees its share at once") {
  CHECK(measured([] {
          Clock clock;
          const auto path = clock.add_path({clock.add_line("line", 10e9, 0)});
          clock.seal();
          const auto gone = clock.send(path, 100e9);
          clock.send(path, 10e9);
          clock.cancel(gone);
          const auto ended = clock.advance(1e6);
          return seconds(clock.now_s()) + " " + std::to_string(ended.size());
        }) == "1.000 1");
}
