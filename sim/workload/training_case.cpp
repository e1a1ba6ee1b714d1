#include "sim/workload/training_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sim/units.h"
#include "sim/workload/published_shape.h"
#include "sim/workload/training_case.pb.h"

namespace dure::sim {
namespace {

constexpr double kDefaultBatchTokens = 4194304;  // 2^22: what large pre-training runs of 2021-2025 gather around
constexpr int kDefaultCards = 1024;
constexpr double kCampaignEffective = 0.9;  // of what a campaign is billed: restarts, idle time, evaluation; assumed
constexpr double kMemoryCountOff = 1.25;    // a printed layout that our count of bytes misses by less than this is taken as it ran
constexpr double kTokens_b = 1e9;

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

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

/// "bf16 mixed" as well as "bf16".
std::optional<Precision> precision_in(const std::string& text) {
  if (const auto exact = precision_of(text)) return exact;
  for (const char* word : {"fp8", "fp4", "bf16", "fp16", "tf32", "fp32"})
    if (says(text, word)) return precision_of(word);
  return {};
}

/// What the step model can do on its own: other tasks need operands that a row does not have (a teacher, judges).
std::optional<Tuning> tuning_of(const std::string& task) {
  if (says(task, "lora")) return Tuning::kLora;
  if (task.empty()) return Tuning::kAll;
  for (const char* word : {"pretrain", "pre-train", "train", "sft", "tune"})
    if (says(task, word)) return Tuning::kAll;
  return {};
}

/// FLOP a token of a printed TFLOP/s or MFU, by the words of its convention. `none`: 6 N + full attention.
double convention_flop(const ::dure::TrainingCase& row, const Transformer& model, std::vector<Text>& assumed) {
  const std::string& text = row.flops_convention();
  double weights = row.has_params_active_b() ? row.params_active_b() * 1e9 : row.has_params_total_b() && !model.mixture() ? row.params_total_b() * 1e9 : model.active_parameters() + (model.tied ? 0 : model.embedding_parameters());
  const bool hardware = says(text, "8N") || says(text, "hardware FLOP");
  if (text.empty() || text.starts_with("n/a")) assumed.push_back({"flops_convention 6N + full attention", "flops_convention 6N + 전체 어텐션"});
  if (says(text, "leaves out the input embedding") || says(text, "without embedding") || says(text, "non-embedding")) weights -= model.embedding_parameters();
  const bool causal = says(text, "causal") && !says(text, "non-causal");
  const bool no_attention = says(text, "without attention") || says(text, "no attention") || says(text, "6N only");
  const double attention = no_attention ? 0 : model.attention_flop(row.seq_len(), causal);
  if (says(row.task(), "lora") && !says(text, "6N")) return 4 * weights + 2 * attention;
  return hardware ? 8 * weights + 4 * attention : 6 * weights + 3 * attention;
}

/// A printed layout or recomputation that our count of bytes refuses: taken as it ran, if the count is off by little. None otherwise.
std::optional<FoundLayout> as_it_ran(const TrainingStep& step, const TrainingWork& work, int cards, const LayoutWish& wish, std::vector<Text>& assumed) {
  LayoutWish without = wish;
  without.recompute.reset();
  std::optional<Layout> layout;
  if (const auto found = search_layout(step, work, cards, without)) {
    layout = found->layout;
    layout->recompute = wish.recompute.value_or(layout->recompute);
    layout->recomputed_layers = 1;
  } else if (wish.tensor && wish.pipeline) {  // its layers may be split unevenly
    const int divided = *wish.tensor * *wish.pipeline * wish.context.value_or(1);
    layout = Layout{.tensor = *wish.tensor, .pipeline = *wish.pipeline, .chunks = wish.chunks.value_or(1), .context = wish.context.value_or(1), .expert = wish.expert.value_or(1), .data = cards / divided,
                    .micro_batch = wish.micro_batch.value_or(1), .sharding = wish.sharding.value_or(wish.parameters_sharded ? Sharding::kParameters : Sharding::kOptimiser), .recompute = wish.recompute.value_or(Recompute::kFull), .uneven = true};
    if (!stage_layers(work.model.layers, *layout)) layout->chunks = 1;
    if (!stage_layers(work.model.layers, *layout)) return {};
  }
  if (!layout) return {};
  const double needed = step.memory(work, *layout).total(), held = step.card().memory_bytes;
  if (needed > kMemoryCountOff * held) return {};
  if (needed > held)
    assumed.push_back({fmt::format("taken as it ran, though our count of bytes is {:.0f} of {:.0f} GB", needed / 1e9, held / 1e9), fmt::format("계산상 {:.0f}/{:.0f} GB이지만 발표된 대로 실행된 것으로 봄", needed / 1e9, held / 1e9)});
  return FoundLayout{*layout, {}};
}

}  // namespace

bool headline_metric(const std::string& metric) {
  return metric == "step_time_s" || metric == "tokens_per_s_per_gpu" || metric == "time_to_train_min";
}

TrainingPrediction predict(const ::dure::TrainingCase& row, const AcceleratorTable& cards, const StackTable& stacks, LayoutCache* cache) {
  TrainingPrediction made;
  const auto skip = [&](Text why) {
    made.skipped = std::move(why);
    return made;
  };
  const auto assume = [&](std::string what) { made.assumed.push_back({what, what}); };
  const std::string& metric = row.metric();
  const bool run = metric == "time_to_train_min" || metric == "gpu_hours" || metric == "wall_days";
  if (!run && !headline_metric(metric) && metric != "tflops_per_gpu" && metric != "mfu_pct") return skip({"no training metric is called " + metric, metric + "(이)라는 학습 항목이 없습니다"});
  if (!row.has_layers() || !row.has_hidden()) return skip({"model shape missing", "모델 구조가 없습니다"});
  if (!row.has_seq_len()) return skip({"seq_len missing", "seq_len이 없습니다"});
  if (!row.has_gpu()) return skip({"gpu missing", "gpu가 없습니다"});
  if (run && !row.has_tokens_b()) return skip({"tokens_b missing", "tokens_b가 없습니다"});
  const auto found = cards.find(row.gpu());
  if (found == cards.end())
    return skip({fmt::format("no card in the catalogue is called {}, or too little is on record to time it", row.gpu()), fmt::format("카드 목록에 {}이(가) 없거나 시간을 계산할 기록이 부족합니다", row.gpu())});
  const auto tuning = tuning_of(row.task());
  if (!tuning) return skip({fmt::format("no operands for the task {}: it needs other models beside this one", row.task()), fmt::format("{} 작업에는 다른 모델이 더 필요해 이 행만으로 계산할 수 없습니다", row.task())});
  const auto named = row.has_precision() ? precision_in(row.precision()) : std::optional(Precision::kBf16);
  if (!named) return skip({"no precision is called " + row.precision(), row.precision() + "(이)라는 정밀도가 없습니다"});
  const Precision precision = *named;
  if (!row.has_precision()) assume("precision bf16");

  Accelerator card = found->second;
  if (row.has_gpus_per_node()) card.cards_per_node = row.gpus_per_node();
  card.scale_up_domain = std::max(std::min(card.scale_up_domain, card.cards_per_node), card.scale_up_domain > 8 ? card.scale_up_domain : 1);
  TrainingWork work;
  PublishedShape shape = printed_shape(row);
  shape.mixture = shape.mixture || row.arch() == "moe";
  work.model = transformer_of(shape, made.assumed);
  work.seq_len = row.seq_len();
  int count = row.gpus();
  if (!row.has_gpus()) {
    count = kDefaultCards;
    assume(fmt::format("gpus {}", count));
  }
  if (row.has_global_batch_seqs()) {
    work.global_batch_seqs = row.global_batch_seqs();
  } else {
    work.global_batch_seqs = std::max<double>(count, std::round(kDefaultBatchTokens / row.seq_len() / count) * count);
    assume(fmt::format("global_batch_seqs {}", work.global_batch_seqs));
  }
  work.tuning = *tuning;
  if (!row.has_nic_gbps_per_gpu()) assume(fmt::format("nic_gbps_per_gpu {}", card.scale_out_bytes_per_s * 8e-9));

  StackConstants stack = stacks.find(row.stack(), row.stack_family());
  made.stack = stack.name;
  if (stack.name != row.stack()) made.assumed.push_back({"stack constants of " + stack.name, stack.name + "의 소프트웨어 상수"});
  if (says(row.sharding(), "sequence parallel")) stack.sequence_parallel = true;
  const TrainingStep step(card, links_of(card, row.nic_gbps_per_gpu()), stack, precision);

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
  const std::int64_t divided = std::int64_t(wish.tensor.value_or(1)) * wish.pipeline.value_or(1) * wish.context.value_or(1);
  if (divided > count || count % divided != 0)
    return skip({fmt::format("tp x pp x cp = {} does not divide {} cards", divided, count), fmt::format("tp x pp x cp = {}이(가) 카드 {}장을 나누지 못합니다", divided, count)});
  if (row.has_dp() && row.has_tp() && row.has_pp() && divided * row.dp() != count)
    return skip({fmt::format("tp x pp x cp x dp = {}, but the job has {} cards", divided * row.dp(), count), fmt::format("tp x pp x cp x dp = {}인데 작업의 카드는 {}장입니다", divided * row.dp(), count)});

  const auto searched = [&]() -> std::optional<FoundLayout> {
    if (cache != nullptr)
      if (const auto known = cache->find(&row); known != cache->end()) return FoundLayout{known->second, step.time(work, known->second)};
    auto best = search_layout(step, work, count, wish);
    if (!best && (wish.recompute || (wish.tensor && wish.pipeline))) best = as_it_ran(step, work, count, wish, made.assumed);
    if (!best) return best;
    if (cache != nullptr) (*cache)[&row] = best->layout;
    best->time = step.time(work, best->layout);
    return best;
  }();
  if (!searched) layout_for(step, work, count, wish);  // says why
  const Layout& layout = searched->layout;
  check_layout(work, layout, count);
  made.layout = layout;
  made.time = searched->time;
  const auto name_size = [&](const char* name, bool given, int value) {
    if (!given) assume(fmt::format("{} {}", name, value));
  };
  name_size("tp", row.has_tp(), layout.tensor);
  name_size("pp", row.has_pp(), layout.pipeline);
  if (layout.pipeline > 1) name_size("vp", row.has_vp(), layout.chunks);
  name_size("cp", row.has_cp() || row.has_tp(), layout.context);
  if (work.model.mixture()) name_size("ep", row.has_ep(), layout.expert);
  name_size("dp", row.has_dp() && row.dp() == layout.data, layout.data);
  name_size("micro_batch", row.has_micro_batch(), layout.micro_batch);
  if (!sharding_known)
    made.assumed.push_back(layout.sharding == Sharding::kParameters ? Text{"sharding of parameters", "매개변수 분할"} : Text{"sharding of the optimiser", "옵티마이저 분할"});
  if (!wish.recompute)
    made.assumed.push_back(layout.recompute == Recompute::kNone        ? Text{"recompute none", "재계산 없음"}
                           : layout.recompute == Recompute::kSelective ? Text{"recompute selective", "선택적 재계산"}
                                                                       : Text{fmt::format("recompute full in {:.0f} % of layers", 100 * layout.recomputed_layers), fmt::format("층의 {:.0f} %에서 전체 재계산", 100 * layout.recomputed_layers)});
  if (layout.uneven) made.assumed.push_back({"stages or batches that do not divide evenly", "고르게 나뉘지 않는 단계나 배치"});
  if (layout.offloaded > 0) made.assumed.push_back({fmt::format("{:.0f} % of activations in host memory", 100 * layout.offloaded), fmt::format("활성값의 {:.0f} %를 호스트 메모리에", 100 * layout.offloaded)});

  const double tokens = work.global_batch_seqs * work.seq_len;
  const double published_flop = convention_flop(row, work.model, made.assumed);
  const double weights = row.has_params_active_b() ? row.params_active_b() * 1e9 : work.model.active_parameters();
  const double yard_flop = (work.tuning == Tuning::kLora ? 4 : 6) * weights + (work.tuning == Tuning::kLora ? 2 : 3) * work.model.attention_flop(work.seq_len, false);
  const double peak = card.peak(precision);
  const double step_at_peak_s = yard_flop * tokens / count / peak;
  double step_s = made.time.step_s;
  if (metric == "gpu_hours") {  // what a whole campaign was billed, restarts and idle time included
    step_s /= kCampaignEffective;
    made.assumed.push_back({fmt::format("{} of the card-hours effective", kCampaignEffective), fmt::format("카드시간의 {}만 유효", kCampaignEffective)});
  }
  if (run) {
    const double evaluated = work.tuning == Tuning::kAll ? stack.evaluation_pretrain : stack.evaluation_tune;
    step_s += evaluated * made.time.forward_s;
    if (evaluated > 0) made.assumed.push_back({fmt::format("{} tokens evaluated per token trained", evaluated), fmt::format("학습 토큰당 평가 토큰 {}", evaluated)});
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
