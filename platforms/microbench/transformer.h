#pragma once
// A small GPT that is trained for real: every byte and product of a step, nothing left out and nothing fused that is not written here.
//
// Pre-norm layers, learned positions, tied embedding, GELU, no dropout, causal attention with its scores written out (unfused).
// Products in bf16 through cuBLASLt with float32 gradients of parameters; Adam on float32 master weights.
#include <array>
#include <cstdint>
#include <vector>

#include "kernels.h"
#include "matmul.h"

namespace dure::bench {

struct Shape {
  int layers, hidden, heads, ffn, words;  // words: vocabulary, a multiple of 8
  int length, sequences;                  // tokens a sequence, sequences a micro-batch
  int tokens() const { return length * sequences; }
  int head() const { return hidden / heads; }
};

/// Where each tensor lies in the flat vector of parameters, every one at a multiple of 64.
struct Parameters {
  struct Layer {
    std::size_t norm1_scale, norm1_shift, qkv, qkv_bias, out, out_bias, norm2_scale, norm2_shift, up, up_bias, down, down_bias;
  };
  struct Tensor {
    std::size_t at, size;
    bool is_scale;
  };
  explicit Parameters(const Shape& shape);
  std::size_t table, place, norm_scale, norm_shift, total = 0, counted = 0;  // counted: without the padding
  std::vector<Layer> layers;
  std::vector<Tensor> tensors;  // all of them, in order

 private:
  std::size_t put(std::size_t size, bool is_scale = false);
};

class Transformer {
 public:
  Transformer(Library& library, const Shape& shape, std::uint64_t seed);

  /// Bytes of device memory that a shape needs.
  static double bytes(const Shape& shape);

  void forget_gradients();
  void forward();   // adds to the loss
  void backward();  // adds to the gradients
  void update();    // Adam
  double loss();    // since the last call

  const Parameters& parameters() const { return where_; }
  std::vector<float> gradients() const { return gradient_.to_host(); }
  std::vector<Half> weights() const { return copy_.to_host(); }
  std::vector<int> words() const { return words_.to_host(); }
  std::vector<int> targets() const { return targets_.to_host(); }

 private:
  struct Layer {  // what the way back needs
    Buffer<Half> in, norm1, qkv, probabilities, context, middle, norm2, up, active;
    Buffer<float2> statistics1, statistics2;
  };
  Half* w(std::size_t at) const { return copy_.data() + at; }
  float* g(std::size_t at) const { return gradient_.data() + at; }

  Library& library_;
  Shape shape_;
  Parameters where_;
  cudaStream_t stream_;
  int steps_ = 0;
  Buffer<float> master_, m_, v_, gradient_, loss_;
  Buffer<Half> copy_;
  Buffer<int> words_, targets_;
  std::vector<Layer> layers_;
  Buffer<Half> last_, norm_, logits_, residual_, d_hidden_, d_wide_, d_qkv_, d_scores_, d_context_;
  Buffer<float2> statistics_;
  // forward, gradient of the input, gradient of the weight, for each linear map
  struct Linear {
    Matmul forward, back, weight;
  };
  Linear linear(int in, int out);
  Matmul scores_product(bool is_back);
  Matmul values_product(bool transpose, int from, int to);
  Linear qkv_, out_, up_, down_, head_;
  Matmul scores_, mix_, d_probabilities_, d_values_, d_queries_, d_keys_;
};

}  // namespace dure::bench
