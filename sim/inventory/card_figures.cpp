#include "sim/inventory/card_figures.h"

#include <fmt/format.h>

#include "sim/inventory/inventory.pb.h"

namespace dure::sim {

Text words(Basis basis) {
  if (basis == Basis::kMeasured) return {"measured", "측정"};
  return basis == Basis::kPublished ? Text{"published", "공개"} : Text{"assumed", "가정"};
}

std::vector<CardFigure> card_figures(const ::dure::CardType& row, const Accelerator* card, const ::dure::NodeType* node) {
  std::vector<CardFigure> all;
  const Text of_row{"catalogue, confidence " + row.confidence(), "카드 목록, 신뢰도 " + row.confidence()};
  const auto published = [&](Text what, double value, const char* unit) {
    if (value > 0) all.push_back({std::move(what), value, unit, row.confidence() == "assumption" ? Basis::kAssumed : Basis::kPublished, of_row});
  };
  published({"peak in BF16", "BF16 최대 성능"}, row.bf16_tflops(), "TFLOP/s");
  if (!row.has_bf16_tflops()) published({"peak in FP16", "FP16 최대 성능"}, row.fp16_tflops(), "TFLOP/s");
  published({"peak in FP8", "FP8 최대 성능"}, row.fp8_tflops(), "TFLOP/s");
  published({"peak in FP4", "FP4 최대 성능"}, row.fp4_tflops(), "TFLOP/s");
  if (card != nullptr && card->peak_flop_per_s[std::size_t(Precision::kBf16)] > 0) {
    const double best = card->best_product(Precision::kBf16) / 1e12;
    Text note{"best large product on record", "기록된 대형 행렬곱 최고값"};
    if (card->measured) note = {"platforms/measured, held under load", "platforms/measured, 부하 지속 시"};
    if (card->gemm_basis == Basis::kAssumed)
      note = card->gemm_of_peak == kGemmOfPeak ? Text{fmt::format("{} of the peak, the middle of the published cards", kGemmOfPeak), fmt::format("최대 성능의 {}배(공개된 카드들의 중간값)", kGemmOfPeak)}
                                               : Text{"share of the peak of a card with the same chip", "같은 칩을 쓰는 카드의 최대 성능 대비 비율"};
    all.push_back({{"best product in BF16", "BF16 행렬곱 최고 속도"}, best, "TFLOP/s", card->gemm_basis, note});
  }
  published({"memory", "메모리"}, row.memory_gb(), "GB");
  published({"memory bandwidth", "메모리 대역폭"}, row.memory_tb_per_s(), "TB/s");
  if (card != nullptr && card->measured_traffic_bytes_per_s > 0)
    all.push_back({{"bandwidth of passes between products", "원소별 계산의 대역폭"}, card->measured_traffic_bytes_per_s / 1e12, "TB/s", Basis::kMeasured, {"platforms/measured", "platforms/measured"}});
  published({"links of the scale-up domain, both directions", "스케일업 링크(양방향 합)"}, row.scale_up_gb_per_s(), "GB/s");
  if (row.scale_out_gbps() > 0)
    published({"port to other nodes", "외부 포트"}, row.scale_out_gbps(), "Gbit/s");
  else if (card != nullptr)
    all.push_back({{"port to other nodes", "외부 포트"}, card->scale_out_bytes_per_s * 8e-9, "Gbit/s", Basis::kAssumed, {"none on record", "기록 없음"}});
  published({"board rating", "보드 정격 전력"}, row.rated_w(), "W");
  if (node != nullptr) {
    // "measured" in nodes.csv is by third parties: published, to us.
    const Basis basis = node->confidence() == "assumption" ? Basis::kAssumed : Basis::kPublished;
    const Text note{node->provenance(), node->provenance()};
    all.push_back({{"idle node at the plug", "유휴 서버 전력"}, node->idle_w(), "W", basis, note});
    all.push_back({{"training node at the plug", "학습 중 서버 전력"}, node->busy_w(), "W", basis, note});
  }
  return all;
}

}  // namespace dure::sim
