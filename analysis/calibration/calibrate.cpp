#include "analysis/calibration/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/calibration/refuse.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::analysis {
namespace {

using sim::Error;
using sim::Exit;
using sim::Place;
using sim::Text;

double seconds(const ::dure::Measured& measured) { return measured.median() * 1e-6; }

void set_rate(const FittedRate& fit, ::dure::RateFit& out) {
  out.set_start_us(fit.start_s * 1e6);
  out.set_gb_per_s(fit.bytes_per_s * 1e-9);
  *out.mutable_quality() = quality(fit.errors);
}

Text measured(const std::string& part) { return {part, part}; }
Text fitted(const std::string& part) { return {part + ", fitted", part + "(맞춘 값)"}; }
Text past_cache(const std::string& part) { return {part + ", past the cache", part + "(캐시를 뺀 값)"}; }

std::string rate_text(const ::dure::RateFit& fit) { return fmt::format("{:.4g} GB/s, {:.3g} us", fit.gb_per_s(), fit.start_us()); }

const ::dure::RecordHead& head(const NamedRecord& record) { return record.card != nullptr ? record.card->head() : record.interconnect->head(); }

Place head_place(const NamedRecord& record, int part = 0) { return record.place(::dure::MicrobenchRecord::kHeadFieldNumber, 0, part); }
static_assert(int(::dure::MicrobenchRecord::kHeadFieldNumber) == int(::dure::InterconnectRecord::kHeadFieldNumber));

class Calibration {
 public:
  Calibration(const std::vector<NamedRecord>& records, const ::dure::CardType& catalogue) : records_(records), catalogue_(catalogue) {}

  Calibrated run() {
    for (const NamedRecord& record : records_) {
      agree(record);
      note(record);
      if (record.card != nullptr) {
        usable(record);
        gather(record, *record.card);
      } else {
        gather(record, *record.interconnect);
      }
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
      throw Error(Exit::kInvalid, "E0145", {"the records hold no points at all", "기록에 측정점이 하나도 없습니다"}, head_place(records_.front()), {"measure at least one part", "적어도 한 부분은 측정하십시오"});
    return std::move(made_);
  }

 private:
  /// One card, and the one of the catalogue.
  void agree(const NamedRecord& record) const {
    const ::dure::RecordHead &first = head(records_.front()), &here = head(record);
    const Place place = head_place(record, ::dure::RecordHead::kCardFieldNumber);
    if (here.card() != first.card() || here.compute_units() != first.compute_units())
      throw Error(Exit::kInvalid, "E0144",
                  {fmt::format("{} is of {} ({} multiprocessors), {} of {} ({})", records_.front().file, first.card(), first.compute_units(), record.file, here.card(), here.compute_units()),
                   fmt::format("{}은(는) {}(멀티프로세서 {}개), {}은(는) {}({}개)의 기록입니다", records_.front().file, first.card(), first.compute_units(), record.file, here.card(), here.compute_units())},
                  place, {"calibrate one card at a time", "카드마다 따로 보정하십시오"});
    another(sim::another_card(here, {catalogue_.card(), catalogue_.compute_units(), catalogue_.memory_gb() * sim::kGB_bytes}), place);
    if (catalogue_.memory_tb_per_s() <= 0)
      throw Error(Exit::kInvalid, "E0144", {fmt::format("the catalogue has no memory bandwidth for {}", here.card()), fmt::format("목록에 {}의 메모리 대역폭이 없습니다", here.card())}, place,
                  {"add memory_tb_per_s to platforms/catalogue/cards.csv", "platforms/catalogue/cards.csv에 memory_tb_per_s를 넣으십시오"});
  }

  void note(const NamedRecord& record) {
    const ::dure::RecordHead& here = head(record);
    if (record.card != nullptr) {
      made_.has_card = true;
      made_.card.set_card(here.card());
      made_.card.set_compute_units(here.compute_units());
      *made_.card.add_record() = here;
      made_.card.add_digest(record.digest);
    } else {
      made_.has_interconnect = true;
      made_.interconnect.set_card(here.card());
      *made_.interconnect.add_record() = here;
      made_.interconnect.add_digest(record.digest);
    }
    if (record.card == nullptr && made_.has_card) return;  // links lean on what the card's own record says
    l2_bytes_ = here.l2_bytes();
    clock_hz_ = here.most_sm_clock_mhz() * 1e6;
    capability_ = here.compute_capability();
  }

  /// No trial, and every kernel gave the right answer.
  static void usable(const NamedRecord& record) {
    if (record.card->head().quick())
      throw Error(Exit::kInvalid, "E0145", {fmt::format("{} is a trial run, no measurement", record.file), fmt::format("{}은(는) 측정이 아니라 시험 실행입니다", record.file)},
                  head_place(record, ::dure::RecordHead::kQuickFieldNumber), {"measure without --quick", "--quick 없이 측정하십시오"});
    for (int i = 0; i < record.card->check_size(); ++i)
      if (const ::dure::RecordCheck& check = record.card->check(i); !check.passed())
        throw Error(Exit::kInvalid, "E0145",
                    {fmt::format("{}: `{}` gave a wrong answer, {:.3g} times what is tolerated", record.file, check.kernel(), check.error_over_tolerance()),
                     fmt::format("{}: `{}`의 결과가 틀렸습니다(허용 오차의 {:.3g}배)", record.file, check.kernel(), check.error_over_tolerance())},
                    record.place(::dure::MicrobenchRecord::kCheckFieldNumber, i, 0), {"a rate of wrong answers means nothing: mend the kernel and measure again", "틀린 결과의 속도는 뜻이 없습니다. 커널을 고치고 다시 측정하십시오"});
  }

  void gather(const NamedRecord& named, const ::dure::MicrobenchRecord& record) {
    using Record = ::dure::MicrobenchRecord;
    const auto each = [&](int field, const auto& points, const auto& take) {
      for (int i = 0; i < points.size(); ++i) take(points.Get(i), named.place(field, i, 0));
    };
    each(Record::kGemmFieldNumber, record.gemm(), [&](const ::dure::GemmPoint& p, const Place& place) {
      gemm_[p.precision()].add({double(p.m()), double(p.n()), double(p.k()), double(p.batch()), seconds(p.time())}, place);
    });
    each(Record::kMemoryFieldNumber, record.memory(), [&](const ::dure::MemoryPoint& p, const Place& place) {
      // Arrays that fit into the cache are another thing; in between, nothing is fitted.
      if (p.bytes() >= 4 * l2_bytes_) memory_[p.operation()].add({p.bytes(), seconds(p.time())}, place);
      else if (p.bytes() <= l2_bytes_ / 2) memory_[p.operation() + sim::kCached].add({p.bytes(), seconds(p.time())}, place);
    });
    each(Record::kElementwiseFieldNumber, record.elementwise(), [&](const ::dure::ElementwisePoint& p, const Place& place) {
      if (p.bytes() >= l2_bytes_) elementwise_[p.kernel()].add({p.bytes(), seconds(p.time())}, place);
    });
    each(Record::kAttentionFieldNumber, record.attention(), [&](const ::dure::AttentionPoint& p, const Place& place) {
      const double square = 4.0 * p.batch() * p.heads() * p.seq_len() * p.seq_len() * p.head_dim();
      const AttentionMeasurement made{square * (p.causal() ? 0.5 : 1) * (p.direction() == "backward" ? 2 : 1), double(p.seq_len()), seconds(p.time())};
      const double peak_tflops = peak(p.precision(), place);
      impossible(sim::above_peak(measured("attention " + p.precision()), made.flop / made.time_s, peak_tflops * 1e12), place);
      attention_peak_tflops_ = std::max(attention_peak_tflops_, peak_tflops);
      attention_[{p.form(), p.direction(), p.head_dim(), p.causal()}].add(made, place);
    });
    each(Record::kHostLinkFieldNumber, record.host_link(), [&](const ::dure::HostLinkPoint& p, const Place& place) { host_link_[p.direction()].add({p.bytes(), seconds(p.time())}, place); });
    each(Record::kCheckpointFieldNumber, record.checkpoint(), [&](const ::dure::CheckpointPoint& p, const Place& place) { checkpoint_[p.stage()].add({p.bytes(), seconds(p.time())}, place); });
    for (const auto& p : record.launch()) {
      if (p.way() == "stream") made_.card.set_launch_us(p.time().median());
      if (p.way() == "graph") made_.card.set_graph_launch_us(p.time().median());
      if (p.way() == "waited") made_.card.set_waited_launch_us(p.time().median());
    }
    if (record.has_burst_tflops()) {
      const Place place = named.place(Record::kBurstTflopsFieldNumber, 0, 0);
      impossible(sim::above_peak(measured("burst_tflops"), record.burst_tflops() * 1e12, peak("bf16", place) * 1e12), place);
    }
    double longest = 0;
    each(Record::kPowerFieldNumber, record.power(), [&](const ::dure::PowerPoint& p, const Place& place) {
      power_.add({p.duty(), p.power().median()}, place);
      if (p.duty() > longest && p.busy_tflops() > 0 && record.burst_tflops() > 0) {
        longest = p.duty();
        sustained_share_ = p.busy_tflops() / record.burst_tflops();
        sustained_place_ = place;
      }
    });
  }

  void gather(const NamedRecord& named, const ::dure::InterconnectRecord& record) {
    for (int i = 0; i < record.collective_size(); ++i) {
      const auto& p = record.collective(i);
      collective_[{p.operation(), p.ranks()}].add({p.bytes(), seconds(p.time())}, named.place(::dure::InterconnectRecord::kCollectiveFieldNumber, i, 0));
    }
  }

  /// Peaks that the catalogue does not print follow from those it does: fp16 as bf16, tf32 half of it (true of every tensor core of its
  /// makers since 2020), fp32 from the multiprocessors: 128 multiply-adds a clock, 64 on capability 8.0.
  double peak_tflops(const std::string& precision) const {
    const auto printed_or = [](double printed, double derived) { return printed > 0 ? printed : derived; };
    if (precision == "fp8") return catalogue_.fp8_tflops();
    if (precision == "fp16") return printed_or(catalogue_.fp16_tflops(), catalogue_.bf16_tflops());
    if (precision == "tf32") return printed_or(catalogue_.tf32_tflops(), catalogue_.bf16_tflops() / 2);
    if (precision == "fp32") return printed_or(catalogue_.fp32_tflops(), made_.card.compute_units() * clock_hz_ * (capability_ == "8.0" ? 128 : 256) * 1e-12);
    return catalogue_.bf16_tflops();
  }

  double peak(const std::string& precision, const Place& place) const {
    const double tflops = peak_tflops(precision);
    if (tflops <= 0)
      throw Error(Exit::kInvalid, "E0144", {fmt::format("the catalogue has no {} peak for {}", precision, made_.card.card()), fmt::format("목록에 {}의 {} 최대 성능이 없습니다", made_.card.card(), precision)}, place,
                  {"add it to platforms/catalogue/cards.csv", "platforms/catalogue/cards.csv에 넣으십시오"});
    return tflops;
  }

  double bandwidth() const { return catalogue_.memory_tb_per_s() * sim::kTB_bytes; }

  /// What the cache cannot hold comes through memory; a byte that it holds spares one read and one write.
  void through_memory(const std::string& part, double bytes, double time_s, const Place& place) const {
    impossible(sim::above_bandwidth(past_cache(part), (bytes - 2 * l2_bytes_) / time_s, bandwidth()), place);
  }

  void gemm() {
    for (const auto& [precision, curve] : gemm_) {
      const std::string part = "gemm " + precision;
      const Place& first = curve.places.front();
      too_few(part, kLeastGemm, {curve.points.size(), different(curve, [](const GemmMeasurement& p) { return std::tuple(p.m, p.n, p.k, p.count); }), {"shapes", "모양"}}, first);
      const double peak_is = peak(precision, first);
      sim::GemmConstants known;
      known.compute_units = made_.card.compute_units();
      known.in_bytes = sim::operand_bytes(precision);
      known.out_bytes = precision == "tf32" || precision == "fp32" ? 4 : 2;
      for (std::size_t i = 0; i < curve.points.size(); ++i) {
        const GemmMeasurement& p = curve.points[i];
        impossible(sim::above_peak(measured(part), 2 * p.m * p.n * p.k * p.count / p.time_s, peak_is * 1e12), curve.places[i]);
        through_memory(part, p.count * (known.in_bytes * (p.m + p.n) * p.k + known.out_bytes * p.m * p.n), p.time_s, curve.places[i]);
      }
      const FittedGemm fit = fit_gemm(curve.points, known, sim::kMostOfPeak * bandwidth());
      law_fails(part, quality(fit.errors), first);
      impossible(sim::above_peak(fitted(part), fit.constants.rate_flop_per_s, peak_is * 1e12), first);
      ::dure::GemmFit& out = *made_.card.add_gemm();
      out.set_precision(precision);
      out.set_peak_tflops(peak_is);
      out.set_rate_tflops(fit.constants.rate_flop_per_s * 1e-12);
      out.set_tile_cost(fit.constants.tile_cost);
      out.set_wave_share(fit.constants.wave_share);
      out.set_ramp_k(fit.constants.ramp_k);
      out.set_memory_gb_per_s(fit.constants.memory_bytes_per_s * 1e-9);
      out.set_start_us(fit.constants.start_s * 1e6);
      out.set_out_bytes(known.out_bytes);
      *out.mutable_quality() = quality(fit.errors);
      made_.parts.push_back({"gemm", precision, fmt::format("{:.4g} TFLOP/s of {:.4g}", out.rate_tflops(), peak_is), out.quality(), 100 * fit.interpolated_median});
    }
  }

  FittedRate rate(const std::string& part, int least, const Curve<RateMeasurement>& curve) const {
    too_few(part, least, {curve.points.size(), different(curve, [](const RateMeasurement& p) { return p.bytes; }), {"sizes", "크기"}}, curve.places.front());
    for (std::size_t i = 0; i < curve.points.size(); ++i) through_memory(part, curve.points[i].bytes, curve.points[i].time_s, curve.places[i]);
    const FittedRate fit = fit_rate(curve.points);
    law_fails(part, quality(fit.errors), curve.places.front());
    no_rate(part, fit, curve);
    if (!part.ends_with(sim::kCached)) impossible(sim::above_bandwidth(fitted(part), fit.bytes_per_s, bandwidth()), curve.places.front());
    return fit;
  }

  template <class Fits>
  void rates(const std::string& part, const std::map<std::string, Curve<RateMeasurement>>& all, int least, Fits& fits) {
    for (const auto& [name, curve] : all) {
      ::dure::RateFit& out = *fits.Add();
      out.set_name(name);
      set_rate(rate(part + " " + name, least, curve), out);
      made_.parts.push_back({part, name, rate_text(out), out.quality()});
    }
  }

  void attention() {
    for (const auto& [key, curve] : attention_) {
      const auto& [form, direction, head_dim, causal] = key;
      const std::string name = fmt::format("{} {} {}{}", form, direction, head_dim, causal ? " causal" : ""), part = "attention " + name;
      const Place& first = curve.places.front();
      too_few(part, kLeastAttention, {curve.points.size(), different(curve, [](const AttentionMeasurement& p) { return p.length; }), {"lengths", "길이"}}, first);
      const FittedAttention fit = fit_attention(curve.points);
      law_fails(part, quality(fit.errors), first);
      impossible(sim::above_peak(fitted(part), fit.rate_flop_per_s, attention_peak_tflops_ * 1e12), first);
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
    if (power_.points.empty()) return;
    const Place& first = power_.places.front();
    if (std::none_of(power_.points.begin(), power_.points.end(), [](const PowerMeasurement& p) { return p.duty == 0; }))
      throw Error(Exit::kInvalid, "E0143", {"power: no point at rest (duty 0)", "power: 유휴 상태(duty 0)의 측정점이 없습니다"}, first, {"measure the whole part", "그 부분을 모두 측정하십시오"});
    // Duties are measured; apart by less than a hundredth they are the same.
    too_few("power", kLeastPower, {power_.points.size(), different(power_, [](const PowerMeasurement& p) { return std::lround(100 * p.duty); }), {"duties", "duty"}}, first);
    falling_power(power_);
    const FittedPower fit = fit_power(power_.points);
    law_fails("power", quality(fit.errors), first);
    ::dure::PowerFit& out = *made_.card.mutable_power();
    out.set_idle_w(fit.idle_w);
    out.set_busy_w(fit.busy_w);
    out.set_exponent(fit.exponent);
    if (sustained_share_ > 0) {
      impossible(sim::impossible_sustained_share(sustained_share_), sustained_place_);
      out.set_sustained_share(sustained_share_);
    }
    *out.mutable_quality() = quality(fit.errors);
    made_.parts.push_back({"power", "gemm", fmt::format("{:.4g} to {:.4g} W, exponent {:.3g}", fit.idle_w, fit.busy_w, fit.exponent), out.quality()});
  }

  void collectives() {
    for (const auto& [key, curve] : collective_) {
      const std::string name = fmt::format("{} over {}", key.first, key.second);
      ::dure::RateFit& out = *made_.interconnect.add_collective();
      out.set_name(key.first + "_" + std::to_string(key.second));
      out.set_ranks(key.second);
      set_rate(rate("collective " + name, kLeastRate, curve), out);
      made_.parts.push_back({"collective", name, rate_text(out), out.quality()});
    }
  }

  const std::vector<NamedRecord>& records_;
  const ::dure::CardType& catalogue_;  // the card's row
  Calibrated made_;
  double l2_bytes_ = 0, clock_hz_ = 0, sustained_share_ = 0, attention_peak_tflops_ = 0;
  Place sustained_place_;
  std::string capability_;
  std::map<std::string, Curve<GemmMeasurement>> gemm_;
  std::map<std::string, Curve<RateMeasurement>> memory_, elementwise_, host_link_, checkpoint_;
  std::map<std::tuple<std::string, std::string, int, bool>, Curve<AttentionMeasurement>> attention_;
  std::map<std::pair<std::string, int>, Curve<RateMeasurement>> collective_;
  Curve<PowerMeasurement> power_;
};

}  // namespace

Calibrated calibrate(const std::vector<NamedRecord>& records, const ::dure::CardType& catalogue) { return Calibration(records, catalogue).run(); }

}  // namespace dure::analysis
