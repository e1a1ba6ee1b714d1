#pragma once
#include "sim/workload/training_step.h"

namespace dure::sim::testing {

/// An A100 of 80 GB as the catalogue has it.
inline Accelerator a100() {
  Accelerator card;
  card.name = "A100-SXM-80";
  card.family = "Ampere";
  card.peak_flop_per_s[std::size_t(Precision::kFp16)] = card.peak_flop_per_s[std::size_t(Precision::kBf16)] = 312e12;
  card.gemm_of_peak = 271.2 / 312;
  card.gemm_basis = Basis::kPublished;
  card.compute_units = 108;
  card.memory_bytes = 80e9;
  card.memory_bytes_per_s = 2.039e12;
  card.scale_up_bytes_per_s = 300e9;
  card.scale_up_domain = 8;
  card.scale_out_bytes_per_s = 25e9;
  return card;
}

/// A stack that does nothing but compute: no jitter, no overhead.
inline StackConstants plain_stack() {
  StackConstants stack;
  stack.memory_fraction = 0.8;
  return stack;
}

inline Transformer gpt3() {
  return {.layers = 96, .hidden = 12288, .heads = 96, .kv_heads = 96, .head_dim = 128, .ffn = 49152, .vocab = 51200, .tied = true};
}

inline Transformer llama(int layers, double hidden, double heads, double ffn) {
  return {.layers = layers, .hidden = hidden, .heads = heads, .kv_heads = 8, .head_dim = 128, .ffn = ffn, .gated = true, .vocab = 128256};
}

}  // namespace dure::sim::testing
