#include "sim/workload/transformer.h"

#include <doctest/doctest.h>

#include "tests/workload/cards.h"

using namespace dure::sim;
using namespace dure::sim::testing;

TEST_CASE("transformer: parameter counts of known models") {
  CHECK(gpt3().parameters() == doctest::Approx(174.6e9).epsilon(0.001));  // 96 x 12 h^2 + V h = 173.9 + 0.6 billion
  CHECK(llama(32, 4096, 32, 14336).parameters() == doctest::Approx(8.03e9).epsilon(0.001));
  CHECK(llama(80, 8192, 64, 28672).parameters() == doctest::Approx(70.55e9).epsilon(0.001));
  CHECK(llama(126, 16384, 128, 53248).parameters() == doctest::Approx(405.85e9).epsilon(0.001));
  Transformer mixtral = llama(32, 4096, 32, 14336);
  mixtral.vocab = 32000;
  mixtral.experts = 8;
  mixtral.top_k = 2;
  CHECK(mixtral.parameters() == doctest::Approx(46.7e9).epsilon(0.002));
  CHECK(mixtral.active_parameters() + mixtral.embedding_parameters() == doctest::Approx(12.9e9).epsilon(0.002));
}

TEST_CASE("transformer: forward work is 2 N and attention 4 s a d a layer, half of it causal") {
  const Transformer model = gpt3();
  CHECK(model.active_parameters() == doctest::Approx(96 * 12 * 12288.0 * 12288 + 51200 * 12288.0));
  CHECK(model.attention_flop(2048, false) == doctest::Approx(96 * 4 * 2048.0 * 12288));
  CHECK(model.forward_flop(2048, true) == doctest::Approx(2 * model.active_parameters() + 96 * 2 * 2048.0 * 12288));
}

TEST_CASE("activations: the table of Korthikanti et al. 2022 for a GPT layer, s 2048, h 12288, a 96") {
  const double s = 2048, b = 1, h = 12288, a = 96, t = 8;
  const ActivationBytes plain{.sequence_parallel = false, .dropout = true, .fused_attention = false};
  const ActivationBytes sequence{.sequence_parallel = true, .dropout = true, .fused_attention = false};
  CHECK(activation_bytes(gpt3(), b, s, 1, plain, Recompute::kNone) == doctest::Approx(s * b * h * (34 + 5 * a * s / h)));
  CHECK(activation_bytes(gpt3(), b, s, t, plain, Recompute::kNone) == doctest::Approx(s * b * h * (10 + 24 / t + 5 * a * s / (h * t))));
  CHECK(activation_bytes(gpt3(), b, s, t, sequence, Recompute::kNone) == doctest::Approx(s * b * h / t * (34 + 5 * a * s / h)));
  CHECK(activation_bytes(gpt3(), b, s, t, sequence, Recompute::kSelective) == doctest::Approx(s * b * h / t * 34));
  CHECK(activation_bytes(gpt3(), b, s, t, plain, Recompute::kFull) == doctest::Approx(2 * s * b * h));
}
