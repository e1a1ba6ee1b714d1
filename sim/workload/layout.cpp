#include "sim/workload/layout.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "sim/error.h"

namespace dure::sim {

std::optional<StageLayers> stage_layers(int layers, const Layout& layout) {
  const int parts = layout.pipeline * layout.chunks;
  if (layers % parts == 0) {
    const int each = layers / layout.pipeline;
    return StageLayers{each, each, each};
  }
  if (layout.pipeline > 1 && (layers + 2) % parts == 0) {
    const int each = (layers + 2) / layout.pipeline;
    return StageLayers{each, each - 1, each - 1};
  }
  if (!layout.uneven || parts > layers) return {};
  const int each = (layers + layout.pipeline - 1) / layout.pipeline;
  return StageLayers{each, std::max(0, layers - each * (layout.pipeline - 1)), each};
}

void check_layout(const TrainingWork& work, const Layout& layout, int cards) {
  const Transformer& model = work.model;
  const auto refuse = [](const char* field, Text what, Text help) {
    throw ScenarioError(std::string("layout.") + field, std::move(what), std::move(help));
  };
  for (const auto& [name, size] : {std::pair{"tensor", layout.tensor}, {"pipeline", layout.pipeline}, {"chunks", layout.chunks},
                                   {"context", layout.context}, {"expert", layout.expert}, {"data", layout.data}, {"micro_batch", layout.micro_batch}})
    if (size < 1)
      refuse(name, {fmt::format("{} is {}, but every size is at least 1", name, size), fmt::format("{}이(가) {}인데, 모든 크기는 1 이상입니다", name, size)}, {});
  if (std::int64_t(layout.tensor) * layout.pipeline * layout.context * layout.data != cards)
    refuse("data", {fmt::format("t {} x p {} x c {} x d {} = {} cards, but the job has {}", layout.tensor, layout.pipeline, layout.context, layout.data, std::int64_t(layout.tensor) * layout.pipeline * layout.context * layout.data, cards),
                    fmt::format("t {} x p {} x c {} x d {} = {}장인데 작업의 카드는 {}장입니다", layout.tensor, layout.pipeline, layout.context, layout.data, std::int64_t(layout.tensor) * layout.pipeline * layout.context * layout.data, cards)},
           {"the four sizes must multiply to the number of cards", "네 크기의 곱이 카드 수와 같아야 합니다"});
  if (std::fmod(model.heads, layout.tensor) != 0)
    refuse("tensor", {fmt::format("{} heads do not divide over t = {}", model.heads, layout.tensor), fmt::format("헤드 {}개가 t = {}(으)로 나누어떨어지지 않습니다", model.heads, layout.tensor)},
           {"choose t among the divisors of the number of heads", "t는 헤드 수의 약수로 고르십시오"});
  if (layout.expert > 1 && (!model.mixture() || model.experts % layout.expert != 0 || (layout.tensor * layout.data * layout.context) % layout.expert != 0))
    refuse("expert", {fmt::format("e = {} does not divide {} experts and t c d = {}", layout.expert, model.experts, layout.tensor * layout.data * layout.context),
                      fmt::format("e = {}이(가) 전문가 {}개와 t c d = {}을(를) 나누지 못합니다", layout.expert, model.experts, layout.tensor * layout.data * layout.context)},
           {"experts are spread over e of the t c d cards of a stage", "전문가는 한 단계의 t c d장 가운데 e장에 나뉩니다"});
  if (!stage_layers(model.layers, layout))
    refuse("pipeline", {fmt::format("{} layers do not divide over p {} x v {} chunks", model.layers, layout.pipeline, layout.chunks),
                        fmt::format("층 {}개가 p {} x v {} 조각으로 나누어떨어지지 않습니다", model.layers, layout.pipeline, layout.chunks)},
           {"choose p and v so that p v divides the layers, or the layers and two", "p v가 층 수 또는 층 수 + 2를 나누게 고르십시오"});
  if (double(layout.data) * layout.micro_batch > work.global_batch_seqs)
    refuse("micro_batch", {fmt::format("d = {} replicas of micro-batches of {} need more than the batch of {} sequences", layout.data, layout.micro_batch, work.global_batch_seqs),
                           fmt::format("d = {}개 복제본에 마이크로 배치 {}개씩이면 배치 {} 시퀀스를 넘습니다", layout.data, layout.micro_batch, work.global_batch_seqs)},
           {"d x micro-batch must not exceed the batch", "d x 마이크로 배치는 배치 이하여야 합니다"});
  if (!layout.uneven && std::fmod(work.global_batch_seqs, double(layout.data) * layout.micro_batch) != 0)
    refuse("micro_batch", {fmt::format("a batch of {} sequences does not divide into micro-batches of {} on d = {}", work.global_batch_seqs, layout.micro_batch, layout.data),
                           fmt::format("배치 {} 시퀀스가 d = {}에서 마이크로 배치 {}개씩으로 나누어떨어지지 않습니다", work.global_batch_seqs, layout.data, layout.micro_batch)},
           {"d x micro-batch must divide the batch", "d x 마이크로 배치가 배치를 나누어야 합니다"});
  if (std::fmod(work.seq_len, layout.context) != 0)
    refuse("context", {fmt::format("{} tokens do not divide over c = {}", work.seq_len, layout.context), fmt::format("{} 토큰이 c = {}(으)로 나누어떨어지지 않습니다", work.seq_len, layout.context)}, {});
}

}  // namespace dure::sim
