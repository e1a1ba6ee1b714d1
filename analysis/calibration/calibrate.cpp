#include "analysis/calibration/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "analysis/calibration/fits.h"

namespace dure::analysis {
namespace {

using sim::Error;
using sim::Exit;
using sim::Text;

double seconds(const ::dure::Measured& measured) { return measured.median() * 1e-6; }

void at_least(std::size_t points, int least, const std::string& part) {
  if (points >= static_cast<std::size_t>(least)) return;
  throw Error(Exit::kInvalid, "E0143",
              {fmt::format("{}: {} point{}, but a fit needs at least {}", part, points, points == 1 ? "" : "s", least),
               fmt::format("{}: 측정점이 {}개뿐입니다. 맞추려면 적어도 {}개가 필요합니다", part, points, least)},
              {}, {"measure the whole part, and give all records of the card together", "그 부분을 모두 측정하고, 카드의 기록을 모두 함께 주십시오"});
}

void set_rate(const FittedRate& fit, ::dure::RateFit& out) {
  out.set_start_us(fit.start_s * 1e6);
  out.set_gb_per_s(fit.bytes_per_s * 1e-9);
  *out.mutable_quality() = quality(fit.errors);
}

std::string rate_text(const ::dure::RateFit& fit) { return fmt::format("{:.4g} GB/s, {:.3g} us", fit.gb_per_s(), fit.start_us()); }

class Calibration {
 public:
  Calibration(const std::vector<NamedRecord>& records, const Peaks& peaks) : records_(records), peaks_(peaks) {}

  Calibrated run() {
    agree();
    for (const NamedRecord& record : records_)
      if (record.card != nullptr) {
        if (record.card->head().quick())
          throw Error(Exit::kInvalid, "E0145", {fmt::format("{} is a trial run, no measurement", record.file), fmt::format("{}은(는) 측정이 아니라 시험 실행입니다", record.file)}, {},
                      {"measure without --quick", "--quick 없이 측정하십시오"});
        for (const ::dure::RecordCheck& check : record.card->check())
          if (!check.passed())
            throw Error(Exit::kInvalid, "E0145",
                        {fmt::format("{}: `{}` gave a wrong answer, {:.3g} times what is tolerated", record.file, check.kernel(), check.error_over_tolerance()),
                         fmt::format("{}: `{}`의 결과가 틀렸습니다(허용 오차의 {:.3g}배)", record.file, check.kernel(), check.error_over_tolerance())},
                        {}, {"a rate of wrong answers means nothing: mend the kernel and measure again", "틀린 결과의 속도는 뜻이 없습니다. 커널을 고치고 다시 측정하십시오"});
        gather(*record.card);
      } else {
        gather(*record.interconnect);
      }
    gemm();
    rates("memory", memory_, kLeastRate, *made_.card.mutable_memory());
    rates("elementwise", elementwise_, kLeastRate, *made_.card.mutable_elementwise());
    attention();
    rates("host_link", host_link_, kLeastRate, *made_.card.mutable_host_link());
    rates("checkpoint", checkpoint_, kLeastCheckpoint, *made_.card.mutable_checkpoint());
    power();
    collectives();
    if (made_.parts.empty() && !made_.card.has_launch_us())
      throw Error(Exit::kInvalid, "E0145", {"the records hold no points at all", "기록에 측정점이 하나도 없습니다"}, {}, {"measure at least one part", "적어도 한 부분은 측정하십시오"});
    return std::move(made_);
  }

 private:
  static const ::dure::RecordHead& head(const NamedRecord& record) { return record.card != nullptr ? record.card->head() : record.interconnect->head(); }

  void agree() {
    for (const NamedRecord& record : records_) {
      const ::dure::RecordHead &first = head(records_.front()), &here = head(record);
      if (here.card() != first.card() || here.compute_units() != first.compute_units())
        throw Error(Exit::kInvalid, "E0144",
                    {fmt::format("{} is of {} ({} multiprocessors), {} of {} ({})", records_.front().file, first.card(), first.compute_units(), record.file, here.card(), here.compute_units()),
                     fmt::format("{}은(는) {}(멀티프로세서 {}개), {}은(는) {}({}개)의 기록입니다", records_.front().file, first.card(), first.compute_units(), record.file, here.card(), here.compute_units())},
                    {}, {"calibrate one card at a time", "카드마다 따로 보정하십시오"});
      if (record.card != nullptr) {
        made_.has_card = true;
        made_.card.set_card(here.card());
        made_.card.set_compute_units(here.compute_units());
        *made_.card.add_record() = here;
        made_.card.add_digest(record.digest);
        l2_bytes_ = here.l2_bytes();
        clock_hz_ = here.most_sm_clock_mhz() * 1e6;
        capability_ = here.compute_capability();
      } else {
        made_.has_interconnect = true;
        made_.interconnect.set_card(here.card());
        *made_.interconnect.add_record() = here;
        made_.interconnect.add_digest(record.digest);
      }
    }
  }

  void gather(const ::dure::MicrobenchRecord& record) {
    for (const auto& p : record.gemm()) gemm_[p.precision()].push_back({double(p.m()), double(p.n()), double(p.k()), double(p.batch()), seconds(p.time())});
    for (const auto& p : record.memory()) {
      // Arrays that fit into the cache are another thing; in between, nothing is fitted.
      if (p.bytes() >= 4 * l2_bytes_) memory_[p.operation()].push_back({p.bytes(), seconds(p.time())});
      else if (p.bytes() <= l2_bytes_ / 2) memory_[p.operation() + "_cache"].push_back({p.bytes(), seconds(p.time())});
    }
    for (const auto& p : record.elementwise())
      if (p.bytes() >= l2_bytes_) elementwise_[p.kernel()].push_back({p.bytes(), seconds(p.time())});
    for (const auto& p : record.attention()) {
      const double square = 4.0 * p.batch() * p.heads() * p.seq_len() * p.seq_len() * p.head_dim();
      attention_[{p.form(), p.direction(), p.head_dim(), p.causal()}].push_back(
          {square * (p.causal() ? 0.5 : 1) * (p.direction() == "backward" ? 2 : 1), double(p.seq_len()), seconds(p.time())});
    }
    for (const auto& p : record.host_link()) host_link_[p.direction()].push_back({p.bytes(), seconds(p.time())});
    for (const auto& p : record.checkpoint()) checkpoint_[p.stage()].push_back({p.bytes(), seconds(p.time())});
    for (const auto& p : record.launch()) {
      if (p.way() == "stream") made_.card.set_launch_us(p.time().median());
      if (p.way() == "graph") made_.card.set_graph_launch_us(p.time().median());
      if (p.way() == "waited") made_.card.set_waited_launch_us(p.time().median());
    }
    double longest = 0;
    for (const auto& p : record.power()) {
      power_.push_back({p.duty(), p.power().median()});
      if (p.duty() > longest && p.busy_tflops() > 0 && record.burst_tflops() > 0) {
        longest = p.duty();
        sustained_share_ = p.busy_tflops() / record.burst_tflops();
      }
    }
  }

  void gather(const ::dure::InterconnectRecord& record) {
    for (const auto& p : record.collective()) collective_[{p.operation(), p.ranks()}].push_back({p.bytes(), seconds(p.time())});
  }

  /// Peaks that the catalogue does not print follow from those it does: fp16 as bf16, tf32 half of it (true of every tensor core of its
  /// makers since 2020), fp32 from the multiprocessors: 128 multiply-adds a clock, 64 on capability 8.0.
  double peak_tflops(const std::string& precision) const {
    if (precision == "fp8") return peaks_.fp8_tflops;
    if (precision == "tf32") return peaks_.bf16_tflops / 2;
    if (precision == "fp32") return made_.card.compute_units() * clock_hz_ * (capability_ == "8.0" ? 128 : 256) * 1e-12;
    return peaks_.bf16_tflops;
  }

  void gemm() {
    for (const auto& [precision, points] : gemm_) {
      at_least(points.size(), kLeastGemm, "gemm " + precision);
      const double peak = peak_tflops(precision);
      if (peak <= 0)
        throw Error(Exit::kInvalid, "E0144",
                    {fmt::format("the catalogue has no {} peak for {}", precision, made_.card.card()), fmt::format("목록에 {}의 {} 최대 성능이 없습니다", made_.card.card(), precision)}, {},
                    {"add it to platforms/catalogue/cards.csv", "platforms/catalogue/cards.csv에 넣으십시오"});
      sim::GemmConstants known;
      known.compute_units = made_.card.compute_units();
      known.in_bytes = sim::operand_bytes(precision);
      known.out_bytes = precision == "tf32" || precision == "fp32" ? 4 : 2;
      const FittedGemm fit = fit_gemm(points, known);
      ::dure::GemmFit& out = *made_.card.add_gemm();
      out.set_precision(precision);
      out.set_peak_tflops(peak);
      out.set_rate_tflops(fit.constants.rate_flop_per_s * 1e-12);
      out.set_tile_cost(fit.constants.tile_cost);
      out.set_wave_share(fit.constants.wave_share);
      out.set_ramp_k(fit.constants.ramp_k);
      out.set_memory_gb_per_s(fit.constants.memory_bytes_per_s * 1e-9);
      out.set_start_us(fit.constants.start_s * 1e6);
      out.set_out_bytes(known.out_bytes);
      *out.mutable_quality() = quality(fit.errors);
      made_.parts.push_back({"gemm", precision, fmt::format("{:.4g} TFLOP/s of {:.4g}", out.rate_tflops(), peak), out.quality(), 100 * fit.interpolated_median});
    }
  }

  template <class Fits>
  void rates(const std::string& part, const std::map<std::string, std::vector<RateMeasurement>>& all, int least, Fits& fits) {
    for (const auto& [name, points] : all) {
      at_least(points.size(), least, part + " " + name);
      ::dure::RateFit& out = *fits.Add();
      out.set_name(name);
      set_rate(fit_rate(points), out);
      made_.parts.push_back({part, name, rate_text(out), out.quality()});
    }
  }

  void attention() {
    for (const auto& [key, points] : attention_) {
      const auto& [form, direction, head_dim, causal] = key;
      const std::string name = fmt::format("{} {} {}{}", form, direction, head_dim, causal ? " causal" : "");
      at_least(points.size(), kLeastAttention, "attention " + name);
      const FittedAttention fit = fit_attention(points);
      ::dure::AttentionFit& out = *made_.card.add_attention();
      out.set_form(form);
      out.set_direction(direction);
      out.set_head_dim(head_dim);
      out.set_causal(causal);
      out.set_rate_tflops(fit.rate_flop_per_s * 1e-12);
      out.set_half_length(fit.half_length);
      *out.mutable_quality() = quality(fit.errors);
      made_.parts.push_back({"attention", name, fmt::format("{:.4g} TFLOP/s, half at {:.3g} tokens", out.rate_tflops(), out.half_length()), out.quality()});
    }
  }

  void power() {
    if (power_.empty()) return;
    const auto idle = std::count_if(power_.begin(), power_.end(), [](const PowerMeasurement& p) { return p.duty == 0; });
    at_least(idle == 0 ? 0 : power_.size(), kLeastPower, "power");
    const FittedPower fit = fit_power(power_);
    ::dure::PowerFit& out = *made_.card.mutable_power();
    out.set_idle_w(fit.idle_w);
    out.set_busy_w(fit.busy_w);
    out.set_exponent(fit.exponent);
    if (sustained_share_ > 0) out.set_sustained_share(sustained_share_);
    *out.mutable_quality() = quality(fit.errors);
    made_.parts.push_back({"power", "gemm", fmt::format("{:.4g} to {:.4g} W, exponent {:.3g}", fit.idle_w, fit.busy_w, fit.exponent), out.quality()});
  }

  void collectives() {
    for (const auto& [key, points] : collective_) {
      const std::string name = fmt::format("{} over {}", key.first, key.second);
      at_least(points.size(), kLeastRate, "collective " + name);
      ::dure::RateFit& out = *made_.interconnect.add_collective();
      out.set_name(key.first + "_" + std::to_string(key.second));
      out.set_ranks(key.second);
      set_rate(fit_rate(points), out);
      made_.parts.push_back({"collective", name, rate_text(out), out.quality()});
    }
  }

  const std::vector<NamedRecord>& records_;
  Peaks peaks_;
  Calibrated made_;
  double l2_bytes_ = 0, clock_hz_ = 0, sustained_share_ = 0;
  std::string capability_;
  std::map<std::string, std::vector<GemmMeasurement>> gemm_;
  std::map<std::string, std::vector<RateMeasurement>> memory_, elementwise_, host_link_, checkpoint_;
  std::map<std::tuple<std::string, std::string, int, bool>, std::vector<AttentionMeasurement>> attention_;
  std::map<std::pair<std::string, int>, std::vector<RateMeasurement>> collective_;
  std::vector<PowerMeasurement> power_;
};

}  // namespace

Calibrated calibrate(const std::vector<NamedRecord>& records, const Peaks& peaks) { return Calibration(records, peaks).run(); }

}  // namespace dure::analysis
