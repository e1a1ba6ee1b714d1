// Matrix products over a grid of shapes, the quickest algorithm of the library for each.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "gemm_grid.h"
#include "parts.h"
#include "tolerance.h"

namespace dure::bench {
namespace {

constexpr std::size_t kAlign = 512;
std::size_t padded(std::size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

/// Random operands in one block of memory; sets of them are taken in turn so that none stays in the L2 cache.
class Pool {
 public:
  Pool(std::size_t bytes, const char* precision, cudaStream_t stream) : memory_(bytes) {
    const std::size_t count = bytes / bytes_of(precision);
    if (std::strcmp(precision, "bf16") == 0) fill_normal(reinterpret_cast<__nv_bfloat16*>(memory_.data()), count, 5, 1, stream);
    else if (std::strcmp(precision, "fp16") == 0) fill_normal(reinterpret_cast<__half*>(memory_.data()), count, 5, 1, stream);
    else if (std::strcmp(precision, "fp8") == 0) fill_normal(reinterpret_cast<__nv_fp8_e4m3*>(memory_.data()), count, 5, 1, stream);
    else fill_normal(reinterpret_cast<float*>(memory_.data()), count, 5, 1, stream);
    CUDA(cudaStreamSynchronize(stream));
  }
  char* at(std::size_t offset) const { return memory_.data() + offset; }
  std::size_t size() const { return memory_.size(); }

 private:
  Buffer<char> memory_;
};

double host_value(const char* data, std::size_t i, const char* precision) {
  if (std::strcmp(precision, "bf16") == 0) return static_cast<double>(__bfloat162float(reinterpret_cast<const __nv_bfloat16*>(data)[i]));
  if (std::strcmp(precision, "fp16") == 0) return static_cast<double>(__half2float(reinterpret_cast<const __half*>(data)[i]));
  if (std::strcmp(precision, "fp8") == 0) return static_cast<double>(static_cast<float>(reinterpret_cast<const __nv_fp8_e4m3*>(data)[i]));
  return static_cast<double>(reinterpret_cast<const float*>(data)[i]);
}

/// Every algorithm's answer for one odd shape, 400 elements of it, against float64 sums.
void check(Bench& bench, const char* precision, const char* out, const Pool& in) {
  for (const auto& [ta, tb] : {std::pair{false, true}, {false, false}, {true, false}}) {
    if (std::strcmp(precision, "fp8") == 0 && (ta || !tb)) continue;
    const Product p{.precision = precision, .out = out, .m = 528, .n = 784, .k = 1040, .transpose_a = ta, .transpose_b = tb};
    Matmul matmul(bench.library, p, 8);
    if (!matmul.possible()) continue;
    const std::size_t a_bytes = padded(bytes_of(precision) * 528 * 1040), b_bytes = padded(bytes_of(precision) * 784 * 1040), c_bytes = bytes_of(out) * 528 * 784;
    Buffer<char> c(c_bytes);
    matmul.choose([&](int) { return Matmul::Operands{in.at(0), in.at(a_bytes), c.data()}; });
    CUDA(cudaMemset(c.data(), 0xff, c_bytes));  // NaN in every format: what is not written is seen
    matmul.run(in.at(0), in.at(a_bytes), c.data());
    CUDA(cudaStreamSynchronize(bench.library.stream));
    std::vector<char> a(a_bytes), b(b_bytes), got(c_bytes);
    CUDA(cudaMemcpy(a.data(), in.at(0), a_bytes, cudaMemcpyDeviceToHost));
    CUDA(cudaMemcpy(b.data(), in.at(a_bytes), b_bytes, cudaMemcpyDeviceToHost));
    CUDA(cudaMemcpy(got.data(), c.data(), c_bytes, cudaMemcpyDeviceToHost));
    double worst = 0;
    for (std::size_t sample = 0; sample < 400; ++sample) {
      const std::size_t i = sample * 7919 % 528, j = sample * 104729 % 784;
      double sum = 0, sum_abs = 0;
      for (std::size_t l = 0; l < 1040; ++l) {
        const double x = host_value(a.data(), ta ? l * 528 + i : i * 1040 + l, precision) * host_value(b.data(), tb ? j * 1040 + l : l * 784 + j, precision);
        sum += x;
        sum_abs += std::fabs(x);
      }
      const double off = std::fabs(host_value(got.data(), i * 784 + j, out) - sum) / gemm_tolerance(precision, out, 1040, sum_abs, sum);
      worst = off <= worst ? worst : off;  // NaN is kept
    }
    bench.check(std::string("gemm ") + precision + " " + p.layout(), worst, "float64 sums, tolerance.h");
  }
}

}  // namespace

void measure_gemm(Bench& bench) {
  struct Share {
    const char* precision;
    const char* out;
    double time;  // of the budget
  };
  const std::size_t l2_bytes = static_cast<std::size_t>(bench.card.properties.l2CacheSize);
  std::size_t free_bytes = 0, all_bytes = 0;
  CUDA(cudaMemGetInfo(&free_bytes, &all_bytes));
  const std::size_t pool_bytes = std::min<std::size_t>(std::size_t(8) << 30, free_bytes * 2 / 5) / kAlign * kAlign;
  for (const Share& share : {Share{"bf16", "bf16", 0.42}, {"fp8", "bf16", 0.25}, {"fp16", "fp16", 0.08}, {"tf32", "fp32", 0.10}, {"fp32", "fp32", 0.15}}) {
    if (std::strcmp(share.precision, "fp8") == 0 && bench.card.properties.major * 10 + bench.card.properties.minor < 89) continue;
    const double end_s = now_s() + bench.budget_s * share.time;
    const Pool in(pool_bytes, share.precision, bench.library.stream), out(pool_bytes, share.out, bench.library.stream);
    check(bench, share.precision, share.out, in);
    const std::vector<GemmShape> grid = gemm_grid(share.precision, bench.quick);
    int done = 0, refused = 0;
    double best = 0;
    for (const GemmShape& s : grid) {
      if (now_s() > end_s) break;
      const Product p{.precision = share.precision, .out = share.out, .m = s.m, .n = s.n, .k = s.k, .transpose_a = s.transpose_a, .transpose_b = s.transpose_b, .batch = s.batch};
      const std::size_t b = bytes_of(share.precision), batch = static_cast<std::size_t>(s.batch), m = static_cast<std::size_t>(s.m), n = static_cast<std::size_t>(s.n), k = static_cast<std::size_t>(s.k);
      const std::size_t a_bytes = padded(batch * m * k * b), b_bytes = padded(batch * n * k * b), c_bytes = padded(batch * m * n * bytes_of(share.out));
      if (a_bytes + b_bytes > in.size() || c_bytes > out.size()) continue;
      const std::size_t sets = std::clamp<std::size_t>(1 + 3 * l2_bytes / (a_bytes + b_bytes + c_bytes), 1, std::min<std::size_t>(64, std::min(in.size() / (a_bytes + b_bytes), out.size() / c_bytes)));
      const auto operands = [&](int turn) {
        const std::size_t set = static_cast<std::size_t>(turn) % sets;
        return Matmul::Operands{in.at(set * (a_bytes + b_bytes)), in.at(set * (a_bytes + b_bytes) + a_bytes), out.at(set * c_bytes)};
      };
      Matmul matmul(bench.library, p, 8);
      if (!matmul.possible()) {
        ++refused;
        continue;
      }
      matmul.choose(operands);
      const Spread spread = time_us(bench.library.stream, bench.effort(0.1), [&](int turn) {
        const Matmul::Operands o = operands(turn);
        matmul.run(o.a, o.b, o.c);
      });
      bench.record.add(Line("gemm").word("precision", share.precision).word("layout", p.layout()).number("m", s.m).number("n", s.n).number("k", s.k).number("batch", s.batch)
                           .number("algorithms", matmul.algorithms()).measured("time", "us", spread));
      best = std::max(best, p.flop() / spread.median * 1e-6);
      ++done;
    }
    std::fprintf(stderr, "  %-5s %3d of %zu shapes (%d refused by the library), best %.1f TFLOP/s\n", share.precision, done, grid.size(), refused, best);
  }
}

}  // namespace dure::bench
