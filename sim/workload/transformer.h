#pragma once
// The shape of a transformer, and what follows from the shape alone.
#include <cstdint>

namespace dure::sim {

/// A decoder of equal layers. `experts` 0: dense. Head size and key/value heads follow Llama's names.
struct Transformer {
  int layers = 0;
  double hidden = 0;       // h
  double heads = 0;        // a
  double kv_heads = 0;
  double head_dim = 0;     // d
  double ffn = 0;          // f: of the MLP, or of one expert
  double shared_ffn = 0;   // of the part of a mixture-of-experts layer every token passes
  bool gated = false;      // the MLP has a gate matrix (SwiGLU)
  double vocab = 0;        // V
  int experts = 0;         // E
  int top_k = 0;
  bool tied = false;       // one matrix embeds and predicts
  double projection_share = 1;  // of the weights and products of attention's projections, below 1 where they go through low ranks (latent attention)

  bool mixture() const { return experts > 0; }
  double query_width() const { return heads * head_dim; }
  double kv_width() const { return kv_heads * head_dim; }
  double mlp_matrices() const { return gated ? 3 : 2; }

  /// Weights of a layer (biases and norms, below a thousandth, are left out):
  ///   attention  h (a + 2 a_kv) d + a d h       MLP  (2 or 3) h f, an expert likewise; router h E
  double attention_parameters() const { return hidden * (2 * query_width() + 2 * kv_width()) * projection_share; }
  double expert_parameters() const { return mlp_matrices() * hidden * ffn; }
  double shared_parameters() const {
    return mixture() ? mlp_matrices() * hidden * shared_ffn + hidden * experts : expert_parameters();
  }
  double layer_parameters() const {
    return attention_parameters() + shared_parameters() + (mixture() ? experts * expert_parameters() : 0);
  }
  double layer_active_parameters() const {
    return attention_parameters() + shared_parameters() + (mixture() ? top_k * expert_parameters() : 0);
  }
  double embedding_parameters() const { return vocab * hidden; }
  double parameters() const { return layers * layer_parameters() + (tied ? 1 : 2) * embedding_parameters(); }

  /// Weights that multiply something for each token: all but the embedding, which is a look-up. The convention of every time here.
  double active_parameters() const { return layers * layer_active_parameters() + embedding_parameters(); }

  /// Forward work for a token in FLOP:
  ///   2 N_active + 4 s a d per layer for the scores and their use (s: context; half of it when only the causal part is counted)
  double forward_flop(double context, bool causal) const {
    return 2 * active_parameters() + attention_flop(context, causal);
  }
  double attention_flop(double context, bool causal) const { return layers * 4 * context * query_width() * (causal ? 0.5 : 1); }
};

/// Bytes of activations one layer keeps for the backward pass of a micro-batch of b sequences of s tokens, 16-bit, on one of t tensor-
/// parallel cards. Korthikanti et al. 2022 (arXiv 2205.05198), equations 1, 2 and 4 and Table 2, whose figures for a GPT layer are
///
///   no parallelism                    s b h (34 + 5 a s / h)
///   tensor                            s b h (10 + 24/t + 5 a s / (h t))
///   tensor and sequence               s b h / t (34 + 5 a s / h)
///   ... selective recompute           s b h / t * 34
///   full recompute                    2 s b h   (kept whole on every card, or / t if divided)
///
/// Here by parts, so that other shapes follow: two norms 4, inputs of attention and MLP 4, masks 2, queries, keys and values 2 (a + 2 a_kv) d,
/// attention output 2 a d, MLP inner 4 f (gated: 6 f), scores 5 a s: a GPT layer without dropout masks keeps 32 instead of 34.
struct ActivationBytes {
  bool sequence_parallel = true;
  bool dropout = false;
  bool fused_attention = true;  // flash attention keeps the output and a row of statistics, not the scores
};
enum class Recompute { kNone, kSelective, kFull };
/// `scored`: tokens each token's scores span, where context parallelism leaves a card fewer tokens than that; 0: `context`.
double activation_bytes(const Transformer& model, double sequences, double context, double tensor, const ActivationBytes& how, Recompute recompute, double scored = 0);

}  // namespace dure::sim
