#include "sim/power/power_case.h"

#include <doctest/doctest.h>

#include "sim/power/board_power.h"
#include "sim/power/power_case.pb.h"

using namespace dure::sim;

namespace {

PowerTables tables() {
  PowerTables made;
  ::dure::CardType card;
  card.set_card("H");
  card.set_rated_w(700);
  card.set_bf16_tflops(1000);
  made.cards["H"] = card;
  ::dure::NodeType node;
  node.set_card("H");
  node.set_cards_per_node(8);
  node.set_idle_w(2000);
  node.set_busy_w(7000);
  made.nodes["H"] = node;
  made.train_activity = 0.9;
  made.train_comm_activity = 0.8;
  made.serve_activity = 0.6;
  made.active_fraction = 0.7;
  return made;
}

PowerPrediction predicted(const char* metric, const char* activity, const char* boundary, void (*more)(::dure::PowerCase&) = nullptr) {
  ::dure::PowerCase row;
  row.set_gpu("H");
  row.set_metric(metric);
  row.set_activity_class(activity);
  row.set_boundary(boundary);
  row.set_value(1);
  if (more != nullptr) more(row);
  return predict(row, tables());
}

}  // namespace

TEST_CASE("power figures: a node and a board lie between idle and busy by their activity") {
  CHECK(predicted("node_mean_w", "train", "node AC input").computed == doctest::Approx(6500));  // 2,000 + 0.9 x 5,000
  CHECK(predicted("node_mean_w", "train", "node DC after PSU").computed == doctest::Approx(6500 * 0.955));
  CHECK(predicted("node_floor_w", "idle", "node AC input").computed == doctest::Approx(2000));
  CHECK(predicted("node_peak_w", "train", "node AC input").computed == doctest::Approx(7000));
  CHECK(predicted("gpu_idle_w", "idle", "GPU board").computed == doctest::Approx(91));
  CHECK(predicted("gpu_mean_w", "serve", "GPU board").computed == doctest::Approx(91 + 0.6 * 609));
  CHECK(predicted("gpu_mean_w", "train", "GPU board", [](auto& row) { row.set_cap_w(500); }).computed == doctest::Approx(500));
  CHECK(predicted("network_power_w", "fabric", "fabric", [](auto& row) { row.set_nodes(10); }).computed == doctest::Approx(9000));
}

TEST_CASE("power figures: energy is power times hours times PUE, carbon and cost follow from it") {
  const auto hundred_hours = [](auto& row) { row.set_gpu_hours(800); };
  CHECK(predicted("energy_kwh", "train", "node AC input", hundred_hours).computed == doctest::Approx(650));  // 100 node-hours
  CHECK(predicted("energy_mwh", "train", "GPU boards at TDP", hundred_hours).computed == doctest::Approx(0.56));
  CHECK(predicted("tonnes_co2e", "train", "GPU boards at TDP", [](auto& row) { row.set_gpu_hours(800); row.set_carbon_kg_per_kwh(0.5); row.set_pue(1.5); }).computed == doctest::Approx(0.42));
  CHECK(predicted("annual_cost_musd", "facility", "facility", [](auto& row) { row.set_other_inputs("20 MW IT load; 11.5 US cents/kWh"); row.set_pue(1.5); row.set_duration_h(8760); }).computed == doctest::Approx(30.222));
  // 1.44e22 FLOP at 0.4 of 1 PFLOP/s: 10,000 card-hours, 1,250 node-hours.
  CHECK(predicted("energy_mwh", "train", "IT equipment before PUE", [](auto& row) { row.set_other_inputs("about 1.44e22 FLOP"); row.set_pue(1.2); }).computed == doctest::Approx(8.125));
}

TEST_CASE("power figures: what no model computes yet is skipped, and says so") {
  CHECK(predicted("relative_throughput", "train", "GPU board").skipped);
  CHECK(predicted("node_max_w", "limit", "tray").skipped);
  CHECK(predicted("node_mean_w", "train", "node AC input", [](auto& row) { row.set_gpu("V100"); }).skipped);
  CHECK(predicted("tonnes_co2e", "train", "GPU boards at TDP", [](auto& row) { row.set_gpu_hours(1); }).skipped);
}
