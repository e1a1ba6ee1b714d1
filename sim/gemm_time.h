#pragma once
// How long a card takes to multiply two matrices, from a few measured constants.
#include <algorithm>
#include <cmath>
#include <string_view>

namespace dure {
class GemmFit;
class MeasuredCard;
}  // namespace dure

namespace dure::sim {

/// The constants of one precision on one card. `dure calibrate` fits them (docs/rooms/calibration.md).
struct GemmConstants {
  double rate_flop_per_s = 0;     // R: a product without any loss of shape
  double tile_cost = 0;           // c: extra work of tiles smaller than 128 x 256
  double wave_share = 0;          // w: share of a partly filled last wave that is paid, 0 to 1
  double ramp_k = 0;              // k0: columns' worth of time to fill and drain a tile
  double memory_bytes_per_s = 0;  // B
  double start_s = 0;             // t0
  int compute_units = 1;          // U: multiprocessors
  double in_bytes = 2, out_bytes = 2;  // of one number
};

/// How a product is cut up. One of these serves a call.
struct GemmTile {
  constexpr GemmTile(double m, double n) : per_m(1 / m), per_n(1 / n), area(m * n), smaller(128 / m + 128 / n - 1.5) {}
  double per_m, per_n, area, smaller;
};
inline constexpr GemmTile kGemmTiles[] = {{128, 256}, {256, 128}, {128, 128}, {64, 256}, {256, 64}, {64, 128}, {128, 64}, {64, 64}};

/// Time of C (m x n) = A (m x k) B (k x n), `count` of them in one call:
///
///   t  = t0 + (t_c^4 + t_m^4)^(1/4)
///   t_c = min over tiles (Tm, Tn) of  W 2 Tm Tn (k + k0) [1 + c (128/Tm + 128/Tn - 3/2)] U / R
///   W  = x + w (ceil(x) - x),  x = ceil(m/Tm) ceil(n/Tn) count / U     waves of tiles over U multiprocessors
///   t_m = count [in (m k + k n) + out m n] / B
///
/// Tiles are cut from 64, 128 and 256. Efficiency is 2 m n k count / (t peak). Holds for back-to-back calls on a card whose operands are
/// not in its cache. The terms are those of tile and wave quantisation; the fourth power is a soft maximum: 19 % above either where both
/// are equal. Source: structure from the published behaviour of tiled products, constants measured.
class GemmTime {
 public:
  explicit GemmTime(const GemmConstants& constants) : is_(constants) {}
  GemmTime(const ::dure::GemmFit& fit, int compute_units);

  double time_s(double m, double n, double k, double count = 1) const {
    const double units = is_.compute_units;
    double work = 1e300;
    for (const GemmTile& tile : kGemmTiles) {
      const double waves = up(m * tile.per_m) * up(n * tile.per_n) * count / units;
      const double paid = waves + is_.wave_share * (up(waves) - waves);
      work = std::min(work, paid * tile.area * (1 + is_.tile_cost * tile.smaller));
    }
    const double compute_s = 2 * work * (k + is_.ramp_k) * units / is_.rate_flop_per_s;
    const double memory_s = count * (is_.in_bytes * (m + n) * k + is_.out_bytes * m * n) / is_.memory_bytes_per_s;
    const double c2 = compute_s * compute_s, m2 = memory_s * memory_s;
    return is_.start_s + std::sqrt(std::sqrt(c2 * c2 + m2 * m2));
  }
  /// Share of `peak_flop_per_s` reached.
  double efficiency(double m, double n, double k, double count = 1) const { return 2 * m * n * k * count / (time_s(m, n, k, count) * peak_flop_per_s_); }
  const GemmConstants& constants() const { return is_; }

 private:
  /// ceil of what is below 2^52; exact multiples stay, because tile sizes are powers of two.
  static double up(double x) {
    const double whole = static_cast<double>(static_cast<long long>(x));
    return whole < x ? whole + 1 : whole;
  }

  GemmConstants is_;
  double peak_flop_per_s_ = 1;
};

/// The fit of one precision ("bf16"), or nullptr if the card was not measured in it.
const ::dure::GemmFit* find_gemm(const ::dure::MeasuredCard& card, std::string_view precision);

/// Bytes of one operand: 1, 2 or 4.
double operand_bytes(std::string_view precision);

}  // namespace dure::sim
