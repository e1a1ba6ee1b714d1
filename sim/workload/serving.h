#pragma once
// How fast a model answers: prefill, decode, memory for keys and values, continuous batching.
#include <memory>
#include <optional>

#include "sim/network/collectives.h"
#include "sim/workload/gemm.h"
#include "sim/workload/software_stack.h"
#include "sim/workload/transformer.h"

namespace dure::sim {

/// What is served: a model with its weights in some precision, and how long prompts and answers are.
struct ServingWork {
  Transformer model;
  double weight_bytes = 2;     // of a weight in memory; may be narrower than the precision of the products
  double cache_bytes = 2;      // of a key or value
  double prompt_tokens = 256;  // P, mean
  double output_tokens = 400;  // O, mean
};

/// One copy of the model: t d cards. Attention is divided over t, and d groups each hold a part of the sequences; experts are whole on e of
/// the t d cards (e = 1: cut over t like the rest).
struct ServingLayout {
  int tensor = 1;  // t
  int data = 1;    // d
  int expert = 1;  // e
  int cards() const { return tensor * data; }
};

/// Seconds of one step of the engine; the parts sum to step_s.
struct ServingStep {
  double step_s = 0;
  double weights_s = 0;    // products: bytes of weights over bandwidth, or FLOP over rate where that takes longer
  double cache_s = 0;      // keys and values read
  double attention_s = 0;  // of prompts
  double kernels_s = 0;    // kernels too short to count by bytes
  double tensor_s = 0;     // all-reduces
  double expert_s = 0;     // dispatch and combine, routing
  double host_s = 0;       // scheduler and sampling, during which the cards wait
};

/// A copy in its steady state, with `batch` sequences under way.
struct SteadyServing {
  double batch = 0;
  double tokens_per_s = 0;       // output tokens of the copy
  double decode_step_s = 0;      // a step without prompts: the inter-token latency most often seen
  double mean_step_s = 0;        // prompts mixed in: the mean inter-token latency
  double first_token_s = 0;      // a prompt alone on the card, queue apart
  bool memory_bound_batch = false;  // memory, not the caller, set the batch
  ServingStep step;              // parts of a step without prompts
};

/// Serving on cards of one kind.
///
/// A step takes one token of each of B sequences, and the prompts of those that join:
///
///   T(B, p) = L [ products + cache + kernels + collectives ] + head + c_step + c_seq B / d,   n = B + p P tokens
///   product = max( FLOP / (rate e(M,N,K)) , bytes / (beta bandwidth) )       a prompt is compute-bound, a token bandwidth-bound
///   cache   = (B / d) (P + O/2) L 2 max(1, a_kv / t) head_dim bytes / (beta bandwidth)
///   experts of a card touched = E/e (1 - (1 - k/E)^n)                        all of their weights are read, each once
///   per layer two all-reduces of n h over t; with e > 1 dispatch and combine of n k rows over e
///
/// Continuous batching in the steady state: B / O sequences end at each step, and as many prompts join, by chance:
///
///   mean step = sum_k Poisson(k; B/O) T(B, k),      output = B / mean step
///
/// B is at most what memory leaves for keys and values: 0.9 memory - weights - 3 GB, over (P + O/2) tokens a sequence.
/// rate, beta, e: as in training (training_step.h); c_step, c_seq and kernels from the stack (stacks.csv). Symbols: docs/rooms/serving.md.
/// Not modelled: speculative decoding, shared prefixes, imbalance between experts, chunks of prompts, networks between copies.
class ServingModel {
 public:
  /// `precision` of the products. `surface` may be null: that of the card (surface_of). Throws ScenarioError if the card has no such precision.
  ServingModel(const Accelerator& card, const CardLinks& links, const StackConstants& stack, Precision precision, std::shared_ptr<const GemmSurface> surface = nullptr);

  double weight_bytes_per_card(const ServingWork& work, const ServingLayout& layout) const;
  /// Largest number of sequences of a copy whose keys and values fit; 0: the weights do not fit, or leave no room for one.
  double largest_batch(const ServingWork& work, const ServingLayout& layout) const;
  /// A step with `batch` sequences and `prompts` that join.
  ServingStep step(const ServingWork& work, const ServingLayout& layout, double batch, double prompts) const;
  /// `max_batch` sequences, or as many as fit. `prefill` false: prompts are computed elsewhere. Throws ScenarioError if nothing fits.
  SteadyServing rate(const ServingWork& work, const ServingLayout& layout, double max_batch, bool prefill = true) const;
  /// The largest batch whose mean inter-token latency is at most `inter_token_s`; none if a single sequence takes longer.
  std::optional<SteadyServing> under_latency(const ServingWork& work, const ServingLayout& layout, double inter_token_s, bool prefill = true) const;

  const Accelerator& card() const { return card_; }

 private:
  double gemm_s(const Gemm& gemm, double weight_bytes, Precision precision) const;
  double traffic_s(double bytes) const { return bytes / (card_.memory_bytes_per_s * stack_.memory_fraction); }
  Group group(int cards, int stride) const;

  Accelerator card_;
  Collectives network_;
  StackConstants stack_;
  Precision precision_;
  Precision wide_;
  double rate_;
  double wide_rate_;
  AttentionRate attention_rate_;
  double gap_s_;          // from one kernel to the next
  std::shared_ptr<const GemmSurface> surface_;
};

/// What a caller wants of a layout; the rest is searched.
struct ServingWish {
  std::optional<int> tensor = {}, expert = {};
  std::optional<double> batch = {};          // of all cards together
  std::optional<double> inter_token_s = {};  // the batch is the largest below it, if `batch` is not given
  bool prefill = true;
};

struct FoundServing {
  ServingLayout layout;
  double copies = 1;
  SteadyServing rate;  // of one copy
  double tokens_per_s() const { return copies * rate.tokens_per_s; }
};

/// Inter-token latency taken where none is asked: 20 tokens a second, faster than people read, and what DeepSeek (2025) says it serves at.
inline constexpr double kInterToken_s = 0.05;

/// The layout of `cards` cards with most output: t divides the heads and fits a scale-up domain; experts over the cards of a copy; copies fill
/// the cards. Of those within 3 % the one with the smallest copy. None if the model does not fit, or no batch is quick enough.
std::optional<FoundServing> search_serving(const ServingModel& serving, const ServingWork& work, int cards, const ServingWish& wish = {});
/// As above; throws ScenarioError saying why there is none.
FoundServing serving_for(const ServingModel& serving, const ServingWork& work, int cards, const ServingWish& wish = {});

}  // namespace dure::sim
