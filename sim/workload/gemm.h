#pragma once
// How fast a card multiplies matrices of a given shape.
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

}  // namespace dure::sim
