// Reading, copying and the triad, over sizes from the L2 cache to several gigabytes.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "parts.h"

namespace dure::bench {
namespace {

constexpr int kThreads = 512;

__global__ void copy_kernel(const float4* a, float4* c, std::size_t count) {
  for (std::size_t i = blockIdx.x * static_cast<std::size_t>(kThreads) + threadIdx.x; i < count; i += static_cast<std::size_t>(gridDim.x) * kThreads) c[i] = a[i];
}
__global__ void triad_kernel(const float4* a, const float4* b, float4* c, std::size_t count) {
  for (std::size_t i = blockIdx.x * static_cast<std::size_t>(kThreads) + threadIdx.x; i < count; i += static_cast<std::size_t>(gridDim.x) * kThreads) {
    const float4 x = a[i], y = b[i];
    c[i] = {x.x + 3 * y.x, x.y + 3 * y.y, x.z + 3 * y.z, x.w + 3 * y.w};
  }
}
__global__ void read_kernel(const float4* a, float* sum, std::size_t count) {
  float s = 0;
  for (std::size_t i = blockIdx.x * static_cast<std::size_t>(kThreads) + threadIdx.x; i < count; i += static_cast<std::size_t>(gridDim.x) * kThreads) {
    const float4 x = a[i];
    s += x.x + x.y + x.z + x.w;
  }
  for (int offset = 16; offset > 0; offset /= 2) s += __shfl_xor_sync(~0u, s, offset);
  if (threadIdx.x % 32 == 0) atomicAdd(sum, s);
}

}  // namespace

void measure_memory(Bench& bench) {
  const cudaStream_t stream = bench.library.stream;
  std::size_t free_bytes = 0, all_bytes = 0;
  CUDA(cudaMemGetInfo(&free_bytes, &all_bytes));
  const std::size_t most = std::min<std::size_t>(std::size_t(4) << 30, free_bytes / 4) / 65536 * 65536;  // bytes of one array
  Buffer<float> a(most / 4), b(most / 4), c(most / 4), sum(1);
  fill_normal(a.data(), a.size(), 1, 1, stream);
  fill_normal(b.data(), b.size(), 2, 1, stream);
  const auto vectors = [](const Buffer<float>& x, std::size_t offset) { return reinterpret_cast<float4*>(x.data()) + offset; };

  // c = a + 3 b in float32, one rounding of the product (or none, fused) and one of the sum: 2^-23 of |a| + 3|b|.
  const std::size_t checked = std::size_t(1) << 20;
  const auto blocks_for = [](std::size_t count) { return static_cast<unsigned>(std::min<std::size_t>((count + kThreads - 1) / kThreads, 132 * 16)); };
  triad_kernel<<<blocks_for(checked / 4), kThreads, 0, stream>>>(vectors(a, 0), vectors(b, 0), vectors(c, 0), checked / 4);
  CUDA(cudaMemsetAsync(sum.data(), 0, sizeof(float), stream));
  read_kernel<<<blocks_for(checked / 4), kThreads, 0, stream>>>(vectors(a, 0), sum.data(), checked / 4);
  CUDA(cudaStreamSynchronize(stream));
  std::vector<float> x(checked), y(checked), z(checked);
  CUDA(cudaMemcpy(x.data(), a.data(), checked * 4, cudaMemcpyDeviceToHost));
  CUDA(cudaMemcpy(y.data(), b.data(), checked * 4, cudaMemcpyDeviceToHost));
  CUDA(cudaMemcpy(z.data(), c.data(), checked * 4, cudaMemcpyDeviceToHost));
  double worst = 0, total = 0, total_abs = 0;
  for (std::size_t i = 0; i < checked; ++i) {
    const double want = static_cast<double>(x[i]) + 3.0 * static_cast<double>(y[i]), allowed = (std::fabs(static_cast<double>(x[i])) + 3 * std::fabs(static_cast<double>(y[i]))) * 0x1p-23 + 1e-30;
    const double off = std::fabs(static_cast<double>(z[i]) - want) / allowed;
    worst = off <= worst ? worst : off;
    total += static_cast<double>(x[i]);
    total_abs += std::fabs(static_cast<double>(x[i]));
  }
  bench.check("triad", worst, "2^-23 of |a| + 3|b|");
  bench.check("read", std::fabs(static_cast<double>(sum.to_host()[0]) - total) / (1e-5 * total_abs), "1e-5 of sum |a|, float32 partial sums");

  for (std::size_t bytes = std::size_t(1) << 20; bytes <= most; bytes *= 2) {
    const std::size_t count = bytes / 16;
    const unsigned blocks = static_cast<unsigned>(std::min<std::size_t>((count + kThreads - 1) / kThreads, static_cast<std::size_t>(bench.card.properties.multiProcessorCount) * 32));
    const auto point = [&](const char* operation, double arrays, const std::function<void(int)>& go) {
      const Spread spread = time_us(stream, bench.effort(0.05), go);
      bench.record.add(Line("memory").word("operation", operation).number("bytes", arrays * static_cast<double>(bytes)).measured("time", "us", spread));
      return arrays * static_cast<double>(bytes) / spread.median * 1e-6;
    };
    const double copy = point("copy", 2, [&](int) { copy_kernel<<<blocks, kThreads, 0, stream>>>(vectors(a, 0), vectors(c, 0), count); });
    const double triad = point("triad", 3, [&](int) { triad_kernel<<<blocks, kThreads, 0, stream>>>(vectors(a, 0), vectors(b, 0), vectors(c, 0), count); });
    const double read = point("read", 1, [&](int) { read_kernel<<<blocks, kThreads, 0, stream>>>(vectors(a, 0), sum.data(), count); });
    const double engine = point("copy_engine", 2, [&](int) { CUDA(cudaMemcpyAsync(c.data(), a.data(), bytes, cudaMemcpyDeviceToDevice, stream)); });
    CUDA(cudaGetLastError());
    if (bytes * 2 > most || bench.quick)
      std::fprintf(stderr, "  arrays of %.0f MB: copy %.2f, triad %.2f, read %.2f, memcpy %.2f TB/s\n", static_cast<double>(bytes) * 1e-6, copy, triad, read, engine);
    if (bench.quick && bytes < (std::size_t(1) << 28)) bytes *= 8;
  }
}

}  // namespace dure::bench
