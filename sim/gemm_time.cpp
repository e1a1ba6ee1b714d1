#include "sim/gemm_time.h"

#include "sim/measured.pb.h"

namespace dure::sim {

GemmTime::GemmTime(const ::dure::GemmFit& fit, int compute_units)
    : is_{fit.rate_tflops() * 1e12,
          fit.tile_cost(),
          fit.wave_share(),
          fit.ramp_k(),
          fit.memory_gb_per_s() * 1e9,
          fit.start_us() * 1e-6,
          compute_units,
          operand_bytes(fit.precision()),
          fit.out_bytes()},
      peak_flop_per_s_(fit.peak_tflops() * 1e12) {}

const ::dure::GemmFit* find_gemm(const ::dure::MeasuredCard& card, std::string_view precision) {
  for (const ::dure::GemmFit& fit : card.gemm())
    if (fit.precision() == precision) return &fit;
  return nullptr;
}

double operand_bytes(std::string_view precision) { return precision == "fp8" ? 1 : precision == "bf16" || precision == "fp16" ? 2 : 4; }

}  // namespace dure::sim
