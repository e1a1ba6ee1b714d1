#include "sim/measured_limits.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/measured.pb.h"
#include "sim/units.h"

namespace dure::sim {

std::optional<Refusal> other_compute_units(int measured, const CardOnRecord& card) {
  if (card.compute_units <= 0 || measured == card.compute_units) return {};
  return Refusal{{fmt::format("{} multiprocessors, but {} has {}", measured, card.name, card.compute_units),
                  fmt::format("멀티프로세서가 {}개인데 {}은(는) {}개입니다", measured, card.name, card.compute_units)},
                 {"name the card that was measured; a part of a card is no card", "측정한 카드의 이름을 쓰십시오. 나눈 카드의 기록은 쓸 수 없습니다"}};
}

std::optional<Refusal> another_card(const ::dure::RecordHead& head, const CardOnRecord& card) {
  if (head.card() != card.name)
    return Refusal{{fmt::format("a record of {}, not of {}", head.card(), card.name), fmt::format("{}이(가) 아니라 {}의 기록입니다", card.name, head.card())},
                   {"calibrate one card at a time, and change no names by hand", "카드마다 따로 보정하고 이름을 손으로 바꾸지 마십시오"}};
  if (auto other = other_compute_units(head.compute_units(), card)) return other;
  if (head.has_memory_bytes() && card.memory_bytes > 0 && std::fabs(head.memory_bytes() / card.memory_bytes - 1) > kMemoryApart)
    return Refusal{{fmt::format("{:.4g} GB of memory, but {} has {:.4g}", head.memory_bytes() / kGB_bytes, card.name, card.memory_bytes / kGB_bytes),
                    fmt::format("메모리가 {:.4g} GB인데 {}은(는) {:.4g} GB입니다", head.memory_bytes() / kGB_bytes, card.name, card.memory_bytes / kGB_bytes)},
                   {fmt::format("name the card that was measured; {:.0f} % apart is the most", 100 * kMemoryApart), fmt::format("측정한 카드의 이름을 쓰십시오. 차이는 {:.0f} %까지 허용합니다", 100 * kMemoryApart)}};
  return {};
}

std::optional<Refusal> above_peak(const Text& part, double flop_per_s, double peak_flop_per_s) {
  if (flop_per_s <= kMostOfPeak * peak_flop_per_s) return {};
  return Refusal{{fmt::format("{}: {:.4g} TFLOP/s is above the peak of {:.4g}", part.en, flop_per_s / 1e12, peak_flop_per_s / 1e12),
                  fmt::format("{}: {:.4g} TFLOP/s가 최대 성능 {:.4g}보다 큽니다", part.ko, flop_per_s / 1e12, peak_flop_per_s / 1e12)},
                 {fmt::format("measure again, or correct the peak in the catalogue ({:.0f} % are left for its rounding)", 100 * (kMostOfPeak - 1)),
                  fmt::format("다시 측정하거나 목록의 최대 성능을 고치십시오(반올림 {:.0f} %는 허용)", 100 * (kMostOfPeak - 1))}};
}

std::optional<Refusal> above_bandwidth(const Text& part, double bytes_per_s, double memory_bytes_per_s) {
  if (bytes_per_s <= kMostOfPeak * memory_bytes_per_s) return {};
  return Refusal{{fmt::format("{}: {:.4g} GB/s is above the {:.4g} of the card's memory", part.en, bytes_per_s / kGB_bytes, memory_bytes_per_s / kGB_bytes),
                  fmt::format("{}: {:.4g} GB/s가 카드 메모리 대역폭 {:.4g}보다 큽니다", part.ko, bytes_per_s / kGB_bytes, memory_bytes_per_s / kGB_bytes)},
                 {fmt::format("measure again, or correct the bandwidth in the catalogue ({:.0f} % are left for its rounding)", 100 * (kMostOfPeak - 1)),
                  fmt::format("다시 측정하거나 목록의 대역폭을 고치십시오(반올림 {:.0f} %는 허용)", 100 * (kMostOfPeak - 1))}};
}

std::optional<Refusal> impossible_sustained_share(double share) {
  if (share >= kLeastSustainedShare && share <= kMostSustainedShare) return {};
  const bool high = share > kMostSustainedShare;
  return Refusal{{fmt::format("a product held for seconds at {:.3g} times its rate on a cool card: {} is the {}", share, high ? kMostSustainedShare : kLeastSustainedShare, high ? "most" : "least"),
                  fmt::format("지속 연산 속도가 식은 카드의 {:.3g}배입니다. {}", share, high ? fmt::format("{}배보다 클 수 없습니다", kMostSustainedShare) : fmt::format("{}배보다 작을 수 없습니다", kLeastSustainedShare))},
                 high ? Text{"a warm card is not quicker: measure burst_tflops and busy_tflops again", "더운 카드가 더 빠를 수는 없습니다. burst_tflops와 busy_tflops를 다시 측정하십시오"}
                      : Text{"no card slows down so far under load: measure again, with nothing else on the card", "부하 때문에 그만큼 느려지는 카드는 없습니다. 다른 작업이 없을 때 다시 측정하십시오"}};
}

std::optional<Refusal> idle_above_busy(double idle_w, double busy_w) {
  if (idle_w < busy_w) return {};
  return Refusal{{fmt::format("power: {:.4g} W at rest is not below {:.4g} W when busy", idle_w, busy_w), fmt::format("power: 유휴 전력 {:.4g} W가 부하 때의 {:.4g} W보다 작지 않습니다", idle_w, busy_w)},
                 {"measure again; nothing else may run on the card at rest", "다시 측정하십시오. 유휴 측정 때 카드에 다른 작업이 없어야 합니다"}};
}

}  // namespace dure::sim
