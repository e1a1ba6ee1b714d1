#pragma once
// How far a right result may lie from the float64 reference. Plain C++: the simulator's tests try these bounds on the host.
//
//   unit round-off u of a format with p significant bits is 2^-p: float32 2^-24, tf32 and fp16 2^-11, bf16 2^-8, e4m3 2^-4
//
// Operands are compared as stored, so their own rounding is no error, except tf32 products, which cut float32 operands.
// A sum of k products in float32 is off by at most k 2^-24 sum|a b| (Higham, Accuracy and Stability, 2002, eq. 3.5; first order).
// Tensor cores of several makes cut each product to the width of the largest of its group before adding; k 2^-23 covers both.
// FP8 products are summed with about 14 bits on some cards: sum|a b| 2^-12 stands for that.
#include <cmath>

namespace dure::bench {

inline double unit_roundoff(const char* precision) {
  const auto is = [&](const char* word) {
    const char* a = precision;
    while (*a != 0 && *a == *word) ++a, ++word;
    return *a == *word;
  };
  if (is("fp32")) return std::ldexp(1, -24);
  if (is("tf32") || is("fp16")) return std::ldexp(1, -11);
  if (is("bf16")) return std::ldexp(1, -8);
  return std::ldexp(1, -4);  // fp8, e4m3
}

/// |C - reference| allowed for a sum of `k` products whose absolute values sum to `sum_abs`, stored as `out`.
inline double gemm_tolerance(const char* in, const char* out, double k, double sum_abs, double reference) {
  const bool cut = in[0] == 't';  // tf32: both float32 operands are cut to 11 bits, at most 2 u each
  const bool fp8 = in[0] == 'f' && in[2] == '8';
  const double sum = fp8 ? std::ldexp(1, -12) : k * std::ldexp(1, -23);
  return (sum + (cut ? 4 * unit_roundoff("tf32") : 0)) * sum_abs + unit_roundoff(out) * std::fabs(reference) + 1e-30;
}

/// Softmax-weighted sums of fused attention: probabilities are rounded to the operands' format before the second product.
///   |error| <= (2 u + (k + d) 2^-22) sum p|v| + u |reference|,   u of the operands' format, k keys, d the head's width
/// The exponent's own error, |q.k| scale times the float32 bound, is inside the second term for |q.k| scale below 4.
inline double attention_tolerance(const char* precision, double keys, double head_dim, double sum_abs, double reference) {
  const double u = unit_roundoff(precision);
  return (2 * u + (keys + head_dim) * std::ldexp(1, -22)) * sum_abs + u * std::fabs(reference) + 1e-30;
}

}  // namespace dure::bench
