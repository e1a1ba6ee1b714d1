#pragma once
// The small kernels of a transformer: one pass over memory each, so their cost is bytes over bandwidth.
// Numbers are bf16 in memory and float32 in registers; gradients of parameters are float32.
#include <cuda_bf16.h>
#include <cuda_runtime.h>

namespace dure::bench {

using Half = __nv_bfloat16;

/// y = (x - mean) / sqrt(var + 1e-5) * scale + shift, a row of `width` a token; keeps mean and 1/sqrt(var + 1e-5) for the way back.
void layer_norm(const Half* x, const Half* scale, const Half* shift, Half* y, float2* statistics, int rows, int width, cudaStream_t stream);
/// dx += the gradient through the norm (into the residual stream), dscale and dshift += sums over rows.
void layer_norm_back(const Half* dy, const Half* x, const Half* scale, const float2* statistics, Half* dx, float* dscale, float* dshift, int rows, int width,
                     cudaStream_t stream);

/// y = gelu(x + bias) by the tanh form; x keeps x + bias for the way back.
void bias_gelu(Half* x, const Half* bias, Half* y, int rows, int width, cudaStream_t stream);
/// dx = dy gelu'(x), in place of dy.
void gelu_back(const Half* x, Half* dy, long long count, cudaStream_t stream);

/// residual += y + bias.
void add_bias_residual(Half* residual, const Half* y, const Half* bias, int rows, int width, cudaStream_t stream);
void add_bias(Half* x, const Half* bias, int rows, int width, cudaStream_t stream);
/// dbias += column sums of dy.
void bias_back(const Half* dy, float* dbias, int rows, int width, cudaStream_t stream);

/// Probabilities over keys 0..row of each causal row, in place of the scores; `matrices` squares of `length`.
void causal_softmax(Half* scores, float scale, int matrices, int length, cudaStream_t stream);
/// dscores = scale p (dp - sum p dp), in place of dp.
void causal_softmax_back(const Half* probabilities, Half* dp, float scale, int matrices, int length, cudaStream_t stream);

/// x[token] = table[word] + place[position]; tokens are ordered position first: token = position * batch + sequence.
void embed(const int* words, const Half* table, const Half* place, Half* x, int positions, int batch, int width, cudaStream_t stream);
void embed_back(const int* words, const Half* dx, float* dtable, float* dplace, int positions, int batch, int width, cudaStream_t stream);

/// Mean cross-entropy of `rows` tokens; the logits become their gradient. `loss` is added to.
void cross_entropy(Half* logits, const int* targets, float* loss, int rows, int words, cudaStream_t stream);

/// Adam with decoupled decay, all states float32, and the 16-bit copy that the next step computes with.
void adam(float* master, float* m, float* v, const float* gradient, Half* copy, long long count, float rate, int step, cudaStream_t stream);

}  // namespace dure::bench
