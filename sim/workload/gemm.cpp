#include "sim/workload/gemm.h"

#include <algorithm>
#include <cmath>

#include "sim/measured.pb.h"

namespace dure::sim {
namespace {

struct Tile {
  double m, n, shape;
};
constexpr Tile kTiles[] = {{128, 256, 1}, {256, 128, 1}, {128, 128, 0.93}, {64, 128, 0.78}, {128, 64, 0.78}, {64, 64, 0.6}};
constexpr double kWaveRecovered = 0.5;
constexpr double kFewRows = 64;      // up to so many, K is cut among the units as well, and rows are padded to 16
constexpr double kPaddedTo = 16;
constexpr double kFewRowsShape = 0.6;
constexpr double kRampK16 = 192;  // of 16-bit numbers; FP8 moves twice as many in the same time

double ceil_div(double a, double b) { return std::ceil(a / b); }

}  // namespace

double StructuralGemm::efficiency(const Gemm& gemm, Precision precision) const {
  double best = 0;
  for (const Tile& tile : kTiles) {
    const double tiles = ceil_div(gemm.m, tile.m) * ceil_div(gemm.n, tile.n) * gemm.count;
    double waste = tiles;
    if (units_ > 0) {
      const double waves = ceil_div(tiles, units_);
      waste = waves <= 1 ? units_ : tiles + (1 - kWaveRecovered) * (waves * units_ - tiles);
    }
    best = std::max(best, tile.shape * gemm.m * gemm.n * gemm.count / (waste * tile.m * tile.n));
  }
  if (const double rows = std::min(gemm.m, gemm.n); rows <= kFewRows) best = std::max(best, kFewRowsShape * rows / (kPaddedTo * ceil_div(rows, kPaddedTo)));
  const double ramp = kRampK16 * 2 / std::max(1.0, bytes_of(precision));
  return std::min(1.0, best) * gemm.k / (gemm.k + (precision == Precision::kFp32 || precision == Precision::kTf32 ? kRampK16 / 2 : ramp));
}

MeasuredGemm::MeasuredGemm(const Accelerator& card, const ::dure::MeasuredCard& measured) : structural_(card) {
  for (int i = 0; i < kPrecisions; ++i)
    if (const auto* fit = find_gemm(measured, name_of(Precision(i)))) {
      GemmConstants constants = GemmTime(*fit, measured.compute_units()).constants();
      constants.start_s = 0;
      times_[std::size_t(i)].emplace(constants);
    }
}

double MeasuredGemm::efficiency(const Gemm& gemm, Precision precision) const {
  const auto& time = times_[std::size_t(precision)];
  if (!time) return structural_.efficiency(gemm, precision);
  const double e = gemm.flop() / (time->time_s(gemm.m, gemm.n, gemm.k, gemm.count) * time->constants().rate_flop_per_s);
  const bool few = std::min(gemm.m, gemm.n) <= kFewRows;
  return few ? std::max(e, structural_.efficiency(gemm, precision)) : e;
}

std::shared_ptr<const GemmSurface> surface_of(const Accelerator& card) {
  if (card.measured) return std::make_shared<MeasuredGemm>(card, *card.measured);
  return std::make_shared<StructuralGemm>(card);
}

}  // namespace dure::sim
