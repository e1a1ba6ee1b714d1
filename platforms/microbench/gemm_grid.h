#pragma once
// The shapes that gemm.cpp times: linear layers of transformers as they are cut in training, and a plain grid.
#include <string>
#include <vector>

namespace dure::bench {

struct GemmShape {
  int m, n, k;  // C (m x n) = A (m x k) B (k x n)
  bool transpose_a = false, transpose_b = true;
  int batch = 1;
};

/// Shapes for `precision` ("bf16" has the most; "fp8" only A B^T), in an order in which any beginning is a fair sample of all.
std::vector<GemmShape> gemm_grid(const std::string& precision, bool quick);

}  // namespace dure::bench
