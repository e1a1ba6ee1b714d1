#include "sim/programme/scaling_law.h"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

using dure::sim::ScalingLaw;

namespace {
const ScalingLaw kLaw;
}

TEST_CASE("scaling law: the loss of a model, by hand") {
  // 70 billion parameters on 1.4 trillion tokens: 1.8172 + 482.01 / 5914.6 + 2085.43 / 27739 = 1.8172 + 0.0815 + 0.0752
  CHECK(kLaw.loss(70e9, 1.4e12) == doctest::Approx(1.974).epsilon(0.001));
}

TEST_CASE("scaling law: the optimum for a budget spends it, and no other split of it is better") {
  for (const double flop : {1e20, 1e23, 5.76e23, 1e26}) {
    const auto best = kLaw.best(flop);
    CHECK(6 * best.parameters * best.tokens == doctest::Approx(flop).epsilon(1e-12));
    for (const double factor : {0.5, 0.9, 0.99, 1.01, 1.1, 2.0}) CHECK(kLaw.loss(best.parameters * factor, best.tokens / factor) > best.loss);
  }
  // Besiroglu et al. 2024: about 20 tokens a parameter at the compute of Chinchilla, 5.76e23 FLOP.
  const auto chinchilla = kLaw.best(5.76e23);
  CHECK(chinchilla.tokens / chinchilla.parameters > 10);
  CHECK(chinchilla.tokens / chinchilla.parameters < 40);
}

TEST_CASE("scaling law: the compute for a loss is the inverse of the best loss for compute") {
  for (const double flop : {1e21, 1e24, 1e27}) CHECK(kLaw.flop_for(kLaw.best(flop).loss) == doctest::Approx(flop).epsilon(1e-9));
}
