#include "sim/inventory/accelerator.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/gemm_time.h"
#include "sim/inventory/inventory.pb.h"
#include "sim/measured.pb.h"
#include "sim/measured_limits.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

struct Named {
  const char* name;
  double bytes;
};
constexpr std::array<Named, kPrecisions> kNames = {{{"fp32", 4}, {"tf32", 4}, {"fp16", 2}, {"bf16", 2}, {"fp8", 1}, {"fp4", 0.5}}};

void refuse(const ::dure::MeasuredCard& measured, const std::string& field, const std::optional<Refusal>& refusal) {
  if (refusal) throw ScenarioError(fmt::format("measured_card[{}].{}", measured.card(), field), refusal->what, refusal->remedy);
}

void refuse_another_card(const Accelerator& card, const ::dure::MeasuredCard& measured) {
  if (measured.card() != card.name)
    throw ScenarioError(fmt::format("measured_card[{}].card", measured.card()),
                        {fmt::format("measured on {}, not on {}", measured.card(), card.name), fmt::format("{}이(가) 아니라 {}에서 측정한 값입니다", card.name, measured.card())});
  const CardOnRecord row{card.name, card.compute_units, card.memory_bytes};
  refuse(measured, "compute_units", other_compute_units(measured.compute_units(), row));
  for (int i = 0; i < measured.record_size(); ++i) refuse(measured, fmt::format("record[{}]", i), another_card(measured.record(i), row));
}

/// Rates above what the catalogue gives the card, and powers that no load leads to.
void refuse_impossible(const Accelerator& card, const ::dure::MeasuredCard& measured) {
  for (int i = 0; i < measured.gemm_size(); ++i) {
    const auto& fit = measured.gemm(i);
    const std::string path = fmt::format("gemm[{}]", i), name = "gemm " + fit.precision();
    if (const auto precision = precision_of(fit.precision()); precision && card.peak_flop_per_s[std::size_t(*precision)] > 0)
      refuse(measured, path + ".rate_tflops", above_peak({name, name}, fit.rate_tflops() * 1e12, card.peak(*precision)));
    refuse(measured, path + ".memory_gb_per_s", above_bandwidth({name, name}, fit.memory_gb_per_s() * kGB_bytes, card.memory_bytes_per_s));
  }
  for (int i = 0; i < measured.attention_size(); ++i)
    refuse(measured, fmt::format("attention[{}].rate_tflops", i),
           above_peak({"attention", "attention"}, measured.attention(i).rate_tflops() * 1e12, *std::max_element(card.peak_flop_per_s.begin(), card.peak_flop_per_s.end())));
  const auto rates = [&](const std::string& part, const auto& fits) {
    for (int i = 0; i < fits.size(); ++i)
      if (const std::string name = part + " " + fits.Get(i).name(); !name.ends_with(kCached))
        refuse(measured, fmt::format("{}[{}].gb_per_s", part, i), above_bandwidth({name, name}, fits.Get(i).gb_per_s() * kGB_bytes, card.memory_bytes_per_s));
  };
  rates("memory", measured.memory());
  rates("elementwise", measured.elementwise());
  rates("host_link", measured.host_link());
  rates("checkpoint", measured.checkpoint());
  if (!measured.has_power()) return;
  refuse(measured, "power", idle_above_busy(measured.power().idle_w(), measured.power().busy_w()));
  if (measured.power().has_sustained_share()) refuse(measured, "power.sustained_share", impossible_sustained_share(measured.power().sustained_share()));
}

}  // namespace

std::optional<Precision> precision_of(std::string_view word) {
  for (int i = 0; i < kPrecisions; ++i)
    if (word == kNames[std::size_t(i)].name) return Precision(i);
  return {};
}

const char* name_of(Precision precision) { return kNames[std::size_t(precision)].name; }
double bytes_of(Precision precision) { return kNames[std::size_t(precision)].bytes; }

double Accelerator::peak(Precision precision) const {
  const double rate = peak_flop_per_s[std::size_t(precision)];
  if (rate > 0) return rate;
  std::string known;
  for (int i = 0; i < kPrecisions; ++i)
    if (peak_flop_per_s[std::size_t(i)] > 0) known += (known.empty() ? "" : ", ") + std::string(kNames[std::size_t(i)].name);
  throw ScenarioError(fmt::format("card[{}]", name),
                      {fmt::format("{} has no {} rate on record", name, name_of(precision)),
                       fmt::format("{}에는 {} 성능 기록이 없습니다", name, name_of(precision))},
                      {known.empty() ? "choose another card" : fmt::format("it has {}; or add the figure to the catalogue", known),
                       known.empty() ? "다른 카드를 고르십시오" : fmt::format("있는 정밀도: {}. 아니면 목록에 값을 더하십시오", known)});
}

double Accelerator::best_product(Precision precision) const {
  const auto* fit = measured ? find_gemm(*measured, name_of(precision)) : nullptr;
  if (fit == nullptr) return peak(precision) * gemm_of_peak;
  const double held = measured->power().has_sustained_share() ? std::min(1.0, measured->power().sustained_share()) : 1;
  return fit->rate_tflops() * 1e12 * held;
}

void rest_on(Accelerator& card, std::shared_ptr<const ::dure::MeasuredCard> measured) {
  refuse_another_card(card, *measured);
  refuse_impossible(card, *measured);
  std::vector<double> rates;
  for (const auto& pass : measured->elementwise()) rates.push_back(pass.gb_per_s() * kGB_bytes);
  if (rates.empty())
    for (const auto& access : measured->memory())
      if (access.name() == "copy") rates.push_back(access.gb_per_s() * kGB_bytes);
  if (!rates.empty()) {
    std::sort(rates.begin(), rates.end());
    card.measured_traffic_bytes_per_s = rates[rates.size() / 2];
  }
  card.measured_gap_s = measured->launch_us() * 1e-6;
  if (find_gemm(*measured, "bf16") != nullptr) card.gemm_basis = Basis::kMeasured;
  card.measured = std::move(measured);
}

void share_published_products(std::vector<Accelerator>& cards) {
  constexpr auto kBf16 = std::size_t(Precision::kBf16);
  for (Accelerator& card : cards) {
    if (card.gemm_basis != Basis::kAssumed) continue;
    double best = 0;
    for (const Accelerator& other : cards)
      if (other.gemm_basis == Basis::kPublished && other.family.substr(0, other.family.find(' ')) == card.family.substr(0, card.family.find(' ')) &&
          other.peak_flop_per_s[kBf16] == card.peak_flop_per_s[kBf16])
        best = std::max(best, other.gemm_of_peak);
    if (best > 0) card.gemm_of_peak = best;
  }
}

Accelerator accelerator(const ::dure::CardType& card, const ::dure::NodeType* node) {
  Accelerator made;
  made.name = card.card();
  made.family = card.family();
  const auto set = [&](Precision precision, double tflops) { made.peak_flop_per_s[std::size_t(precision)] = tflops * 1e12; };
  set(Precision::kFp32, card.fp32_tflops());
  set(Precision::kTf32, card.tf32_tflops());
  set(Precision::kFp16, card.has_fp16_tflops() ? card.fp16_tflops() : card.bf16_tflops());
  set(Precision::kBf16, card.bf16_tflops());
  set(Precision::kFp8, card.fp8_tflops());
  set(Precision::kFp4, card.fp4_tflops());
  const std::string path = fmt::format("card[{}]", card.card());
  made.gemm_of_peak = kGemmOfPeak;
  if (card.has_gemm_bf16_tflops()) {
    if (card.gemm_bf16_tflops() <= 0 || card.gemm_bf16_tflops() > card.bf16_tflops())
      throw ScenarioError(path + ".gemm_bf16_tflops",
                          {fmt::format("a measured product of {} TFLOP/s is not between 0 and the peak of {}", card.gemm_bf16_tflops(),
                                       card.bf16_tflops()),
                           fmt::format("측정값 {} TFLOP/s가 0과 최대 성능 {} 사이에 있지 않습니다", card.gemm_bf16_tflops(), card.bf16_tflops())});
    made.gemm_of_peak = card.gemm_bf16_tflops() / card.bf16_tflops();
    made.gemm_basis = Basis::kPublished;
  }
  if (card.memory_gb() <= 0 || card.memory_tb_per_s() <= 0)
    throw ScenarioError(path, {fmt::format("memory or memory bandwidth of {} is not on record", card.card()),
                               fmt::format("{}의 메모리 용량이나 대역폭이 목록에 없습니다", card.card())},
                        {"add memory_gb and memory_tb_per_s", "memory_gb와 memory_tb_per_s를 적으십시오"});
  made.compute_units = card.compute_units();
  made.memory_bytes = card.memory_gb() * kHeldPerPrinted_GB;
  made.memory_bytes_per_s = card.memory_tb_per_s() * kTB_bytes;
  made.scale_up_bytes_per_s = card.scale_up_gb_per_s() * kGB_bytes / 2;
  made.scale_up_domain = made.scale_up_bytes_per_s > 0 ? card.scale_up_domain() : 1;
  made.scale_out_bytes_per_s = bytes_per_s_from_gbps(card.scale_out_gbps() > 0 ? card.scale_out_gbps() : 100);
  made.host_bytes_per_s = card.host_gb_per_s() * kGB_bytes;
  made.host_bytes = card.host_gb() * kGB_bytes;
  if (node != nullptr) made.cards_per_node = node->cards_per_node();
  made.trains = card.work().find("train") != std::string::npos;
  return made;
}

}  // namespace dure::sim
