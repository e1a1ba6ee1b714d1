#include "sim/workload/transformer.h"

namespace dure::sim {

double activation_bytes(const Transformer& model, double sequences, double context, double tensor, const ActivationBytes& how,
                        Recompute recompute, double scored) {
  const double tokens = sequences * context;
  const double outside = how.sequence_parallel ? tensor : 1;  // parts that only sequence parallelism divides
  if (recompute == Recompute::kFull) return 2 * tokens * model.hidden / outside;
  double whole = (4 + 4) * model.hidden;            // two norms, inputs of attention and of the MLP
  if (how.dropout) whole += 2 * model.hidden;       // two masks of a byte
  double divided = 2 * (model.query_width() + 2 * model.kv_width()) + 2 * model.query_width();
  const double active_ffn = model.mixture() ? model.top_k * model.ffn + model.shared_ffn : model.ffn;
  divided += (model.gated ? 6 : 4) * active_ffn;
  if (model.mixture()) divided += 2 * 2 * model.top_k * model.hidden;  // tokens sent out, and what came back
  double scores = 0;
  if (!how.fused_attention && recompute == Recompute::kNone) scores = 5 * model.heads * (scored > 0 ? scored : context);
  return tokens * (whole / outside + (divided + scores) / tensor);
}

}  // namespace dure::sim
