#include "sim/network/analysis.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>

#include "sim/network/fabric.h"
#include "sim/random.h"
#include "sim/units.h"
#include "tests/network/drawing.h"
#include "tests/support/third_party.h"

using namespace dure::sim;

namespace {

//            10        100
//   Seoul ------- A ------- Gwangju        two triangles joined by one line,
//     |  \      /             |    \       regions at Seoul, A, Gwangju, Haenam;
//   10|   \10  /10         20 |     \20    sites at Haenam and Seoul
//     B -------               C ---- Haenam
//          10                    20
Backbone two_triangles() {
  return drawn({{"s-a", "Seoul", "A", 10}, {"s-b", "Seoul", "B", 10}, {"a-b", "A", "B", 10}, {"bridge", "A", "Gwangju", 100},
                {"g-c", "Gwangju", "C", 20}, {"c-h", "C", "Haenam", 20}, {"g-h", "Gwangju", "Haenam", 20}},
               {{"capital", "Seoul", 0.6}, {"mid", "A", 0.1}, {"honam", "Gwangju", 0.2}, {"south", "Haenam", 0.1}},
               {{"haenam", "south", 400, 9000}, {"seoul", "capital", 100, 6000}});
}

double gbps(double bytes_per_s) { return bytes_per_s * 8 / 1e9; }

std::string names_of(const Backbone& net, const std::vector<LineId>& lines) {
  return names(net, std::optional<std::vector<LineId>>(lines));
}

}  // namespace

TEST_CASE("network: flow between two cities uses every way at once") {
  const Backbone net = two_triangles();
  // Seoul leaves by two lines of 10; Gwangju reaches Haenam by two of 20.
  CHECK(gbps(max_flow_bytes_per_s(net, *net.city("Seoul"), *net.city("Haenam"))) == doctest::Approx(20));
  CHECK(gbps(max_flow_bytes_per_s(net, *net.city("Gwangju"), *net.city("Haenam"))) == doctest::Approx(40));
  CHECK(gbps(max_flow_bytes_per_s(net, *net.site("seoul"), *net.site("haenam"))) == doctest::Approx(20));
}

TEST_CASE("network: bridges and cut places of two joined triangles") {
  const Backbone net = two_triangles();
  CHECK(names_of(net, bridges(net)) == "bridge access/haenam access/seoul");
  std::string places;
  for (const PlaceId place : articulation_points(net)) places += net.places()[index(place)].name + " ";
  CHECK(places == "Seoul A Gwangju Haenam ");
  const Backbone twin = drawn({{"k", "X", "Y"}, {"l", "X", "Y"}, {"m", "Y", "Z"}});
  CHECK(names_of(twin, bridges(twin)) == "m");  // two lines side by side are no bridge
}

TEST_CASE("network: what single thing takes most cards away") {
  const Backbone net = two_triangles();
  const auto losses = single_losses(net);
  // Most demand lives at Seoul and A (0.7). All these part it from the 9,000 cards of Haenam; A and Gwangju take demand with them.
  std::string worst;
  for (const Loss& loss : losses)
    if (loss.cards == 9000) worst += loss.name + " ";
  CHECK(worst == "A Gwangju bridge Haenam access/haenam haenam ");
  const auto of = [&](const std::string& name) { return *std::find_if(losses.begin(), losses.end(), [&](const Loss& loss) { return loss.name == name; }); };
  CHECK(of("bridge").demand_share == doctest::Approx(0.3));
  CHECK(of("A").demand_share == doctest::Approx(0.4));
  CHECK(of("access/haenam").demand_share == doctest::Approx(0));
  CHECK(of("s-a").cards == 0);
  CHECK(of("Seoul").cards == 6000);  // what is left: mid, honam, south with 0.4 of demand and Haenam's cards
  CHECK(of("Seoul").demand_share == doctest::Approx(0.6));
}

TEST_CASE("network: bisection is the cheapest split of the region cities into halves") {
  // Halves of {Seoul, A, Gwangju, Haenam}: {Seoul, A | Gwangju, Haenam} cuts the bridge (100);
  // {Seoul, Gwangju | A, Haenam}: Seoul's 20, the bridge and Gwangju's 40 = 160; {Seoul, Haenam | A, Gwangju}: 20 + 40 = 60.
  CHECK(gbps(*bisection_bytes_per_s(two_triangles())) == doctest::Approx(60));
  CHECK_FALSE(bisection_bytes_per_s(drawn({}, {{"only", "Seoul"}})).has_value());
}

TEST_CASE("network: betweenness of a chain of three is all in the middle") {
  const Backbone net = drawn({{"k", "X", "Y"}, {"l", "Y", "Z"}});
  const auto share = betweenness(net);
  CHECK(share.of_place[index(*net.city("Y"))] == doctest::Approx(1));  // the one pair X, Z passes
  CHECK(share.of_place[index(*net.city("X"))] == 0);
  CHECK(share.of_line[0] == doctest::Approx(2.0 / 3));                 // two of three pairs
}

TEST_CASE("law: max-flow is the least cut, by brute force over all cuts of small random networks") {
  Random random({9, 0}, "networks");
  for (int trial = 0; trial < 60; ++trial) {
    const int cities = 3 + int(random.uniform() * 5);
    std::vector<DrawnLine> lines;
    for (int line = 0; line < cities * 2; ++line) {
      const int a = int(random.uniform() * cities), b = int(random.uniform() * cities);
      if (a != b) lines.push_back({"l" + std::to_string(line), std::string(1, char('A' + a)), std::string(1, char('A' + b)), 1 + int(random.uniform() * 20) * 1.0});
    }
    if (lines.empty()) continue;
    const Backbone net = drawn(lines);
    const std::size_t n = net.places().size();
    for (std::size_t to = 1; to < n; ++to) {
      double least = std::numeric_limits<double>::infinity();
      for (std::uint32_t side = 0; side < (1U << n); ++side) {
        if (!(side & 1U) || (side >> to & 1U)) continue;  // place 0 on this side, `to` on the other
        double cut = 0;
        for (const Line& line : net.lines())
          if ((side >> index(line.a) & 1U) != (side >> index(line.b) & 1U)) cut += line.bytes_per_s;
        least = std::min(least, cut);
      }
      CHECK(max_flow_bytes_per_s(net, PlaceId(0), PlaceId(to)) == doctest::Approx(least));
      // The widest single route is never wider than the flow over all of them, and exists exactly when there is a flow.
      const auto path = net.path(PlaceId(0), PlaceId(to));
      CHECK(path.has_value() == (least > 0));
      if (path) CHECK(net.width_bytes_per_s(*path) <= least * (1 + 1e-12));
    }
  }
}

TEST_CASE("law: the widest route is as wide as the best of all routes, by brute force") {
  Random random({10, 0}, "networks");
  for (int trial = 0; trial < 40; ++trial) {
    const int cities = 5;
    std::vector<DrawnLine> lines;
    for (int line = 0; line < 9; ++line) {
      const int a = int(random.uniform() * cities), b = int(random.uniform() * cities);
      if (a != b)
        lines.push_back({"l" + std::to_string(line), std::string(1, char('A' + a)), std::string(1, char('A' + b)), 1.0 + int(random.uniform() * 4), 1.0 + int(random.uniform() * 3)});
    }
    const Backbone net = drawn(lines);
    const PlaceId from{0}, to{std::uint32_t(net.places().size() - 1)};
    double widest = 0, quickest_s = 0;
    const std::function<void(std::size_t, std::uint32_t, double, double)> walk = [&](std::size_t at, std::uint32_t seen, double width, double latency_s) {
      if (at == index(to)) {
        if (width > widest || (width == widest && latency_s < quickest_s - 1e-12)) widest = width, quickest_s = latency_s;
        return;
      }
      for (const Line& line : net.lines()) {
        std::size_t next = index(line.a) == at ? index(line.b) : index(line.a);
        if ((index(line.a) != at && index(line.b) != at) || (seen >> next & 1U)) continue;
        walk(next, seen | 1U << next, std::min(width, line.bytes_per_s), latency_s + line.latency_s);
      }
    };
    walk(0, 1, std::numeric_limits<double>::infinity(), 0);
    const auto path = net.path(from, to);
    REQUIRE(path.has_value() == (widest > 0));
    if (!path) continue;
    CHECK(net.width_bytes_per_s(*path) == widest);
    CHECK(net.latency_s(*path) == doctest::Approx(quickest_s));
  }
}

TEST_CASE("network: the summary lists every pair of sites") {
  const auto summary = summarise(two_triangles());
  REQUIRE(summary.pairs.size() == 1);
  CHECK(gbps(summary.pairs[0].width_bytes_per_s) == doctest::Approx(10));
  CHECK(gbps(summary.pairs[0].max_flow_bytes_per_s) == doctest::Approx(20));
  CHECK(summary.losses.front().cards == 9000);
}

TEST_CASE("fabric: nodes fill leaves in order, and the spine is shared") {
  ::dure::Fabric spec;
  spec.set_spine_oversubscription(2);
  const Fabric fabric(spec, 70, 32);
  CHECK(fabric.leaves() == 3);
  CHECK(fabric.leaf(31) == 0);
  CHECK(fabric.leaf(32) == 1);
  CHECK(fabric.nodes_below(2) == 6);
  CHECK(fabric.card_bytes_per_s(0, 31) == doctest::Approx(50e9));  // 400 Gbit/s
  CHECK(fabric.card_bytes_per_s(0, 32) == doctest::Approx(25e9));
  CHECK(fabric.latency_s(0, 32) == doctest::Approx(2.4e-6));       // four hops
  CHECK(fabric.bisection_bytes_per_s(8) == doctest::Approx(70 * 8 * 25e9 / 2));
}

TEST_CASE("network: the Korean research backbone, from the table of lines") {
  const auto file = dure::test::third_party("korea/backbone_links.csv");
  if (!file) return;
  std::ifstream table(*file);
  REQUIRE(table);
  std::vector<DrawnLine> lines;
  std::string row;
  std::getline(table, row);
  while (std::getline(table, row)) {
    std::istringstream cells(row);
    std::string a, b, rate, km, route_km, rtt, network;  // the first seven columns hold no quotes
    for (std::string* cell : {&a, &b, &rate, &km, &route_km, &rtt, &network}) std::getline(cells, *cell, ',');
    lines.push_back({a + "-" + b + "/" + network, a, b, std::stod(rate), std::stod(rtt)});
  }
  CHECK(lines.size() == 14);
  const Backbone net = drawn(lines, {{"capital", "Seoul", 1}, {"honam", "Gwangju"}, {"yeongnam", "Busan"}, {"jeju", "Jeju"}}, {{"haenam", "honam", 400, 18000}});
  const auto path = net.path(*net.city("Seoul"), *net.city("Busan"));
  CHECK(names(net, path) == "Seoul-Daejeon/KOREN Daejeon-Busan/KREONET");  // two of 100 wide; the quicker one
  CHECK(gbps(net.width_bytes_per_s(*path)) == doctest::Approx(100));
  CHECK(gbps(max_flow_bytes_per_s(net, *net.city("Seoul"), *net.city("Busan"))) == doctest::Approx(210));  // Busan has 100 + 100 + 10 inland
  CHECK(gbps(max_flow_bytes_per_s(net, *net.city("Seoul"), *net.city("Jeju"))) == doctest::Approx(20));
  std::string weak;
  for (const LineId line : bridges(net)) weak += net.lines()[index(line)].name + "; ";
  CHECK(weak == "Seoul-Chuncheon/KREONET; Seoul-Incheon/KREONET; Seoul-Pyeongchang/KREONET; Gwangju-Haenam/to be built; Busan-Ulsan/KREONET; access/haenam; ");
  MESSAGE("bisection of four regions " << gbps(*bisection_bytes_per_s(net)) << " Gbit/s; worst single loss " << single_losses(net).front().name);
}
