#pragma once
// A card that does not exist, whose laws are known, and the record a microbenchmark would leave of it.
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "analysis/calibration/fits.h"
#include "sim/gemm_time.h"
#include "sim/random.h"

namespace dure::test {

inline constexpr sim::GemmConstants kLaw{.rate_flop_per_s = 780e12, .tile_cost = 0.12, .wave_share = 0.7, .ramp_k = 150, .memory_bytes_per_s = 3.6e12, .start_s = 3e-6,
                                         .compute_units = 132, .in_bytes = 2, .out_bytes = 2};

/// Shapes over the whole range, skewed and square.
inline std::vector<analysis::GemmMeasurement> shapes(int count, sim::Random& chance) {
  std::vector<analysis::GemmMeasurement> made;
  const auto size = [&](double low, double high) { return 16 * std::round(std::exp(std::log(low / 16) + chance.uniform() * std::log(high / low))); };
  for (int i = 0; i < count; ++i) made.push_back({size(64, 16384), size(256, 16384), size(128, 16384), 1, 0});
  return made;
}

/// The same with times by the law, each off by a relative error of standard deviation `noise`.
inline std::vector<analysis::GemmMeasurement> measured(std::vector<analysis::GemmMeasurement> points, double noise, sim::Random& chance) {
  for (analysis::GemmMeasurement& p : points) p.time_s = sim::GemmTime(kLaw).time_s(p.m, p.n, p.k, p.count) * std::exp(noise * chance.normal(0, 1));
  return points;
}

inline std::string us(double time_s) { return fmt::format("time {{ unit: \"us\" median: {:.9g} lower: {:.9g} upper: {:.9g} repeats: 20 }}", time_s * 1e6, time_s * 0.99e6, time_s * 1.02e6); }

inline std::string head(const std::string& card = "H200-SXM-141", int units = 132) {
  return fmt::format("head {{ card: \"{}\" device: \"a card\" compute_capability: \"9.0\" compute_units: {} memory_bytes: 1.4e11 l2_bytes: 6e7 most_sm_clock_mhz: 1980 cards: 1 "
                     "driver: \"none\" toolkit: \"none\" date: \"2026-11-21\" commit: \"none\" }}\n", card, units);
}

/// A whole record of that card.
inline std::string record_text() {
  sim::Random chance(sim::Seed{1, 0}, "test/record");
  std::string text = "# proto-message: dure.MicrobenchRecord\n" + head();
  for (const auto& p : measured(shapes(60, chance), 0.01, chance))
    text += fmt::format("gemm {{ precision: \"bf16\" m: {} n: {} k: {} {} }}\n", p.m, p.n, p.k, us(p.time_s));
  for (double bytes = 1e6; bytes < 2e10; bytes *= 2) {
    const bool cached = bytes <= 3e7;
    text += fmt::format("memory {{ operation: \"copy\" bytes: {:.9g} {} }}\n", bytes, us(2e-6 + bytes / (cached ? 9e12 : 4.2e12)));
    text += fmt::format("host_link {{ direction: \"host_to_device\" bytes: {:.9g} {} }}\n", bytes, us(8e-6 + bytes / 55e9));
    text += fmt::format("elementwise {{ kernel: \"adam\" bytes: {:.9g} {} }}\n", bytes, us(3e-6 + bytes / 4e12));
  }
  for (int length = 512; length <= 16384; length *= 2)
    text += fmt::format("attention {{ form: \"fused\" direction: \"forward\" precision: \"bf16\" batch: 4 heads: 16 seq_len: {} head_dim: 128 causal: true {} }}\n", length,
                        us(0.5 * 4 * 64.0 * length * length * 128 * (1 + 400.0 / length) / 400e12));
  for (const double duty : {0.0, 0.25, 0.5, 0.75, 0.9, 1.0})
    text += fmt::format("power {{ load: \"{}\" duty: {} power {{ unit: \"W\" median: {:.9g} lower: 1 upper: 9999 repeats: 40 }} busy_tflops: {} }}\n", duty == 0 ? "idle" : "gemm", duty,
                        120 + 560 * std::pow(duty, 0.8), duty == 0 ? 0.001 : 720);
  return text + "burst_tflops: 800\nlaunch { way: \"stream\" time { unit: \"us\" median: 2.1 lower: 2 upper: 2.3 repeats: 41 } }\n";
}

}  // namespace dure::test
