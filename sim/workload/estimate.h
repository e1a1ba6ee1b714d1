#pragma once
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/units.h"

namespace dure::sim {

/// The time people write down for a job of which they think it takes `thought_s`: the next round one.
///
/// A few round values make up most requests of real logs: the 20 most frequent 90 % (Tsafrir, Etsion, Feitelson, "Modeling User Runtime
/// Estimates", JSSPP 2005), 73 % of the jobs of HPC2N (data/swf; the first of them 20 and 30 minutes, 12 hours, 15 minutes, an hour).
inline double round_estimate_s(double thought_s) {
  constexpr std::array kRound_s = {5 * kMinute_s, 10 * kMinute_s, 15 * kMinute_s, 20 * kMinute_s, 30 * kMinute_s, kHour_s, 2 * kHour_s, 3 * kHour_s,
                                   4 * kHour_s,   6 * kHour_s,    8 * kHour_s,    10 * kHour_s,   12 * kHour_s,   15 * kHour_s, 20 * kHour_s, kDay_s,
                                   2 * kDay_s,    3 * kDay_s,     5 * kDay_s,     7 * kDay_s,     14 * kDay_s,    30 * kDay_s};
  const auto next = std::lower_bound(kRound_s.begin(), kRound_s.end(), thought_s);
  return next != kRound_s.end() ? *next : std::ceil(thought_s / (30 * kDay_s)) * 30 * kDay_s;
}

}  // namespace dure::sim
