#include "transformer.h"

#include <cmath>

namespace dure::bench {

std::size_t Parameters::put(std::size_t size, bool is_scale) {
  const std::size_t at = total;
  tensors.push_back({at, size, is_scale});
  counted += size;
  total += (size + 63) / 64 * 64;
  return at;
}

Parameters::Parameters(const Shape& s) {
  const auto h = static_cast<std::size_t>(s.hidden), f = static_cast<std::size_t>(s.ffn);
  table = put(static_cast<std::size_t>(s.words) * h);
  place = put(static_cast<std::size_t>(s.length) * h);
  for (int l = 0; l < s.layers; ++l) {
    Layer layer{};
    layer.norm1_scale = put(h, true);
    layer.norm1_shift = put(h);
    layer.qkv = put(3 * h * h);
    layer.qkv_bias = put(3 * h);
    layer.out = put(h * h);
    layer.out_bias = put(h);
    layer.norm2_scale = put(h, true);
    layer.norm2_shift = put(h);
    layer.up = put(f * h);
    layer.up_bias = put(f);
    layer.down = put(h * f);
    layer.down_bias = put(h);
    layers.push_back(layer);
  }
  norm_scale = put(h, true);
  norm_shift = put(h);
}

double Transformer::bytes(const Shape& s) {
  const double tokens = s.tokens(), h = s.hidden, scores = static_cast<double>(s.sequences) * s.heads * s.length * s.length;
  const double layer = 2 * (tokens * (8 * h + 2 * s.ffn) + scores) + 16 * tokens;
  return static_cast<double>(Parameters(s).total) * 18 + s.layers * layer + 2 * (tokens * (s.words + 8 * h + s.ffn) + scores);
}

namespace {

/// The quickest algorithm for a product, timed on random operands of `a`, `b` and `c` elements.
Matmul quickest(Library& library, const Product& product, std::size_t a, std::size_t b, std::size_t c) {
  Matmul made(library, product, 8);
  if (!made.possible()) stop(Exit::kBug, "the library has no algorithm for a product of the training step");
  Buffer<Half> x(a), y(b);
  Buffer<float> z(c);
  fill_normal(x.data(), a, 1, 1, library.stream);
  fill_normal(y.data(), b, 2, 1, library.stream);
  CUDA(cudaMemsetAsync(z.data(), 0, c * sizeof(float), library.stream));
  made.choose([&](int) { return Matmul::Operands{x.data(), y.data(), z.data()}; });
  CUDA(cudaStreamSynchronize(library.stream));
  return made;
}

std::size_t times(int a, int b, int c = 1) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c); }

long long times_ll(int a, int b) { return static_cast<long long>(a) * b; }

}  // namespace

Transformer::Linear Transformer::linear(int in, int out) {
  const int t = shape_.tokens();
  const std::size_t x = times(t, in), y = times(t, out), w = times(in, out);
  return {quickest(library_, {.m = t, .n = out, .k = in, .transpose_b = true}, x, w, y),
          quickest(library_, {.m = t, .n = in, .k = out}, y, w, x),
          quickest(library_, {.out = "fp32", .m = out, .n = in, .k = t, .transpose_a = true, .beta = 1}, y, x, w)};
}

// Tokens are ordered position first, and the columns of qkv are [head][q, k, v][head width], so that (sequence, head) is one batch
// of even stride: 3 d in qkv, d in the context; a step in position is a row of all sequences.

/// Scores = Q K^T, or on the way back dP = dContext V^T.
Matmul Transformer::scores_product(bool is_back) {
  const int s = shape_.length, d = shape_.head(), b = shape_.sequences;
  Product p{.m = s, .n = s, .k = d, .transpose_b = true, .batch = b * shape_.heads, .ldb = times_ll(b, 3 * shape_.hidden), .stride_b = 3 * d};
  p.lda = is_back ? times_ll(b, shape_.hidden) : p.ldb;
  p.stride_a = is_back ? d : 3 * d;
  const std::size_t rows = times(shape_.tokens(), 3 * shape_.hidden);
  return quickest(library_, p, rows, rows, times(p.batch, s, s));
}

/// Products of a square with a tall matrix: context = P V, dV = P^T dContext, dQ = dS K, dK = dS^T Q.
/// `from` and `to` are the widths per head of the tall matrix that is read and the one that is written: 1 context, 3 qkv.
Matmul Transformer::values_product(bool transpose, int from, int to) {
  const int s = shape_.length, d = shape_.head(), b = shape_.sequences;
  const Product p{.m = s, .n = d, .k = s, .transpose_a = transpose, .batch = b * shape_.heads, .ldb = times_ll(b, from * shape_.hidden),
                  .ldc = times_ll(b, to * shape_.hidden), .stride_b = from * d, .stride_c = to * d};
  const std::size_t rows = times(shape_.tokens(), 3 * shape_.hidden);
  return quickest(library_, p, times(p.batch, s, s), rows, rows);
}

Transformer::Transformer(Library& library, const Shape& shape, std::uint64_t seed)
    : library_(library), shape_(shape), where_(shape), stream_(library.stream),
      qkv_(linear(shape.hidden, 3 * shape.hidden)), out_(linear(shape.hidden, shape.hidden)), up_(linear(shape.hidden, shape.ffn)),
      down_(linear(shape.ffn, shape.hidden)), head_(linear(shape.hidden, shape.words)), scores_(scores_product(false)),
      mix_(values_product(false, 3, 1)), d_probabilities_(scores_product(true)), d_values_(values_product(true, 1, 3)),
      d_queries_(values_product(false, 3, 3)), d_keys_(values_product(true, 3, 3)) {
  const int t = shape.tokens(), h = shape.hidden;
  const std::size_t tokens = times(t, 1), wide = times(t, h), scores = times(shape.sequences * shape.heads, shape.length, shape.length);
  master_ = Buffer<float>(where_.total);
  m_ = Buffer<float>(where_.total);
  v_ = Buffer<float>(where_.total);
  gradient_ = Buffer<float>(where_.total);
  copy_ = Buffer<Half>(where_.total);
  loss_ = Buffer<float>(1);
  for (Buffer<float>* zero : {&m_, &v_, &gradient_, &loss_}) CUDA(cudaMemsetAsync(zero->data(), 0, zero->size() * sizeof(float), stream_));
  // Weights and shifts are small normals, scales 1 plus those, so that no tensor starts where its gradient vanishes.
  std::vector<float> start(where_.total);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15ull + 1;
  const auto uniform = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  const auto spread = static_cast<float>(std::sqrt(12.0) * 0.5 / std::sqrt(static_cast<double>(h)));
  for (const Parameters::Tensor& tensor : where_.tensors)
    for (std::size_t i = 0; i < tensor.size; ++i) start[tensor.at + i] = (tensor.is_scale ? 1.f : 0.f) + spread * static_cast<float>(uniform() - 0.5);
  std::vector<Half> rounded(where_.total);
  for (std::size_t i = 0; i < start.size(); ++i) rounded[i] = __float2bfloat16(start[i]);
  CUDA(cudaMemcpyAsync(master_.data(), start.data(), start.size() * sizeof(float), cudaMemcpyHostToDevice, stream_));
  CUDA(cudaMemcpyAsync(copy_.data(), rounded.data(), rounded.size() * sizeof(Half), cudaMemcpyHostToDevice, stream_));
  std::vector<int> words(tokens), targets(tokens);
  for (std::size_t i = 0; i < tokens; ++i) {
    words[i] = static_cast<int>(uniform() * shape.words);
    targets[i] = static_cast<int>(uniform() * shape.words);
  }
  words_ = Buffer<int>(tokens);
  targets_ = Buffer<int>(tokens);
  CUDA(cudaMemcpyAsync(words_.data(), words.data(), tokens * sizeof(int), cudaMemcpyHostToDevice, stream_));
  CUDA(cudaMemcpyAsync(targets_.data(), targets.data(), tokens * sizeof(int), cudaMemcpyHostToDevice, stream_));
  for (int l = 0; l < shape.layers; ++l) {
    Layer layer;
    for (Buffer<Half>* one : {&layer.in, &layer.norm1, &layer.context, &layer.middle, &layer.norm2}) *one = Buffer<Half>(wide);
    layer.qkv = Buffer<Half>(3 * wide);
    layer.probabilities = Buffer<Half>(scores);
    layer.up = Buffer<Half>(times(t, shape.ffn));
    layer.active = Buffer<Half>(times(t, shape.ffn));
    layer.statistics1 = Buffer<float2>(tokens);
    layer.statistics2 = Buffer<float2>(tokens);
    layers_.push_back(std::move(layer));
  }
  for (Buffer<Half>* one : {&last_, &norm_, &residual_, &d_hidden_, &d_context_}) *one = Buffer<Half>(wide);
  logits_ = Buffer<Half>(times(t, shape.words));
  d_wide_ = Buffer<Half>(times(t, shape.ffn));
  d_qkv_ = Buffer<Half>(3 * wide);
  d_scores_ = Buffer<Half>(scores);
  statistics_ = Buffer<float2>(tokens);
  CUDA(cudaStreamSynchronize(stream_));
}

void Transformer::forget_gradients() { CUDA(cudaMemsetAsync(gradient_.data(), 0, gradient_.size() * sizeof(float), stream_)); }

void Transformer::forward() {
  const int t = shape_.tokens(), h = shape_.hidden, d = shape_.head(), matrices = shape_.sequences * shape_.heads;
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  embed(words_.data(), w(where_.table), w(where_.place), layers_.empty() ? last_.data() : layers_[0].in.data(), shape_.length, shape_.sequences, h, stream_);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& a = layers_[l];
    const Parameters::Layer& p = where_.layers[l];
    Half* next = l + 1 < layers_.size() ? layers_[l + 1].in.data() : last_.data();
    layer_norm(a.in.data(), w(p.norm1_scale), w(p.norm1_shift), a.norm1.data(), a.statistics1.data(), t, h, stream_);
    qkv_.forward.run(a.norm1.data(), w(p.qkv), a.qkv.data());
    add_bias(a.qkv.data(), w(p.qkv_bias), t, 3 * h, stream_);
    scores_.run(a.qkv.data(), a.qkv.data() + d, a.probabilities.data());
    causal_softmax(a.probabilities.data(), scale, matrices, shape_.length, stream_);
    mix_.run(a.probabilities.data(), a.qkv.data() + 2 * d, a.context.data());
    out_.forward.run(a.context.data(), w(p.out), a.middle.data());
    add_bias_residual(a.middle.data(), a.in.data(), w(p.out_bias), t, h, stream_);
    layer_norm(a.middle.data(), w(p.norm2_scale), w(p.norm2_shift), a.norm2.data(), a.statistics2.data(), t, h, stream_);
    up_.forward.run(a.norm2.data(), w(p.up), a.up.data());
    bias_gelu(a.up.data(), w(p.up_bias), a.active.data(), t, shape_.ffn, stream_);
    down_.forward.run(a.active.data(), w(p.down), next);
    add_bias_residual(next, a.middle.data(), w(p.down_bias), t, h, stream_);
  }
  layer_norm(last_.data(), w(where_.norm_scale), w(where_.norm_shift), norm_.data(), statistics_.data(), t, h, stream_);
  head_.forward.run(norm_.data(), w(where_.table), logits_.data());
  cross_entropy(logits_.data(), targets_.data(), loss_.data(), t, shape_.words, stream_);
}

void Transformer::backward() {
  const int t = shape_.tokens(), h = shape_.hidden, d = shape_.head(), matrices = shape_.sequences * shape_.heads;
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  Half* residual = residual_.data();  // gradient of the residual stream
  Half* branch = d_hidden_.data();    // gradient of what a branch reads
  head_.back.run(logits_.data(), w(where_.table), branch);
  head_.weight.run(logits_.data(), norm_.data(), g(where_.table));
  CUDA(cudaMemsetAsync(residual, 0, residual_.size() * sizeof(Half), stream_));
  layer_norm_back(branch, last_.data(), w(where_.norm_scale), statistics_.data(), residual, g(where_.norm_scale), g(where_.norm_shift), t, h, stream_);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& a = layers_[l];
    const Parameters::Layer& p = where_.layers[l];
    bias_back(residual, g(p.down_bias), t, h, stream_);
    down_.weight.run(residual, a.active.data(), g(p.down));
    down_.back.run(residual, w(p.down), d_wide_.data());
    gelu_back(a.up.data(), d_wide_.data(), static_cast<long long>(t) * shape_.ffn, stream_);
    bias_back(d_wide_.data(), g(p.up_bias), t, shape_.ffn, stream_);
    up_.weight.run(d_wide_.data(), a.norm2.data(), g(p.up));
    up_.back.run(d_wide_.data(), w(p.up), branch);
    layer_norm_back(branch, a.middle.data(), w(p.norm2_scale), a.statistics2.data(), residual, g(p.norm2_scale), g(p.norm2_shift), t, h, stream_);
    bias_back(residual, g(p.out_bias), t, h, stream_);
    out_.weight.run(residual, a.context.data(), g(p.out));
    out_.back.run(residual, w(p.out), d_context_.data());
    d_probabilities_.run(d_context_.data(), a.qkv.data() + 2 * d, d_scores_.data());
    d_values_.run(a.probabilities.data(), d_context_.data(), d_qkv_.data() + 2 * d);
    causal_softmax_back(a.probabilities.data(), d_scores_.data(), scale, matrices, shape_.length, stream_);
    d_queries_.run(d_scores_.data(), a.qkv.data() + d, d_qkv_.data());
    d_keys_.run(d_scores_.data(), a.qkv.data(), d_qkv_.data() + d);
    bias_back(d_qkv_.data(), g(p.qkv_bias), t, 3 * h, stream_);
    qkv_.weight.run(d_qkv_.data(), a.norm1.data(), g(p.qkv));
    qkv_.back.run(d_qkv_.data(), w(p.qkv), branch);
    layer_norm_back(branch, a.in.data(), w(p.norm1_scale), a.statistics1.data(), residual, g(p.norm1_scale), g(p.norm1_shift), t, h, stream_);
  }
  embed_back(words_.data(), residual, g(where_.table), g(where_.place), shape_.length, shape_.sequences, h, stream_);
}

void Transformer::update() {
  adam(master_.data(), m_.data(), v_.data(), gradient_.data(), copy_.data(), static_cast<long long>(where_.total), 3e-4f, ++steps_, stream_);
}

double Transformer::loss() {
  float value = 0;
  CUDA(cudaMemcpyAsync(&value, loss_.data(), sizeof value, cudaMemcpyDeviceToHost, stream_));
  CUDA(cudaMemsetAsync(loss_.data(), 0, sizeof value, stream_));
  CUDA(cudaStreamSynchronize(stream_));
  return value;
}

}  // namespace dure::bench
