#include "sim/power/power_case.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/power/board_power.h"
#include "sim/power/node_power.h"
#include "sim/power/power_case.pb.h"
#include "sim/quantity_text.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kTypicalMfu = 0.4;  // model FLOP over BF16 peak of long pre-training runs, where only their work is printed (Llama 3: 0.38-0.43)

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

/// "20 MW IT load": the number before `unit`.
std::optional<double> number_before(const std::string& text, std::string_view unit) {
  const auto found = find_quantity(text, {unit});
  return found ? std::optional(found->value) : std::nullopt;
}

}  // namespace

PowerPrediction predict(const ::dure::PowerCase& row, const PowerTables& tables) {
  PowerPrediction made;
  const auto assume = [&](std::string what) { made.assumed.push_back({what, what}); };
  const auto skip = [&](Text why) {
    made.skipped = std::move(why);
    return made;
  };
  const auto given = [&](double value) {
    made.computed = value;
    return made;
  };
  const std::string& metric = row.metric();
  const std::string& at = row.activity_class();
  if (row.scoring() == "input") return skip({"a parameter to feed in, not to predict", "예측 대상이 아니라 입력하는 매개변수입니다"});
  if (metric == "relative_throughput") return skip({"no model of capped cards yet", "전력 상한을 건 카드의 모형이 아직 없습니다"});
  if (metric == "node_max_w") return skip({"no model of a node's limit: a specification, not a draw", "서버 한도는 사양값이라 계산 대상이 아닙니다"});

  const auto node = tables.nodes.find(row.gpu());
  const auto card = tables.cards.find(row.gpu());
  const bool boards = says(row.boundary(), "GPU board");

  // Activity of the cards.
  std::optional<double> activity;
  if (at == "idle") activity = 0;
  if (at == "train") activity = tables.train_activity;
  if (at == "train_comm_bound") activity = tables.train_comm_activity;
  if (at == "serve") activity = tables.serve_activity;
  if (at == "mix") {
    double used = row.gpu_util_pct() / 100;
    if (!row.has_gpu_util_pct()) {
      used = tables.active_fraction;
      made.assumed.push_back({fmt::format("utilisation {:.0f} %", 100 * used), fmt::format("활용률 {:.0f} %", 100 * used)});
    }
    activity = used * tables.power.own_use_activity();
  }
  const auto of_node = [&]() -> std::optional<double> {
    if (node == tables.nodes.end() || !activity) return {};
    const double w = NodePowerModel(node->second, tables.power).draw_w(*activity);
    return says(row.boundary(), "DC") ? w * kSupplyEfficiency : w;
  };
  const double cards_a_node = row.has_gpus_per_node() ? row.gpus_per_node() : node != tables.nodes.end() ? node->second.cards_per_node() : 8;
  std::optional<double> rated_w;
  if (row.has_gpu_tdp_w()) rated_w = row.gpu_tdp_w();
  else if (card != tables.cards.end()) rated_w = card->second.rated_w();

  if (metric == "gpu_idle_w") return rated_w ? given(board_w(*rated_w, 0)) : skip({"board rating missing", "보드 정격 전력이 없습니다"});
  if (metric == "gpu_mean_w") {
    if (!rated_w || !activity) return skip({"board rating or activity missing", "보드 정격 전력이나 부하 정도가 없습니다"});
    const double w = board_w(*rated_w, *activity);
    return given(row.has_cap_w() ? std::min(w, row.cap_w()) : w);
  }
  if (metric == "node_mean_w" || metric == "node_floor_w" || metric == "node_peak_w") {
    if (node == tables.nodes.end()) return skip({"no server in the catalogue carries " + row.gpu(), row.gpu() + "을(를) 싣는 서버가 목록에 없습니다"});
    if (metric == "node_floor_w") activity = 0;
    if (metric == "node_peak_w") activity = 1;
    if (!activity) return skip({"activity_class missing", "activity_class가 없습니다"});
    return given(*of_node());
  }
  if (metric == "network_power_w") {
    double nodes = row.nodes();
    if (!row.has_nodes() && row.has_gpus()) nodes = row.gpus() / cards_a_node;
    return nodes > 0 ? given(nodes * tables.power.fabric_w_per_node()) : skip({"nodes missing", "서버 수가 없습니다"});
  }

  // Energy, and what follows from it.
  const bool energy = metric == "energy_kwh" || metric == "energy_mwh" || metric == "energy_gwh";
  if (!energy && metric != "tonnes_co2e" && metric != "annual_cost_musd") return skip({"no power metric is called " + metric, metric + "(이)라는 전력 항목이 없습니다"});
  double kwh = 0;
  if (const auto load_mw = number_before(row.other_inputs(), "MW")) {
    if (!row.has_duration_h() && metric != "annual_cost_musd") return skip({"duration missing", "기간이 없습니다"});
    kwh = energy_kwh(*load_mw * 1e6, row.has_duration_h() ? row.duration_h() : kYear_s / kHour_s);
  } else {
    double card_hours = row.gpu_hours();
    if (!row.has_gpu_hours() && row.has_duration_h()) {
      if (!row.has_gpus() && !row.has_nodes()) return skip({"cards missing", "카드 수가 없습니다"});
      card_hours = row.duration_h() * (row.has_gpus() ? row.gpus() : row.nodes() * cards_a_node);
    } else if (!row.has_gpu_hours()) {
      const auto flop = number_before(row.other_inputs(), "FLOP");
      if (!flop) return skip({"hours missing", "시간이 없습니다"});
      if (card == tables.cards.end()) return skip({"no card in the catalogue is called " + row.gpu(), "카드 목록에 " + row.gpu() + "이(가) 없습니다"});
      card_hours = *flop / (card->second.bf16_tflops() * 1e12 * kTypicalMfu) / (kHour_s);
      assume(fmt::format("MFU {}", kTypicalMfu));
    }
    if (row.kind() == "accounting" || says(row.boundary(), "TDP")) {
      if (!rated_w) return skip({"board rating missing", "보드 정격 전력이 없습니다"});
      kwh = energy_kwh(*rated_w, card_hours);
    } else if (boards) {
      if (!rated_w || !activity) return skip({"board rating or activity missing", "보드 정격 전력이나 부하 정도가 없습니다"});
      kwh = energy_kwh(board_w(*rated_w, *activity), card_hours);
    } else {
      const auto w = of_node();
      if (!w) return skip({"no server in the catalogue carries " + row.gpu() + ", or its activity is not printed", row.gpu() + "을(를) 싣는 서버가 목록에 없거나 부하 정도가 없습니다"});
      kwh = energy_kwh(*w, card_hours / cards_a_node);
    }
  }
  if (!says(row.boundary(), "before PUE") && row.has_pue() && !(boards && energy)) kwh *= row.pue();
  if (metric == "energy_kwh") return given(kwh);
  if (metric == "energy_mwh") return given(kwh / 1e3);
  if (metric == "energy_gwh") return given(kwh / 1e6);
  if (metric == "tonnes_co2e") return row.has_carbon_kg_per_kwh() ? given(carbon_t(kwh, row.carbon_kg_per_kwh())) : skip({"carbon factor missing", "배출계수가 없습니다"});
  const auto cents = number_before(row.other_inputs(), "US cents/kWh");
  return cents ? given(kwh * *cents / 100 / 1e6) : skip({"price of electricity missing", "전기 단가가 없습니다"});
}

}  // namespace dure::sim
