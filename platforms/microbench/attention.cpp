// Attention three ways: scores written out (two batched products and a softmax), its way back, and fused.
#include <algorithm>
#include <cmath>

#include "fused_attention.h"
#include "kernels.h"
#include "parts.h"
#include "tolerance.h"

namespace dure::bench {
namespace {

/// The unfused forms, packed matrices of `length` x `head`.
struct Unfused {
  Unfused(Library& library, int matrices, int length, int head)
      : scores(library, {.m = length, .n = length, .k = head, .transpose_b = true, .batch = matrices}, 8),
        mix(library, {.m = length, .n = head, .k = length, .batch = matrices}, 8),
        transposed(library, {.m = length, .n = head, .k = length, .transpose_a = true, .batch = matrices}, 8) {}
  Matmul scores, mix, transposed;
};

void check(Bench& bench, int head, bool causal) {
  constexpr int kLength = 320, kMatrices = 3;  // 320: the last block of queries is half empty
  const std::size_t count = static_cast<std::size_t>(kLength) * kMatrices * static_cast<std::size_t>(head);
  Buffer<Half> q(count), k(count), v(count), out(count), scores(static_cast<std::size_t>(kLength) * kLength * kMatrices), plain(count);
  const cudaStream_t stream = bench.library.stream;
  fill_normal(q.data(), count, 1, 1, stream);
  fill_normal(k.data(), count, 2, 1, stream);
  fill_normal(v.data(), count, 3, 1, stream);
  for (const Buffer<Half>* one : {&out, &plain}) CUDA(cudaMemsetAsync(one->data(), 0xff, count * sizeof(Half), stream));
  fused_attention(q.data(), k.data(), v.data(), out.data(), kMatrices, kLength, head, causal, stream);
  const float scale = 1 / std::sqrt(static_cast<float>(head));
  if (causal) {
    const Unfused unfused(bench.library, kMatrices, kLength, head);
    unfused.scores.run(q.data(), k.data(), scores.data());
    causal_softmax(scores.data(), scale, kMatrices, kLength, stream);
    unfused.mix.run(scores.data(), v.data(), plain.data());
  }
  CUDA(cudaStreamSynchronize(stream));
  const auto a = q.to_host(), b = k.to_host(), c = v.to_host(), got = out.to_host(), got_plain = plain.to_host();
  const auto d = static_cast<std::size_t>(head);
  double worst = 0, worst_plain = 0;
  for (std::size_t sample = 0; sample < 300; ++sample) {
    const std::size_t matrix = sample % kMatrices, i = sample * 131 % kLength, keys = causal ? i + 1 : kLength;
    std::vector<double> p(keys);
    double sum = 0;
    for (std::size_t j = 0; j < keys; ++j) {
      double score = 0;
      for (std::size_t l = 0; l < d; ++l)
        score += static_cast<double>(__bfloat162float(a[(matrix * kLength + i) * d + l])) * static_cast<double>(__bfloat162float(b[(matrix * kLength + j) * d + l]));
      sum += p[j] = std::exp(score * static_cast<double>(scale));
    }
    const std::size_t l = sample * 37 % d;
    double want = 0, want_abs = 0;
    for (std::size_t j = 0; j < keys; ++j) {
      const double x = p[j] / sum * static_cast<double>(__bfloat162float(c[(matrix * kLength + j) * d + l]));
      want += x;
      want_abs += std::fabs(x);
    }
    const std::size_t at = (matrix * kLength + i) * d + l;
    const double off = std::fabs(static_cast<double>(__bfloat162float(got[at])) - want) / attention_tolerance("bf16", static_cast<double>(keys), head, want_abs, want);
    worst = off <= worst ? worst : off;
    // Scores rounded to bf16 before the softmax move each probability by up to 2^-8 |score|, |score| here below 5: six times as much.
    const double off_plain = std::fabs(static_cast<double>(__bfloat162float(got_plain[at])) - want) / (6 * attention_tolerance("bf16", static_cast<double>(keys), head, want_abs, want));
    worst_plain = off_plain <= worst_plain ? worst_plain : off_plain;
  }
  bench.check("attention fused " + std::to_string(head) + (causal ? " causal" : " full"), worst, "float64 softmax, tolerance.h");
  if (causal) bench.check("attention unfused " + std::to_string(head) + " causal", worst_plain, "float64 softmax, six times tolerance.h for rounded scores");
}

}  // namespace

void measure_attention(Bench& bench) {
  const cudaStream_t stream = bench.library.stream;
  for (const int head : {64, 128})
    for (const bool causal : {false, true}) check(bench, head, causal);
  const double end_s = now_s() + bench.budget_s;
  for (const int head : {128, 64})
    for (const int length : {512, 1024, 2048, 4096, 8192, 16384}) {
      if (bench.quick && length != 1024) continue;
      const int heads = 16, sequences = std::max(1, 16384 / length), matrices = heads * sequences;
      if (now_s() > end_s) return;
      const std::size_t count = static_cast<std::size_t>(matrices) * static_cast<std::size_t>(length) * static_cast<std::size_t>(head);
      Buffer<Half> q(count), k(count), v(count), out(count), dk(count);
      fill_normal(q.data(), count, 1, 1, stream);
      fill_normal(k.data(), count, 2, 1, stream);
      fill_normal(v.data(), count, 3, 1, stream);
      const auto point = [&](const char* form, const char* direction, bool causal, const std::function<void(int)>& go) {
        const Spread spread = time_us(stream, bench.effort(0.1), go);
        bench.record.add(Line("attention").word("form", form).word("direction", direction).word("precision", "bf16").number("batch", sequences).number("heads", heads)
                             .number("seq_len", length).number("head_dim", head).flag("causal", causal).measured("time", "us", spread));
        return spread.median;
      };
      double fused = 0;
      for (const bool causal : {false, true})
        fused = point("fused", "forward", causal, [&](int) { fused_attention(q.data(), k.data(), v.data(), out.data(), matrices, length, head, causal, stream); });
      if (static_cast<double>(matrices) * length * length * 4 < 40e9) {
        Unfused unfused(bench.library, matrices, length, head);
        const std::size_t squares = static_cast<std::size_t>(matrices) * static_cast<std::size_t>(length) * static_cast<std::size_t>(length);
        Buffer<Half> scores(squares), d_scores(squares);
        if (!unfused.scores.possible() || !unfused.mix.possible() || !unfused.transposed.possible()) continue;
        const float scale = 1 / std::sqrt(static_cast<float>(head));
        unfused.scores.choose([&](int) { return Matmul::Operands{q.data(), k.data(), scores.data()}; });
        causal_softmax(scores.data(), scale, matrices, length, stream);
        unfused.mix.choose([&](int) { return Matmul::Operands{scores.data(), v.data(), out.data()}; });
        unfused.transposed.choose([&](int) { return Matmul::Operands{scores.data(), v.data(), out.data()}; });
        point("unfused", "forward", true, [&](int) {
          unfused.scores.run(q.data(), k.data(), scores.data());
          causal_softmax(scores.data(), scale, matrices, length, stream);
          unfused.mix.run(scores.data(), v.data(), out.data());
        });
        point("unfused", "backward", true, [&](int) {
          unfused.scores.run(out.data(), v.data(), d_scores.data());
          unfused.transposed.run(scores.data(), out.data(), dk.data());
          causal_softmax_back(scores.data(), d_scores.data(), scale, matrices, length, stream);
          unfused.mix.run(d_scores.data(), k.data(), dk.data());
          unfused.transposed.run(d_scores.data(), q.data(), dk.data());
        });
      }
      std::fprintf(stderr, "  head %3d, %5d tokens: fused causal %.1f TFLOP/s (half of the square counted)\n", head, length,
                   2.0 * matrices * static_cast<double>(length) * length * head / fused * 1e-6);
    }
}

}  // namespace dure::bench
