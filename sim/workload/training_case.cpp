#include "sim/workload/training_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/units.h"
#include "sim/workload/training_case.pb.h"

namespace dure::sim {
namespace {

constexpr double kDefaultBatchTokens = 4194304;  // 2^22: what large pre-training runs of 2021-2025 gather around
constexpr int kDefaultVocab = 50304;
constexpr int kDefaultHeadDim = 128;
constexpr int kDefaultCards = 1024;
constexpr double kCampaignEffective = 0.9;  // BLOOM: 0.98 of 1.083 million card-hours by its step time
constexpr double kTokens_b = 1e9;

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

/// The shape, with what the row leaves out derived from its parameter count.
Transformer shape_of(const ::dure::TrainingCase& row, std::vector<std::string>& assumed) {
  Transformer model;
  model.layers = row.layers();
  model.hidden = row.hidden();
  if (row.has_heads()) {
    model.heads = row.heads();
  } else {
    model.heads = std::max(1.0, std::round(model.hidden / kDefaultHeadDim));
    assumed.push_back(fmt::format("heads {}", model.heads));
  }
  model.head_dim = row.has_head_dim() ? row.head_dim() : model.hidden / model.heads;
  model.kv_heads = row.has_kv_heads() ? row.kv_heads() : model.heads;
  model.gated = row.gated_mlp() == 1;
  model.vocab = row.has_vocab() ? row.vocab() : kDefaultVocab;
  if (!row.has_vocab()) assumed.push_back(fmt::format("vocab {}", kDefaultVocab));
  if (row.arch() == "moe" || row.experts() > 1) {
    model.experts = row.experts();
    model.top_k = std::max(1, row.top_k());
    if (!row.has_top_k()) assumed.push_back("top_k 1");
  }
  const double total = row.params_total_b() * 1e9;
  if (row.has_ffn_hidden()) {
    model.ffn = row.ffn_hidden();
  } else if (row.has_params_total_b() && !model.mixture()) {
    model.ffn = std::round(((total - 2 * model.embedding_parameters()) / model.layers - model.attention_parameters()) / (model.mlp_matrices() * model.hidden));
    assumed.push_back(fmt::format("ffn_hidden {} from the parameter count", model.ffn));
  } else {
    model.ffn = 4 * model.hidden;
    assumed.push_back(fmt::format("ffn_hidden {}", model.ffn));
  }
  if (row.has_params_total_b()) {
    Transformer one = model;
    one.tied = true;
    model.tied = std::abs(one.parameters() - total) < std::abs(model.parameters() - total);
  }
  if (model.mixture() && row.has_params_active_b()) {
    // Active weights the routed experts do not explain pass every token: a shared expert.
    const double open = row.params_active_b() * 1e9 - model.active_parameters() - (model.tied ? 0 : model.embedding_parameters());
    const double width = open / model.layers / (model.mlp_matrices() * model.hidden);
    if (width > 0.5 * model.ffn) {
      model.shared_ffn = std::round(width / model.ffn) * model.ffn;
      assumed.push_back(fmt::format("shared expert of width {}", model.shared_ffn));
    }
  }
  return model;
}

Sharding sharding_of(const ::dure::TrainingCase& row, bool& known) {
  const std::string& text = row.sharding();
  known = true;
  if (says(text, "ZeRO-2")) return Sharding::kGradients;
  if (says(text, "FSDP") || says(text, "HSDP") || says(text, "ZeRO-3")) return Sharding::kParameters;
  if (says(text, "distributed optimizer") || says(text, "ZeRO")) return Sharding::kOptimiser;
  if (text.starts_with("none")) return Sharding::kNone;
  known = false;
  return Sharding::kOptimiser;
}

std::optional<Precision> precision_in(const std::string& text) {
  if (const auto exact = precision_of(text)) return exact;
  for (const char* word : {"fp8", "fp4", "bf16", "fp16", "tf32", "fp32"})
    if (says(text, word)) return precision_of(word);
  return {};
}

/// FLOP a token of a printed TFLOP/s or MFU, by the words of its convention. `none`: 6 N + full attention.
double convention_flop(const ::dure::TrainingCase& row, const Transformer& model, std::vector<std::string>& assumed) {
  const std::string& text = row.flops_convention();
  double weights = row.has_params_active_b() ? row.params_active_b() * 1e9 : row.has_params_total_b() && !model.mixture() ? row.params_total_b() * 1e9 : model.active_parameters() + (model.tied ? 0 : model.embedding_parameters());
  const bool hardware = says(text, "8N") || says(text, "hardware FLOP");
  if (text.empty() || text.starts_with("n/a")) assumed.push_back("flops_convention 6N + full attention");
  if (says(text, "leaves out the input embedding") || says(text, "without embedding") || says(text, "non-embedding")) weights -= model.embedding_parameters();
  const bool causal = says(text, "causal") && !says(text, "non-causal");
  const bool no_attention = says(text, "without attention") || says(text, "no attention") || says(text, "6N only");
  const double attention = no_attention ? 0 : model.attention_flop(row.seq_len(), causal);
  if (says(row.task(), "lora") && !says(text, "6N")) return 4 * weights + 2 * attention;
  return hardware ? 8 * weights + 4 * attention : 6 * weights + 3 * attention;
}

}  // namespace

bool headline_metric(const std::string& metric) {
  return metric == "step_time_s" || metric == "tokens_per_s_per_gpu" || metric == "time_to_train_min";
}

TrainingPrediction predict(const ::dure::TrainingCase& row, const AcceleratorTable& cards, const StackTable& stacks, LayoutCache* cache) {
  TrainingPrediction made;
  const auto skip = [&](std::string why) {
    made.skipped = std::move(why);
    return made;
  };
  const std::string& metric = row.metric();
  const bool run = metric == "time_to_train_min" || metric == "gpu_hours" || metric == "wall_days";
  if (!run && !headline_metric(metric) && metric != "tflops_per_gpu" && metric != "mfu_pct") return skip("no training metric is called " + metric);
  if (!row.has_layers() || !row.has_hidden()) return skip("model shape missing");
  if (!row.has_seq_len()) return skip("seq_len missing");
  if (!row.has_gpu()) return skip("gpu missing");
  if (run && !row.has_tokens_b()) return skip("tokens_b missing");
  const auto found = cards.find(row.gpu());
  if (found == cards.end()) return skip("no card in the catalogue is called " + row.gpu());

  Accelerator card = found->second;
  if (row.has_gpus_per_node()) card.cards_per_node = row.gpus_per_node();
  card.scale_up_domain = std::max(std::min(card.scale_up_domain, card.cards_per_node), card.scale_up_domain > 8 ? card.scale_up_domain : 1);
  TrainingWork work;
  work.model = shape_of(row, made.assumed);
  if (work.model.ffn <= 0) return skip("model shape missing: no ffn_hidden and no parameter count to derive it from");
  work.seq_len = row.seq_len();
  int count = row.gpus();
  if (!row.has_gpus()) {
    count = kDefaultCards;
    made.assumed.push_back(fmt::format("gpus {}", count));
  }
  if (row.has_global_batch_seqs()) {
    work.global_batch_seqs = row.global_batch_seqs();
  } else {
    work.global_batch_seqs = std::max<double>(count, std::round(kDefaultBatchTokens / row.seq_len() / count) * count);
    made.assumed.push_back(fmt::format("global_batch_seqs {}", work.global_batch_seqs));
  }
  work.tuning = says(row.task(), "lora") ? Tuning::kLora : Tuning::kAll;
  auto precision = precision_in(row.precision());
  if (!precision) {
    precision = Precision::kBf16;
    made.assumed.push_back("precision bf16");
  }
  if (!row.has_nic_gbps_per_gpu()) made.assumed.push_back(fmt::format("nic_gbps_per_gpu {}", card.scale_out_bytes_per_s * 8e-9));

  StackConstants stack = stacks.find(row.stack(), row.stack_family());
  made.stack = stack.name;
  if (stack.name != row.stack()) made.assumed.push_back("stack constants of " + stack.name);
  if (says(row.sharding(), "sequence parallel")) stack.sequence_parallel = true;
  const TrainingStep step(card, links_of(card, row.nic_gbps_per_gpu()), stack, *precision);

  bool sharding_known = false;
  const Sharding sharding = sharding_of(row, sharding_known);
  LayoutWish wish;
  if (row.has_tp()) wish.tensor = row.tp();
  if (row.has_pp()) wish.pipeline = row.pp();
  if (row.has_vp()) wish.chunks = row.vp();
  else if (!stack.interleaves) wish.chunks = 1;
  if (row.has_cp()) wish.context = row.cp();
  if (row.has_ep()) wish.expert = row.ep();
  if (row.has_micro_batch()) wish.micro_batch = row.micro_batch();
  if (sharding_known) wish.sharding = sharding;
  wish.parameters_sharded = sharding_known ? sharding == Sharding::kParameters : stack.family == "fsdp";
  if (row.recompute() == "none") wish.recompute = Recompute::kNone;
  if (row.recompute() == "selective") wish.recompute = Recompute::kSelective;
  if (row.recompute() == "full") wish.recompute = Recompute::kFull;
  if (row.has_tp() && !row.has_cp()) wish.context = 1;  // a printed layout without c has none
  if (row.has_pp() && row.pp() == 1) wish.chunks = 1;
  const int divided = wish.tensor.value_or(1) * wish.pipeline.value_or(1) * wish.context.value_or(1);
  if (count % divided != 0) return skip(fmt::format("{} cards are not divisible by the layout's {}", count, divided));

  const auto searched = [&]() -> std::optional<FoundLayout> {
    if (cache != nullptr)
      if (const auto known = cache->find(&row); known != cache->end()) return FoundLayout{known->second, step.time(work, known->second)};
    auto best = search_layout(step, work, count, wish);
    if (!best && wish.recompute) {  // the published setting does not fit by our count of bytes: trust the publication
      LayoutWish without = wish;
      without.recompute.reset();
      best = search_layout(step, work, count, without);
      if (best) {
        best->layout.recompute = *wish.recompute;
        best->layout.recomputed_layers = 1;
      }
    }
    const bool fixed = wish.tensor && wish.pipeline;
    if (!best && fixed) {  // the published layout does not fit, or its layers are split unevenly: take it as it ran
      Layout layout{.tensor = *wish.tensor, .pipeline = *wish.pipeline, .chunks = wish.chunks.value_or(1), .context = wish.context.value_or(1), .expert = wish.expert.value_or(1),
                    .data = count / divided, .micro_batch = wish.micro_batch.value_or(1), .sharding = wish.sharding.value_or(Sharding::kOptimiser), .recompute = wish.recompute.value_or(Recompute::kFull), .uneven = true};
      if (!stage_layers(work.model.layers, layout)) layout.chunks = 1;
      if (!stage_layers(work.model.layers, layout)) return {};
      if (wish.recompute || !step.choose_recompute(work, layout)) {
        if (!wish.recompute) layout.recompute = Recompute::kFull;
        made.assumed.push_back("memory fit overridden: the published layout ran");
      }
      best = FoundLayout{layout, {}};
    }
    if (!best) return best;
    if (cache != nullptr) (*cache)[&row] = best->layout;
    best->time = step.time(work, best->layout);
    return best;
  }();
  if (!searched) return skip("does not fit in memory at any layout");
  const Layout& layout = searched->layout;
  made.layout = layout;
  made.time = searched->time;
  const auto name_size = [&](const char* name, bool given, int value) {
    if (!given) made.assumed.push_back(fmt::format("{} {}", name, value));
  };
  name_size("tp", row.has_tp(), layout.tensor);
  name_size("pp", row.has_pp(), layout.pipeline);
  if (layout.pipeline > 1) name_size("vp", row.has_vp(), layout.chunks);
  name_size("cp", row.has_cp() || row.has_tp(), layout.context);
  if (work.model.mixture()) name_size("ep", row.has_ep(), layout.expert);
  name_size("dp", row.has_dp() && row.dp() == layout.data, layout.data);
  name_size("micro_batch", row.has_micro_batch(), layout.micro_batch);
  if (!sharding_known) made.assumed.push_back(layout.sharding == Sharding::kParameters ? "sharding of parameters" : "sharding of the optimiser");
  if (!wish.recompute)
    made.assumed.push_back(layout.recompute == Recompute::kNone ? "recompute none"
                           : layout.recompute == Recompute::kSelective ? "recompute selective"
                                                                       : fmt::format("recompute full in {:.0f} % of layers", 100 * layout.recomputed_layers));

  if (layout.uneven) made.assumed.push_back("stages or batches that do not divide evenly");
  if (layout.offloaded > 0) made.assumed.push_back(fmt::format("{:.0f} % of activations in host memory", 100 * layout.offloaded));

  const double tokens = work.global_batch_seqs * work.seq_len;
  const double published_flop = convention_flop(row, work.model, made.assumed);
  std::vector<std::string> ignored;
  const double weights = row.has_params_active_b() ? row.params_active_b() * 1e9 : work.model.active_parameters();
  const double yard_flop = (work.tuning == Tuning::kLora ? 4 : 6) * weights + (work.tuning == Tuning::kLora ? 2 : 3) * work.model.attention_flop(work.seq_len, false);
  const double peak = card.peak(*precision);
  const double step_at_peak_s = yard_flop * tokens / count / peak;
  double step_s = made.time.step_s;
  if (metric == "gpu_hours") {  // what a whole campaign was billed, restarts and idle time included
    step_s /= kCampaignEffective;
    made.assumed.push_back(fmt::format("{} of the card-hours effective", kCampaignEffective));
  }
  if (run) {
    const double evaluated = work.tuning == Tuning::kAll ? stack.evaluation_pretrain : stack.evaluation_tune;
    step_s += evaluated * made.time.forward_s;
    if (evaluated > 0) made.assumed.push_back(fmt::format("{} tokens evaluated per token trained", evaluated));
  }
  const double steps = run ? row.tokens_b() * kTokens_b / tokens : 0;
  const auto of_step = [&](double s, double flop) {
    if (metric == "step_time_s") return s;
    if (metric == "tokens_per_s_per_gpu") return tokens / s / count;
    if (metric == "tflops_per_gpu") return flop * tokens / s / count * 1e-12;
    if (metric == "mfu_pct") return 100 * flop * tokens / s / count / (says(row.flops_convention(), "BF16 peak") ? card.peak(Precision::kBf16) : peak);
    if (metric == "time_to_train_min") return steps * s / kMinute_s;
    if (metric == "gpu_hours") return steps * s / kHour_s * count;
    return steps * s / kDay_s;  // wall_days
  };
  made.computed = of_step(step_s, published_flop);
  made.at_peak = of_step(step_at_peak_s, published_flop);
  return made;
}

}  // namespace dure::sim
