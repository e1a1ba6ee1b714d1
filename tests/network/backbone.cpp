#include "sim/network/backbone.h"

#include <doctest/doctest.h>

#include "sim/error.h"
#include "tests/network/drawing.h"

using namespace dure::sim;

TEST_CASE("backbone: the widest route is taken though it is longer") {
  //        400, 2 ms          100, 2 ms
  //  Seoul --------- Daejeon ----------- Busan
  //    \_________________________________/
  //                10, 4 ms
  const Backbone net = drawn({{"s-d", "Seoul", "Daejeon", 400, 2}, {"d-b", "Daejeon", "Busan", 100, 2}, {"s-b", "Seoul", "Busan", 10, 3}});
  const auto path = net.path(*net.city("Seoul"), *net.city("Busan"));
  CHECK(names(net, path) == "s-d d-b");
  CHECK(net.width_bytes_per_s(*path) == doctest::Approx(12.5e9));  // 100 Gbit/s
  CHECK(net.latency_s(*path) == doctest::Approx(0.002));           // (2 + 2) ms / 2
  CHECK(names(net, net.fastest_path(*net.city("Seoul"), *net.city("Busan"))) == "s-b");
}

TEST_CASE("backbone: among routes of one width the quicker wins, then fewer lines, then the name") {
  const Backbone quicker = drawn({{"a", "X", "Y", 10, 4}, {"b", "X", "Y", 10, 2}});
  CHECK(names(quicker, quicker.path(*quicker.city("X"), *quicker.city("Y"))) == "b");
  const Backbone fewer = drawn({{"a1", "X", "M", 10, 1}, {"a2", "M", "Y", 10, 1}, {"z", "X", "Y", 10, 2}});
  CHECK(names(fewer, fewer.path(*fewer.city("X"), *fewer.city("Y"))) == "z");
  const Backbone name = drawn({{"z", "X", "Y", 10, 2}, {"k", "X", "Y", 10, 2}});
  CHECK(names(name, name.path(*name.city("X"), *name.city("Y"))) == "k");
  const Backbone swapped = drawn({{"k", "X", "Y", 10, 2}, {"z", "X", "Y", 10, 2}});
  CHECK(names(swapped, swapped.path(*swapped.city("X"), *swapped.city("Y"))) == "k");
}

TEST_CASE("backbone: a narrow line at the end does not widen the way there, so the quick one is taken") {
  // The last line holds 10; before it 100 slow and 20 quick do equally well.
  const Backbone net = drawn({{"wide", "X", "M", 100, 8}, {"quick", "X", "M", 20, 1}, {"last", "M", "Y", 10, 1}});
  CHECK(names(net, net.path(*net.city("X"), *net.city("Y"))) == "quick last");
}

TEST_CASE("backbone: a cut line sends the route round, and no route at all when nothing is left") {
  Backbone net = drawn({{"s-d", "Seoul", "Daejeon", 400, 2}, {"d-b", "Daejeon", "Busan", 100, 2}, {"s-b", "Seoul", "Busan", 10, 3}});
  const auto seoul = *net.city("Seoul"), busan = *net.city("Busan");
  const LineId wide = net.path(seoul, busan)->front();
  CHECK(names(net.without(wide), net.without(wide).path(seoul, busan)) == "s-b");
  net.set_up(wide, false);
  net.set_up(net.path(seoul, busan)->front(), false);
  CHECK_FALSE(net.path(seoul, busan).has_value());
  CHECK_FALSE(net.fastest_path(seoul, busan).has_value());
  net.set_up(wide, true);
  CHECK(names(net, net.path(seoul, busan)) == "s-d d-b");
}

TEST_CASE("backbone: a site hangs on its region's city by its access line, and no way is needed to where one is") {
  const Backbone net = drawn({{"s-g", "Seoul", "Gwangju", 100, 4}}, {{"honam", "Gwangju"}, {"capital", "Seoul"}}, {{"haenam", "honam", 40, 9000}});
  const auto path = net.path(net.region_city(1), net.site_place(0));
  CHECK(names(net, path) == "s-g access/haenam");
  CHECK(net.width_bytes_per_s(*path) == doctest::Approx(5e9));  // 40 Gbit/s
  CHECK(net.latency_s(*path) == doctest::Approx(0.00225));      // (4 + 0.5) ms / 2
  CHECK(net.path(net.site_place(0), net.site_place(0))->empty());
}

TEST_CASE("backbone: cuts are listed with their days") {
  const Backbone net = drawn({{"a", "X", "Y", 10, 1, "2026-03-01", "2026-03-08"}, {"b", "X", "Y", 10, 1, "2026-05-01", ""}});
  REQUIRE(net.cuts().size() == 2);
  CHECK(net.lines()[index(net.cuts()[0].line)].name == "a");
  CHECK(to_string(net.cuts()[0].from) == "2026-03-01");
  CHECK(to_string(*net.cuts()[0].until) == "2026-03-08");
  CHECK_FALSE(net.cuts()[1].until.has_value());
}

TEST_CASE("backbone: one region with one site needs no line") {
  const Backbone net = drawn({}, {{"capital", "Seoul"}}, {{"dc", "capital", 100, 64}});
  CHECK(names(net, net.path(net.region_city(0), net.site_place(0))) == "access/dc");
}

TEST_CASE("backbone: what cannot be is refused with its field") {
  CHECK(refused([] { drawn({{"loop", "X", "X", 10, 1}}); }) == "link[loop].b");
  CHECK(refused([] { drawn({{"a", "X", "Y", 10, 1}}, {{"r", "X"}, {"lost", "Z"}}); }) == "region[lost].city");
  CHECK(refused([] { drawn({{"a", "X", "Y", 10, 1}, {"b", "V", "W", 10, 1}}, {{"r", "X"}, {"apart", "W"}}); }) == "region[apart].city");
  CHECK(refused([] { drawn({{"a", "X", "Y", 10, 1}}, {{"r", "X"}}, {{"dc", "nowhere", 10, 8}}); }) == "site[dc].region");
  CHECK(refused([] { drawn({{"a", "X", "Y", 10, 1, "2026-03-08", "2026-03-01"}}); }) == "link[a].cut_until");
  CHECK(refused([] { drawn({{"a", "X", "Y", 10, 1, "", "2026-03-01"}}); }) == "link[a].cut_until");
}
