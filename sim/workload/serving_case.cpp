#include "sim/workload/serving_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/units.h"
#include "sim/workload/published_shape.h"
#include "sim/workload/serving_case.pb.h"

namespace dure::sim {
namespace {

constexpr double kPrompt_tokens = 256;  // chat prompts, a few hundred tokens
constexpr double kOutput_tokens = 400;  // as the published answers to them
constexpr int kUsualVocab = 128256;
constexpr int kUsualKvHeads = 8;        // grouped queries, or what latent attention comes to

struct Weights {
  Precision products;
  double bytes;
};

/// The precision of the products and the bytes of a weight: weights stored as integers, or in four bits with a scale, are unpacked to 16 bits.
std::optional<Weights> weights_of(const std::string& word, const Accelerator& card) {
  const Precision wide = card.peak_flop_per_s[std::size_t(Precision::kBf16)] > 0 ? Precision::kBf16 : Precision::kFp16;
  if (const auto precision = precision_of(word)) return Weights{*precision, bytes_of(*precision)};
  if (word == "int8") return Weights{wide, 1};
  if (word == "int4" || word == "mxfp4" || word == "nvfp4") return Weights{wide, 0.53};  // and a scale of a byte for 32 weights
  return {};
}

}  // namespace

ServingPrediction predict(const ::dure::ServingCase& row, const AcceleratorTable& cards, const StackTable& stacks) {
  ServingPrediction made;
  const auto assume = [&](std::string what) { made.assumed.push_back({what, what}); };
  const auto skip = [&](Text why) {
    made.skipped = std::move(why);
    return made;
  };
  const std::string& metric = row.metric();
  const bool node = metric == "node_decode_tokens_per_s", daily = metric == "daily_output_tokens_b";
  if (!node && !daily && metric != "output_tokens_per_s") return skip({"no serving metric is called " + metric, metric + "(이)라는 추론 항목이 없습니다"});
  if (!row.has_layers() || !row.has_hidden() || (!row.has_ffn_hidden() && !row.has_params_total_b())) return skip({"model shape missing", "모델 구조가 없습니다"});
  if (!row.has_gpu()) return skip({"gpu missing", "gpu가 없습니다"});
  const auto known = cards.find(row.gpu());
  if (known == cards.end()) return skip({fmt::format("no card in the catalogue is called {}, or too little is on record to time it", row.gpu()), fmt::format("카드 목록에 {}이(가) 없거나 시간을 계산할 기록이 부족합니다", row.gpu())});
  Accelerator card = known->second;
  if (row.has_gpus_per_node()) card.cards_per_node = row.gpus_per_node();

  ServingWork work;
  PublishedShape shape = printed_shape(row);
  shape.usual_vocab = kUsualVocab;
  shape.usual_kv_heads = kUsualKvHeads;
  work.model = transformer_of(shape, made.assumed);
  work.prompt_tokens = row.has_prompt_tokens() ? row.prompt_tokens() : kPrompt_tokens;
  work.output_tokens = row.has_avg_output_tokens() ? row.avg_output_tokens() : kOutput_tokens;
  if (!row.has_prompt_tokens()) assume(fmt::format("prompt_tokens {}", kPrompt_tokens));
  if (!row.has_avg_output_tokens()) assume(fmt::format("avg_output_tokens {}", kOutput_tokens));
  Weights weights{Precision::kBf16, 2};
  if (row.has_weight_precision()) {
    const auto read = weights_of(row.weight_precision(), card);
    if (!read) return skip({"weights in an unknown precision: " + row.weight_precision(), "알 수 없는 가중치 정밀도: " + row.weight_precision()});
    weights = *read;
  } else {
    assume("weight_precision bf16");
  }
  work.weight_bytes = weights.bytes;

  const std::string stack_name = row.has_stack() || row.has_stack_family() ? row.stack() : "vllm";
  const StackConstants stack = stacks.find(stack_name, row.stack_family());
  if (!row.has_stack()) assume("stack " + stack.name);
  const ServingModel serving(card, links_of(card, row.nic_gbps_per_gpu()), stack, weights.products);

  ServingWish wish{.prefill = !node};
  if (row.has_tp()) wish.tensor = row.tp();
  if (row.has_ep() && work.model.mixture()) wish.expert = row.ep();
  if (row.has_max_batch()) wish.batch = row.max_batch();
  if (row.has_inter_token_ms() && row.has_max_batch())
    return skip({"both max_batch and inter_token_ms are given: one follows from the other", "max_batch와 inter_token_ms가 함께 있습니다. 하나가 다른 하나를 정합니다"});
  if (row.has_inter_token_ms()) wish.inter_token_s = row.inter_token_ms() * 1e-3;
  int count = row.gpus();
  if (!row.has_gpus()) {
    count = std::max({row.tp(), row.ep(), 1});
    assume(fmt::format("gpus {}", count));
  }
  if (!wish.batch && !wish.inter_token_s) assume(fmt::format("inter_token_ms {}", 1e3 * kInterToken_s));

  std::optional<FoundServing> found = search_serving(serving, work, count, wish);
  int deployed = count;
  if ((node || daily) && !wish.expert && work.model.mixture())
    // One node of a deployment: more of them, while that gives each node more.
    for (int several = 2 * count; several <= work.model.experts; several *= 2) {
      ServingWish wider = wish;
      if (wish.batch) wider.batch = *wish.batch * several / count;
      const auto over = search_serving(serving, work, several, wider);
      if (over && (!found || over->tokens_per_s() / several > 1.03 * found->tokens_per_s() / deployed)) {
        found = over;
        deployed = several;
      }
    }
  if (!found) serving_for(serving, work, count, wish);  // says why
  made.found = *found;
  if (deployed != count) made.assumed.push_back({fmt::format("one of {} nodes over which the experts are spread", deployed / count), fmt::format("전문가를 나눠 맡은 서버 {}대 가운데 하나", deployed / count)});
  if (!row.has_tp()) assume(fmt::format("tp {}", found->layout.tensor));
  if (work.model.mixture() && !row.has_ep()) assume(fmt::format("ep {}", found->layout.expert));
  if (!row.has_max_batch()) assume(fmt::format("max_batch {:.0f}", found->rate.batch * found->copies * count / deployed));
  if (found->rate.memory_bound_batch) made.assumed.push_back({fmt::format("batch {:.0f} by memory", found->rate.batch * found->copies), fmt::format("메모리에 따른 배치 {:.0f}", found->rate.batch * found->copies)});
  made.computed = found->tokens_per_s() * count / deployed;
  if (daily) made.computed *= kDay_s * 1e-9;
  return made;
}

}  // namespace dure::sim
