#include "sim/workload/serving_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/units.h"
#include "sim/workload/serving_case.pb.h"

namespace dure::sim {
namespace {

constexpr double kPrompt_tokens = 256;  // chat prompts, a few hundred tokens
constexpr double kOutput_tokens = 400;  // as the published answers to them
constexpr int kKvHeads = 8;             // grouped queries, or what latent attention comes to
constexpr int kHeadDim = 128;
constexpr int kVocab = 128256;

/// The shape; what the row leaves out is chosen so that the parameters come nearest to the printed count.
Transformer shape_of(const ::dure::ServingCase& row, std::vector<std::string>& assumed) {
  Transformer model;
  model.layers = row.layers();
  model.hidden = row.hidden();
  model.vocab = row.has_vocab() ? row.vocab() : kVocab;
  if (!row.has_vocab()) assumed.push_back(fmt::format("vocab {}", kVocab));
  model.heads = row.has_heads() ? row.heads() : std::max(1.0, std::round(model.hidden / kHeadDim));
  if (!row.has_heads()) assumed.push_back(fmt::format("heads {}", model.heads));
  model.kv_heads = row.has_kv_heads() ? row.kv_heads() : std::min<double>(kKvHeads, model.heads);
  if (!row.has_kv_heads()) assumed.push_back(fmt::format("kv_heads {}", model.kv_heads));
  if (row.experts() > 1) {
    model.experts = row.experts();
    model.top_k = std::max(1, row.top_k());
    if (!row.has_top_k()) assumed.push_back("top_k 1");
  }
  model.ffn = row.ffn_hidden();
  const double total = row.params_total_b() * 1e9;
  const double own_dim = std::max(1.0, std::round(model.hidden / model.heads));
  std::vector<Transformer> candidates;
  for (const double dim : {own_dim, double(kHeadDim)})
    for (const bool gated : {true, false})
      for (const bool tied : {false, true}) {
        Transformer one = model;
        one.head_dim = row.has_head_dim() ? row.head_dim() : dim;
        one.gated = row.has_gated_mlp() ? row.gated_mlp() == 1 : gated;
        one.tied = tied;
        if (!row.has_ffn_hidden())
          one.ffn = total > 0 && !one.mixture() ? std::round(((total - 2 * one.embedding_parameters()) / one.layers - one.attention_parameters()) / (one.mlp_matrices() * one.hidden)) : 4 * one.hidden;
        candidates.push_back(one);
      }
  const auto off = [&](const Transformer& one) { return total > 0 ? std::abs(std::log(one.parameters() / total)) : 0; };
  model = *std::min_element(candidates.begin(), candidates.end(), [&](const Transformer& a, const Transformer& b) { return off(a) < off(b); });
  if (!row.has_ffn_hidden()) assumed.push_back(fmt::format("ffn_hidden {}", model.ffn));
  if (!row.has_head_dim() && model.head_dim != own_dim) assumed.push_back(fmt::format("head_dim {} from the parameter count", model.head_dim));
  if (model.mixture() && row.has_params_active_b()) {
    const double open = row.params_active_b() * 1e9 - model.active_parameters() - (model.tied ? 0 : model.embedding_parameters());
    const double width = open / model.layers / (model.mlp_matrices() * model.hidden);
    if (width > 0.5 * model.ffn) {
      model.shared_ffn = std::round(width / model.ffn) * model.ffn;
      assumed.push_back(fmt::format("shared expert of width {}", model.shared_ffn));
    }
  }
  return model;
}

struct Weights {
  Precision products;
  double bytes;
};

/// The precision of the products and the bytes of a weight: weights stored as integers, or in four bits with a scale, are unpacked to 16 bits.
std::optional<Weights> weights_of(const std::string& word) {
  if (const auto precision = precision_of(word)) return Weights{*precision, bytes_of(*precision)};
  if (word == "int8") return Weights{Precision::kBf16, 1};
  if (word == "int4" || word == "mxfp4" || word == "nvfp4") return Weights{Precision::kBf16, 0.53};  // and a scale of a byte for 32 weights
  return {};
}

}  // namespace

ServingPrediction predict(const ::dure::ServingCase& row, const AcceleratorTable& cards, const StackTable& stacks) {
  ServingPrediction made;
  const auto skip = [&](std::string why) {
    made.skipped = std::move(why);
    return made;
  };
  const std::string& metric = row.metric();
  const bool node = metric == "node_decode_tokens_per_s", daily = metric == "daily_output_tokens_b";
  if (!node && !daily && metric != "output_tokens_per_s") return skip("no serving metric is called " + metric);
  if (!row.has_layers() || !row.has_hidden() || (!row.has_ffn_hidden() && !row.has_params_total_b())) return skip("model shape missing");
  if (!row.has_gpu()) return skip("gpu missing");
  const auto known = cards.find(row.gpu());
  if (known == cards.end()) return skip("no card in the catalogue is called " + row.gpu());
  Accelerator card = known->second;
  if (row.has_gpus_per_node()) card.cards_per_node = row.gpus_per_node();

  ServingWork work;
  work.model = shape_of(row, made.assumed);
  if (!(work.model.ffn > 0)) return skip("model shape missing: the parameter count leaves nothing for the MLP");
  work.prompt_tokens = row.has_prompt_tokens() ? row.prompt_tokens() : kPrompt_tokens;
  work.output_tokens = row.has_avg_output_tokens() ? row.avg_output_tokens() : kOutput_tokens;
  if (!row.has_prompt_tokens()) made.assumed.push_back(fmt::format("prompt_tokens {}", kPrompt_tokens));
  if (!row.has_avg_output_tokens()) made.assumed.push_back(fmt::format("avg_output_tokens {}", kOutput_tokens));
  Weights weights{Precision::kBf16, 2};
  if (row.has_weight_precision()) {
    const auto read = weights_of(row.weight_precision());
    if (!read) return skip("weights in an unknown precision: " + row.weight_precision());
    weights = *read;
  } else {
    made.assumed.push_back("weight_precision bf16");
  }
  work.weight_bytes = weights.bytes;

  const std::string stack_name = row.has_stack() || row.has_stack_family() ? row.stack() : "vllm";
  const StackConstants stack = stacks.find(stack_name, row.stack_family());
  if (!row.has_stack()) made.assumed.push_back("stack " + stack.name);
  const ServingModel serving(card, links_of(card, row.nic_gbps_per_gpu()), stack, weights.products);

  ServingWish wish{.prefill = !node};
  if (row.has_tp()) wish.tensor = row.tp();
  if (row.has_ep() && work.model.mixture()) wish.expert = row.ep();
  if (row.has_max_batch()) wish.batch = row.max_batch();
  if (row.has_inter_token_ms()) wish.inter_token_s = row.inter_token_ms() * 1e-3;
  int count = row.gpus();
  if (!row.has_gpus()) {
    count = std::max({row.tp(), row.ep(), 1});
    made.assumed.push_back(fmt::format("gpus {}", count));
  }
  if (!wish.batch && !wish.inter_token_s) made.assumed.push_back(fmt::format("inter_token_ms {}", 1e3 * kInterToken_s));

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
  if (deployed != count) made.assumed.push_back(fmt::format("one of {} nodes over which the experts are spread", deployed / count));
  if (!row.has_tp()) made.assumed.push_back(fmt::format("tp {}", found->layout.tensor));
  if (work.model.mixture() && !row.has_ep()) made.assumed.push_back(fmt::format("ep {}", found->layout.expert));
  if (!row.has_max_batch()) made.assumed.push_back(fmt::format("max_batch {:.0f}", found->rate.batch * found->copies * count / deployed));
  if (found->rate.memory_bound_batch) made.assumed.push_back(fmt::format("batch {:.0f} by memory", found->rate.batch * found->copies));
  made.computed = found->tokens_per_s() * count / deployed;
  if (daily) made.computed *= kDay_s * 1e-9;
  return made;
}

}  // namespace dure::sim
