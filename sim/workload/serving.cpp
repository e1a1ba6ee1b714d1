#include "sim/workload/serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace dure::sim {
namespace {

constexpr double kAsGood = 1.03;
constexpr double kLargestBatch = 8192;     // sequences of a copy, where nothing else sets it

/// Poisson weights of what matters: the mean and six standard deviations about it.
struct Chances {
  int first = 0;
  std::vector<double> weight;
};

Chances poisson(double mean) {
  Chances made;
  const double spread = 6 * std::sqrt(mean) + 6;
  made.first = int(std::max(0.0, std::floor(mean - spread)));
  double sum = 0;
  for (int k = made.first; k <= int(mean + spread); ++k) {
    made.weight.push_back(mean > 0 ? std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0)) : k == 0);
    sum += made.weight.back();
  }
  for (double& each : made.weight) each /= sum;
  return made;
}

}  // namespace

ServingModel::ServingModel(const Accelerator& card, const CardLinks& links, const StackConstants& stack, Precision precision, std::shared_ptr<const GemmSurface> surface)
    : card_(card), network_(links), stack_(stack), precision_(precision), surface_(std::move(surface)) {
  const bool narrow = precision == Precision::kFp8 || precision == Precision::kFp4;
  wide_ = narrow ? Precision::kBf16 : precision;
  wide_rate_ = card.best_product(wide_) * stack.fraction_on(card);
  rate_ = narrow ? card.best_product(precision) * stack.fp8_gemm_fraction : wide_rate_;
  attention_rate_ = attention_rate(stack.attention, card);
  if (!surface_) surface_ = surface_of(card);
  if (card.measured_traffic_bytes_per_s > 0) stack_.memory_fraction = card.measured_traffic_bytes_per_s / card.memory_bytes_per_s;
  gap_s_ = card.measured_gap_s > 0 ? card.measured_gap_s : stack.kernel_gap_s;
}

double ServingModel::gemm_s(const Gemm& gemm, double weight_bytes, Precision precision) const {
  if (!(gemm.m > 0)) return 0;
  const double compute_s = gemm.flop() / ((precision == precision_ ? rate_ : wide_rate_) * surface_->efficiency(gemm, precision));
  const double bytes = gemm.count * (gemm.k * gemm.n * weight_bytes + (gemm.m * gemm.k + gemm.m * gemm.n) * 2);
  return std::max(compute_s, traffic_s(bytes)) + gap_s_;
}

Group ServingModel::group(int cards, int stride) const { return {cards, std::clamp(card_.scale_up_domain / std::max(1, stride), 1, cards), std::max(1, stride)}; }

double ServingModel::weight_bytes_per_card(const ServingWork& work, const ServingLayout& layout) const {
  const Transformer& model = work.model;
  const double divided = model.layers * (model.attention_parameters() + model.shared_parameters()) / layout.tensor;
  const double experts = model.mixture() ? double(model.layers) * model.experts * model.expert_parameters() / (layout.expert > 1 ? layout.expert : layout.tensor) : 0;
  return (divided + experts) * work.weight_bytes + (model.tied ? 1 : 2) * model.embedding_parameters() / layout.tensor * std::max(2.0, work.weight_bytes);
}

double ServingModel::largest_batch(const ServingWork& work, const ServingLayout& layout) const {
  const Transformer& model = work.model;
  const double left = card_.memory_bytes * stack_.serve_usable_memory - stack_.serve_reserved_bytes - weight_bytes_per_card(work, layout);
  const double a_token = model.layers * 2 * std::max(1.0, model.kv_heads / layout.tensor) * model.head_dim * work.cache_bytes;
  return left > 0 ? layout.data * std::floor(left / (a_token * (work.prompt_tokens + work.output_tokens / 2))) : 0;
}

ServingStep ServingModel::step(const ServingWork& work, const ServingLayout& layout, double batch, double prompts) const {
  const Transformer& model = work.model;
  const double t = layout.tensor, h = model.hidden, qw = model.query_width(), kvw = std::max(model.kv_width() / t, model.head_dim);
  const double all = batch + prompts * work.prompt_tokens;  // n
  const double joining = prompts > 0 ? std::max(1.0, prompts / layout.data) : 0;  // in the fullest group, for which the others wait
  const double tokens = batch / layout.data + joining * work.prompt_tokens;       // of that group
  ServingStep made;

  double products = gemm_s({tokens, qw / t + 2 * kvw, h * model.projection_share}, work.weight_bytes, precision_) + gemm_s({tokens, h * model.projection_share, qw / t}, work.weight_bytes, precision_);
  const double gate = model.gated ? 2 : 1;
  const double dense_ffn = model.mixture() ? model.shared_ffn : model.ffn;
  if (dense_ffn > 0)
    products += gemm_s({tokens, gate * dense_ffn / t, h}, work.weight_bytes, precision_) + gemm_s({tokens, h, dense_ffn / t}, work.weight_bytes, precision_);
  if (model.mixture()) {
    const bool whole = layout.expert > 1;
    const double held = whole ? double(model.experts) / layout.expert : model.experts;
    const double touched = held * (1 - std::pow(1 - double(model.top_k) / model.experts, whole ? all : tokens));
    const double rows = (whole ? all * model.top_k / layout.expert : tokens * model.top_k) / touched;
    const double ffn = whole ? model.ffn : model.ffn / t;
    products += gemm_s({rows, gate * ffn, h, touched}, work.weight_bytes, precision_) + gemm_s({rows, h, ffn, touched}, work.weight_bytes, precision_);
    products += gemm_s({tokens, double(model.experts), h}, 2, wide_);
    if (whole) {
      const Group over = group(layout.expert, 1);
      const double sent = all / layout.cards() * h * 2;  // each card sends its part of the rows, and gets the results back
      made.expert_s = 2 * network_.dispatch_s(sent, model.top_k, over) * (1 - stack_.expert_overlap);
    }
    made.expert_s += stack_.serve_moe_s_per_layer * (whole ? 1 : stack_.serve_local_routing);
  }
  // Norms, residuals and activations: their bytes, in kernels of their own.
  made.kernels_s = stack_.serve_s_per_layer + traffic_s(tokens * (20 * h + (4 * (qw / t + 2 * kvw)) + 6 * (model.mixture() ? model.top_k * model.ffn : model.ffn) / t));
  made.cache_s = traffic_s(batch / layout.data * (work.prompt_tokens + work.output_tokens / 2) * 2 * kvw * work.cache_bytes) + gap_s_;
  if (prompts > 0) {
    const double context = work.prompt_tokens;
    const double reach = context / (context + attention_rate_.half_length) * std::min(1.0, 0.5 + model.head_dim / 256);
    made.attention_s = joining * 2 * context * context * qw / t / (card_.peak(wide_) * attention_rate_.forward * reach) + gap_s_;
  }
  if (layout.tensor > 1) made.tensor_s = (model.mixture() && layout.expert > 1 ? 1 : 2) * network_.all_reduce_s(tokens * h * 2, group(layout.tensor, 1));
  made.weights_s = products;

  const double layers = model.layers;
  made.weights_s = layers * made.weights_s;
  made.cache_s *= layers;
  made.attention_s *= layers;
  made.kernels_s *= layers;
  made.tensor_s *= layers;
  made.expert_s *= layers;
  // The head: scores of the sequences that get a token, gathered from the t cards.
  const double scored = (batch + prompts) / layout.data;
  made.weights_s += gemm_s({scored, model.vocab / t, h}, std::max(2.0, work.weight_bytes), wide_);
  if (layout.tensor > 1) made.tensor_s += network_.all_gather_s(scored * model.vocab * 2, group(layout.tensor, 1));
  made.host_s = stack_.serve_s_per_step + stack_.serve_s_per_sequence * batch / layout.data;
  made.step_s = made.weights_s + made.cache_s + made.attention_s + made.kernels_s + made.tensor_s + made.expert_s + made.host_s;
  return made;
}

SteadyServing ServingModel::rate(const ServingWork& work, const ServingLayout& layout, double max_batch, bool prefill) const {
  const double room = largest_batch(work, layout);
  if (room < 1)
    throw ScenarioError("serving",
                        {fmt::format("the weights take {:.0f} GB a card on {} cards of {:.0f} GB: no room for keys and values", weight_bytes_per_card(work, layout) / 1e9, layout.cards(), card_.memory_bytes / 1e9),
                         fmt::format("가중치가 {:.0f} GB 카드 {}장에서 카드당 {:.0f} GB를 차지해 키·값을 둘 자리가 없습니다", card_.memory_bytes / 1e9, layout.cards(), weight_bytes_per_card(work, layout) / 1e9)},
                        {"use more cards, cards with more memory, or narrower weights", "카드를 늘리거나, 메모리가 큰 카드나 더 낮은 정밀도의 가중치를 쓰십시오"});
  SteadyServing made;
  made.batch = std::min(max_batch, room);
  made.memory_bound_batch = room < max_batch;
  made.step = step(work, layout, made.batch, 0);
  made.decode_step_s = made.mean_step_s = made.step.step_s;
  if (prefill) {
    const Chances joining = poisson(made.batch / work.output_tokens);
    made.mean_step_s = 0;
    for (std::size_t i = 0; i < joining.weight.size(); ++i)
      made.mean_step_s += joining.weight[i] * step(work, layout, made.batch, joining.first + double(i)).step_s;
    made.first_token_s = step(work, layout, 1, 1).step_s;
  }
  made.tokens_per_s = made.batch / made.mean_step_s;
  return made;
}

std::optional<SteadyServing> ServingModel::under_latency(const ServingWork& work, const ServingLayout& layout, double inter_token_s, bool prefill) const {
  const double room = std::min(largest_batch(work, layout), kLargestBatch * layout.data);
  if (room < 1) return {};
  const auto quick = [&](double batch) { return rate(work, layout, batch, prefill).mean_step_s <= inter_token_s; };
  if (!quick(1)) return {};
  double below = 1, above = room + 1;
  while (above - below > 1) {
    const double middle = std::floor((below + above) / 2);
    (quick(middle) ? below : above) = middle;
  }
  return rate(work, layout, below, prefill);
}

namespace {

struct Tried {
  std::optional<FoundServing> best;
  bool fits = false;            // some layout has room for a sequence
  double leanest_bytes = 0;     // of weights a card
};

Tried tried(const ServingModel& serving, const ServingWork& work, int cards, const ServingWish& wish) {
  Tried made;
  const Transformer& model = work.model;
  const int domain = std::max(1, std::max(serving.card().scale_up_domain, serving.card().cards_per_node));
  std::vector<FoundServing> found;
  const auto attempt = [&](const ServingLayout& layout) {
    if (cards % layout.cards() != 0 || layout.cards() % layout.expert != 0 || (layout.expert > 1 && model.experts % layout.expert != 0) || std::fmod(model.heads, layout.tensor) != 0) return;
    const double bytes = serving.weight_bytes_per_card(work, layout);
    if (made.leanest_bytes == 0 || bytes < made.leanest_bytes) made.leanest_bytes = bytes;
    if (serving.largest_batch(work, layout) < 1) return;
    made.fits = true;
    double copies = double(cards) / layout.cards();
    if (wish.batch) copies = std::min(copies, std::max(1.0, *wish.batch));  // the others have nothing to do
    if (wish.batch) {
      found.push_back({layout, copies, serving.rate(work, layout, *wish.batch / copies, wish.prefill)});
    } else if (const auto quick = serving.under_latency(work, layout, wish.inter_token_s.value_or(kInterToken_s), wish.prefill)) {
      found.push_back({layout, copies, *quick});
    }
  };
  for (int t = 1; t <= std::min({cards, domain, 72}); ++t) {
    if (wish.tensor ? t != *wish.tensor : (t & (t - 1)) != 0) continue;
    if (!model.mixture()) {
      attempt({.tensor = t});
      continue;
    }
    if (wish.expert) {
      attempt({.tensor = t, .data = std::max(1, *wish.expert / t), .expert = *wish.expert});
      continue;
    }
    attempt({.tensor = t});
    for (int d = 1; t * d <= std::min(cards, model.experts); d *= 2)
      if (t * d > 1 && model.experts % (t * d) == 0) attempt({.tensor = t, .data = d, .expert = t * d});
  }
  const FoundServing* best = nullptr;
  double most = 0;
  for (const FoundServing& each : found) most = std::max(most, each.tokens_per_s());
  for (const FoundServing& each : found)
    if (each.tokens_per_s() * kAsGood >= most && (best == nullptr || each.layout.cards() < best->layout.cards())) best = &each;
  if (best != nullptr) made.best = *best;
  return made;
}

}  // namespace

std::optional<FoundServing> search_serving(const ServingModel& serving, const ServingWork& work, int cards, const ServingWish& wish) { return tried(serving, work, cards, wish).best; }

FoundServing serving_for(const ServingModel& serving, const ServingWork& work, int cards, const ServingWish& wish) {
  const Tried all = tried(serving, work, cards, wish);
  if (all.best) return *all.best;
  if (all.leanest_bytes == 0)
    throw ScenarioError("serving.layout",
                        {fmt::format("no layout of {} cards divides {} heads{}{}", cards, work.model.heads, wish.tensor ? fmt::format(" over tp {}", *wish.tensor) : "", wish.expert ? fmt::format(" and {} experts over ep {}", work.model.experts, *wish.expert) : ""),
                         fmt::format("카드 {}장에서 헤드 {}개{}{}을(를) 나누는 배치가 없습니다", cards, work.model.heads, wish.tensor ? fmt::format(", tp {}", *wish.tensor) : "", wish.expert ? fmt::format(", 전문가 {}개와 ep {}", work.model.experts, *wish.expert) : "")},
                        {"tp must divide the heads and the cards, ep the experts", "tp는 헤드 수와 카드 수를, ep는 전문가 수를 나누어야 합니다"});
  if (all.fits)
    throw ScenarioError("serving.inter_token_ms",
                        {fmt::format("no batch keeps the inter-token latency below {:.4g} ms on {} {}: a single sequence takes longer", 1e3 * wish.inter_token_s.value_or(kInterToken_s), cards, serving.card().name),
                         fmt::format("{} {}장에서는 어떤 배치로도 토큰 간격 {:.4g} ms를 지킬 수 없습니다. 시퀀스 하나만으로도 더 걸립니다", serving.card().name, cards, 1e3 * wish.inter_token_s.value_or(kInterToken_s))},
                        {"allow more time, or use more or faster cards", "허용 시간을 늘리거나 카드를 늘리거나 빠른 카드를 쓰십시오"});
  throw ScenarioError("serving",
                      {fmt::format("the model does not fit on {} cards of {:.0f} GB: its weights need {:.0f} GB a card at the least", cards, serving.card().memory_bytes / 1e9, all.leanest_bytes / 1e9),
                       fmt::format("모델이 {:.0f} GB 카드 {}장에 들어가지 않습니다. 가중치만 카드당 적어도 {:.0f} GB입니다", serving.card().memory_bytes / 1e9, cards, all.leanest_bytes / 1e9)},
                      {"use more cards, cards with more memory, or narrower weights", "카드를 늘리거나, 메모리가 큰 카드나 더 낮은 정밀도의 가중치를 쓰십시오"});
}

}  // namespace dure::sim
