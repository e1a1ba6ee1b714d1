#include "sim/workload/layout_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace dure::sim {
namespace {

constexpr double kAsGood = 1.03;  // nobody tunes a layout to the last three per cent, assumed
constexpr int kMostChunks = 12;
constexpr int kLargestMicroBatch = 16;
constexpr double kLeastTokensPerContextCard = 2048;

std::vector<int> divisors(int n) {
  std::vector<int> found;
  for (int i = 1; i <= n; ++i)
    if (n % i == 0) found.push_back(i);
  return found;
}

template <typename Range, typename Keep>
std::vector<int> some(const Range& all, Keep keep) {
  std::vector<int> kept;
  for (const int each : all)
    if (keep(each)) kept.push_back(each);
  return kept;
}

std::vector<int> one_or(const std::optional<int>& fixed, std::vector<int> otherwise) { return fixed ? std::vector<int>{*fixed} : std::move(otherwise); }

struct Search {
  const TrainingStep& step;
  const TrainingWork& work;
  int cards;
  const LayoutWish& wish;
  std::vector<FoundLayout> found;
  double quickest_s = 0;
  double leanest_bytes = 0;
  int tried = 0;

  void attempt(Layout layout) {
    if (layout.tensor * layout.context * layout.data % layout.expert != 0) return;
    ++tried;
    bool fit = true;
    if (wish.recompute) {
      layout.recompute = *wish.recompute;
      fit = step.fits(work, layout);
    } else {
      fit = step.choose_recompute(work, layout);
    }
    if (!fit) {
      const double bytes = step.memory(work, layout).total();
      if (leanest_bytes == 0 || bytes < leanest_bytes) leanest_bytes = bytes;
      return;
    }
    const StepTime time = step.time(work, layout);
    if (found.empty() || time.step_s < quickest_s) quickest_s = time.step_s;
    if (time.step_s <= quickest_s * kAsGood) found.push_back({layout, time});
  }

  void run() {
    const Transformer& model = work.model;
    const int domain = std::max(1, std::min({8, step.card().scale_up_domain, step.card().cards_per_node}));
    const bool sharded = wish.parameters_sharded;
    const auto tensors = one_or(wish.tensor, sharded ? std::vector<int>{1} : some(divisors(domain), [&](int t) { return std::fmod(model.heads, t) == 0; }));
    std::vector<int> stages;
    for (int p = 1; p <= (sharded ? 1 : model.layers); ++p)
      if (model.layers % p == 0 || (model.layers + 2) % p == 0 || (wish.loose && cards % p == 0)) stages.push_back(p);
    std::vector<int> micro;
    for (int b = 1; b <= kLargestMicroBatch; b *= 2) micro.push_back(b);
    std::vector<int> chunks;
    for (int v = 1; v <= kMostChunks; ++v) chunks.push_back(v);
    std::vector<int> contexts;
    for (int c = 1; c <= 64 && (c == 1 || work.seq_len / c >= kLeastTokensPerContextCard); c *= 2) contexts.push_back(c);
    const auto experts = one_or(wish.expert, model.mixture() ? some(divisors(model.experts), [&](int e) { return e <= cards; }) : std::vector<int>{1});
    for (const int t : tensors)
      for (const int p : one_or(wish.pipeline, stages))
        for (const int c : one_or(wish.context, contexts)) {
          if (cards % (t * p * c) != 0) continue;
          const int d = cards / (t * p * c);
          if (d > work.global_batch_seqs) continue;
          for (const int b : one_or(wish.micro_batch, micro)) {
            if (!wish.loose && std::fmod(work.global_batch_seqs, double(d) * b) != 0) continue;
            if (double(d) * b > std::max(double(d), work.global_batch_seqs)) continue;
            const double m = work.global_batch_seqs / (double(d) * b);
            for (const int v : one_or(wish.chunks, chunks)) {
              if (!wish.chunks && v > 1 && (p == 1 || m < p || (!wish.loose && std::fmod(m, p) != 0))) break;
              Layout layout{.tensor = t, .pipeline = p, .chunks = v, .context = c, .data = d, .micro_batch = b, .uneven = wish.loose};
              layout.sharding = wish.sharding ? *wish.sharding : sharded ? Sharding::kParameters : Sharding::kOptimiser;
              if (!stage_layers(model.layers, layout)) continue;
              for (const int e : experts) {
                layout.expert = e;
                attempt(layout);
              }
            }
          }
        }
  }

  /// Of those as good as the quickest, the plainest: small micro-batches first, then few chunks, stages, context and tensor parts.
  std::optional<FoundLayout> plainest() const {
    const auto order = [](const Layout& l) { return std::tuple(l.micro_batch, l.chunks, l.pipeline, l.context, l.tensor, l.expert); };
    const FoundLayout* best = nullptr;
    for (const FoundLayout& each : found) {
      if (each.time.step_s > quickest_s * kAsGood) continue;
      if (best == nullptr || order(each.layout) < order(best->layout)) best = &each;
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
  }
};

/// Strictly first; loosely if no layout divides and fits.
Search searched(const TrainingStep& step, const TrainingWork& work, int cards, const LayoutWish& wish) {
  Search search{step, work, cards, wish, {}, 0, 0, 0};
  search.run();
  return search;
}

}  // namespace

std::optional<FoundLayout> search_layout(const TrainingStep& step, const TrainingWork& work, int cards, const LayoutWish& wish) {
  if (const auto found = searched(step, work, cards, wish).plainest()) return found;
  LayoutWish loose = wish;
  loose.loose = true;
  return searched(step, work, cards, loose).plainest();
}

FoundLayout layout_for(const TrainingStep& step, const TrainingWork& work, int cards, const LayoutWish& wish) {
  if (const auto found = search_layout(step, work, cards, wish)) return *found;
  LayoutWish loose = wish;
  loose.loose = true;
  const Search search = searched(step, work, cards, loose);
  if (search.tried == 0)
    throw ScenarioError("layout", {fmt::format("no layout multiplies to {} cards and divides {} layers and a batch of {} sequences", cards, work.model.layers, work.global_batch_seqs),
                                   fmt::format("{}장에 맞고 층 {}개와 배치 {} 시퀀스를 나누는 배치가 없습니다", cards, work.model.layers, work.global_batch_seqs)},
                        {"change the number of cards or the batch", "카드 수나 배치 크기를 바꾸십시오"});
  throw ScenarioError("layout", {fmt::format("the model does not fit on {} cards of {} GB at any layout: the leanest of {} needs {:.0f} GB a card", cards, step.card().memory_bytes / 1e9, search.tried, search.leanest_bytes / 1e9),
                                 fmt::format("모델이 {} GB 카드 {}장에 어떤 배치로도 들어가지 않습니다. {}가지 가운데 가장 작은 것도 카드당 {:.0f} GB가 필요합니다", step.card().memory_bytes / 1e9, cards, search.tried, search.leanest_bytes / 1e9)},
                      {"use more cards, cards with more memory, or a smaller model", "카드를 늘리거나, 메모리가 큰 카드나 작은 모델을 쓰십시오"});
}

}  // namespace dure::sim
