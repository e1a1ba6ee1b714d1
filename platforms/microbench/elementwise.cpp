// The passes over memory between matrix products: bytes that must move, over time.
#include <algorithm>
#include <cmath>

#include "kernels.h"
#include "parts.h"

namespace dure::bench {
namespace {

double value(Half x) { return static_cast<double>(__bfloat162float(x)); }

/// |got - want| over what a bf16 result of float32 arithmetic may be off: one rounding of the result (2^-8) and 2^-16 of `scale` for the
/// float32 steps before it, whose inputs are of that size.
double off(double got, double want, double scale) { return std::fabs(got - want) / (std::ldexp(std::fabs(want), -8) + std::ldexp(scale, -16)); }

void check(Bench& bench) {
  constexpr int kRows = 64, kWidth = 1000 / 8 * 8;
  constexpr std::size_t kCount = static_cast<std::size_t>(kRows) * kWidth;
  const cudaStream_t stream = bench.library.stream;
  Buffer<Half> x(kCount), scale(kWidth), shift(kWidth), y(kCount), z(kCount);
  Buffer<float2> statistics(kRows);
  fill_normal(x.data(), kCount, 1, 1, stream);
  fill_normal(scale.data(), kWidth, 2, 1, stream);
  fill_normal(shift.data(), kWidth, 3, 1, stream);
  CUDA(cudaStreamSynchronize(stream));
  const auto hx = x.to_host(), ha = scale.to_host(), hb = shift.to_host();
  CUDA(cudaMemset(y.data(), 0xff, kCount * sizeof(Half)));
  layer_norm(x.data(), scale.data(), shift.data(), y.data(), statistics.data(), kRows, kWidth, stream);
  CUDA(cudaStreamSynchronize(stream));
  const auto hy = y.to_host();
  double worst = 0;
  for (std::size_t r = 0; r < kRows; ++r) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < kWidth; ++i) mean += value(hx[r * kWidth + i]) / kWidth;
    for (std::size_t i = 0; i < kWidth; ++i) variance += std::pow(value(hx[r * kWidth + i]) - mean, 2) / kWidth;
    for (std::size_t i = 0; i < kWidth; ++i) {
      const double want = (value(hx[r * kWidth + i]) - mean) / std::sqrt(variance + 1e-5) * value(ha[i]) + value(hb[i]);
      const double o = off(value(hy[r * kWidth + i]), want, 8);
      worst = o <= worst ? worst : o;
    }
  }
  bench.check("layer_norm", worst, "bf16 rounding and 2^-13");
  CUDA(cudaMemset(y.data(), 0xff, kCount * sizeof(Half)));
  bias_gelu(x.data(), shift.data(), y.data(), kRows, kWidth, stream);
  CUDA(cudaStreamSynchronize(stream));
  const auto gx = x.to_host(), gy = y.to_host();
  worst = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double v = value(hx[i]) + value(hb[i % kWidth]), want = 0.5 * v * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v)));
    const double o = std::max(off(value(gx[i]), v, 8), off(value(gy[i]), want, 8));
    worst = o <= worst ? worst : o;
  }
  bench.check("bias_gelu", worst, "bf16 rounding and 2^-13");
  // Adam on numbers of order one: eight float32 operations, 2^-20 of the terms.
  Buffer<float> w(kCount), m(kCount), v(kCount), g(kCount);
  fill_normal(w.data(), kCount, 4, 1, stream);
  fill_normal(m.data(), kCount, 5, 1, stream);
  fill_normal(g.data(), kCount, 6, 1, stream);
  std::vector<float> squares(kCount, 0.5f);
  CUDA(cudaMemcpyAsync(v.data(), squares.data(), kCount * sizeof(float), cudaMemcpyHostToDevice, stream));
  CUDA(cudaStreamSynchronize(stream));
  const auto w0 = w.to_host(), m0 = m.to_host(), g0 = g.to_host();
  adam(w.data(), m.data(), v.data(), g.data(), z.data(), static_cast<long long>(kCount), 0.01f, 3, stream);
  CUDA(cudaStreamSynchronize(stream));
  const auto w1 = w.to_host();
  worst = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double gi = static_cast<double>(g0[i]), a = 0.9 * static_cast<double>(m0[i]) + 0.1 * gi, b = 0.95 * 0.5 + 0.05 * gi * gi, wi = static_cast<double>(w0[i]);
    const double want = wi - 0.01 * (a / (1 - std::pow(0.9, 3)) / (std::sqrt(b / (1 - std::pow(0.95, 3))) + 1e-8) + 0.1 * wi);
    const double o = std::fabs(static_cast<double>(w1[i]) - want) / std::ldexp(std::fabs(wi) + 0.1, -20);
    worst = o <= worst ? worst : o;
  }
  bench.check("adam", worst, "2^-20 of the terms, float32");
}

}  // namespace

void measure_elementwise(Bench& bench) {
  check(bench);
  const cudaStream_t stream = bench.library.stream;
  for (const int rows : {512, 2048, 8192, 32768, 131072}) {
    if (bench.quick && rows != 8192) continue;
    for (const int width : {2048, 8192}) {
      const std::size_t count = static_cast<std::size_t>(rows) * static_cast<std::size_t>(width);
      const auto n = static_cast<double>(count);
      Buffer<Half> x(count), y(count), z(count), small(3 * static_cast<std::size_t>(width));
      Buffer<float> sums(2 * static_cast<std::size_t>(width)), states(4 * count);
      Buffer<float2> statistics(static_cast<std::size_t>(rows));
      for (const Buffer<Half>* one : {&x, &y, &z, &small}) fill_normal(one->data(), one->size(), 1, 1, stream);
      fill_normal(states.data(), states.size(), 2, 0.01f, stream);
      CUDA(cudaMemsetAsync(states.data() + 2 * count, 0, count * sizeof(float), stream));
      const auto point = [&](const char* kernel, double bytes, const std::function<void(int)>& go) {
        const Spread spread = time_us(stream, bench.effort(0.05), go);
        bench.record.add(Line("elementwise").word("kernel", kernel).number("bytes", bytes).measured("time", "us", spread));
        if (rows == 131072 || bench.quick) std::fprintf(stderr, "  %-16s width %4d: %.2f TB/s\n", kernel, width, bytes / spread.median * 1e-6);
      };
      Half *a = small.data(), *b = small.data() + width;
      float* state = states.data();
      point("layer_norm", 4 * n, [&](int) { layer_norm(x.data(), a, b, y.data(), statistics.data(), rows, width, stream); });
      point("layer_norm_back", 12 * n, [&](int) { layer_norm_back(y.data(), x.data(), a, statistics.data(), z.data(), sums.data(), sums.data() + width, rows, width, stream); });
      point("bias_gelu", 6 * n, [&](int) { bias_gelu(x.data(), b, y.data(), rows, width, stream); });
      point("gelu_back", 6 * n, [&](int) { gelu_back(x.data(), z.data(), static_cast<long long>(count), stream); });
      point("bias_residual", 6 * n, [&](int) { add_bias_residual(z.data(), y.data(), b, rows, width, stream); });
      point("bias_back", 2 * n, [&](int) { bias_back(y.data(), sums.data(), rows, width, stream); });
      point("adam", 30 * n, [&](int i) { adam(state, state + count, state + 2 * count, state + 3 * count, x.data(), static_cast<long long>(count), 1e-5f, i + 1, stream); });
    }
  }
}

}  // namespace dure::bench
