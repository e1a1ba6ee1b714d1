#pragma once
// From records to a card: every part that was measured is fitted, and every fit says how far it lies from what it was fitted to.
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/measured.pb.h"

namespace dure::analysis {

/// The maker's dense peaks, which efficiencies refer to; 0: none on record, and that precision is left out.
struct Peaks {
  double bf16_tflops = 0, fp8_tflops = 0;
};

/// A line of the table that is printed.
struct FittedPart {
  std::string part, name;  // "gemm", "bf16"
  std::string found;       // "772 TFLOP/s of 989"
  ::dure::FitQuality quality;
  double interpolated_median_pct = -1;  // products alone: the yardstick without a formula
};

struct Calibrated {
  ::dure::MeasuredCard card;
  ::dure::MeasuredInterconnect interconnect;
  bool has_card = false, has_interconnect = false;
  std::vector<FittedPart> parts;
};

struct NamedRecord {
  std::string file, digest;
  const ::dure::MicrobenchRecord* card = nullptr;
  const ::dure::InterconnectRecord* interconnect = nullptr;
};

/// Throws Error (exit 3): records of different cards (E0144), a trial or a wrong answer (E0145), too few points in a part (E0143).
Calibrated calibrate(const std::vector<NamedRecord>& records, const Peaks& peaks);

}  // namespace dure::analysis
