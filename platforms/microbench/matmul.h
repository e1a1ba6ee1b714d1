#pragma once
// Matrix products through cuBLASLt, row-major, with the quickest of the algorithms that its heuristic offers.
#include <cublasLt.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <string>
#include <vector>

#include "bench.h"

namespace dure::bench {

/// C (m x n) = op(A) (m x k) op(B) (k x n), `batch` of them, row-major; scale 1, plus beta C.
struct Product {
  const char* precision = "bf16";  // of the operands: bf16, fp16, fp8, tf32, fp32
  const char* out = "bf16";        // bf16, fp16 or fp32
  int m = 0, n = 0, k = 0;
  bool transpose_a = false;        // A is stored k x m
  bool transpose_b = false;        // B is stored n x k; the only form FP8 has
  int batch = 1;
  long long lda = 0, ldb = 0, ldc = 0;                 // elements between rows; 0: packed
  long long stride_a = 0, stride_b = 0, stride_c = 0;  // elements between members of a batch; 0: packed
  float alpha = 1;
  float beta = 0;

  double flop() const { return 2.0 * m * n * k * batch; }
  std::string layout() const { return std::string(transpose_a ? "T" : "N") + (transpose_b ? "T" : "N"); }
};
std::size_t bytes_of(const char* precision);

/// The library's handle and its workspace: one a program.
class Library {
 public:
  Library();
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  cublasLtHandle_t handle = nullptr;
  Buffer<char> workspace;
  cudaStream_t stream = nullptr;
};

/// One shape, ready to run. Throws Failure for what the library refuses; `possible` is false then.
class Matmul {
 public:
  Matmul(Library& library, const Product& product, int algorithms = 1);
  Matmul(Matmul&& other) noexcept;
  Matmul& operator=(Matmul&&) = delete;
  ~Matmul();

  bool possible() const { return !found_.empty(); }
  int algorithms() const { return static_cast<int>(found_.size()); }
  void run(const void* a, const void* b, void* c) const { run(a, b, c, chosen_); }
  /// Times every algorithm on the operands that `operands(i)` gives and keeps the quickest.
  struct Operands {
    const void* a;
    const void* b;
    void* c;
  };
  void choose(const std::function<Operands(int)>& operands);
  const Product& product() const { return product_; }

 private:
  void run(const void* a, const void* b, void* c, std::size_t algorithm) const;

  Library* library_;
  Product product_;
  cublasLtMatmulDesc_t what_ = nullptr;
  cublasLtMatrixLayout_t a_ = nullptr, b_ = nullptr, c_ = nullptr;
  std::vector<cublasLtMatmulHeuristicResult_t> found_;
  std::size_t chosen_ = 0;
};

}  // namespace dure::bench
