#pragma once
// One accelerator as a model of time sees it: rates, memory and links, each with where it rests.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace dure {
class CardType;
class MeasuredCard;
class NodeType;
}  // namespace dure

namespace dure::sim {

enum class Precision { kFp32, kTf32, kFp16, kBf16, kFp8, kFp4 };
inline constexpr int kPrecisions = 6;

/// "bf16" and so on; nothing if the word names no precision.
std::optional<Precision> precision_of(std::string_view word);
const char* name_of(Precision precision);
double bytes_of(Precision precision);  // of one number

/// Where a rate comes from; the report and `dure validate` say it.
enum class Basis { kMeasured, kPublished, kAssumed };

/// Rates are per card; the two directions of a link are counted apart (the catalogue adds them, as makers do).
///
///   best_gemm = the best large matrix product published as measured; where there is none, peak x kGemmOfPeak
///
/// The same share of the peak is taken for every precision: FP8 figures are rarely published as measured.
struct Accelerator {
  std::string name;
  std::string family;                              // Ampere, Hopper, ...; decides attention kernels
  std::array<double, kPrecisions> peak_flop_per_s{};  // dense; 0: the card or its record knows no such precision
  double gemm_of_peak = 0;                         // best_gemm / peak, at most 1
  Basis gemm_basis = Basis::kAssumed;
  int compute_units = 0;                           // 0: unknown, tiles are not counted in waves
  double memory_bytes = 0;
  double memory_bytes_per_s = 0;
  double scale_up_bytes_per_s = 0;                 // one direction; 0: none
  int scale_up_domain = 1;                         // cards
  double scale_out_bytes_per_s = 0;                // one direction, per card
  double host_bytes_per_s = 0;                     // coherent link to host memory, one direction; 0: none
  double host_bytes = 0;                           // host memory behind it, per card
  int cards_per_node = 8;
  bool trains = true;                              // false: its software covers serving alone
  std::shared_ptr<const ::dure::MeasuredCard> measured;  // none: it runs on published figures
  double measured_traffic_bytes_per_s = 0;         // of passes between products, as measured; 0: not measured
  double measured_gap_s = 0;                       // from one kernel to the next, as measured; 0: not measured

  /// Throws ScenarioError, with the precisions it has, if there is none on record.
  double peak(Precision precision) const;
  /// The best large product: as measured and held for seconds, where the card was measured in this precision; else peak x gemm_of_peak.
  double best_product(Precision precision) const;
};

/// Lets a card stand on what was measured on it (platforms/measured): products, passes between them, launches. Throws ScenarioError if
/// it, or a record it rests on, is of another card, or if it says what no such card can do (sim/measured_limits.h).
void rest_on(Accelerator& card, std::shared_ptr<const ::dure::MeasuredCard> measured);

/// Share of the peak that large products reach where no measurement is published: the middle of the eight published BF16 figures of
/// the catalogue that belong to GPUs of data centres (0.51 to 0.87, median 0.77).
inline constexpr double kGemmOfPeak = 0.77;

/// Bytes a card holds for each GB its maker prints: they mean 2^30, less what the driver keeps. 81,559 MiB on an H100 of 80 GB, 143,771
/// on an H200 of 141, 40,960 on an A100 of 40 (as the driver reports; from memory, high).
inline constexpr double kHeldPerPrinted_GB = 1.068e9;

/// Cards without a published product take that of a card of the same family and peak: the same chip with another memory.
void share_published_products(std::vector<Accelerator>& cards);

/// Throws ScenarioError if the record contradicts itself (a measured product above the peak, no memory).
Accelerator accelerator(const ::dure::CardType& card, const ::dure::NodeType* node);

}  // namespace dure::sim
