#pragma once
// Attention without writing the scores: one pass over keys with a running maximum and sum (online softmax), on tensor cores.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

namespace dure::bench {

/// out = softmax(q k^T / sqrt(d)) v for `matrices` pairs of batch and head, each `length` x `head` and packed; causal if asked.
/// `length` is a multiple of 64, `head` 64 or 128. Returns false for a shape it does not know.
bool fused_attention(const __nv_bfloat16* q, const __nv_bfloat16* k, const __nv_bfloat16* v, __nv_bfloat16* out, int matrices, int length, int head, bool causal,
                     cudaStream_t stream);

}  // namespace dure::bench
