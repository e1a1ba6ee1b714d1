#pragma once
// The curves that `dure calibrate` fits, each by least squares in the logarithm of time (or power), so that relative errors count.
#include <functional>
#include <string>
#include <vector>

#include "sim/gemm_time.h"
#include "sim/measured.pb.h"

namespace dure::analysis {

/// Errors |computed / measured - 1| of a fit, and of each point when the fit is made without it.
struct Errors {
  std::vector<double> fitted;
  std::vector<double> left_out;
};
::dure::FitQuality quality(const Errors& errors);
double percentile(std::vector<double> values, double share);  // linear between neighbours

struct GemmMeasurement {
  double m = 0, n = 0, k = 0, count = 1;
  double time_s = 0;
};
struct FittedGemm {
  sim::GemmConstants constants;
  Errors errors;
  double interpolated_median = 0;  // yardstick: median error of each point from its neighbours, without any formula
};
/// Formula and symbols: sim/gemm_time.h. `known` gives compute units and bytes of a number; the rest is fitted,
/// B below `most_bytes_per_s`: products that seldom wait for memory say little about it, and it would run away.
FittedGemm fit_gemm(const std::vector<GemmMeasurement>& points, const sim::GemmConstants& known, double most_bytes_per_s);

struct RateMeasurement {
  double bytes = 0, time_s = 0;
};
struct FittedRate {
  double start_s = 0, bytes_per_s = 0;
  Errors errors;
};
/// t = start + bytes / rate.
FittedRate fit_rate(const std::vector<RateMeasurement>& points);

struct AttentionMeasurement {
  double flop = 0, length = 0, time_s = 0;
};
struct FittedAttention {
  double rate_flop_per_s = 0, half_length = 0;
  Errors errors;
};
/// t = flop (1 + half_length / length) / rate.
FittedAttention fit_attention(const std::vector<AttentionMeasurement>& points);

struct PowerMeasurement {
  double duty = 0, power_w = 0;
};
struct FittedPower {
  double idle_w = 0, busy_w = 0, exponent = 1;
  Errors errors;
};
/// P(u) = idle + (busy - idle) u^exponent.
FittedPower fit_power(const std::vector<PowerMeasurement>& points);

/// Points below which a fit is refused: three for each constant of a surface, two more than the constants of a curve.
inline constexpr int kLeastGemm = 18, kLeastRate = 4, kLeastAttention = 4, kLeastPower = 5, kLeastCheckpoint = 3;

}  // namespace dure::analysis
