#include "sim/network/collectives.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace dure::sim;

namespace {

const CardLinks kLinks{.scale_up_bytes_per_s = 200e9, .scale_up_latency_s = 1e-6, .scale_up_domain = 8, .scale_out_bytes_per_s = 25e9, .scale_out_latency_s = 5e-6};
const Collectives kNetwork(kLinks);

}  // namespace

TEST_CASE("ring all-reduce: eight cards of one domain send 2 x 7/8 of the bytes and step 14 times") {
  CHECK(kNetwork.all_reduce_s(1.6e9, {8, 8}) == doctest::Approx(2 * (7.0 / 8 * 1.6e9 / 200e9 + 7e-6)));
  CHECK(kNetwork.all_reduce_s(1.6e9, {1, 1}) == 0);
}

TEST_CASE("reduce-scatter: across two nodes each card's port carries half of an eighth; the slower link sets the time") {
  // inside 7/8 x 1.6 GB / 200 GB/s = 7 ms; between 1/2 x 0.2 GB / 25 GB/s = 4 ms
  CHECK(kNetwork.reduce_scatter_s(1.6e9, {16, 8}) == doctest::Approx(7e-3 + 7e-6 + 5e-6));
  // one card a node: 15/16 x 1.6 GB / 25 GB/s = 60 ms
  CHECK(kNetwork.all_gather_s(1.6e9, {16, 1}) == doctest::Approx(60e-3 + 15 * 5e-6));
}

TEST_CASE("all-to-all: what leaves the node is the cards outside it over all cards") {
  CHECK(kNetwork.all_to_all_s(1e9, {16, 8}) == doctest::Approx(0.5e9 / 25e9 + 7e-6 + 5e-6));
}

TEST_CASE("dispatch: a row that goes to two cards of another node crosses the port once") {
  // two domains, many copies: it meets both; half of those meetings are elsewhere: S x 2 x 1/2
  CHECK(kNetwork.dispatch_s(1e9, 64, {16, 8}) == doctest::Approx(std::max(1e9 / 25e9, 7.0 / 8 * 64e9 / 200e9) + 12e-6));
  CHECK(kNetwork.dispatch_s(1e9, 1, {16, 8}) == doctest::Approx(kNetwork.all_to_all_s(1e9, {16, 8})).epsilon(1e-6));
}

TEST_CASE("cards without scale-up links talk over their ports, in the same node too") {
  CardLinks bare = kLinks;
  bare.scale_up_bytes_per_s = 0;
  CHECK(Collectives(bare).reduce_scatter_s(1e9, {8, 8}) == doctest::Approx(7.0 / 8 * 1e9 / 25e9 + 7 * 5e-6));
}

TEST_CASE("the spine: a group that spans leaves gets its share of what the spine carries, a group below one leaf does not notice it") {
  // Leaves of 64 cards, 8 nodes of 8; the spine carries a quarter.
  CardLinks thin = kLinks;
  thin.leaf_cards = 64;
  thin.oversubscription = 4;
  thin.hop_s = 1e-6;
  const Collectives network(thin);
  CHECK(network.all_to_all_s(1e9, {64, 8}) == kNetwork.all_to_all_s(1e9, {64, 8}));
  // 256 cards: 32 nodes, of which 8 lie below a leaf. Of the bytes 24/32 cross, at a quarter of 25 GB/s; two switches more a step.
  CHECK(network.all_to_all_s(1e9, {256, 8}) == doctest::Approx(0.75e9 * 4 / 25e9 + 7e-6 + 31 * 7e-6));
  // A ring crosses with every eighth node only: the quarter is enough.
  CHECK(network.reduce_scatter_s(1.6e9, {256, 8}) == doctest::Approx(31.0 / 32 * 0.2e9 / 25e9 + 7e-6 + 31 * 7e-6));
  // Members 64 cards apart, each below another leaf, with 63 rings like it beside them: every hop crosses.
  CHECK(network.reduce_scatter_s(1e9, {4, 1, 64}) == doctest::Approx(0.75 * 1e9 * 4 / 25e9 + 3 * 7e-6));
  // ... 16 cards apart: four below a leaf, so one card in four sends across: the quarter is enough.
  CHECK(network.reduce_scatter_s(1e9, {8, 1, 16}) == doctest::Approx(7.0 / 8 * 1e9 / 25e9 + 7 * 7e-6));
  CHECK(network.point_to_point_s(1e9, false, 64) == doctest::Approx(4e9 / 25e9 + 7e-6));
  CHECK(network.point_to_point_s(1e9, false, 8) == doctest::Approx(1e9 / 25e9 + 7e-6));
}
