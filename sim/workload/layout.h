#pragma once
// How a training job is laid over its cards, and whether it fits.
#include <optional>

#include "sim/workload/transformer.h"

namespace dure::sim {

/// What is divided over the data-parallel group. ZeRO stages 0 to 3 (Rajbhandari et al. 2020); FSDP is the third.
enum class Sharding { kNone, kOptimiser, kGradients, kParameters };

/// t p c d = cards; experts are spread whole over e of the t c d cards of a stage.
struct Layout {
  int tensor = 1;       // t
  int pipeline = 1;     // p
  int chunks = 1;       // v: model chunks of a stage (interleaved schedule)
  int context = 1;      // c
  int expert = 1;       // e
  int data = 1;         // d
  int micro_batch = 1;  // b: sequences
  Sharding sharding = Sharding::kNone;
  Recompute recompute = Recompute::kNone;
  double recomputed_layers = 1;  // share of the layers to which `recompute` applies; the others keep what the stack keeps
  double offloaded = 0;          // share of the activations kept in host memory
  bool uneven = false;           // layers may be split unevenly over the stages, and the last micro-batch be short

  int cards() const { return tensor * pipeline * context * data; }
};

/// What is trained.
enum class Tuning { kAll, kLora, kNothing };  // kNothing: forward only, as a teacher or a judge

struct TrainingWork {
  Transformer model;
  double seq_len = 0;
  double global_batch_seqs = 0;
  Tuning tuning = Tuning::kAll;
};

/// Layers of the fullest stage, and of the last one, which also predicts. Two ways to split evenly: L over p v chunks, or L + 2 over p v
/// chunks, where the embedding and the prediction count as a layer each (Llama 3: 126 layers on 16 stages).
struct StageLayers {
  int fullest = 0;
  int last = 0;
  int first = 0;
};
std::optional<StageLayers> stage_layers(int layers, const Layout& layout);

/// Throws ScenarioError if `layout` is impossible: sizes that do not multiply to `cards`, layers that do not divide, heads not divisible by
/// t, experts not by e, tokens not by c, a batch smaller than a micro-batch for each replica or not divisible into them. An uneven layout
/// may split layers and the last micro-batch unevenly.
void check_layout(const TrainingWork& work, const Layout& layout, int cards);

}  // namespace dure::sim
