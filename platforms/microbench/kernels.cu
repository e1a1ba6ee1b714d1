#include "kernels.h"

#include <algorithm>

#include "bench.h"

namespace dure::bench {
namespace {

constexpr int kThreads = 256;

struct alignas(16) Eight {
  __nv_bfloat162 pair[4];
};
struct Floats {
  float v[8];
};
__device__ Floats load(const Half* at) {
  const Eight raw = *reinterpret_cast<const Eight*>(at);
  Floats f;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 two = __bfloat1622float2(raw.pair[i]);
    f.v[2 * i] = two.x;
    f.v[2 * i + 1] = two.y;
  }
  return f;
}
__device__ void store(Half* at, const Floats& f) {
  Eight raw;
#pragma unroll
  for (int i = 0; i < 4; ++i) raw.pair[i] = __floats2bfloat162_rn(f.v[2 * i], f.v[2 * i + 1]);
  *reinterpret_cast<Eight*>(at) = raw;
}

/// Sums over the block, known to every thread. Two at a time.
__device__ float2 block_sum(float2 x) {
  __shared__ float2 warps[kThreads / 32];
  for (int offset = 16; offset > 0; offset /= 2) {
    x.x += __shfl_xor_sync(~0u, x.x, offset);
    x.y += __shfl_xor_sync(~0u, x.y, offset);
  }
  __syncthreads();
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = x;
  __syncthreads();
  float2 sum = {0, 0};
  for (int w = 0; w < kThreads / 32; ++w) {
    sum.x += warps[w].x;
    sum.y += warps[w].y;
  }
  return sum;
}
__device__ float block_max(float x) {
  __shared__ float warps[kThreads / 32];
  for (int offset = 16; offset > 0; offset /= 2) x = fmaxf(x, __shfl_xor_sync(~0u, x, offset));
  __syncthreads();
  if (threadIdx.x % 32 == 0) warps[threadIdx.x / 32] = x;
  __syncthreads();
  float most = warps[0];
  for (int w = 1; w < kThreads / 32; ++w) most = fmaxf(most, warps[w]);
  return most;
}

__global__ void layer_norm_kernel(const Half* x, const Half* scale, const Half* shift, Half* y, float2* statistics, int width) {
  const long long row = blockIdx.x;
  x += row * width;
  y += row * width;
  float2 sums = {0, 0};
  for (int i = threadIdx.x * 8; i < width; i += kThreads * 8) {
    const Floats f = load(x + i);
    for (const float v : f.v) sums.x += v;
  }
  const float mean = block_sum(sums).x / static_cast<float>(width);
  sums = {0, 0};
  for (int i = threadIdx.x * 8; i < width; i += kThreads * 8) {
    const Floats f = load(x + i);
    for (const float v : f.v) sums.x += (v - mean) * (v - mean);
  }
  const float inverse = rsqrtf(block_sum(sums).x / static_cast<float>(width) + 1e-5f);
  for (int i = threadIdx.x * 8; i < width; i += kThreads * 8) {
    Floats f = load(x + i);
    const Floats a = load(scale + i), b = load(shift + i);
    for (int j = 0; j < 8; ++j) f.v[j] = (f.v[j] - mean) * inverse * a.v[j] + b.v[j];
    store(y + i, f);
  }
  if (threadIdx.x == 0) statistics[row] = {mean, inverse};
}

// dx = inverse (g - mean(g) - xhat mean(g xhat)), g = dy scale.
__global__ void layer_norm_back_kernel(const Half* dy, const Half* x, const Half* scale, const float2* statistics, Half* dx, int width) {
  const long long row = blockIdx.x;
  dy += row * width;
  x += row * width;
  dx += row * width;
  const float2 s = statistics[row];
  float2 sums = {0, 0};
  for (int i = threadIdx.x * 8; i < width; i += kThreads * 8) {
    const Floats g = load(dy + i), a = load(scale + i), v = load(x + i);
    for (int j = 0; j < 8; ++j) {
      const float t = g.v[j] * a.v[j];
      sums.x += t;
      sums.y += t * (v.v[j] - s.x) * s.y;
    }
  }
  sums = block_sum(sums);
  const float mean = sums.x / static_cast<float>(width), slope = sums.y / static_cast<float>(width);
  for (int i = threadIdx.x * 8; i < width; i += kThreads * 8) {
    const Floats g = load(dy + i), a = load(scale + i), v = load(x + i);
    Floats d = load(dx + i);
    for (int j = 0; j < 8; ++j) d.v[j] += s.y * (g.v[j] * a.v[j] - mean - (v.v[j] - s.x) * s.y * slope);
    store(dx + i, d);
  }
}

constexpr int kRowsOfSum = 128;  // rows that one block of a column sum takes

__global__ void layer_norm_sums_kernel(const Half* dy, const Half* x, const float2* statistics, float* dscale, float* dshift, int rows, int width) {
  const int column = blockIdx.x * kThreads + threadIdx.x;
  if (column >= width) return;
  float a = 0, b = 0;
  const int end = min(rows, (static_cast<int>(blockIdx.y) + 1) * kRowsOfSum);
  for (int row = static_cast<int>(blockIdx.y) * kRowsOfSum; row < end; ++row) {
    const long long at = static_cast<long long>(row) * width + column;
    const float g = __bfloat162float(dy[at]);
    const float2 s = statistics[row];
    a += g * (__bfloat162float(x[at]) - s.x) * s.y;
    b += g;
  }
  atomicAdd(dscale + column, a);
  atomicAdd(dshift + column, b);
}

__global__ void bias_back_kernel(const Half* dy, float* dbias, int rows, int width) {
  const int column = blockIdx.x * kThreads + threadIdx.x;
  if (column >= width) return;
  float sum = 0;
  const int end = min(rows, (static_cast<int>(blockIdx.y) + 1) * kRowsOfSum);
  for (int row = static_cast<int>(blockIdx.y) * kRowsOfSum; row < end; ++row) sum += __bfloat162float(dy[static_cast<long long>(row) * width + column]);
  atomicAdd(dbias + column, sum);
}

// gelu(x) = x/2 (1 + tanh(c (x + 0.044715 x^3))), c = sqrt(2/pi).
__device__ float inner(float x) { return 0.7978845608f * (x + 0.044715f * x * x * x); }

__global__ void bias_gelu_kernel(Half* x, const Half* bias, Half* y, long long count, int width) {
  for (long long i = (blockIdx.x * static_cast<long long>(kThreads) + threadIdx.x) * 8; i < count; i += static_cast<long long>(gridDim.x) * kThreads * 8) {
    Floats f = load(x + i);
    const Floats b = load(bias + i % width);
    for (int j = 0; j < 8; ++j) f.v[j] += b.v[j];
    store(x + i, f);
    for (float& v : f.v) v = 0.5f * v * (1 + tanhf(inner(v)));
    store(y + i, f);
  }
}

__global__ void gelu_back_kernel(const Half* x, Half* dy, long long count) {
  for (long long i = (blockIdx.x * static_cast<long long>(kThreads) + threadIdx.x) * 8; i < count; i += static_cast<long long>(gridDim.x) * kThreads * 8) {
    const Floats f = load(x + i);
    Floats d = load(dy + i);
    for (int j = 0; j < 8; ++j) {
      const float v = f.v[j], t = tanhf(inner(v));
      d.v[j] *= 0.5f * (1 + t) + 0.5f * v * (1 - t * t) * 0.7978845608f * (1 + 3 * 0.044715f * v * v);
    }
    store(dy + i, d);
  }
}

template <bool kResidual>
__global__ void add_bias_kernel(Half* sum, const Half* y, const Half* bias, long long count, int width) {
  for (long long i = (blockIdx.x * static_cast<long long>(kThreads) + threadIdx.x) * 8; i < count; i += static_cast<long long>(gridDim.x) * kThreads * 8) {
    Floats f = load(sum + i);
    const Floats b = load(bias + i % width);
    for (int j = 0; j < 8; ++j) f.v[j] += b.v[j];
    if (kResidual) {
      const Floats added = load(y + i);
      for (int j = 0; j < 8; ++j) f.v[j] += added.v[j];
    }
    store(sum + i, f);
  }
}

/// One block a row of scores; keys behind the row get probability 0.
__global__ void causal_softmax_kernel(Half* scores, float scale, int length) {
  const int row = static_cast<int>(blockIdx.x) % length;
  Half* at = scores + static_cast<long long>(blockIdx.x) * length;
  float most = -1e30f;
  for (int i = threadIdx.x * 8; i <= row; i += kThreads * 8) {
    const Floats f = load(at + i);
    for (int j = 0; j < 8; ++j)
      if (i + j <= row) most = fmaxf(most, f.v[j]);
  }
  most = block_max(most) * scale;
  float2 sum = {0, 0};
  for (int i = threadIdx.x * 8; i <= row; i += kThreads * 8) {
    const Floats f = load(at + i);
    for (int j = 0; j < 8; ++j)
      if (i + j <= row) sum.x += __expf(f.v[j] * scale - most);
  }
  const float inverse = 1 / block_sum(sum).x;
  for (int i = threadIdx.x * 8; i < length; i += kThreads * 8) {
    Floats f = load(at + i);
    for (int j = 0; j < 8; ++j) f.v[j] = i + j <= row ? __expf(f.v[j] * scale - most) * inverse : 0;
    store(at + i, f);
  }
}

__global__ void causal_softmax_back_kernel(const Half* probabilities, Half* dp, float scale, int length) {
  const Half* p = probabilities + static_cast<long long>(blockIdx.x) * length;
  Half* d = dp + static_cast<long long>(blockIdx.x) * length;
  const int row = static_cast<int>(blockIdx.x) % length;
  float2 sum = {0, 0};
  for (int i = threadIdx.x * 8; i <= row; i += kThreads * 8) {  // p is 0 behind the row
    const Floats a = load(p + i), b = load(d + i);
    for (int j = 0; j < 8; ++j) sum.x += a.v[j] * b.v[j];
  }
  const float mean = block_sum(sum).x;
  for (int i = threadIdx.x * 8; i < length; i += kThreads * 8) {
    const Floats a = load(p + i);
    Floats b = load(d + i);
    for (int j = 0; j < 8; ++j) b.v[j] = scale * a.v[j] * (b.v[j] - mean);
    store(d + i, b);
  }
}

__global__ void embed_kernel(const int* words, const Half* table, const Half* place, Half* x, int batch, int width) {
  const int token = static_cast<int>(blockIdx.x), position = token / batch;
  for (int i = threadIdx.x * 8; i < width; i += kThreads * 8) {
    Floats f = load(table + static_cast<long long>(words[token]) * width + i);
    const Floats p = load(place + static_cast<long long>(position) * width + i);
    for (int j = 0; j < 8; ++j) f.v[j] += p.v[j];
    store(x + static_cast<long long>(token) * width + i, f);
  }
}

__global__ void embed_back_kernel(const int* words, const Half* dx, float* dtable, float* dplace, int batch, int width) {
  const int token = static_cast<int>(blockIdx.x), position = token / batch;
  for (int i = threadIdx.x; i < width; i += kThreads) {
    const float d = __bfloat162float(dx[static_cast<long long>(token) * width + i]);
    atomicAdd(dtable + static_cast<long long>(words[token]) * width + i, d);
    atomicAdd(dplace + static_cast<long long>(position) * width + i, d);
  }
}

__global__ void cross_entropy_kernel(Half* logits, const int* targets, float* loss, int rows, int words) {
  Half* at = logits + static_cast<long long>(blockIdx.x) * words;
  const int target = targets[blockIdx.x];
  const float wanted = __bfloat162float(at[target]);
  float most = -1e30f;
  for (int i = threadIdx.x * 8; i < words; i += kThreads * 8) {
    const Floats f = load(at + i);
    for (const float v : f.v) most = fmaxf(most, v);
  }
  most = block_max(most);
  float2 sum = {0, 0};
  for (int i = threadIdx.x * 8; i < words; i += kThreads * 8) {
    const Floats f = load(at + i);
    for (const float v : f.v) sum.x += __expf(v - most);
  }
  const float total = block_sum(sum).x, share = 1 / static_cast<float>(rows);
  for (int i = threadIdx.x * 8; i < words; i += kThreads * 8) {
    Floats f = load(at + i);
    for (int j = 0; j < 8; ++j) f.v[j] = share * (__expf(f.v[j] - most) / total - (i + j == target ? 1.f : 0.f));
    store(at + i, f);
  }
  if (threadIdx.x == 0) atomicAdd(loss, share * (most + logf(total) - wanted));
}

__global__ void adam_kernel(float* master, float* m, float* v, const float* gradient, Half* copy, long long count, float rate, float m_left, float v_left) {
  for (long long i = (blockIdx.x * static_cast<long long>(kThreads) + threadIdx.x) * 4; i < count; i += static_cast<long long>(gridDim.x) * kThreads * 4) {
    float4 w = *reinterpret_cast<float4*>(master + i), a = *reinterpret_cast<float4*>(m + i), b = *reinterpret_cast<float4*>(v + i);
    const float4 g = *reinterpret_cast<const float4*>(gradient + i);
    const auto one = [&](float& w1, float& a1, float& b1, float g1) {
      a1 = 0.9f * a1 + 0.1f * g1;
      b1 = 0.95f * b1 + 0.05f * g1 * g1;
      w1 -= rate * (a1 / m_left / (sqrtf(b1 / v_left) + 1e-8f) + 0.1f * w1);
    };
    one(w.x, a.x, b.x, g.x);
    one(w.y, a.y, b.y, g.y);
    one(w.z, a.z, b.z, g.z);
    one(w.w, a.w, b.w, g.w);
    *reinterpret_cast<float4*>(master + i) = w;
    *reinterpret_cast<float4*>(m + i) = a;
    *reinterpret_cast<float4*>(v + i) = b;
    reinterpret_cast<__nv_bfloat162*>(copy + i)[0] = __floats2bfloat162_rn(w.x, w.y);
    reinterpret_cast<__nv_bfloat162*>(copy + i)[1] = __floats2bfloat162_rn(w.z, w.w);
  }
}

unsigned spread_over(long long threads) { return static_cast<unsigned>(std::min(8192ll, (threads + kThreads - 1) / kThreads)); }
dim3 columns(int rows, int width) {
  return {static_cast<unsigned>((width + kThreads - 1) / kThreads), static_cast<unsigned>((rows + kRowsOfSum - 1) / kRowsOfSum)};
}
void launched() { CUDA(cudaGetLastError()); }

}  // namespace

void layer_norm(const Half* x, const Half* scale, const Half* shift, Half* y, float2* statistics, int rows, int width, cudaStream_t stream) {
  layer_norm_kernel<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(x, scale, shift, y, statistics, width);
  launched();
}
void layer_norm_back(const Half* dy, const Half* x, const Half* scale, const float2* statistics, Half* dx, float* dscale, float* dshift, int rows, int width,
                     cudaStream_t stream) {
  layer_norm_back_kernel<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(dy, x, scale, statistics, dx, width);
  layer_norm_sums_kernel<<<columns(rows, width), kThreads, 0, stream>>>(dy, x, statistics, dscale, dshift, rows, width);
  launched();
}
void bias_gelu(Half* x, const Half* bias, Half* y, int rows, int width, cudaStream_t stream) {
  const long long count = static_cast<long long>(rows) * width;
  bias_gelu_kernel<<<spread_over(count / 8), kThreads, 0, stream>>>(x, bias, y, count, width);
  launched();
}
void gelu_back(const Half* x, Half* dy, long long count, cudaStream_t stream) {
  gelu_back_kernel<<<spread_over(count / 8), kThreads, 0, stream>>>(x, dy, count);
  launched();
}
void add_bias_residual(Half* residual, const Half* y, const Half* bias, int rows, int width, cudaStream_t stream) {
  const long long count = static_cast<long long>(rows) * width;
  add_bias_kernel<true><<<spread_over(count / 8), kThreads, 0, stream>>>(residual, y, bias, count, width);
  launched();
}
void add_bias(Half* x, const Half* bias, int rows, int width, cudaStream_t stream) {
  const long long count = static_cast<long long>(rows) * width;
  add_bias_kernel<false><<<spread_over(count / 8), kThreads, 0, stream>>>(x, nullptr, bias, count, width);
  launched();
}
void bias_back(const Half* dy, float* dbias, int rows, int width, cudaStream_t stream) {
  bias_back_kernel<<<columns(rows, width), kThreads, 0, stream>>>(dy, dbias, rows, width);
  launched();
}
void causal_softmax(Half* scores, float scale, int matrices, int length, cudaStream_t stream) {
  causal_softmax_kernel<<<static_cast<unsigned>(matrices) * static_cast<unsigned>(length), kThreads, 0, stream>>>(scores, scale, length);
  launched();
}
void causal_softmax_back(const Half* probabilities, Half* dp, float scale, int matrices, int length, cudaStream_t stream) {
  causal_softmax_back_kernel<<<static_cast<unsigned>(matrices) * static_cast<unsigned>(length), kThreads, 0, stream>>>(probabilities, dp, scale, length);
  launched();
}
void embed(const int* words, const Half* table, const Half* place, Half* x, int positions, int batch, int width, cudaStream_t stream) {
  embed_kernel<<<static_cast<unsigned>(positions * batch), kThreads, 0, stream>>>(words, table, place, x, batch, width);
  launched();
}
void embed_back(const int* words, const Half* dx, float* dtable, float* dplace, int positions, int batch, int width, cudaStream_t stream) {
  embed_back_kernel<<<static_cast<unsigned>(positions * batch), kThreads, 0, stream>>>(words, dx, dtable, dplace, batch, width);
  launched();
}
void cross_entropy(Half* logits, const int* targets, float* loss, int rows, int words, cudaStream_t stream) {
  cross_entropy_kernel<<<static_cast<unsigned>(rows), kThreads, 0, stream>>>(logits, targets, loss, rows, words);
  launched();
}
void adam(float* master, float* m, float* v, const float* gradient, Half* copy, long long count, float rate, int step, cudaStream_t stream) {
  adam_kernel<<<spread_over(count / 4), kThreads, 0, stream>>>(master, m, v, gradient, copy, count, rate, 1 - powf(0.9f, static_cast<float>(step)),
                                                              1 - powf(0.95f, static_cast<float>(step)));
  launched();
}

}  // namespace dure::bench
