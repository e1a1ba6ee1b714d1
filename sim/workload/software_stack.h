#pragma once
// What training software fuses, overlaps and keeps: platforms/workload/stacks.csv, a stack standing on its family and on "general".
#include <string>
#include <vector>

#include "sim/inventory/accelerator.h"
#include "sim/workload/stack.pb.h"

namespace dure::sim {

enum class AttentionKernel { kUnfused, kFlash1, kFlash2, kFlash3 };

/// Rates of fused attention as a share of the 16-bit peak, at long sequences and a head of 128.
///
///   r(s) = asymptote * s / (s + s0)
///
/// Forward and backward of: FlashAttention of 2022 and its Triton form (as timed in Dao 2023) on A100 and Hopper; FlashAttention-2 (Dao 2023) on A100; FlashAttention-2 on Hopper, which it does not use fully; FlashAttention-3
/// (Shah et al. 2024) and the vendor's kernel of that time on Hopper; the vendor's kernel on Blackwell. Causal work counted half. Read off
/// published charts, so good to a tenth.
struct AttentionRate {
  double forward = 0, backward = 0;  // share of the 16-bit peak
  double half_length = 0;            // s0, tokens
};
AttentionRate attention_rate(AttentionKernel kernel, const Accelerator& card);

/// A stack resolved: every constant of stacks.csv set.
struct StackConstants {
  std::string name;       // the row its most particular figures come from
  std::string family;
  AttentionKernel attention = AttentionKernel::kFlash2;
  bool sequence_parallel = true;
  bool dropout = false;
  double tensor_overlap = 0;
  double pipeline_overlap = 0;
  double data_overlap = 0;
  double expert_overlap = 0;
  double gradient_bytes = 4;
  double gemm_fraction = 1;
  double gemm_fraction_hopper = 1;
  double fp8_gemm_fraction = 1;
  double memory_fraction = 1;
  double jitter = 0;
  double slow_servers = 0;
  double elementwise_scale = 1;
  double host_s_per_layer = 0;
  double moe_host_s_per_layer = 0;
  double moe_s_per_row = 0;
  double evaluation_pretrain = 0;
  double evaluation_tune = 0;
  bool prefetch_whole_step = false;
  bool interleaves = true;
  bool fused_accumulation = true;
  double optimiser_bytes = 38;
  bool offloads = false;
  double step_overhead_s = 0;
  double serve_s_per_step = 0;      // serving: scheduler, cards waiting
  double serve_s_per_sequence = 0;  // sampling and bookkeeping
  double serve_s_per_layer = 0;     // short kernels
  double serve_moe_s_per_layer = 0;
  double kernel_gap_s = 2e-6;
  double overlap_price = 0.1;
  double context_overlap = 0.9;
  double usable_memory = 0.94;
  double reserved_bytes = 2e9;
  double host_link_share = 0.8;
  double serve_usable_memory = 0.9;
  double serve_reserved_bytes = 3e9;
  double serve_local_routing = 0.4;

  /// gemm_fraction of the card's generation: Ampere and before, or since Hopper. Accelerators that are no GPUs take the later one.
  double fraction_on(const Accelerator& card) const { return card.family.starts_with("Ampere") || card.family.starts_with("Volta") ? gemm_fraction : gemm_fraction_hopper; }
};

/// The table of stacks. Throws ScenarioError if "general" is missing or leaves a constant open, or an attention kernel is unknown.
class StackTable {
 public:
  explicit StackTable(std::vector<::dure::SoftwareStack> rows);
  /// `stack` if the table has it, else `family`, else "general".
  StackConstants find(const std::string& stack, const std::string& family) const;
  std::vector<::dure::SoftwareStack>& rows() { return rows_; }
  const std::vector<::dure::SoftwareStack>& rows() const { return rows_; }

 private:
  const ::dure::SoftwareStack* row(const std::string& name) const;
  std::vector<::dure::SoftwareStack> rows_;
};

}  // namespace dure::sim
