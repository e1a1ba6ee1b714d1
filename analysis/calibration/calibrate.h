#pragma once
// From records to a card: every part that was measured is fitted, and every fit says how far it lies from what it was fitted to.
#include <functional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/measured.pb.h"

namespace dure {
class CardType;
}

namespace dure::analysis {

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
  std::function<sim::Place(int field, int index, int part)> place;  // of value `index` of a field of the record, or of that value's own field `part`
};

/// `catalogue` is the row of the card that the records are of. Throws Error (exit 3) with its place: rates above the row's, impossible
/// powers (E0142), too few points in a part (E0143), another card (E0144), a trial or a wrong answer (E0145), a law that does not hold (E0146).
Calibrated calibrate(const std::vector<NamedRecord>& records, const ::dure::CardType& catalogue);

}  // namespace dure::analysis
