#include "sim/workload/published_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dure::sim {
namespace {

constexpr double kUsualHeadDim = 128;
constexpr double kUsualGroupedHeads = 8;
constexpr double kGatedBelow = 3.9;      // an MLP narrower than this many widths is a gated one
constexpr double kCountWithin = 1.35;    // rounding of printed counts, and what the shape leaves out (dense first layers, latent attention)
constexpr double kLeastShared = 0.5;     // of an expert's width: less is rounding
constexpr double kLatentBelow = 0.95;    // of the active weights the shape has
constexpr double kLeastProjection = 0.1;

[[noreturn]] void refuse(const char* field, Text what, Text help) { throw ScenarioError(field, std::move(what), std::move(help)); }

/// The width of the MLP that makes the parameters come to `total`.
double ffn_from(const Transformer& model, double total) {
  const double layer = (total - (model.tied ? 1 : 2) * model.embedding_parameters()) / model.layers - model.attention_parameters();
  const double router = model.mixture() ? model.hidden * model.experts : 0;
  return std::round((layer - router) / (model.mlp_matrices() * model.hidden * (model.mixture() ? model.experts : 1)));
}

std::vector<double> either(const std::optional<double>& printed, std::vector<double> candidates) { return printed ? std::vector<double>{*printed} : std::move(candidates); }

}  // namespace

Transformer transformer_of(const PublishedShape& shape, std::vector<Text>& assumed) {
  const auto note = [&](const std::string& what) { assumed.push_back({what, what}); };
  Transformer model;
  model.layers = shape.layers;
  model.hidden = shape.hidden;
  model.vocab = shape.vocab.value_or(shape.usual_vocab);
  if (!shape.vocab) note(fmt::format("vocab {}", model.vocab));
  model.heads = shape.heads.value_or(std::max(1.0, std::round(model.hidden / kUsualHeadDim)));
  if (!shape.heads) note(fmt::format("heads {}", model.heads));
  if (shape.mixture) {
    if (!shape.experts)
      refuse("experts", {"model shape missing: a mixture of experts without their number", "모델 구조가 없습니다: 전문가 혼합인데 전문가 수가 없습니다"}, {"give experts and top_k", "experts와 top_k를 적으십시오"});
    model.experts = *shape.experts;
    model.top_k = std::max(1, shape.top_k.value_or(1));
    if (!shape.top_k) note("top_k 1");
    if (model.top_k > model.experts)
      refuse("top_k", {fmt::format("a token goes to {} of {} experts", model.top_k, model.experts), fmt::format("토큰이 전문가 {}개 가운데 {}개로 갑니다", model.experts, model.top_k)},
             {"give top_k between 1 and experts", "top_k는 1과 experts 사이여야 합니다"});
  }
  if (shape.kv_heads && std::fmod(model.heads, *shape.kv_heads) != 0)
    refuse("kv_heads", {fmt::format("{} key and value heads do not divide {} heads", *shape.kv_heads, model.heads), fmt::format("키·값 헤드 {}개가 헤드 {}개를 나누지 못합니다", *shape.kv_heads, model.heads)},
           {"give a divisor of heads", "heads의 약수를 적으십시오"});
  model.ffn = shape.ffn.value_or(0);

  const double own_dim = std::max(1.0, std::round(model.hidden / model.heads));
  const double usual_kv = shape.usual_kv_heads > 0 ? std::min(shape.usual_kv_heads, model.heads) : model.heads;
  std::vector<double> groups{usual_kv};
  if (shape.total)
    for (const double other : {model.heads, kUsualGroupedHeads})
      if (other != usual_kv && other <= model.heads && std::fmod(model.heads, other) == 0) groups.push_back(other);
  const bool usually_gated = shape.ffn ? *shape.ffn < kGatedBelow * model.hidden : false;
  std::vector<Transformer> candidates;
  for (const double kv : either(shape.kv_heads, groups))
    for (const double dim : either(shape.head_dim, {own_dim, kUsualHeadDim}))
      for (const bool gated : {usually_gated, !usually_gated})
        for (const bool tied : {false, true}) {
          if (shape.gated && gated != *shape.gated) continue;
          Transformer one = model;
          one.kv_heads = kv;
          one.head_dim = dim;
          one.gated = gated;
          one.tied = tied;
          if (!shape.ffn) one.ffn = shape.total ? ffn_from(one, *shape.total) : 4 * one.hidden;
          if (one.ffn > 0) candidates.push_back(one);
        }
  if (candidates.empty())
    refuse("ffn_hidden", {"model shape missing: the parameter count leaves nothing for the MLP", "모델 구조가 없습니다: 매개변수 수에서 MLP에 남는 몫이 없습니다"}, {"give ffn_hidden, or correct the counts", "ffn_hidden을 적거나 매개변수 수를 고치십시오"});
  const auto off = [&](const Transformer& one) { return shape.total ? std::abs(std::log(one.parameters() / *shape.total)) : 0.0; };
  model = *std::min_element(candidates.begin(), candidates.end(), [&](const Transformer& a, const Transformer& b) { return off(a) < off(b) - 1e-9; });
  const char* why_en = shape.total ? " from the parameter count" : "";
  const char* why_ko = shape.total ? "(매개변수 수에서)" : "";
  const auto worked_out = [&](const std::string& what) { assumed.push_back({what + why_en, what + why_ko}); };
  if (!shape.ffn) worked_out(fmt::format("ffn_hidden {}", model.ffn));
  if (!shape.kv_heads && model.kv_heads != model.heads) worked_out(fmt::format("kv_heads {}", model.kv_heads));
  if (!shape.head_dim && model.head_dim != own_dim) worked_out(fmt::format("head_dim {}", model.head_dim));
  if (!shape.gated && (shape.total || shape.ffn)) worked_out(fmt::format("gated_mlp {}", model.gated ? 1 : 0));

  if (model.mixture() && shape.active) {
    const double counted = model.active_parameters() + (model.tied ? 0 : model.embedding_parameters());
    const double open = *shape.active - counted;
    const double width = open / model.layers / (model.mlp_matrices() * model.hidden);
    if (width > kLeastShared * model.ffn) {
      model.shared_ffn = std::round(width / model.ffn) * model.ffn;
      assumed.push_back({fmt::format("shared expert of width {}", model.shared_ffn), fmt::format("공유 전문가 폭 {}", model.shared_ffn)});
    } else if (*shape.active < kLatentBelow * counted) {
      const double attention = model.layers * model.attention_parameters();
      model.projection_share = std::clamp((attention + open) / attention, kLeastProjection, 1.0);
      assumed.push_back({fmt::format("projections of attention through low ranks, {:.2f} of full heads", model.projection_share), fmt::format("어텐션 투영은 낮은 계수(전체 헤드의 {:.2f})", model.projection_share)});
    }
  }
  if (shape.total && std::abs(std::log(model.parameters() / *shape.total)) > std::log(kCountWithin))
    refuse("params_total_b", {fmt::format("the shape has {:.3g} billion parameters, not {:.3g}", model.parameters() / 1e9, *shape.total / 1e9), fmt::format("이 구조의 매개변수는 {:.3g}십억 개로, {:.3g}십억 개와 다릅니다", model.parameters() / 1e9, *shape.total / 1e9)},
           {"check layers, hidden, ffn_hidden, experts and vocab", "layers, hidden, ffn_hidden, experts, vocab을 확인하십시오"});
  return model;
}

}  // namespace dure::sim
