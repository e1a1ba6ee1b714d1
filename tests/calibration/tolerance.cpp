// The bounds that a card's answers are held to, tried on arithmetic of the same precision done here.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "platforms/microbench/tolerance.h"
#include "sim/random.h"

using namespace dure;

namespace {

/// x rounded to `bits` significant bits, to nearest.
double rounded(double x, int bits) {
  if (x == 0) return 0;
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, bits)), exponent - bits);
}

struct Format {
  const char* in;
  const char* out;
  int in_bits, out_bits;
};

}  // namespace

TEST_CASE("tolerance: a float32 sum of rounded products lies within it, and a sum with one product missing does not") {
  sim::Random chance({1, 0}, "test/tolerance");
  for (const Format& f : {Format{"bf16", "bf16", 8, 8}, {"fp16", "fp16", 11, 11}, {"fp32", "fp32", 24, 24}, {"tf32", "fp32", 24, 24}, {"bf16", "fp32", 8, 24}}) {
    int caught = 0;
    constexpr int kTrials = 200, kLength = 1040;
    for (int trial = 0; trial < kTrials; ++trial) {
      float sum = 0;
      double exact = 0, sum_abs = 0, largest = 0;
      for (int i = 0; i < kLength; ++i) {
        const double a = rounded(chance.normal(0, 1), f.in_bits), b = rounded(chance.normal(0, 1), f.in_bits);
        const bool cut = std::strcmp(f.in, "tf32") == 0;
        sum = static_cast<float>(static_cast<double>(sum) + (cut ? rounded(a, 11) * rounded(b, 11) : a * b));
        exact += a * b;
        sum_abs += std::fabs(a * b);
        largest = std::max(largest, std::fabs(a * b));
      }
      const double tolerance = bench::gemm_tolerance(f.in, f.out, kLength, sum_abs, exact), got = rounded(static_cast<double>(sum), f.out_bits);
      CHECK(std::fabs(got - exact) <= tolerance);
      if (std::fabs(got - largest - exact) > tolerance) ++caught;
    }
    CHECK(caught > kTrials * 9 / 10);
  }
}

TEST_CASE("tolerance: attention with probabilities rounded to bf16 lies within it") {
  sim::Random chance({2, 0}, "test/tolerance");
  constexpr int kKeys = 320;
  for (int trial = 0; trial < 200; ++trial) {
    double p[kKeys], sum = 0;
    float row_sum = 0, mixed = 0;
    double exact = 0, sum_abs = 0;
    for (double& weight : p) sum += weight = std::exp(chance.normal(0, 1));
    for (const double weight : p) {
      const double v = rounded(chance.normal(0, 1), 8);
      row_sum += static_cast<float>(weight);
      mixed += static_cast<float>(rounded(weight, 8) * v);
      exact += weight / sum * v;
      sum_abs += weight / sum * std::fabs(v);
    }
    const double tolerance = bench::attention_tolerance("bf16", kKeys, 128, sum_abs, exact);
    CHECK(std::fabs(rounded(static_cast<double>(mixed / row_sum), 8) - exact) <= tolerance);
    CHECK(tolerance < 0.02 * sum_abs);  // it is no blank cheque
  }
}
