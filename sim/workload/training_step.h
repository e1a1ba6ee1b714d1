#pragma once
// How long one step of training takes.
#include <memory>

#include "sim/network/collectives.h"
#include "sim/workload/gemm.h"
#include "sim/workload/layout.h"
#include "sim/workload/software_stack.h"

namespace dure {
class Fabric;
}

namespace dure::sim {

/// Where the bytes of the fullest card go.
struct MemoryUse {
  double weights = 0, gradients = 0, optimiser = 0, activations = 0, reserve = 0;  // bytes
  double total() const { return weights + gradients + optimiser + activations + reserve; }
};

/// Seconds of one step, split by what the fullest card does or waits for; the parts sum to step_s.
struct StepTime {
  double step_s = 0;
  double matrix_s = 0;       // matrix products of layers, head included
  double attention_s = 0;
  double elementwise_s = 0;  // norms, residuals, activations, casts, loss
  double host_s = 0;         // device waiting for launches
  double tensor_s = 0;       // exposed tensor- and context-parallel traffic
  double expert_s = 0;       // exposed all-to-all, routing
  double pipeline_s = 0;     // exposed point-to-point
  double bubble_s = 0;
  double data_s = 0;         // exposed gradient and parameter traffic
  double optimiser_s = 0;    // and what else a step costs once
  double jitter_s = 0;
  double forward_s = 0;      // a forward pass of the whole batch alone, as an evaluation or a teacher does it
  double micro_batches = 0;
};

/// Training step on cards of one kind, laid out as `Layout` says.
///
///   step = m T + (p-1)/v T_mean + exposed data traffic + optimiser,   all but the last two times 1 + jitter
///   T    = slowest stage for a micro-batch: its layers x (forward + backward + recomputed forward) + head + exposed p2p
///   layer = matrix products (gemm.h) + attention + element-wise by bytes over bandwidth + exposed tensor and expert traffic
///
/// m micro-batches = batch / (d b). The equations stand in docs/rooms/training.md. Backward does twice the products of forward;
/// LoRA leaves out the weight gradients of the frozen base (about 4 N FLOP a token instead of 6 N).
/// Jitter: a share q of servers takes delta longer, and one of them among n sets the pace: delta (1 - (1 - q)^n).
class TrainingStep {
 public:
  /// `surface` may be null: that of the card (surface_of). Throws ScenarioError if the card has no such precision or does not train.
  TrainingStep(const Accelerator& card, const CardLinks& links, const StackConstants& stack, Precision precision,
               std::shared_ptr<const GemmSurface> surface = nullptr);

  /// No check of layout or memory: both are asked apart, so that a search may ask first what is cheap.
  StepTime time(const TrainingWork& work, const Layout& layout) const;
  MemoryUse memory(const TrainingWork& work, const Layout& layout) const;
  bool fits(const TrainingWork& work, const Layout& layout) const { return memory(work, layout).total() <= card_.memory_bytes; }
  /// The least recomputation that fits: none, selective where attention is unfused, then full recompute of as few layers as needed.
  /// False if nothing does. One rule for every job whose recomputation is not known.
  bool choose_recompute(const TrainingWork& work, Layout& layout) const;

  const Accelerator& card() const { return card_; }
  const StackConstants& stack() const { return stack_; }
  Precision precision() const { return precision_; }

 private:
  struct Pass {  // seconds of one pass through one layer
    double matrix = 0, attention = 0, elementwise = 0, tensor = 0, expert = 0, host = 0;
    double total() const { return matrix + attention + elementwise + tensor + expert + host; }
    Pass& operator+=(const Pass& other);
    Pass scaled(double by) const;
  };
  double gemm_s(const Gemm& gemm, Precision precision, double output_bytes) const;
  double traffic_s(double bytes) const { return bytes / (card_.memory_bytes_per_s * stack_.memory_fraction); }
  double shown_s(double s, double hidden_share) const;
  Group group(int cards, int stride) const;
  Pass forward(const TrainingWork& work, const Layout& layout) const;
  Pass backward(const TrainingWork& work, const Layout& layout) const;
  Pass layer(const TrainingWork& work, const Layout& layout, bool is_backward) const;
  Pass recomputed(const Layout& layout, const Pass& forward) const;
  void head(const TrainingWork& work, const Layout& layout, Pass& forward, Pass& backward) const;
  double stage_parameters(const TrainingWork& work, const Layout& layout, bool experts) const;

  Accelerator card_;
  Collectives network_;
  StackConstants stack_;
  Precision precision_;
  Precision wide_;        // what stays in 16 bits when the products are narrower
  double rate_;           // FLOP/s of the best product inside a step
  double wide_rate_;
  AttentionRate attention_rate_;
  double attention_flop_per_s_;
  double gap_s_;          // from one kernel to the next
  std::shared_ptr<const GemmSurface> surface_;
};

/// Line rates of a card turned into what collectives reach; `nic_gbps` 0: the card's usual port.
CardLinks links_of(const Accelerator& card, double nic_gbps = 0);
/// The same at a site: the line rate, if the fabric names one, and the switches between `leaf_cards` cards and the spine.
CardLinks links_at(const Accelerator& card, const ::dure::Fabric& fabric, int leaf_cards);

}  // namespace dure::sim
