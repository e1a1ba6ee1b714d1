#pragma once
// Inside: s, W, J, bytes, flop, KRW. Conversions live here and nowhere else.

namespace dure::sim {

inline constexpr double kMinute_s = 60.0;
inline constexpr double kHour_s = 3600.0;
inline constexpr double kDay_s = 86400.0;
inline constexpr double kYear_s = 365.25 * kDay_s;
inline constexpr double kGB_bytes = 1e9;
inline constexpr double kTB_bytes = 1e12;

constexpr double kwh_from_j(double energy_j) { return energy_j / 3.6e6; }
constexpr double hours_from_s(double time_s) { return time_s / kHour_s; }
constexpr double bytes_per_s_from_gbps(double gbps) { return gbps * 1e9 / 8.0; }

}  // namespace dure::sim
