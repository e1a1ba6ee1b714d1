#include "sim/random.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace dure::sim;

TEST_CASE("random: the same seed, replicate and name give the same numbers, another name gives others") {
  Random one({7, 0}, "fault/node-17");
  Random same({7, 0}, "fault/node-17");
  Random other({7, 0}, "fault/node-18");
  Random replicate({7, 1}, "fault/node-17");
  const auto first = one();
  CHECK(first == same());
  CHECK(first != other());
  CHECK(first != replicate());
}

TEST_CASE("random: the mean of 100,000 uniforms is 1/2 within 4 standard errors") {
  Random stream({1, 0}, "mean");
  double sum = 0;
  constexpr int n = 100000;
  for (int i = 0; i < n; ++i) sum += stream.uniform();
  CHECK(std::abs(sum / n - 0.5) < 4 * std::sqrt(1.0 / 12 / n));  // sd of a uniform: sqrt(1/12)
}

TEST_CASE("random: after seek the draws are those of that place, whatever was drawn before") {
  Random one({3, 1}, "fault/node-4");
  Random two({3, 1}, "fault/node-4");
  for (int i = 0; i < 7; ++i) one();
  one.seek(64);
  two.seek(64);
  CHECK(one() == two());
  two.seek(65);
  one();
  CHECK(one() == two());  // a block is two draws
}

TEST_CASE("random: numbered things of a family have streams of their own") {
  const auto family = stream_hash("fault/software");
  Random one({3, 0}, family, 1);
  Random same({3, 0}, family, 1);
  Random next({3, 0}, family, 2);
  const auto first = one();
  CHECK(first == same());
  CHECK(first != next());
}
