#include "sim/workload/training_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/network/network.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

double active_ffn(const Transformer& model) { return model.mixture() ? model.top_k * model.ffn + model.shared_ffn : model.ffn; }

}  // namespace

CardLinks links_of(const Accelerator& card, double nic_gbps) {
  ::dure::Fabric usual;
  if (nic_gbps > 0) usual.set_card_gbps(nic_gbps);
  return links_at(card, usual, 0);
}

CardLinks links_at(const Accelerator& card, const ::dure::Fabric& fabric, int leaf_cards) {
  CardLinks links;
  links.scale_up_bytes_per_s = card.scale_up_bytes_per_s * fabric.scale_up_share();
  links.scale_up_latency_s = fabric.scale_up_step_us() * 1e-6;
  links.scale_up_domain = card.scale_up_domain;
  links.scale_out_bytes_per_s = (fabric.has_card_gbps() ? bytes_per_s_from_gbps(fabric.card_gbps()) : card.scale_out_bytes_per_s) * fabric.scale_out_share();
  links.scale_out_latency_s = fabric.scale_out_step_us() * 1e-6;
  links.leaf_cards = leaf_cards;
  links.oversubscription = fabric.spine_oversubscription();
  links.hop_s = fabric.hop_us() * 1e-6;
  return links;
}

TrainingStep::Pass& TrainingStep::Pass::operator+=(const Pass& other) {
  matrix += other.matrix;
  attention += other.attention;
  elementwise += other.elementwise;
  tensor += other.tensor;
  expert += other.expert;
  host += other.host;
  return *this;
}

TrainingStep::Pass TrainingStep::Pass::scaled(double by) const {
  return {matrix * by, attention * by, elementwise * by, tensor * by, expert * by, host * by};
}

TrainingStep::TrainingStep(const Accelerator& card, const CardLinks& links, const StackConstants& stack, Precision precision,
                           std::shared_ptr<const GemmSurface> surface)
    : card_(card), network_(links), stack_(stack), precision_(precision), surface_(std::move(surface)) {
  if (!card.trains)
    throw ScenarioError(fmt::format("card[{}].work", card.name),
                        {fmt::format("the software of {} covers serving alone, not training", card.name), fmt::format("{}의 소프트웨어는 추론만 지원하고 학습은 지원하지 않습니다", card.name)},
                        {"give this work to another card", "이 작업은 다른 카드에 맡기십시오"});
  const bool narrow = bytes_of(precision) < 2;
  wide_ = narrow ? Precision::kBf16 : precision;
  wide_rate_ = card.best_product(wide_) * stack.fraction_on(card);
  rate_ = narrow ? card.best_product(precision) * stack.fp8_gemm_fraction : wide_rate_;
  if (precision == Precision::kFp16) stack_.gradient_bytes = 2;
  attention_rate_ = attention_rate(stack.attention, card);
  attention_flop_per_s_ = card.peak(wide_);
  if (!surface_) surface_ = surface_of(card);
  if (card.measured_traffic_bytes_per_s > 0) stack_.memory_fraction = card.measured_traffic_bytes_per_s / card.memory_bytes_per_s;
  gap_s_ = card.measured_gap_s > 0 ? card.measured_gap_s : stack.kernel_gap_s;
}

double TrainingStep::gemm_s(const Gemm& gemm, Precision precision, double output_bytes) const {
  const double compute_s = gemm.flop() / ((precision == precision_ ? rate_ : wide_rate_) * surface_->efficiency(gemm, precision));
  const double bytes = gemm.count * ((gemm.m * gemm.k + gemm.k * gemm.n) * bytes_of(precision) + gemm.m * gemm.n * output_bytes);
  return std::max(compute_s, traffic_s(bytes)) + gap_s_;
}

Group TrainingStep::group(int cards, int stride) const {
  return {cards, std::clamp(card_.scale_up_domain / std::max(1, stride), 1, cards), std::max(1, stride)};
}

/// What traffic of `s` seconds costs when a share of it hides behind work.
double TrainingStep::shown_s(double s, double hidden_share) const { return s * (1 - hidden_share * (1 - stack_.overlap_price)); }

TrainingStep::Pass TrainingStep::layer(const TrainingWork& work, const Layout& layout, bool is_backward) const {
  const Transformer& model = work.model;
  const double t = layout.tensor;
  const double tokens = layout.micro_batch * work.seq_len / layout.context;
  const double h = model.hidden, qw = model.query_width(), kvw = model.kv_width();
  const bool weight_gradient = is_backward && work.tuning == Tuning::kAll;
  Pass pass;
  // Matrix products: forward C = A B; backward the same shape for the input, and K = tokens for the weight.
  const auto product = [&](double m, double n, double k, double count, Precision precision) {
    if (!is_backward) {
      pass.matrix += gemm_s({m, n, k, count}, precision, 2);
      return;
    }
    pass.matrix += gemm_s({m, k, n, count}, precision, 2);
    if (!weight_gradient) return;
    pass.matrix += gemm_s({k, n, m, count}, precision, stack_.fused_accumulation ? 2 * stack_.gradient_bytes : 2);
    if (!stack_.fused_accumulation) pass.elementwise += traffic_s(k * n * count * (2 + 2 * stack_.gradient_bytes));
  };
  product(tokens, (qw + 2 * kvw) / t, h * model.projection_share, 1, precision_);
  product(tokens, h * model.projection_share, qw / t, 1, precision_);
  const double gate = model.gated ? 2 : 1;
  const double dense_ffn = model.mixture() ? model.shared_ffn : model.ffn;
  if (dense_ffn > 0) {
    product(tokens, gate * dense_ffn / t, h, 1, precision_);
    product(tokens, h, dense_ffn / t, 1, precision_);
  }
  if (model.mixture()) {
    // Experts are whole; each of the t cards sends its own part of the tokens out.
    const double rows = tokens / t * layout.expert * model.top_k / model.experts;  // a local expert's share
    const double local = model.experts / double(layout.expert);
    product(rows, gate * model.ffn, h, local, precision_);
    product(rows, h, model.ffn, local, precision_);
    product(tokens / t, model.experts, h, 1, wide_);
  }
  // Attention.
  const double context = work.seq_len;
  if (stack_.attention == AttentionKernel::kUnfused) {
    const double heads = model.heads / t * layout.micro_batch;
    const double rows = context / layout.context;
    const double scores = heads * rows * context;
    const double times = is_backward ? 2 : 1;
    pass.attention += times * (gemm_s({rows, context, model.head_dim, heads}, wide_, 2) + gemm_s({rows, model.head_dim, context, heads}, wide_, 2));
    pass.attention += traffic_s(scores * ((is_backward ? 6 : 4) + (stack_.dropout ? 5 : 0)));
  } else {
    const double flop = 4 * tokens * context * 0.5 * qw / t;
    const double reach = context / (context + attention_rate_.half_length) * std::min(1.0, 0.5 + model.head_dim / 256);
    const double share = is_backward ? attention_rate_.backward / 2.5 : attention_rate_.forward;
    pass.attention += flop / (attention_flop_per_s_ * share * reach) + gap_s_;
  }
  // Element-wise: bytes a token, docs/rooms/training.md.
  const double outside = stack_.sequence_parallel ? t : 1;
  const double inner = active_ffn(model);
  double bytes = 0;
  if (is_backward)
    bytes = (24 + (stack_.dropout ? 4 : 0)) * h / outside + (4 * (qw + 2 * kvw) + (model.gated ? 10 : 6) * inner) / t;
  else
    bytes = (20 + (stack_.dropout ? 2 : 0)) * h / outside + (4 * (qw + 2 * kvw) + (model.gated ? 6 : 4) * inner) / t;
  if (model.mixture()) bytes += 2 * 4 * 2 * model.top_k * h / outside;  // rows permuted, spread, gathered, weighed
  if (work.tuning == Tuning::kLora) {  // adapters beside every product: inputs read, outputs read and written
    const double narrow_side = h + qw + h + inner, wide_side = qw + 2 * kvw + h + gate * inner + h;
    bytes += (is_backward ? 2 * wide_side + 4 * narrow_side : 2 * narrow_side + 4 * wide_side) / t;
  }
  bytes *= stack_.elementwise_scale;
  if (precision_ != wide_)  // cast and transpose: 2 read, 1 + 1 written
    bytes += 4 * (is_backward ? qw + 2 * kvw + h + gate * inner + h : h + qw + h + inner) / t;
  pass.elementwise += traffic_s(tokens * bytes);
  // Tensor parallel: two all-reduces, or their halves, around attention and MLP.
  if (layout.tensor > 1) {
    const Group across = group(layout.tensor, 1);
    const double activation = 2 * tokens * h;
    const double times = model.mixture() && model.shared_ffn <= 0 ? 1 : 2;  // routed experts are not divided by t
    pass.tensor += shown_s(times * network_.all_reduce_s(activation, across), stack_.tensor_overlap);
  }
  if (layout.context > 1) {
    const double moved = 2 * 2 * kvw / t * layout.micro_batch * work.seq_len * (is_backward ? 2 : 1);
    const double s = network_.all_gather_s(moved, group(layout.context, layout.tensor));
    pass.tensor += std::max((1 - stack_.context_overlap) * s, s - stack_.context_overlap * pass.attention);
  }
  if (model.mixture()) {
    pass.expert += stack_.moe_host_s_per_layer + stack_.moe_s_per_row * tokens / t * model.top_k;
    if (layout.expert > 1)
      pass.expert += shown_s(2 * network_.dispatch_s(2 * tokens / t * h, model.top_k, group(layout.expert, 1)), stack_.expert_overlap);
  }
  pass.host = std::max(0.0, stack_.host_s_per_layer - pass.total());
  return pass;
}

TrainingStep::Pass TrainingStep::forward(const TrainingWork& work, const Layout& layout) const { return layer(work, layout, false); }
TrainingStep::Pass TrainingStep::backward(const TrainingWork& work, const Layout& layout) const { return layer(work, layout, true); }

TrainingStep::Pass TrainingStep::recomputed(const Layout& layout, const Pass& forward_pass) const {
  if (layout.recompute == Recompute::kFull) return forward_pass.scaled(layout.recomputed_layers);
  Pass again;
  if (layout.recompute == Recompute::kSelective) again.attention = forward_pass.attention * layout.recomputed_layers;
  return again;
}

void TrainingStep::head(const TrainingWork& work, const Layout& layout, Pass& forward_pass, Pass& backward_pass) const {
  const double t = layout.tensor;
  const double tokens = layout.micro_batch * work.seq_len / layout.context;
  const double h = work.model.hidden, v = work.model.vocab / t;
  forward_pass.matrix += gemm_s({tokens, v, h}, wide_, 2);
  backward_pass.matrix += gemm_s({tokens, h, v}, wide_, 2);
  if (work.tuning == Tuning::kAll) backward_pass.matrix += gemm_s({h, v, tokens}, wide_, 2 * stack_.gradient_bytes);
  // Loss: 16-bit scores to 32 bits, largest, exponentials and sum; backward writes the gradient.
  forward_pass.elementwise += traffic_s(tokens * v * 16);
  backward_pass.elementwise += traffic_s(tokens * v * 8);
  // Embedding: rows read and written; their gradients added.
  forward_pass.elementwise += traffic_s(tokens * h * 4);
  backward_pass.elementwise += traffic_s(tokens * h * 6);
}

double TrainingStep::stage_parameters(const TrainingWork& work, const Layout& layout, bool experts) const {
  const StageLayers layers = *stage_layers(work.model.layers, layout);
  const Transformer& model = work.model;
  if (experts) return model.mixture() ? double(layers.fullest) * model.experts * model.expert_parameters() / layout.expert : 0;
  const double ends = layout.pipeline == 1 ? (model.tied ? 1 : 2) : 1;
  const int with_end = layout.pipeline == 1 ? layers.fullest : std::max(layers.first, layers.last);
  return (with_end * (model.attention_parameters() + model.shared_parameters()) + ends * model.embedding_parameters()) / layout.tensor;
}

MemoryUse TrainingStep::memory(const TrainingWork& work, const Layout& layout) const {
  MemoryUse use;
  const double replicas = double(layout.data) * layout.context;
  for (const bool experts : {false, true}) {
    const double own = stage_parameters(work, layout, experts);
    const double n = experts ? std::max(1.0, replicas * layout.tensor / layout.expert) : replicas;
    use.weights += 2 * own / (layout.sharding == Sharding::kParameters ? n : 1);
    if (work.tuning != Tuning::kAll) continue;
    use.gradients += stack_.gradient_bytes * own / (layout.sharding >= Sharding::kGradients ? n : 1);
    use.optimiser += 12 * own / (layout.sharding >= Sharding::kOptimiser ? n : 1);
  }
  if (layout.sharding == Sharding::kParameters) use.weights += 2 * 2 * work.model.layer_parameters() / layout.tensor / layout.expert;
  const StageLayers layers = *stage_layers(work.model.layers, layout);
  const double p = layout.pipeline;
  const double m = std::max(1.0, work.global_batch_seqs / (double(layout.data) * layout.micro_batch));
  const double in_flight = std::min(p * (layout.chunks > 1 ? 1 + (p - 1) / (p * layout.chunks) : 1), m);
  const ActivationBytes how{stack_.sequence_parallel, stack_.dropout, stack_.attention != AttentionKernel::kUnfused};
  const double length = work.seq_len / layout.context;
  const auto kept = [&](Recompute recompute) {
    // Scores of unfused attention span the whole context, which context parallelism does not divide.
    return activation_bytes(work.model, layout.micro_batch, length, layout.tensor, how, recompute, work.seq_len);
  };
  if (work.tuning != Tuning::kNothing) {
    const double share = layout.recompute == Recompute::kNone ? 0 : layout.recomputed_layers;
    const double each = (share * kept(layout.recompute) + (1 - share) * kept(Recompute::kNone)) * (1 - layout.offloaded);
    use.activations += layers.first * each * in_flight;
    if (layout.recompute != Recompute::kNone) use.activations += kept(Recompute::kNone);  // the layer at hand
    if (layout.pipeline == 1) use.activations += layout.micro_batch * length * work.model.vocab / layout.tensor * 6;
  }
  use.reserve = stack_.reserved_bytes + (1 - stack_.usable_memory) * card_.memory_bytes;
  return use;
}

bool TrainingStep::choose_recompute(const TrainingWork& work, Layout& layout) const {
  layout.recompute = Recompute::kNone;
  layout.recomputed_layers = 1;
  layout.offloaded = 0;
  if (fits(work, layout)) return true;
  if (stack_.offloads && card_.host_bytes_per_s > 0 && layout.pipeline == 1) {
    const double all = memory(work, layout).total();
    layout.offloaded = 1;
    const double least = memory(work, layout).total();
    // Copied out behind the forward pass and back behind the backward pass, of which the forward is the shorter.
    const double forward_s = work.model.layers * forward(work, layout).total();
    const double movable = std::min(card_.host_bytes, stack_.host_link_share * card_.host_bytes_per_s * forward_s);
    layout.offloaded = std::min({1.0, 1.0001 * (all - card_.memory_bytes) / (all - least), movable / (all - least)});
    if (fits(work, layout)) return true;
  }
  if (stack_.attention == AttentionKernel::kUnfused) {
    layout.recompute = Recompute::kSelective;
    if (fits(work, layout)) return true;
  }
  layout.recompute = Recompute::kFull;
  const double full = memory(work, layout).total();
  if (full > card_.memory_bytes) return false;
  const int layers = std::max(1, stage_layers(work.model.layers, layout)->fullest);
  for (int again = 1; again <= layers; ++again) {
    layout.recomputed_layers = double(again) / layers;
    if (fits(work, layout)) return true;
  }
  return true;
}

StepTime TrainingStep::time(const TrainingWork& work, const Layout& layout) const {
  const Transformer& model = work.model;
  const StageLayers layers = *stage_layers(model.layers, layout);
  const double p = layout.pipeline, v = layout.chunks;
  const double m = std::max(1.0, work.global_batch_seqs / (double(layout.data) * layout.micro_batch));
  const Pass f = forward(work, layout);
  const bool trains = work.tuning != Tuning::kNothing;
  const Pass b = trains ? backward(work, layout) : Pass{};
  const Pass r = trains ? recomputed(layout, f) : Pass{};
  Pass one = f;
  one += b;
  one += r;
  Pass head_f, head_b;
  head(work, layout, head_f, head_b);
  if (!trains) head_b = {};
  Pass end = head_f;
  end += head_b;

  Pass stage = one.scaled(layers.fullest);  // the slowest stage
  if (layout.pipeline == 1) {
    stage += end;
  } else if (layers.last * one.total() + end.total() > stage.total()) {
    stage = one.scaled(layers.last);
    stage += end;
  }
  const double mean_s = (model.layers * one.total() + end.total()) / p;

  // Between stages: the activation of a micro-batch, a t-th from each card; forward and backward, each chunk.
  double hop_s = 0;
  if (layout.pipeline > 1) {
    const double tokens = layout.micro_batch * work.seq_len / layout.context;
    const bool same = layout.cards() <= card_.scale_up_domain;
    hop_s = network_.point_to_point_s(2 * tokens * model.hidden / layout.tensor, same, layout.cards() / layout.pipeline);
  }
  const double passes = trains ? 2 : 1;
  const double p2p_s = shown_s(passes * v * hop_s, stack_.pipeline_overlap);

  StepTime time;
  time.micro_batches = m;
  time.matrix_s = m * stage.matrix;
  time.attention_s = m * stage.attention;
  time.elementwise_s = m * stage.elementwise;
  time.host_s = m * stage.host;
  time.tensor_s = m * stage.tensor;
  time.expert_s = m * stage.expert;
  time.pipeline_s = m * p2p_s + (p > 1 ? (p - 1) * passes * hop_s : 0);
  time.bubble_s = (p - 1) / v * mean_s;

  // Data parallel, on the fullest stage.
  const double n = double(layout.data) * layout.context;
  const double window_share = stack_.data_overlap;
  for (const bool experts : {false, true}) {
    const double own = stage_parameters(work, layout, experts);
    const int replicas = experts ? std::max(1, int(n) * layout.tensor / layout.expert) : int(n);
    if (own <= 0) continue;
    const Group across = group(replicas, experts ? layout.expert : layout.tensor);
    const double forward_s = layers.fullest * f.total(), backward_s = layers.fullest * (b.total() + r.total());
    const bool all = work.tuning == Tuning::kAll;
    if (replicas > 1 && layout.sharding == Sharding::kParameters) {
      // Weights are gathered for each pass, whether they are trained or not; the first layer's, and the last one's gradients, wait for nobody.
      const double gather_s = network_.all_gather_s(2 * own, across), scatter_s = all ? network_.reduce_scatter_s(stack_.gradient_bytes * own, across) : 0;
      const double first = 1.0 / layers.fullest;
      const auto exposed = [&](double traffic_s, double pass_s) {
        const double open_s = std::max(traffic_s - window_share * pass_s, first * traffic_s);
        return open_s + stack_.overlap_price * (traffic_s - open_s);
      };
      time.data_s += m * (exposed(gather_s, forward_s) + (trains ? exposed(gather_s + scatter_s, backward_s) : 0));
    } else if (replicas > 1 && all) {
      const double reduce_s = network_.reduce_scatter_s(stack_.gradient_bytes * own, across);
      const double gather_s = network_.all_gather_s((layout.sharding == Sharding::kNone ? stack_.gradient_bytes : 2) * own, across);
      const double turns = stack_.prefetch_whole_step ? std::min(m, p) : 1;
      const double hidden_s = std::min(window_share * reduce_s, turns * backward_s) + std::min(window_share * gather_s, turns * forward_s);
      time.data_s += reduce_s + gather_s - (1 - stack_.overlap_price) * hidden_s;
    }
    if (work.tuning == Tuning::kAll)
      time.optimiser_s += traffic_s(stack_.optimiser_bytes * own / (layout.sharding >= Sharding::kOptimiser ? std::max(1, replicas) : 1));
  }
  if (trains) time.optimiser_s += stack_.step_overhead_s;
  const double busy_s = time.matrix_s + time.attention_s + time.elementwise_s + time.host_s + time.tensor_s + time.expert_s + time.pipeline_s + time.bubble_s;
  const double servers = std::max(1.0, double(layout.cards()) / card_.cards_per_node);
  time.jitter_s = busy_s * stack_.jitter * (1 - std::pow(1 - stack_.slow_servers, servers));
  time.step_s = busy_s + time.jitter_s + time.data_s + time.optimiser_s;
  const double forward_stage_s = layers.fullest * f.total() + (layout.pipeline == 1 ? head_f.total() : 0);
  time.forward_s = m * forward_stage_s + (p - 1) / v * forward_stage_s;
  return time;
}

}  // namespace dure::sim
