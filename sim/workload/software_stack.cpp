#include "sim/workload/software_stack.h"

#include <fmt/format.h>

namespace dure::sim {
namespace {

AttentionKernel kernel_of(const std::string& name, const std::string& stack) {
  if (name == "unfused") return AttentionKernel::kUnfused;
  if (name == "flash1") return AttentionKernel::kFlash1;
  if (name == "flash2") return AttentionKernel::kFlash2;
  if (name == "flash3") return AttentionKernel::kFlash3;
  throw ScenarioError(fmt::format("stack[{}].attention", stack), {fmt::format("no attention kernel is called \"{}\"", name), fmt::format("\"{}\"(이)라는 어텐션 커널이 없습니다", name)},
                      {"write unfused, flash1, flash2 or flash3", "unfused, flash1, flash2, flash3 가운데 하나를 쓰십시오"});
}

/// Lays what `row` says over `over`.
void lay(const ::dure::SoftwareStack& row, ::dure::SoftwareStack& over) { over.MergeFrom(row); }

}  // namespace

AttentionRate attention_rate(AttentionKernel kernel, const Accelerator& card) {
  const bool hopper = card.family.starts_with("Hopper");
  const bool blackwell = card.family.starts_with("Blackwell") || card.family.starts_with("Rubin");
  if (kernel == AttentionKernel::kFlash1) return hopper || blackwell ? AttentionRate{0.17, 0.17, 500} : AttentionRate{0.35, 0.33, 400};
  if (kernel == AttentionKernel::kFlash3 && hopper) return {0.66, 0.56, 700};
  if (kernel == AttentionKernel::kFlash3 && blackwell) return {0.62, 0.48, 1200};
  if (hopper || blackwell) return {0.38, 0.34, 500};
  return {0.61, 0.56, 450};
}

StackTable::StackTable(std::vector<::dure::SoftwareStack> rows) : rows_(std::move(rows)) {
  const ::dure::SoftwareStack* general = row("general");
  if (general == nullptr)
    throw ScenarioError("stack[general]", {"the table of stacks has no row \"general\"", "소프트웨어 표에 \"general\" 행이 없습니다"},
                        {"add it: it holds what other rows leave empty", "다른 행이 비운 값을 담는 행이므로 추가하십시오"});
  const auto* type = general->GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const auto* field = type->field(i);
    if (field->name() == "family" || field->name() == "provenance" || field->name() == "confidence" || field->name() == "fitted") continue;
    if (!general->GetReflection()->HasField(*general, field))
      throw ScenarioError("stack[general]." + field->name(),
                          {fmt::format("the row \"general\" leaves {} open", field->name()), fmt::format("\"general\" 행에 {} 값이 없습니다", field->name())});
  }
  for (const ::dure::SoftwareStack& each : rows_)
    if (each.has_attention()) kernel_of(each.attention(), each.stack());
}

const ::dure::SoftwareStack* StackTable::row(const std::string& name) const {
  for (const ::dure::SoftwareStack& each : rows_)
    if (each.stack() == name) return &each;
  return nullptr;
}

StackConstants StackTable::find(const std::string& stack, const std::string& family) const {
  ::dure::SoftwareStack all = *row("general");
  const ::dure::SoftwareStack* own = row(stack);
  const ::dure::SoftwareStack* kin = row(own != nullptr && own->has_family() ? own->family() : family);
  if (kin != nullptr) lay(*kin, all);
  if (own != nullptr) lay(*own, all);
  StackConstants found;
  found.name = own != nullptr ? own->stack() : kin != nullptr ? kin->stack() : "general";
  found.family = kin != nullptr ? kin->stack() : "general";
  found.attention = kernel_of(all.attention(), found.name);
  found.sequence_parallel = all.sequence_parallel();
  found.dropout = all.dropout();
  found.tensor_overlap = all.tensor_overlap();
  found.pipeline_overlap = all.pipeline_overlap();
  found.data_overlap = all.data_overlap();
  found.expert_overlap = all.expert_overlap();
  found.gradient_bytes = all.gradient_bytes();
  found.gemm_fraction = all.gemm_fraction();
  found.gemm_fraction_hopper = all.gemm_fraction_hopper();
  found.slow_servers = all.slow_servers();
  found.interleaves = all.interleaves();
  found.fused_accumulation = all.fused_accumulation();
  found.optimiser_bytes = all.optimiser_bytes();
  found.step_overhead_s = all.step_overhead_ms() * 1e-3;
  found.offloads = all.offloads();
  found.fp8_gemm_fraction = all.fp8_gemm_fraction();
  found.memory_fraction = all.memory_fraction();
  found.jitter = all.jitter();
  found.elementwise_scale = all.elementwise_scale();
  found.host_s_per_layer = all.host_us_per_layer() * 1e-6;
  found.moe_host_s_per_layer = all.moe_host_us_per_layer() * 1e-6;
  found.moe_s_per_row = all.moe_row_ns() * 1e-9;
  found.evaluation_pretrain = all.evaluation_pretrain();
  found.evaluation_tune = all.evaluation_tune();
  found.serve_s_per_step = all.serve_step_us() * 1e-6;
  found.serve_s_per_sequence = all.serve_sequence_us() * 1e-6;
  found.serve_s_per_layer = all.serve_layer_us() * 1e-6;
  found.serve_moe_s_per_layer = all.serve_moe_layer_us() * 1e-6;
  found.kernel_gap_s = all.kernel_gap_us() * 1e-6;
  found.overlap_price = all.overlap_price();
  found.context_overlap = all.context_overlap();
  found.usable_memory = all.usable_memory();
  found.reserved_bytes = all.reserved_gb() * 1e9;
  found.host_link_share = all.host_link_share();
  found.serve_usable_memory = all.serve_usable_memory();
  found.serve_reserved_bytes = all.serve_reserved_gb() * 1e9;
  found.serve_local_routing = all.serve_local_routing();
  found.prefetch_whole_step = all.prefetch_whole_step();
  return found;
}

}  // namespace dure::sim
