#include "sim/workload/training_step.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "sim/workload/layout_search.h"
#include "sim/workload/training_kinds.h"
#include "tests/workload/cards.h"

using namespace dure::sim;
using namespace dure::sim::testing;

namespace {

TrainingWork gpt3_work(double batch) { return {.model = gpt3(), .seq_len = 2048, .global_batch_seqs = batch}; }

const TrainingStep kStep(a100(), links_of(a100()), plain_stack(), Precision::kFp16);

std::string refusal(const TrainingWork& work, const Layout& layout, int cards) {
  try {
    check_layout(work, layout, cards);
    return "";
  } catch (const ScenarioError& error) {
    CHECK_FALSE(error.message.ko.empty());
    return error.path;
  }
}

}  // namespace

TEST_CASE("layout: what cannot be is refused at its field") {
  const TrainingWork work = gpt3_work(64);
  const Layout good{.tensor = 8, .pipeline = 8, .chunks = 3};
  CHECK(refusal(work, good, 64).empty());
  CHECK(refusal(work, good, 128) == "layout.data");  // 8 x 8 = 64
  CHECK(refusal(work, {.tensor = 7, .pipeline = 8}, 56) == "layout.tensor");    // 96 heads
  CHECK(refusal(work, {.tensor = 8, .pipeline = 5}, 40) == "layout.pipeline");
  CHECK(refusal(work, {.tensor = 8, .pipeline = 8, .data = 3}, 192) == "layout.micro_batch");
  CHECK(refusal(work, {.tensor = 8, .pipeline = 8, .expert = 2}, 64) == "layout.expert");
  CHECK(refusal(work, {.tensor = 0}, 0) == "layout.tensor");
}

TEST_CASE("layout: layers divide over the stages, or embedding and prediction count as a layer each") {
  CHECK(stage_layers(96, {.pipeline = 8, .chunks = 3})->fullest == 12);
  const StageLayers llama = *stage_layers(126, {.pipeline = 16});  // 128 / 16
  CHECK(llama.fullest == 8);
  CHECK(llama.last == 7);
  CHECK_FALSE(stage_layers(61, {.pipeline = 8}));
  CHECK(stage_layers(61, {.pipeline = 8, .uneven = true})->fullest == 8);
}

TEST_CASE("training step: the bubble is (p-1)/(v m) of the work when all stages are alike") {
  Transformer even = gpt3();
  even.vocab = 1;  // a head of no weight
  const TrainingWork work{.model = even, .seq_len = 2048, .global_batch_seqs = 64};
  for (const int v : {1, 3}) {
    const StepTime time = kStep.time(work, {.tensor = 8, .pipeline = 8, .chunks = v});
    const double busy_s = time.matrix_s + time.attention_s + time.elementwise_s + time.host_s + time.tensor_s;
    CHECK(time.bubble_s / busy_s == doctest::Approx(7.0 / (v * 64)).epsilon(0.001));
  }
}

TEST_CASE("training step: its parts sum to the whole, and no card beats its own best product") {
  const TrainingWork work = gpt3_work(64);
  const StepTime t = kStep.time(work, {.tensor = 8, .pipeline = 8, .chunks = 3});
  CHECK(t.matrix_s + t.attention_s + t.elementwise_s + t.host_s + t.tensor_s + t.expert_s + t.pipeline_s + t.bubble_s + t.data_s + t.optimiser_s + t.jitter_s ==
        doctest::Approx(t.step_s).epsilon(1e-12));
  const double flop = 3 * work.model.forward_flop(2048, true) * 64 * 2048;
  CHECK(flop / t.step_s / 64 < 271.2e12);
  CHECK(flop / t.step_s / 64 > 0.4 * 271.2e12);
}

TEST_CASE("training step: LoRA leaves out the weight gradients, a third of the products") {
  TrainingWork work = gpt3_work(64);
  const Layout layout{.tensor = 8, .pipeline = 8, .chunks = 3};
  const double all_s = kStep.time(work, layout).matrix_s;
  work.tuning = Tuning::kLora;
  CHECK(kStep.time(work, layout).matrix_s / all_s == doctest::Approx(2.0 / 3).epsilon(0.03));  // shapes differ a little
  work.tuning = Tuning::kNothing;
  CHECK(kStep.time(work, layout).matrix_s / all_s == doctest::Approx(1.0 / 3).epsilon(0.03));
}

TEST_CASE("training step: full recomputation adds one forward pass") {
  const TrainingWork work = gpt3_work(64);
  Layout layout{.tensor = 8, .pipeline = 8, .chunks = 3};
  const double without_s = kStep.time(work, layout).matrix_s;
  layout.recompute = Recompute::kFull;
  CHECK(kStep.time(work, layout).matrix_s / without_s == doctest::Approx(4.0 / 3).epsilon(0.03));
}

TEST_CASE("training step: an unknown precision and a card for serving alone are refused with the reason") {
  CHECK_THROWS_WITH_AS(TrainingStep(a100(), links_of(a100()), plain_stack(), Precision::kFp8), "A100-SXM-80 has no fp8 rate on record", ScenarioError);
  Accelerator npu = a100();
  npu.trains = false;
  CHECK_THROWS_AS(TrainingStep(npu, links_of(npu), plain_stack(), Precision::kBf16), ScenarioError);
}

TEST_CASE("memory: 175 billion parameters fit on 64 A100 with the scores recomputed, and nowhere on eight") {
  const TrainingWork work = gpt3_work(64);
  StackConstants unfused = plain_stack();
  unfused.attention = AttentionKernel::kUnfused;
  unfused.dropout = true;
  const TrainingStep step(a100(), links_of(a100()), unfused, Precision::kFp16);
  Layout layout{.tensor = 8, .pipeline = 8, .chunks = 3};
  CHECK(step.choose_recompute(work, layout));
  CHECK(layout.recompute == Recompute::kSelective);  // as Korthikanti et al. ran it
  // 174.6e9 / 64 = 2.73e9 weights a card, the first stage with the embedding: 16 bytes each, gradients of 2
  CHECK(step.memory(work, layout).weights == doctest::Approx(2 * 2.80e9).epsilon(0.01));
  CHECK_THROWS_WITH_AS(layout_for(step, work, 8), doctest::Contains("does not fit on 8 cards of 80 GB at any layout"), ScenarioError);
}

TEST_CASE("search: what it finds is possible, fits, and is no slower than a layout by hand") {
  const TrainingWork work = gpt3_work(1536);
  const FoundLayout found = layout_for(kStep, work, 512);
  CHECK_NOTHROW(check_layout(work, found.layout, 512));
  CHECK(kStep.fits(work, found.layout));
  CHECK(found.time.step_s < 1.03 * kStep.time(work, {.tensor = 8, .pipeline = 8, .chunks = 6, .data = 8}).step_s);
}

TEST_CASE("distillation and reinforcement learning are sums of their parts") {
  const PlacedWork student{gpt3_work(64), {.tensor = 8, .pipeline = 8}};
  PlacedWork teacher = student;
  TrainingWork asks = teacher.work;
  asks.tuning = Tuning::kNothing;
  const double forward_s = kStep.time(asks, teacher.layout).step_s, train_s = kStep.time(student.work, student.layout).step_s;
  CHECK(distil_step_s(kStep, student, teacher) == doctest::Approx(forward_s + train_s));
  const auto rate = [](const TrainingWork&, double) { return 64 * 1000.0; };  // tokens a second
  const ReinforcementStep rl = reinforcement_step(kStep, student, {teacher, teacher}, 500, rate);
  CHECK(rl.generate_s == doctest::Approx(0.5));  // 64 answers of 500 tokens at 64,000 a second
  CHECK(rl.step_s() == doctest::Approx(0.5 + 2 * forward_s + train_s));
}

TEST_CASE("speed: a step takes microseconds, a search over 10,000 cards well under two seconds") {
  using Clock = std::chrono::steady_clock;
  const TrainingWork work{.model = llama(126, 16384, 128, 53248), .seq_len = 8192, .global_batch_seqs = 2500};
  Accelerator card = a100();
  card.memory_bytes = 141e9;
  const TrainingStep step(card, links_of(card), plain_stack(), Precision::kBf16);
  const auto begin = Clock::now();
  const FoundLayout found = layout_for(step, work, 10000);
  const double search_s = std::chrono::duration<double>(Clock::now() - begin).count();
  const auto once = Clock::now();
  double sum_s = 0;
  for (int i = 0; i < 1000; ++i) sum_s += step.time(work, found.layout).step_s;
  const double step_us = std::chrono::duration<double>(Clock::now() - once).count() * 1e3;
  std::printf("[speed] one training step %.2f us, search over 10,000 cards %.3f s\n", step_us, search_s);
  CHECK(sum_s > 0);
  CHECK(search_s < 20);  // a bound that a sanitizer and a busy machine keep; the aim is 2 s
}
