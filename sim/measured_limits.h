#pragma once
// What no measurement of a card can be, by the card's row of the catalogue. `dure calibrate` refuses it in records, the models in measured cards.
#include <optional>
#include <string>

#include "sim/error.h"

namespace dure {
class RecordHead;
}

namespace dure::sim {

/// Makers round their peaks and name them at one clock; no rate lies further above them than this.
inline constexpr double kMostOfPeak = 1.02;
/// Some makers count 10^9 bytes, some 2^30 (7 % more), and drivers leave out what they keep.
inline constexpr double kMemoryApart = 0.1;
/// A product held for seconds, over the same on a cool card. Above: the cool card was not cool. Below: no card slows down so far.
inline constexpr double kLeastSustainedShare = 0.2, kMostSustainedShare = 1.05;
/// Ends the name of a rate of arrays that fit into the cache, which the memory's bandwidth does not bound.
inline constexpr const char* kCached = "_cache";

struct Refusal {
  Text what, remedy;
};

/// A card by its row; 0: not on record.
struct CardOnRecord {
  std::string name;
  int compute_units = 0;
  double memory_bytes = 0;
};

/// Each gives nothing if all is well. `part` names what was measured ("gemm bf16").
std::optional<Refusal> another_card(const ::dure::RecordHead& head, const CardOnRecord& card);
std::optional<Refusal> other_compute_units(int measured, const CardOnRecord& card);
std::optional<Refusal> above_peak(const Text& part, double flop_per_s, double peak_flop_per_s);
std::optional<Refusal> above_bandwidth(const Text& part, double bytes_per_s, double memory_bytes_per_s);
std::optional<Refusal> impossible_sustained_share(double share);
std::optional<Refusal> idle_above_busy(double idle_w, double busy_w);

}  // namespace dure::sim
