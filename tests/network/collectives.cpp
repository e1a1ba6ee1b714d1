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
