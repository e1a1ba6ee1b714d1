#pragma once
// The shape of a published model, with what the source leaves out worked out from its parameter counts.
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/workload/transformer.h"

namespace dure::sim {

/// What a source prints of a shape; counts of parameters in units of one.
struct PublishedShape {
  int layers = 0;
  double hidden = 0;
  std::optional<double> heads, kv_heads, head_dim, ffn, vocab, total, active;
  std::optional<bool> gated;
  std::optional<int> experts, top_k;
  bool mixture = false;
  // Taken where neither the source nor a count of parameters says otherwise:
  double usual_vocab = 50304;
  double usual_kv_heads = 0;  // 0: as many as heads
};

/// The shape a row prints, by the columns that all case files share.
template <typename Row>
PublishedShape printed_shape(const Row& row) {
  PublishedShape made;
  made.layers = row.layers();
  made.hidden = row.hidden();
  if (row.has_heads()) made.heads = row.heads();
  if (row.has_kv_heads()) made.kv_heads = row.kv_heads();
  if (row.has_head_dim()) made.head_dim = row.head_dim();
  if (row.has_ffn_hidden()) made.ffn = row.ffn_hidden();
  if (row.has_vocab()) made.vocab = row.vocab();
  if (row.has_gated_mlp()) made.gated = row.gated_mlp() == 1;
  if (row.has_params_total_b()) made.total = row.params_total_b() * 1e9;
  if (row.has_params_active_b()) made.active = row.params_active_b() * 1e9;
  if (row.experts() > 1) made.experts = row.experts();
  if (row.has_top_k()) made.top_k = row.top_k();
  made.mixture = row.experts() > 1;
  return made;
}

/// Of all shapes that agree with what is printed, the one whose parameters come nearest to the printed total:
///
///   gated MLP or not, one embedding matrix or two, key and value heads as many as heads or 8, heads of hidden / heads or 128,
///   width of the MLP (or of an expert) from the total, else 4 h
///
/// What is not printed is added to `assumed`. Active weights beyond those of a mixture's routed experts pass every token: a shared expert;
/// fewer than its attention alone explains mean that queries, keys and values go through low ranks (latent attention): projection_share.
/// Throws ScenarioError for a shape that contradicts itself: no number of experts for a mixture, more experts a token than there are, key
/// and value heads that do not divide the heads, parameters a third off what the shape has.
Transformer transformer_of(const PublishedShape& shape, std::vector<Text>& assumed);

}  // namespace dure::sim
