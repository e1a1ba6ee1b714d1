#include <doctest/doctest.h>

#include <cmath>

#include "analysis/calibration/least_squares.h"
#include "sim/measured.pb.h"
#include "tests/calibration/synthetic.h"

using namespace dure;
using namespace dure::test;

TEST_CASE("gemm time: a product of whole tiles and whole waves takes its work over the rate, worked out by hand") {
  sim::GemmConstants c = kLaw;
  c.memory_bytes_per_s = 1e30;  // never the limit
  c.ramp_k = 0;
  c.start_s = 0;
  c.compute_units = 128;
  // 4096 x 4096 is 512 tiles of 128 x 256: four full waves on 128 units, so nothing is lost.
  CHECK(sim::GemmTime(c).time_s(4096, 4096, 8192) == doctest::Approx(2.0 * 4096 * 4096 * 8192 / 780e12).epsilon(1e-12));
  // One row more: 33 x 16 tiles of 128 x 256 are 4.125 waves, of which 4 + 0.125 + 0.7 x 0.875 = 4.7375 are paid. 33 x 32 tiles of 128 x 128
  // are 8.25 half-sized waves, of which 8.25 + 0.7 x 0.75 = 8.775 are paid, and cost 6 % more: 8.775 / 2 x 1.06 = 4.65075 is quicker.
  CHECK(sim::GemmTime(c).time_s(4097, 4096, 8192) == doctest::Approx(4.65075 / 4 * 2.0 * 4096 * 4096 * 8192 / 780e12).epsilon(1e-12));
  // Where work and bytes take equally long, the soft maximum is 2^(1/4) of either.
  c.memory_bytes_per_s = 2 * (2.0 * 4096 * 8192 + 4096.0 * 4096) / (2.0 * 4096 * 4096 * 8192 / 780e12);
  CHECK(sim::GemmTime(c).time_s(4096, 4096, 8192) == doctest::Approx(std::pow(2, 0.25) * 2.0 * 4096 * 4096 * 8192 / 780e12).epsilon(1e-12));
}

TEST_CASE("gemm time: more work never takes less time, and no product exceeds the rate") {
  sim::Random chance({3, 0}, "test/monotone");
  const sim::GemmTime time(kLaw);
  for (const auto& p : shapes(500, chance)) {
    CHECK(time.time_s(p.m + 16, p.n, p.k) >= time.time_s(p.m, p.n, p.k));
    CHECK(time.time_s(p.m, p.n + 16, p.k) >= time.time_s(p.m, p.n, p.k));
    CHECK(time.time_s(p.m, p.n, p.k + 16) > time.time_s(p.m, p.n, p.k));
    CHECK(2 * p.m * p.n * p.k / time.time_s(p.m, p.n, p.k) < 780e12);
  }
}

TEST_CASE("gemm fit: without noise every constant comes back") {
  sim::Random chance({5, 0}, "test/exact");
  const auto fit = analysis::fit_gemm(measured(shapes(60, chance), 0, chance), kLaw, 4.8e12);
  CHECK(fit.constants.rate_flop_per_s == doctest::Approx(kLaw.rate_flop_per_s).epsilon(1e-4));
  CHECK(fit.constants.tile_cost == doctest::Approx(kLaw.tile_cost).epsilon(1e-3));
  CHECK(fit.constants.wave_share == doctest::Approx(kLaw.wave_share).epsilon(1e-3));
  CHECK(fit.constants.ramp_k == doctest::Approx(kLaw.ramp_k).epsilon(1e-3));
  CHECK(fit.constants.memory_bytes_per_s == doctest::Approx(kLaw.memory_bytes_per_s).epsilon(1e-3));
  CHECK(fit.constants.start_s == doctest::Approx(kLaw.start_s).epsilon(1e-3));
}

TEST_CASE("gemm fit: with noise the constants come back within their sampling error, and the errors are the noise") {
  constexpr int kReplicates = 8, kPoints = 100;
  constexpr double kNoise = 0.02;
  double sum[6] = {}, square[6] = {};
  for (std::uint32_t r = 0; r < kReplicates; ++r) {
    sim::Random chance({7, r}, "test/noise");
    const auto fit = analysis::fit_gemm(measured(shapes(kPoints, chance), kNoise, chance), kLaw, 4.8e12);
    const auto& c = fit.constants;
    const double off[6] = {std::log(c.rate_flop_per_s / kLaw.rate_flop_per_s), std::log(c.tile_cost / kLaw.tile_cost), c.wave_share - kLaw.wave_share,
                           std::log(c.ramp_k / kLaw.ramp_k), std::log(c.memory_bytes_per_s / kLaw.memory_bytes_per_s), std::log(c.start_s / kLaw.start_s)};
    for (int i = 0; i < 6; ++i) {
      sum[i] += off[i];
      square[i] += off[i] * off[i];
    }
    // |N(0, s)| has the median 0.6745 s, known from n points to 0.787 s / sqrt(n): four of those, and a twentieth for six constants out of n.
    const double median = analysis::percentile(fit.errors.left_out, 0.5);
    CHECK(median > kNoise * (0.6745 - 4 * 0.787 / std::sqrt(kPoints)));
    CHECK(median < kNoise * (0.6745 * 1.05 + 4 * 0.787 / std::sqrt(kPoints)));
    CHECK(analysis::percentile(fit.errors.fitted, 0.5) < median * 1.1);
    CHECK(fit.interpolated_median > 3 * median);  // the formula is worth having
  }
  for (int i = 0; i < 6; ++i) {
    INFO("constant ", i, ": mean ", sum[i] / kReplicates, ", spread ", std::sqrt(square[i] / kReplicates));
    const double mean = sum[i] / kReplicates, variance = square[i] / kReplicates - mean * mean;
    CHECK(std::fabs(mean) < 5.4 * std::sqrt(variance / (kReplicates - 1)));  // Student's t, 7 degrees of freedom, one in a thousand
  }
  CHECK(std::sqrt(square[0] / kReplicates) < 0.01);  // half the noise of a single point
}

TEST_CASE("gemm fit: products that never wait for memory leave its rate below what the card has") {
  sim::Random chance({9, 0}, "test/bound");
  std::vector<analysis::GemmMeasurement> deep;
  for (auto p : shapes(60, chance)) deep.push_back({2048 + p.m, 2048 + p.n, 2048 + p.k, 1, 0});
  const auto fit = analysis::fit_gemm(measured(deep, 0.01, chance), kLaw, 4.8e12);
  CHECK(fit.constants.memory_bytes_per_s <= 4.8e12);
  CHECK(fit.constants.rate_flop_per_s == doctest::Approx(780e12).epsilon(0.02));
}

TEST_CASE("rate, attention and power fits give back what made them") {
  std::vector<analysis::RateMeasurement> rate;
  for (double bytes = 1e3; bytes < 1e10; bytes *= 10) rate.push_back({bytes, 8e-6 + bytes / 55e9});
  const auto fitted = analysis::fit_rate(rate);
  CHECK(fitted.start_s == doctest::Approx(8e-6).epsilon(1e-5));
  CHECK(fitted.bytes_per_s == doctest::Approx(55e9).epsilon(1e-5));
  CHECK(analysis::quality(fitted.errors).worst_pct() < 0.01);

  std::vector<analysis::AttentionMeasurement> attention;
  for (double length = 512; length < 20000; length *= 2) attention.push_back({1e12, length, 1e12 * (1 + 400 / length) / 400e12});
  CHECK(analysis::fit_attention(attention).rate_flop_per_s == doctest::Approx(400e12).epsilon(1e-5));
  CHECK(analysis::fit_attention(attention).half_length == doctest::Approx(400).epsilon(1e-4));

  std::vector<analysis::PowerMeasurement> power;
  for (const double duty : {0.0, 0.25, 0.5, 0.75, 1.0}) power.push_back({duty, 120 + 560 * std::pow(duty, 0.8)});
  const auto p = analysis::fit_power(power);
  CHECK(p.idle_w == doctest::Approx(120).epsilon(1e-5));
  CHECK(p.busy_w == doctest::Approx(680).epsilon(1e-5));
  CHECK(p.exponent == doctest::Approx(0.8).epsilon(1e-4));
}

TEST_CASE("least squares: a straight line through three points is the one of the textbook") {
  // y = a + b x through (0,1), (1,3), (2,6): b = 2.5, a = 5/6.
  const double y[] = {1, 3, 6};
  const auto line = analysis::least_squares({{1}, {1}}, {0, 1, 2}, [&](const std::vector<double>& v, std::size_t i) { return v[0] + v[1] * double(i) - y[i]; });
  CHECK(line.values[0] == doctest::Approx(5.0 / 6).epsilon(1e-6));
  CHECK(line.values[1] == doctest::Approx(2.5).epsilon(1e-6));
  CHECK(line.sum_of_squares == doctest::Approx(1.0 / 6).epsilon(1e-6));
}
