#include "matmul.h"

#include <algorithm>
#include <cstring>

namespace dure::bench {
namespace {

void check_lt(cublasStatus_t status, const char* call, int line) {
  if (status != CUBLAS_STATUS_SUCCESS)
    stop(Exit::kBug, std::string("matmul.cpp:") + std::to_string(line) + ": " + call + ": cuBLAS status " + std::to_string(static_cast<int>(status)));
}
#define LT(call) check_lt((call), #call, __LINE__)

bool is(const char* a, const char* b) { return std::strcmp(a, b) == 0; }

cudaDataType_t type_of(const char* precision) {
  if (is(precision, "bf16")) return CUDA_R_16BF;
  if (is(precision, "fp16")) return CUDA_R_16F;
  if (is(precision, "fp8")) return CUDA_R_8F_E4M3;
  return CUDA_R_32F;
}

cublasLtMatrixLayout_t layout(cudaDataType_t type, int rows, int columns, long long leading, int batch, long long stride) {
  cublasLtMatrixLayout_t made = nullptr;  // column-major: `rows` run fastest
  LT(cublasLtMatrixLayoutCreate(&made, type, static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), leading));
  if (batch > 1) {
    LT(cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch, sizeof batch));
    const std::int64_t offset = stride;
    LT(cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &offset, sizeof offset));
  }
  return made;
}

}  // namespace

std::size_t bytes_of(const char* precision) { return is(precision, "fp8") ? 1 : is(precision, "bf16") || is(precision, "fp16") ? 2 : 4; }

Library::Library() : workspace(std::size_t(64) << 20) {
  LT(cublasLtCreate(&handle));
  CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
}
Library::~Library() {
  cublasLtDestroy(handle);
  cudaStreamDestroy(stream);
}

Matmul::Matmul(Library& library, const Product& product, int algorithms) : library_(&library), product_(product) {
  Product& p = product_;
  if (p.lda == 0) p.lda = p.transpose_a ? p.m : p.k;
  if (p.ldb == 0) p.ldb = p.transpose_b ? p.k : p.n;
  if (p.ldc == 0) p.ldc = p.n;
  if (p.stride_a == 0) p.stride_a = static_cast<long long>(p.m) * p.k;
  if (p.stride_b == 0) p.stride_b = static_cast<long long>(p.n) * p.k;
  if (p.stride_c == 0) p.stride_c = static_cast<long long>(p.m) * p.n;
  const cudaDataType_t in = type_of(p.precision), out = type_of(p.out);
  const cublasComputeType_t compute = is(p.precision, "tf32") ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
  LT(cublasLtMatmulDescCreate(&what_, compute, CUDA_R_32F));
  // A row-major matrix is the column-major transpose, so C^T = B^T A^T: the library's first operand is our B.
  const cublasOperation_t first = p.transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N, second = p.transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  LT(cublasLtMatmulDescSetAttribute(what_, CUBLASLT_MATMUL_DESC_TRANSA, &first, sizeof first));
  LT(cublasLtMatmulDescSetAttribute(what_, CUBLASLT_MATMUL_DESC_TRANSB, &second, sizeof second));
  if (is(p.precision, "fp8")) {
    const std::int8_t fast = 1;
    LT(cublasLtMatmulDescSetAttribute(what_, CUBLASLT_MATMUL_DESC_FAST_ACCUM, &fast, sizeof fast));
  }
  b_ = p.transpose_b ? layout(in, p.k, p.n, p.ldb, p.batch, p.stride_b) : layout(in, p.n, p.k, p.ldb, p.batch, p.stride_b);
  a_ = p.transpose_a ? layout(in, p.m, p.k, p.lda, p.batch, p.stride_a) : layout(in, p.k, p.m, p.lda, p.batch, p.stride_a);
  c_ = layout(out, p.n, p.m, p.ldc, p.batch, p.stride_c);
  cublasLtMatmulPreference_t preference = nullptr;
  LT(cublasLtMatmulPreferenceCreate(&preference));
  const std::size_t room = library.workspace.size();
  LT(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &room, sizeof room));
  found_.resize(static_cast<std::size_t>(algorithms));
  int found = 0;
  const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(library.handle, what_, b_, a_, c_, c_, preference, algorithms, found_.data(), &found);
  cublasLtMatmulPreferenceDestroy(preference);
  found_.resize(status == CUBLAS_STATUS_SUCCESS ? static_cast<std::size_t>(found) : 0);
  std::erase_if(found_, [](const auto& result) { return result.state != CUBLAS_STATUS_SUCCESS; });
}

Matmul::Matmul(Matmul&& other) noexcept
    : library_(other.library_), product_(other.product_), what_(std::exchange(other.what_, nullptr)), a_(std::exchange(other.a_, nullptr)),
      b_(std::exchange(other.b_, nullptr)), c_(std::exchange(other.c_, nullptr)), found_(std::move(other.found_)), chosen_(other.chosen_) {}

Matmul::~Matmul() {
  if (what_ != nullptr) cublasLtMatmulDescDestroy(what_);
  for (const cublasLtMatrixLayout_t layout : {a_, b_, c_})
    if (layout != nullptr) cublasLtMatrixLayoutDestroy(layout);
}

void Matmul::run(const void* a, const void* b, void* c, std::size_t algorithm) const {
  const float alpha = product_.alpha;
  LT(cublasLtMatmul(library_->handle, what_, &alpha, b, b_, a, a_, &product_.beta, c, c_, c, c_, &found_.at(algorithm).algo, library_->workspace.data(),
                    library_->workspace.size(), library_->stream));
}

void Matmul::choose(const std::function<Operands(int)>& operands) {
  double best = 1e300;
  const std::size_t offered = found_.size();
  for (std::size_t i = 0; i < offered; ++i) {
    const auto go = [&](int turn) {
      const Operands o = operands(turn);
      run(o.a, o.b, o.c, i);
    };
    const Spread spread = time_us(library_->stream, {0.004, 3, 5}, go);
    if (spread.median < best) {
      best = spread.median;
      chosen_ = i;
    }
  }
}

}  // namespace dure::bench
