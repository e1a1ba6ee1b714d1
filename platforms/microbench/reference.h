#pragma once
// The loss of the small GPT in float64, written as plainly as it can be: what the card's numbers are compared with.
// Plain C++; the layout of parameters and tokens is that of transformer.h.
#include <cmath>
#include <cstddef>
#include <vector>

#include "transformer.h"

namespace dure::bench {

inline double reference_loss(const Shape& s, const Parameters& where, const std::vector<double>& w, const std::vector<int>& words,
                             const std::vector<int>& targets) {
  const auto tokens = static_cast<std::size_t>(s.tokens()), h = static_cast<std::size_t>(s.hidden), f = static_cast<std::size_t>(s.ffn);
  const auto batch = static_cast<std::size_t>(s.sequences), length = static_cast<std::size_t>(s.length), heads = static_cast<std::size_t>(s.heads), d = h / heads;
  using Matrix = std::vector<double>;
  const auto norm = [&](const Matrix& x, std::size_t scale, std::size_t shift) {
    Matrix y(x.size());
    for (std::size_t t = 0; t < tokens; ++t) {
      double mean = 0, variance = 0;
      for (std::size_t i = 0; i < h; ++i) mean += x[t * h + i] / static_cast<double>(h);
      for (std::size_t i = 0; i < h; ++i) variance += (x[t * h + i] - mean) * (x[t * h + i] - mean) / static_cast<double>(h);
      for (std::size_t i = 0; i < h; ++i) y[t * h + i] = (x[t * h + i] - mean) / std::sqrt(variance + 1e-5) * w[scale + i] + w[shift + i];
    }
    return y;
  };
  // y = x W^T + b; W is stored out x in. No bias where `bias` is 0: parameter 0 belongs to the table.
  const auto linear = [&](const Matrix& x, std::size_t in, std::size_t out, std::size_t weight, std::size_t bias) {
    Matrix y(tokens * out);
    for (std::size_t t = 0; t < tokens; ++t)
      for (std::size_t o = 0; o < out; ++o) {
        double sum = bias == 0 ? 0 : w[bias + o];
        for (std::size_t i = 0; i < in; ++i) sum += x[t * in + i] * w[weight + o * in + i];
        y[t * out + o] = sum;
      }
    return y;
  };
  Matrix x(tokens * h);
  for (std::size_t t = 0; t < tokens; ++t)
    for (std::size_t i = 0; i < h; ++i) x[t * h + i] = w[where.table + static_cast<std::size_t>(words[t]) * h + i] + w[where.place + t / batch * h + i];
  for (const Parameters::Layer& p : where.layers) {
    const Matrix qkv = linear(norm(x, p.norm1_scale, p.norm1_shift), h, 3 * h, p.qkv, p.qkv_bias);
    Matrix context(tokens * h);
    for (std::size_t b = 0; b < batch; ++b)
      for (std::size_t a = 0; a < heads; ++a)
        for (std::size_t i = 0; i < length; ++i) {
          const auto part = [&](std::size_t position, std::size_t which, std::size_t at) { return qkv[(position * batch + b) * 3 * h + a * 3 * d + which * d + at]; };
          Matrix weight(i + 1);
          double sum = 0;
          for (std::size_t j = 0; j <= i; ++j) {
            double score = 0;
            for (std::size_t k = 0; k < d; ++k) score += part(i, 0, k) * part(j, 1, k);
            sum += weight[j] = std::exp(score / std::sqrt(static_cast<double>(d)));
          }
          for (std::size_t j = 0; j <= i; ++j)
            for (std::size_t k = 0; k < d; ++k) context[(i * batch + b) * h + a * d + k] += weight[j] / sum * part(j, 2, k);
        }
    const Matrix out = linear(context, h, h, p.out, p.out_bias);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += out[i];
    Matrix up = linear(norm(x, p.norm2_scale, p.norm2_shift), h, f, p.up, p.up_bias);
    for (double& v : up) v = 0.5 * v * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (v + 0.044715 * v * v * v)));
    const Matrix down = linear(up, f, h, p.down, p.down_bias);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += down[i];
  }
  const auto vocabulary = static_cast<std::size_t>(s.words);
  const Matrix logits = linear(norm(x, where.norm_scale, where.norm_shift), h, vocabulary, where.table, 0);
  double loss = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    double sum = 0;
    for (std::size_t v = 0; v < vocabulary; ++v) sum += std::exp(logits[t * vocabulary + v]);
    loss += (std::log(sum) - logits[t * vocabulary + static_cast<std::size_t>(targets[t])]) / static_cast<double>(tokens);
  }
  return loss;
}

}  // namespace dure::bench
