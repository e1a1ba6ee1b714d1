#include "sim/workload/serving.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <string>

#include "tests/workload/cards.h"

using namespace dure::sim;
using namespace dure::sim::testing;

namespace {

/// 100 GB/s of use, products that never bind: times that can be worked out on paper.
Accelerator slow_memory() {
  Accelerator card = a100();
  card.memory_bytes_per_s = 125e9;  // x 0.8
  return card;
}

const Transformer kLlama8 = llama(32, 4096, 32, 14336);
const Transformer kLlama70 = llama(80, 8192, 64, 28672);

Transformer mixture() {
  return {.layers = 48, .hidden = 2048, .heads = 32, .kv_heads = 4, .head_dim = 128, .ffn = 768, .gated = true, .vocab = 151936, .experts = 128, .top_k = 8};
}

ServingModel serving(const Accelerator& card = a100(), const StackConstants& stack = plain_stack()) { return ServingModel(card, links_of(card), stack, Precision::kBf16); }

std::string refusal(const ServingModel& model, const ServingWork& work, int cards, const ServingWish& wish = {}) {
  try {
    serving_for(model, work, cards, wish);
    return "";
  } catch (const ScenarioError& error) {
    CHECK_FALSE(error.message.ko.empty());
    CHECK_FALSE(error.help.en.empty());
    return error.path;
  }
}

}  // namespace

TEST_CASE("serving: a token of one sequence takes the bytes of the weights over the bandwidth") {
  // 32 layers x 218.1 million weights + 128,256 x 4,096 of the head, 2 bytes each, over 100 GB/s: 150.1 ms. The short kernels (2 us each)
  // and the cache of 456 tokens (0.6 ms) come on top: below 1 %.
  const ServingStep step = serving(slow_memory()).step({.model = kLlama8}, {}, 1, 0);
  const double weights = 32 * kLlama8.layer_parameters() + kLlama8.embedding_parameters();
  CHECK(weights == doctest::Approx(7.5e9).epsilon(0.01));
  CHECK(step.weights_s == doctest::Approx(2 * weights / 100e9).epsilon(0.005));
  CHECK(step.step_s == doctest::Approx(2 * weights / 100e9).epsilon(0.01));
  CHECK(step.weights_s + step.cache_s + step.attention_s + step.kernels_s + step.tensor_s + step.expert_s + step.host_s == doctest::Approx(step.step_s).epsilon(1e-12));
}

TEST_CASE("serving: keys and values of the batch are read at each step, and the host's time is the stack's") {
  StackConstants stack = plain_stack();
  stack.serve_s_per_step = 1e-3;
  stack.serve_s_per_sequence = 1e-4;
  const ServingStep step = serving(slow_memory(), stack).step({.model = kLlama8, .prompt_tokens = 300, .output_tokens = 400}, {}, 16, 0);
  // 16 x (300 + 200) tokens x 2 x 8 x 128 x 2 bytes a layer = 32.8 MB: 0.328 ms at 100 GB/s, 32 layers, and 2 us of launch each.
  CHECK(step.cache_s == doctest::Approx(32 * (16 * 500 * 4096.0 / 100e9 + 2e-6)).epsilon(1e-9));
  CHECK(step.host_s == doctest::Approx(1e-3 + 16e-4));
}

TEST_CASE("serving: a prompt is bound by the card's products, a token by its bandwidth") {
  Accelerator quick = a100(), wide = a100();
  for (double& peak : quick.peak_flop_per_s) peak *= 2;
  wide.memory_bytes_per_s *= 2;
  const ServingWork work{.model = kLlama8, .prompt_tokens = 4096};
  const auto prompt_s = [&](const Accelerator& card) { return serving(card).rate(work, {}, 1).first_token_s; };
  const auto token_s = [&](const Accelerator& card) { return serving(card).step(work, {}, 1, 0).step_s; };
  CHECK(prompt_s(a100()) / prompt_s(quick) > 1.7);
  CHECK(prompt_s(a100()) / prompt_s(wide) < 1.1);
  CHECK(token_s(a100()) / token_s(quick) == doctest::Approx(1).epsilon(0.01));
  CHECK(token_s(a100()) / token_s(wide) > 1.9);
}

TEST_CASE("serving: memory limits the batch to what the weights leave") {
  // 0.9 x 80 - 3 - 16.06 = 52.94 GB; a sequence holds 456 tokens x 131,072 bytes = 59.8 MB: 885 of them.
  const ServingWork work{.model = kLlama8};
  const ServingModel model = serving();
  CHECK(model.weight_bytes_per_card(work, {}) == doctest::Approx(16.06e9).epsilon(0.001));
  CHECK(model.largest_batch(work, {}) == 885);
  const SteadyServing full = model.rate(work, {}, 5000);
  CHECK(full.batch == 885);
  CHECK(full.memory_bound_batch);
  CHECK_FALSE(model.rate(work, {}, 500).memory_bound_batch);
  CHECK(model.largest_batch({.model = kLlama8, .prompt_tokens = 2056}, {}) == doctest::Approx(885 * 456.0 / 2256).epsilon(0.002));
}

TEST_CASE("serving: a step touches as many experts as its tokens are expected to choose") {
  // One sequence picks 8 of 128: the weights of 8 experts are read. 64 sequences pick 128 (1 - (120/128)^64) = 125.9 of them.
  const ServingModel model = serving(slow_memory());
  const double expert_s = 48 * mixture().expert_parameters() * 2 / 100e9;  // one expert of each layer
  const auto step_s = [&](double batch) { return model.step({.model = mixture()}, {}, batch, 0).weights_s; };
  const double touched = 128 * (1 - std::pow(120.0 / 128, 64));
  CHECK(touched == doctest::Approx(125.9).epsilon(0.001));
  CHECK((step_s(64) - step_s(1)) / expert_s == doctest::Approx(touched - 8).epsilon(0.01));
}

TEST_CASE("serving: prompts mixed in slow the tokens of the others, longer answers less often") {
  const ServingModel model = serving();
  const auto share = [&](double output) {
    const SteadyServing rate = model.rate({.model = kLlama8, .prompt_tokens = 512, .output_tokens = output}, {}, 64);
    CHECK(rate.tokens_per_s == doctest::Approx(64 / rate.mean_step_s));
    return rate.mean_step_s / rate.decode_step_s;
  };
  CHECK(share(100) > share(400));
  CHECK(share(400) > 1.02);
  const SteadyServing alone = model.rate({.model = kLlama8}, {}, 64, false);
  CHECK(alone.mean_step_s == alone.decode_step_s);
}

TEST_CASE("serving: under a latency target the batch is the largest that keeps it, and there is none where one sequence takes longer") {
  const ServingModel model = serving();
  const ServingWork work{.model = kLlama8};
  const auto found = model.under_latency(work, {}, 0.02);
  REQUIRE(found);
  CHECK(found->mean_step_s <= 0.02);
  CHECK(model.rate(work, {}, found->batch + 1).mean_step_s > 0.02);
  CHECK_FALSE(model.under_latency(work, {}, 0.005));  // 15 GB at 1.63 TB/s take 9.2 ms
  CHECK(refusal(model, work, 1, {.inter_token_s = 0.005}) == "serving.inter_token_ms");
}

TEST_CASE("serving: a model that does not fit is refused, with the memory it wants") {
  CHECK(refusal(serving(), {.model = kLlama70}, 1) == "serving");  // 141 GB
  CHECK(refusal(serving(), {.model = kLlama70}, 4).empty());
  CHECK_THROWS_AS(serving().rate({.model = kLlama70}, {}, 1), ScenarioError);
  CHECK_THROWS_AS(ServingModel(a100(), links_of(a100()), plain_stack(), Precision::kFp8), ScenarioError);  // no such rate on record
}

TEST_CASE("serving: copies fill the cards, and a wider copy answers a sequence sooner") {
  const ServingModel model = serving();
  const ServingWork work{.model = kLlama8};
  const FoundServing one = serving_for(model, work, 1, {.batch = 32}), eight = serving_for(model, work, 8, {.batch = 256});
  CHECK(eight.tokens_per_s() >= 8 * one.tokens_per_s() * 0.97);
  CHECK(model.step(work, {.tensor = 4}, 1, 0).step_s < 0.5 * model.step(work, {.tensor = 1}, 1, 0).step_s);
  CHECK(eight.copies * eight.layout.cards() == doctest::Approx(8));
}

TEST_CASE("speed: a serving rate, printed") {
  const ServingModel model = serving();
  const auto begin = std::chrono::steady_clock::now();
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += model.step({.model = mixture()}, {.tensor = 1, .data = 8, .expert = 8}, 64 + i % 7, 0).step_s;
  const double step_us = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() * 1e3;
  CHECK(sum > 0);
  MESSAGE("a step of a mixture takes " << step_us << " us to predict");
}
