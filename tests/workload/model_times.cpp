#include "sim/workload/model_times.h"

#include <doctest/doctest.h>

#include "sim/workload/layout_search.h"
#include "tests/workload/cards.h"

using namespace dure::sim;
using namespace dure::sim::testing;

namespace {

::dure::ModelShape shape(const std::string& name, int layers, double hidden, double heads, double ffn) {
  ::dure::ModelShape row;
  row.set_model(name);
  row.set_layers(layers);
  row.set_hidden(hidden);
  row.set_heads(heads);
  row.set_kv_heads(8);
  row.set_head_dim(128);
  row.set_ffn_hidden(ffn);
  row.set_vocab(128256);
  return row;
}

std::vector<::dure::ModelShape> models() { return {shape("small", 16, 2048, 16, 8192), shape("8B", 32, 4096, 32, 14336)}; }

::dure::ModelWork work(::dure::WorkKind kind = ::dure::PRETRAIN, const std::string& model = "8B", int from_cards = 8) {
  ::dure::ModelWork row;
  row.set_work("it");
  row.set_job_class("training");
  row.set_model(model);
  row.set_kind(kind);
  row.set_from_cards(from_cards);
  row.set_tokens_b(1);
  row.set_stack("general");
  row.set_serving_stack("general");
  return row;
}

StackTable stacks() {
  ::dure::SoftwareStack row;
  const auto* type = row.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->is_repeated()) continue;
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE) row.GetReflection()->SetDouble(&row, field, 0);
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) row.GetReflection()->SetBool(&row, field, false);
  }
  row.set_stack("general");
  row.set_attention("flash2");
  row.set_gradient_bytes(4);
  row.set_gemm_fraction(0.9);
  row.set_gemm_fraction_hopper(0.9);
  row.set_fp8_gemm_fraction(0.9);
  row.set_memory_fraction(0.8);
  row.set_elementwise_scale(1);
  row.set_optimiser_bytes(38);
  row.set_kernel_gap_us(2);
  row.set_usable_memory(0.94);
  row.set_reserved_gb(2);
  row.set_serve_usable_memory(0.9);
  row.set_serve_reserved_gb(3);
  return StackTable({row});
}

CardChoice choice(Accelerator card, bool granted = true) { return {card.name, card, links_of(card), granted, 64}; }

Accelerator twice() {
  Accelerator card = a100();
  card.name = "twice";
  for (double& peak : card.peak_flop_per_s) peak *= 2;
  card.memory_bytes_per_s *= 2;
  card.scale_up_bytes_per_s *= 2;
  return card;
}

ModelTimes times(std::vector<::dure::ModelWork> works, std::vector<CardChoice> cards, const std::string& counted_on = "") {
  return ModelTimes(std::move(works), models(), stacks(), std::move(cards), {{.name = "notebook"}, {.name = "training"}}, counted_on);
}

std::string refusal(std::vector<::dure::ModelWork> works, std::vector<CardChoice> cards) {
  try {
    times(std::move(works), std::move(cards));
    return "";
  } catch (const ScenarioError& error) {
    CHECK_FALSE(error.message.ko.empty());
    CHECK(error.path.starts_with("workload.projects.model_work[it]"));
    return error.message.en;
  }
}

bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("model times: a run takes its tokens over those of a step, times the step") {
  const ModelTimes known = times({work()}, {choice(a100())});
  const TrainingWork same{.model = transformer(models()[1]), .seq_len = 4096, .global_batch_seqs = 256};
  const TrainingStep step(a100(), links_of(a100()), stacks().find("general", ""), Precision::kBf16);
  const double step_s = layout_for(step, same, 16).time.step_s;
  CHECK(*known.run_s(0, CardTypeId{0}, 16) == doctest::Approx(1e9 / (4096 * 256) * step_s).epsilon(1e-12));
  CHECK(*known.run_s(0, CardTypeId{0}, 16) < *known.run_s(0, CardTypeId{0}, 8));
  CHECK_FALSE(known.run_s(0, CardTypeId{0}, 1));  // 8 billion weights of 16 bytes do not fit
}

TEST_CASE("model times: a card twice as fast in everything halves a run") {
  const ModelTimes known = times({work()}, {choice(a100()), choice(twice())});
  const double ratio = *known.run_s(0, CardTypeId{0}, 8) / *known.run_s(0, CardTypeId{1}, 8);
  CHECK(ratio > 1.8);
  CHECK(ratio < 2.01);
}

TEST_CASE("model times: LoRA is quicker than tuning all weights, a teacher and generated answers take longer") {
  auto distil = work(::dure::DISTIL, "small");
  distil.set_teacher("8B");
  auto plain = work(::dure::PRETRAIN, "small");
  auto rl = work(::dure::RL, "small");
  const auto run_s = [&](const ::dure::ModelWork& of) { return *times({of}, {choice(a100())}).run_s(0, CardTypeId{0}, 8); };
  CHECK(run_s(work(::dure::LORA)) < 0.8 * run_s(work(::dure::FINE_TUNE)));
  CHECK(run_s(distil) > 1.5 * run_s(plain));
  CHECK(run_s(rl) > 1.2 * run_s(plain));
  CHECK(run_s(work(::dure::GENERATE)) > 0);
}

TEST_CASE("model times: the largest row that a grant reaches is the work of its class, and smaller grants draw") {
  auto large = work(::dure::PRETRAIN, "8B", 64);
  large.set_work("large");
  const ModelTimes known = times({work(::dure::PRETRAIN, "small", 8), large}, {choice(a100())});
  CHECK_FALSE(known.work(JobClassId{1}, 4));
  CHECK_FALSE(known.work(JobClassId{0}, 100));
  CHECK(*known.work(JobClassId{1}, 8) == 0);
  CHECK(*known.work(JobClassId{1}, 63) == 0);
  CHECK(*known.work(JobClassId{1}, 64) == 1);
}

TEST_CASE("model times: what a card projects may get cannot do is refused with the reason") {
  Accelerator npu = a100();
  npu.name = "NPU";
  npu.trains = false;
  CHECK(holds(refusal({work()}, {choice(npu)}), "its software covers serving alone"));
  CHECK(refusal({work(::dure::GENERATE)}, {choice(npu)}).empty());
  CHECK(refusal({work()}, {choice(a100()), choice(npu, false)}).empty());  // kept in a partition
  CHECK(holds(refusal({work(::dure::PRETRAIN, "8B", 1)}, {choice(a100())}), "does not fit on 1 cards"));
  auto narrow = work();
  narrow.set_precision("fp8");
  CHECK(holds(refusal({narrow}, {choice(a100())}), "A100-SXM-80 has no fp8 rate on record"));
  narrow.set_precision("fp7");
  CHECK(holds(refusal({narrow}, {choice(a100())}), "\"fp7\" is no precision"));
  CHECK(holds(refusal({work()}, {{"unknown", {}, {}, true, 64}}), "not on record"));
  CHECK(holds(refusal({work(::dure::PRETRAIN, "9B")}, {choice(a100())}), "no model is called"));
  CHECK(holds(refusal({work(::dure::DISTIL)}, {choice(a100())}), "needs a teacher"));
  auto open = work();
  open.clear_tokens_b();
  CHECK(holds(refusal({open}, {choice(a100())}), "needs its tokens"));
}

TEST_CASE("model times: a shape must have the parameters it is published with") {
  auto row = models()[1];
  row.set_params_total_b(8.03);
  CHECK(transformer(row).parameters() == doctest::Approx(8.03e9).epsilon(0.001));
  row.set_params_total_b(70);
  CHECK_THROWS_AS(transformer(row), ScenarioError);
}

TEST_CASE("model times: a service that all cards cannot carry, and two models that do not fit together, are refused") {
  ::dure::ModelWork service = work(::dure::SERVE, "8B", 1);
  service.clear_tokens_b();
  service.set_tokens_per_s(1e9);
  CHECK(holds(refusal({service}, {choice(a100())}), "carry"));
  ::dure::ModelWork run = work();
  run.set_tokens_per_s(100);
  CHECK(holds(refusal({run}, {choice(a100())}), "output of a service"));
  // 16 GB of frozen weights beside a model that fills its cards: the least recomputation that fits leaves less.
  Accelerator tight = a100();
  tight.memory_bytes = 26e9;
  ::dure::ModelWork rl = work(::dure::RL);
  rl.set_prompt_tokens(512);
  rl.set_output_tokens(512);
  CHECK(refusal({work()}, {choice(tight)}).empty());
  CHECK(holds(refusal({rl}, {choice(tight)}), "together"));
}

TEST_CASE("model times: a service takes the least cards that carry it") {
  auto service = work(::dure::SERVE, "8B", 1);
  service.set_tokens_per_s(20000);
  const ModelTimes known = times({service}, {choice(a100()), choice(twice())});
  const auto least = [&](CardTypeId card) {
    int cards = 1;
    while (cards < 64 && !known.carries(0, card, cards)) cards *= 2;
    return cards;
  };
  CHECK(least(CardTypeId{0}) > 1);
  CHECK(least(CardTypeId{1}) < least(CardTypeId{0}));
}
