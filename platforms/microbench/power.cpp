// Power at rest, and against the share of time in which a large product runs. Nothing of the card is set: it is only read.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "parts.h"

namespace dure::bench {
namespace {

void sleep_until_s(double when_s) {
  if (const double left_s = when_s - now_s(); left_s > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left_s));
}

}  // namespace

void measure_power(Bench& bench) {
  if (!bench.nvml.usable() || bench.nvml.power_w() < 0) {
    std::fprintf(stderr, "  the driver's management library gives no power here: left out\n");
    return;
  }
  const cudaStream_t stream = bench.library.stream;
  constexpr int kSize = 8192;
  constexpr std::size_t kCount = static_cast<std::size_t>(kSize) * kSize;
  Buffer<__nv_bfloat16> a(kCount), b(kCount), c(kCount);
  fill_normal(a.data(), kCount, 1, 1, stream);
  fill_normal(b.data(), kCount, 2, 1, stream);
  Matmul matmul(bench.library, {.m = kSize, .n = kSize, .k = kSize, .transpose_b = true}, 8);
  if (!matmul.possible()) return;
  matmul.choose([&](int) { return Matmul::Operands{a.data(), b.data(), c.data()}; });
  // Short and cool: the rate that the table of products is measured at.
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const Spread burst = time_us(stream, {0.05, 7, 20}, [&](int) { matmul.run(a.data(), b.data(), c.data()); });
  const double flop = matmul.product().flop();
  bench.record.add("burst_tflops", flop / burst.median * 1e-6);

  const double settle_s = bench.quick ? 1.0 : 3.0, window_s = bench.quick ? 1.0 : 4.0, period_s = std::max(0.05, 10 * burst.median * 1e-6);
  for (const double wanted : {0.0, 0.25, 0.5, 0.75, 0.9, 1.0}) {
    const double start_s = now_s();
    std::vector<double> watts;
    double temperature = 0, clock = 0, first_energy = -1, from_s = 0;
    long long in_window = 0;
    double busy_us = 0;
    cudaEvent_t begin, end;
    CUDA(cudaEventCreate(&begin));
    CUDA(cudaEventCreate(&end));
    for (double next_s = start_s; next_s < start_s + settle_s + window_s;) {
      const bool in = next_s >= start_s + settle_s;
      if (in && from_s == 0) {
        from_s = now_s();
        first_energy = bench.nvml.energy_j();
      }
      const int count = static_cast<int>(std::lround(wanted * period_s / (burst.median * 1e-6)));
      if (count > 0) {
        CUDA(cudaEventRecord(begin, stream));
        for (int i = 0; i < count; ++i) matmul.run(a.data(), b.data(), c.data());
        CUDA(cudaEventRecord(end, stream));
        CUDA(cudaEventSynchronize(end));
        float ms = 0;
        CUDA(cudaEventElapsedTime(&ms, begin, end));
        if (in) {
          in_window += count;
          busy_us += static_cast<double>(ms) * 1e3;
        }
      }
      if (in) {
        watts.push_back(bench.nvml.power_w());
        temperature = std::max(temperature, bench.nvml.temperature_c());
        clock = bench.nvml.sm_clock_mhz();
      }
      next_s = wanted >= 1 ? now_s() : std::max(next_s + period_s, now_s());
      sleep_until_s(next_s);
    }
    const double span_s = now_s() - from_s, energy_j = bench.nvml.energy_j() - first_energy;
    CUDA(cudaEventDestroy(begin));
    CUDA(cudaEventDestroy(end));
    Spread power = spread_of(watts);
    // The counter of energy knows the mean over the window; the driver's power is a running mean of its own. A counter that stands still is not believed.
    if (first_energy >= 0 && energy_j > 0) power.median = energy_j / span_s;
    power.lower = std::min(power.lower, power.median);
    power.upper = std::max(power.upper, power.median);
    const double duty = std::min(1.0, busy_us * 1e-6 / span_s);
    Line line("power");
    line.word("load", wanted == 0 ? "idle" : "gemm").number("duty", duty).number("sm_clock_mhz", clock).number("temperature_c", temperature).measured("power", "W", power);
    if (busy_us > 0) line.number("busy_tflops", flop * static_cast<double>(in_window) / busy_us * 1e-6);
    bench.record.add(line);
    std::fprintf(stderr, "  busy %5.1f %%: %6.1f W, %4.0f MHz, %.0f C\n", duty * 100, power.median, clock, temperature);
  }
}

}  // namespace dure::bench
