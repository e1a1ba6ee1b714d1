#include "fused_attention.h"

#include <cstdint>

#include "bench.h"

// A block takes 128 queries of one head, eight warps of 16 queries; keys and values come through shared memory, 64 at a time, two
// tiles in flight. Fragments are those of mma.m16n8k16 (PTX ISA, "Matrix fragments for mma.m16n8k16"): with g = lane / 4 and
// t = lane % 4 a thread holds of C the rows g and g + 8, columns 2t and 2t + 1. The accumulators of two neighbouring 8-column tiles
// of the scores are, rounded to bf16, exactly the A fragment of the second product.
namespace dure::bench {
namespace {

using Half = __nv_bfloat16;
constexpr int kQueries = 128, kKeys = 64, kWarps = 8;

__device__ void mma(float (&c)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
__device__ void load_four(std::uint32_t (&r)[4], const Half* row) {
  const auto at = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at));
}
__device__ void load_four_transposed(std::uint32_t (&r)[4], const Half* row) {
  const auto at = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(at));
}
__device__ void copy_async(Half* to, const Half* from) {
  const auto at = static_cast<std::uint32_t>(__cvta_generic_to_shared(to));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(at), "l"(from));
}
__device__ std::uint32_t pack(float a, float b) {
  const __nv_bfloat162 two = __floats2bfloat162_rn(a, b);
  return *reinterpret_cast<const std::uint32_t*>(&two);
}

/// A tile of `kRows` rows, each `kHead` wide, padded by 8 so that the rows of a fragment lie in different banks.
template <int kHead>
constexpr int kPitch = kHead + 8;

template <int kHead, int kRows>
__device__ void fetch(Half* tile, const Half* from) {
  constexpr int kChunks = kHead / 8;
  for (int i = static_cast<int>(threadIdx.x); i < kRows * kChunks; i += kWarps * 32)
    copy_async(tile + i / kChunks * kPitch<kHead> + i % kChunks * 8, from + i / kChunks * kHead + i % kChunks * 8);
}

template <int kHead>
__global__ void __launch_bounds__(kWarps * 32) fused_kernel(const Half* q, const Half* k, const Half* v, Half* out, int length, bool causal) {
  extern __shared__ __align__(16) unsigned char memory[];
  constexpr int kTile = kKeys * kPitch<kHead>;
  Half* const keys = reinterpret_cast<Half*>(memory);  // two tiles
  Half* const values = keys + 2 * kTile;               // two tiles
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32, g = lane / 4, t = lane % 4;
  const long long matrix = static_cast<long long>(blockIdx.y) * length * kHead;
  const int first = static_cast<int>(gridDim.x - 1 - blockIdx.x) * kQueries, row = first + warp * 16;  // the longest causal rows start first
  const float scale = rsqrtf(static_cast<float>(kHead)) * 1.4426950408889634f;                        // exp2 below

  // Queries of this warp, straight into A fragments; rows behind the end are those of the last 16.
  std::uint32_t query[kHead / 16][4];
  const Half* mine = q + matrix + static_cast<long long>(min(row, length - 16)) * kHead;
#pragma unroll
  for (int j = 0; j < kHead / 16; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      query[j][i] = *reinterpret_cast<const std::uint32_t*>(mine + (g + (i % 2) * 8) * kHead + j * 16 + t * 2 + (i / 2) * 8);

  float sum[2] = {0, 0}, most[2] = {-1e30f, -1e30f}, acc[kHead / 8][4] = {};
  const int tiles = (causal ? min(length, first + kQueries) : length) / kKeys;
  fetch<kHead, kKeys>(keys, k + matrix);
  fetch<kHead, kKeys>(values, v + matrix);
  asm volatile("cp.async.commit_group;");
  for (int tile = 0; tile < tiles; ++tile) {
    if (tile + 1 < tiles) {
      const long long next = matrix + static_cast<long long>(tile + 1) * kKeys * kHead;
      fetch<kHead, kKeys>(keys + (tile + 1) % 2 * kTile, k + next);
      fetch<kHead, kKeys>(values + (tile + 1) % 2 * kTile, v + next);
    }
    asm volatile("cp.async.commit_group;");
    asm volatile("cp.async.wait_group 1;");
    __syncthreads();
    const Half* kt = keys + tile % 2 * kTile;
    const Half* vt = values + tile % 2 * kTile;
    if (!causal || tile * kKeys <= row + 15) {
      float s[kKeys / 8][4] = {};
#pragma unroll
      for (int j = 0; j < kHead / 16; ++j)
#pragma unroll
        for (int n = 0; n < kKeys / 16; ++n) {  // 16 keys: lanes 0-7 give the rows of keys 0-7, low half of the 16 columns; 8-15 the high half; 16-31 keys 8-15
          std::uint32_t b[4];
          load_four(b, kt + (n * 16 + lane / 16 * 8 + lane % 8) * kPitch<kHead> + j * 16 + lane / 8 % 2 * 8);
          mma(s[2 * n], query[j], b[0], b[1]);
          mma(s[2 * n + 1], query[j], b[2], b[3]);
        }
      float top[2] = {most[0], most[1]};
#pragma unroll
      for (int n = 0; n < kKeys / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          const int key = tile * kKeys + n * 8 + t * 2 + i % 2;
          s[n][i] = causal && key > row + g + i / 2 * 8 ? -1e30f : s[n][i] * scale;
          top[i / 2] = fmaxf(top[i / 2], s[n][i]);
        }
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        top[half] = fmaxf(top[half], __shfl_xor_sync(~0u, top[half], 1));
        top[half] = fmaxf(top[half], __shfl_xor_sync(~0u, top[half], 2));
        const float shrink = exp2f(most[half] - top[half]);
        most[half] = top[half];
        sum[half] *= shrink;
#pragma unroll
        for (int n = 0; n < kHead / 8; ++n) {
          acc[n][2 * half] *= shrink;
          acc[n][2 * half + 1] *= shrink;
        }
      }
#pragma unroll
      for (int n = 0; n < kKeys / 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          s[n][i] = exp2f(s[n][i] - most[i / 2]);
          sum[i / 2] += s[n][i];
        }
#pragma unroll
      for (int j = 0; j < kKeys / 16; ++j) {
        const std::uint32_t p[4] = {pack(s[2 * j][0], s[2 * j][1]), pack(s[2 * j][2], s[2 * j][3]), pack(s[2 * j + 1][0], s[2 * j + 1][1]), pack(s[2 * j + 1][2], s[2 * j + 1][3])};
#pragma unroll
        for (int n = 0; n < kHead / 16; ++n) {  // transposed on the way: lanes 0-15 give the rows of 16 keys, columns 0-7; 16-31 columns 8-15
          std::uint32_t b[4];
          load_four_transposed(b, vt + (j * 16 + lane % 16) * kPitch<kHead> + n * 16 + lane / 16 * 8);
          mma(acc[2 * n], p, b[0], b[1]);
          mma(acc[2 * n + 1], p, b[2], b[3]);
        }
      }
    }
    __syncthreads();
  }
  if (row >= length) return;
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    sum[half] += __shfl_xor_sync(~0u, sum[half], 1);
    sum[half] += __shfl_xor_sync(~0u, sum[half], 2);
    Half* to = out + matrix + static_cast<long long>(row + g + half * 8) * kHead + t * 2;
#pragma unroll
    for (int n = 0; n < kHead / 8; ++n)
      *reinterpret_cast<std::uint32_t*>(to + n * 8) = pack(acc[n][2 * half] / sum[half], acc[n][2 * half + 1] / sum[half]);
  }
}

template <int kHead>
void launch(const Half* q, const Half* k, const Half* v, Half* out, int matrices, int length, bool causal, cudaStream_t stream) {
  constexpr int kShared = 4 * kKeys * kPitch<kHead> * static_cast<int>(sizeof(Half));
  static const cudaError_t allowed = cudaFuncSetAttribute(fused_kernel<kHead>, cudaFuncAttributeMaxDynamicSharedMemorySize, kShared);
  CUDA(allowed);
  const dim3 grid(static_cast<unsigned>((length + kQueries - 1) / kQueries), static_cast<unsigned>(matrices));
  fused_kernel<kHead><<<grid, kWarps * 32, kShared, stream>>>(q, k, v, out, length, causal);
  CUDA(cudaGetLastError());
}

}  // namespace

bool fused_attention(const Half* q, const Half* k, const Half* v, Half* out, int matrices, int length, int head, bool causal, cudaStream_t stream) {
  if (length % kKeys != 0) return false;
  if (head == 64) launch<64>(q, k, v, out, matrices, length, causal, stream);
  else if (head == 128) launch<128>(q, k, v, out, matrices, length, causal, stream);
  else return false;
  return true;
}

}  // namespace dure::bench
