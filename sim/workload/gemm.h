#pragma once
// How fast a card multiplies matrices of a given shape.
#include <array>
#include <memory>
#include <optional>

#include "sim/gemm_time.h"
#include "sim/inventory/accelerator.h"

namespace dure::sim {

/// C (M x N) = A (M x K) B (K x N), `count` of them in one launch (batched or grouped).
struct Gemm {
  double m = 0, n = 0, k = 0;
  double count = 1;
  double flop() const { return 2 * m * n * k * count; }
};

/// The share e(M,N,K) of the best large product that a shape reaches, 0 to 1: the interface that measured surfaces fill
/// (platforms/measured/<card>.txtpb) and that StructuralGemm fills until there is one.
class GemmSurface {
 public:
  virtual ~GemmSurface() = default;
  virtual double efficiency(const Gemm& gemm, Precision precision) const = 0;
  virtual Basis basis() const = 0;
};

/// e from the way a product is cut up, without measurement:
///
///   tiles      ceil(M/TM) ceil(N/TN) count, the quickest of a few tile sizes
///   waves      w = ceil(tiles / u) on u compute units; a partly filled last wave costs a whole one, less what
///              split-K and persistent kernels win back (half: kWaveRecovered)
///   k-loop     K / (K + K0): filling and draining the pipeline of a tile
///   e = M N count / (w' u TM TN) * shape(tile) * K / (K + K0)
///
/// shape(tile): smaller tiles re-read more, 1 for 128 x 256, 0.93 for 128 x 128, 0.78 for 64 x 128, 0.6 for 64 x 64.
/// Up to 64 rows (tokens of a decode step) K is cut among the units too, so waves do not count and rows are padded to 16 alone:
///   e = 0.6 M / (16 ceil(M/16)) * K / (K + K0),   and the bytes of the weights bind.
/// Memory-bound products are limited by the caller, who knows the bytes (gemm_s). Source: structure from the vendor's
/// matrix-multiplication background guide (tile and wave quantisation); K0 and shape assumed, of the size seen in public GEMM sweeps.
class StructuralGemm final : public GemmSurface {
 public:
  explicit StructuralGemm(const Accelerator& card) : units_(card.compute_units) {}
  double efficiency(const Gemm& gemm, Precision precision) const override;
  Basis basis() const override { return Basis::kAssumed; }

 private:
  double units_;
};

/// e from the times measured on the card (gemm_time.h), over the rate of a product without loss of shape; the start of a product is left to
/// the caller, who counts the gap between kernels. Precisions that were not measured, and products of up to 64 rows where the structure says
/// more than tiles of 64 can, follow StructuralGemm.
class MeasuredGemm final : public GemmSurface {
 public:
  MeasuredGemm(const Accelerator& card, const ::dure::MeasuredCard& measured);
  double efficiency(const Gemm& gemm, Precision precision) const override;
  Basis basis() const override { return Basis::kMeasured; }

 private:
  std::array<std::optional<GemmTime>, kPrecisions> times_;
  StructuralGemm structural_;
};

/// The measured surface of a card that was measured, else the structural one.
std::shared_ptr<const GemmSurface> surface_of(const Accelerator& card);

}  // namespace dure::sim
