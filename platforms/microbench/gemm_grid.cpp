#include "gemm_grid.h"

#include <cstdint>
#include <set>
#include <tuple>

namespace dure::bench {
namespace {

/// Widths of the transformers in the published training cases (platforms/cases/training_cases.csv).
struct Width {
  int hidden, ffn, heads, kv_heads, vocabulary;
  bool gated;
  int tokens;  // of a micro-batch in those cases
};
constexpr Width kWidths[] = {
    {2304, 9216, 24, 24, 51200, false, 8192},     {2560, 10240, 20, 20, 50368, false, 4096},   {4096, 14336, 32, 8, 128256, true, 8192},
    {4096, 16384, 32, 32, 50368, false, 12288},   {5120, 20480, 40, 40, 50368, false, 8192},   {6144, 24576, 48, 8, 256000, false, 16384},
    {6144, 24576, 48, 48, 51200, false, 16384},   {6144, 32768, 48, 8, 131072, true, 8192},    {8192, 28672, 64, 8, 128256, true, 8192},
    {8192, 32768, 64, 64, 50368, false, 16384},   {10240, 40960, 80, 80, 51200, false, 4096},  {12288, 49152, 96, 96, 51200, false, 2048},
    {14336, 57344, 112, 112, 250880, false, 4096}, {16384, 53248, 128, 8, 128256, true, 8192}, {20480, 81920, 128, 128, 51200, false, 2048},
    {25600, 102400, 160, 160, 51200, false, 2048}};

class Grid {
 public:
  Grid(bool fp8, int width_of_operand) : fp8_(fp8), bytes_(width_of_operand) {}
  void add(int m, int n, int k, bool transpose_a = false, bool transpose_b = true, int batch = 1) {
    if (fp8_ && (transpose_a || !transpose_b)) transpose_a = false, transpose_b = true;  // the transposes are made beforehand
    if (m % 16 != 0 || n % 16 != 0 || k % 16 != 0) return;
    const double bytes = (static_cast<double>(m) * k + static_cast<double>(n) * k + static_cast<double>(m) * n) * bytes_ * batch;
    if (bytes > 3.5e9) return;
    if (seen_.emplace(m, n, k, transpose_a, transpose_b, batch).second) shapes_.push_back({m, n, k, transpose_a, transpose_b, batch});
  }
  /// Shuffled by a fixed rule.
  std::vector<GemmShape> shuffled() {
    std::uint64_t state = 88172645463325252ull;
    for (std::size_t i = shapes_.size(); i > 1; --i) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
      std::swap(shapes_[i - 1], shapes_[state % i]);
    }
    return shapes_;
  }

 private:
  bool fp8_;
  int bytes_;
  std::set<std::tuple<int, int, int, bool, bool, int>> seen_;
  std::vector<GemmShape> shapes_;
};

}  // namespace

std::vector<GemmShape> gemm_grid(const std::string& precision, bool quick) {
  const bool half = precision == "bf16", fp8 = precision == "fp8";
  Grid grid(fp8, fp8 ? 2 : half || precision == "fp16" ? 2 : 4);
  const int most = precision == "fp32" ? 8192 : 16384;
  // Squares, and the sizes between the powers of two in which a last wave or tile is partly empty.
  for (int size = 128; size <= most; size *= 2) grid.add(size, size, size);
  for (const int size : {384, 640, 1536, 1920, 2304, 2688, 3072, 3456, 3840, 4224, 4608, 5120, 5632, 6144, 7168, 9216, 10240, 12288})
    if (size <= most) grid.add(size, size, half || fp8 ? 4096 : size);
  for (const int size : {336, 1040, 2064, 3120, 4112, 5008, 7600, 8208})
    if (size <= most) grid.add(size, size, size / 16 * 16);
  for (int k = 64; k <= 16384; k *= 2) grid.add(4096, 4096, k);
  for (int m = 16; m <= 2048; m *= 2) {  // few rows: a server's decoding
    grid.add(m, 8192, 8192);
    grid.add(m, 4096, 14336);
  }
  if (quick) {
    auto shapes = grid.shuffled();
    shapes.resize(12);
    return shapes;
  }
  int turn = 0;
  for (const Width& w : kWidths) {
    const int head = w.hidden / w.heads;
    for (const int t : {1, 2, 4, 8}) {
      if (w.hidden / t < 512 || (w.hidden > 12288 && t < 4) || w.heads % t != 0) continue;
      if (!half && !fp8 && t != 2 && t != 8) continue;
      const int kv = w.kv_heads >= t ? w.kv_heads / t : 1;
      const int linear[4][2] = {{(w.heads / t + 2 * kv) * head, w.hidden},                  // query, key, value
                                {w.hidden, w.hidden / t},                                  // out of attention
                                {(w.gated ? 2 : 1) * w.ffn / t, w.hidden},                 // up, with the gate
                                {w.hidden, w.ffn / t}};                                    // down
      for (const auto& [out, in] : linear) {
        const int tokens = turn % 3 == 0 ? 2048 : turn % 3 == 1 ? w.tokens : 4096;
        ++turn;
        if (half || fp8 || turn % 3 == 0) grid.add(tokens, out, in);
        if ((half || fp8) && turn % 2 == 0) grid.add(tokens, in, out, false, false);          // gradient of the input
        if ((half || fp8) && turn % 2 == 1) grid.add(out, in, tokens, true, false);           // gradient of the weight
      }
      if (half && turn % 2 == 0) grid.add(2048, w.vocabulary / t / 16 * 16, w.hidden);     // logits
    }
    if (half && head >= 64 && head <= 128) {  // scores and values of unfused attention
      grid.add(2048, 2048, head, false, true, 32);
      grid.add(2048, head, 2048, false, false, 32);
      grid.add(4096, 4096, head, false, true, 8);
      grid.add(1024, head, 1024, true, false, 64);
    }
  }
  return grid.shuffled();
}

}  // namespace dure::bench
