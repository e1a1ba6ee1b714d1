// A card that was measured: its products, passes and launches take the place of published figures and of structure.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <google/protobuf/text_format.h>

#include "sim/measured.pb.h"
#include "sim/workload/serving.h"
#include "tests/workload/cards.h"

using namespace dure::sim;
using namespace dure::sim::testing;

namespace {

std::shared_ptr<const ::dure::MeasuredCard> measured(const std::string& more = "", const std::string& card = "A100-SXM-80", double rate_tflops = 260) {
  auto made = std::make_shared<::dure::MeasuredCard>();
  REQUIRE(google::protobuf::TextFormat::ParseFromString(
      fmt::format("card: '{}' compute_units: 108 launch_us: 1 gemm {{ precision: 'bf16' peak_tflops: 312 rate_tflops: {} tile_cost: 0 wave_share: 0 ramp_k: 0 memory_gb_per_s: 2000 start_us: 3 }} {}", card, rate_tflops, more), made.get()));
  return made;
}

Accelerator resting_on(const std::shared_ptr<const ::dure::MeasuredCard>& file) {
  Accelerator card = a100();
  rest_on(card, file);
  return card;
}

const TrainingWork kWork{.model = llama(32, 4096, 32, 14336), .seq_len = 4096, .global_batch_seqs = 8};

StepTime step(const Accelerator& card, Precision precision = Precision::kBf16) { return TrainingStep(card, links_of(card), plain_stack(), precision).time(kWork, {.data = 8}); }

}  // namespace

TEST_CASE("measured card: a product of whole tiles takes its FLOP over the measured rate, and a kernel starts the measured gap later") {
  const Accelerator card = resting_on(measured());
  CHECK(card.gemm_basis == Basis::kMeasured);
  CHECK(card.best_product(Precision::kBf16) == 260e12);
  // No loss of shape (c = w = k0 = 0): the products of a step are 6 FLOP for each weight and token, 4 kernels forward and 8 back a layer.
  const double tokens = 4096, weights = 32 * kWork.model.layer_parameters() + kWork.model.embedding_parameters();
  const double flop_s = 6 * weights * tokens / 260e12, gaps_s = (32 * 12 + 3) * 1e-6;
  CHECK(step(card).matrix_s == doctest::Approx(flop_s + gaps_s).epsilon(1e-3));
}

TEST_CASE("measured card: twice the measured rate halves the products and leaves the rest") {
  const StepTime slow = step(resting_on(measured("", "A100-SXM-80", 150))), quick = step(resting_on(measured("", "A100-SXM-80", 300)));
  CHECK(slow.matrix_s / quick.matrix_s == doctest::Approx(2).epsilon(0.005));
  CHECK(slow.elementwise_s == quick.elementwise_s);
  CHECK(slow.optimiser_s == quick.optimiser_s);
}

TEST_CASE("measured card: passes go at the measured rate, a product held for seconds at its sustained share") {
  const Accelerator card = resting_on(measured("elementwise { name: 'adam' start_us: 2 gb_per_s: 1000 } elementwise { name: 'layer_norm' start_us: 2 gb_per_s: 800 } elementwise { name: 'bias_gelu' start_us: 2 gb_per_s: 900 } "
                                               "power { idle_w: 50 busy_w: 400 exponent: 1 sustained_share: 0.9 }"));
  CHECK(card.measured_traffic_bytes_per_s == 900e9);
  CHECK(step(card).elementwise_s == doctest::Approx(step(a100()).elementwise_s * 2.039e12 * 0.8 / 900e9).epsilon(1e-9));
  CHECK(card.best_product(Precision::kBf16) == doctest::Approx(234e12));
}

TEST_CASE("measured card: what was not measured stays as published") {
  const Accelerator card = resting_on(measured());
  CHECK(card.best_product(Precision::kFp16) == a100().best_product(Precision::kFp16));
  const Gemm gemm{4096, 4096, 4096};
  CHECK(surface_of(card)->efficiency(gemm, Precision::kFp16) == surface_of(a100())->efficiency(gemm, Precision::kFp16));
  CHECK(surface_of(card)->basis() == Basis::kMeasured);
  CHECK(step(card, Precision::kFp16).attention_s == doctest::Approx(step(a100(), Precision::kFp16).attention_s).epsilon(1e-3));
}

TEST_CASE("measured card: serving stands on it too, and few rows are not held to whole tiles") {
  const auto token_s = [](const Accelerator& card) { return ServingModel(card, links_of(card), plain_stack(), Precision::kBf16).step({.model = kWork.model}, {}, 1, 0).weights_s; };
  const Accelerator quick = resting_on(measured("memory { name: 'copy' start_us: 2 gb_per_s: 1835.1 }"));  // 0.9 of the bandwidth against 0.8
  CHECK(token_s(a100()) / token_s(quick) == doctest::Approx(0.9 / 0.8).epsilon(0.03));
}

TEST_CASE("measured card: a file of another card, or a product above the peak, is refused") {
  Accelerator card = a100();
  CHECK_THROWS_WITH_AS(rest_on(card, measured("", "H100-SXM-80")), "measured on H100-SXM-80, not on A100-SXM-80", ScenarioError);
  CHECK_THROWS_WITH_AS(rest_on(card, measured("", "A100-SXM-80", 400)), doctest::Contains("above the peak"), ScenarioError);
  CHECK_FALSE(card.measured);
}

TEST_CASE("measured card: what rests on records of another card is refused") {
  Accelerator card = a100();
  const std::string head = "device: 'a card' driver: 'none' toolkit: 'none' date: '2026-11-21'";
  CHECK_THROWS_WITH_AS(rest_on(card, measured(fmt::format("record {{ card: 'H200-SXM-141' compute_units: 108 {} }}", head))), "a record of H200-SXM-141, not of A100-SXM-80", ScenarioError);
  CHECK_THROWS_WITH_AS(rest_on(card, measured(fmt::format("record {{ card: 'A100-SXM-80' compute_units: 132 {} }}", head))), "132 multiprocessors, but A100-SXM-80 has 108", ScenarioError);
  CHECK_THROWS_WITH_AS(rest_on(card, measured(fmt::format("record {{ card: 'A100-SXM-80' compute_units: 108 memory_bytes: 42e9 {} }}", head))), "42 GB of memory, but A100-SXM-80 has 80", ScenarioError);
  CHECK_NOTHROW(rest_on(card, measured(fmt::format("record {{ card: 'A100-SXM-80' compute_units: 108 memory_bytes: 85.1e9 {} }}", head))));
}

TEST_CASE("measured card: what no such card can do is refused, not bent") {
  Accelerator card = a100();
  const auto refused = [&](const std::string& more, const std::string& why) { CHECK_THROWS_WITH_AS(rest_on(card, measured(more)), doctest::Contains(why.c_str()), ScenarioError); };
  refused("elementwise { name: 'adam' start_us: 2 gb_per_s: 50000 }", "elementwise adam: 5e+04 GB/s is above the 2039 of the card's memory");
  refused("memory { name: 'copy' start_us: 2 gb_per_s: 2100 }", "memory copy: 2100 GB/s is above");
  refused("gemm { precision: 'fp16' peak_tflops: 312 rate_tflops: 250 tile_cost: 0 wave_share: 0 ramp_k: 0 memory_gb_per_s: 1e8 start_us: 3 }", "gemm fp16: 1e+08 GB/s is above");
  refused("power { idle_w: 400 busy_w: 50 exponent: 1 }", "400 W at rest is not below 50 W");
  refused("power { idle_w: 50 busy_w: 400 exponent: 1 sustained_share: 0.009 }", "0.2 is the least");
  refused("power { idle_w: 50 busy_w: 400 exponent: 1 sustained_share: 1.5 }", "1.05 is the most");
  CHECK_FALSE(card.measured);
  CHECK_NOTHROW(rest_on(card, measured("memory { name: 'copy' start_us: 2 gb_per_s: 2060 } memory { name: 'copy_cache' start_us: 2 gb_per_s: 5000 }")));  // rounding; a cache
  CHECK(card.measured_traffic_bytes_per_s == 2060e9);
}
