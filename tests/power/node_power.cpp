#include "sim/power/node_power.h"

#include <doctest/doctest.h>

using namespace dure::sim;

TEST_CASE("node power: half-busy draws halfway between idle and training, fabric and storage stand beside it") {
  dure::NodeType node;
  node.set_idle_w(2400);
  node.set_busy_w(7000);
  dure::Power power;
  power.set_fabric_w_per_node(900);
  power.set_storage_w_per_node(150);
  const NodePowerModel model(node, power);
  CHECK(model.draw_w(0) == 2400);
  CHECK(model.draw_w(0.5) == 4700);  // 2400 + (7000 - 2400) / 2
  CHECK(model.draw_w(1) == 7000);
  CHECK(model.it_w(1) == 8050);  // 7000 + 900 + 150
}

TEST_CASE("node power: a node that draws less when busy is refused at its field") {
  dure::NodeType node;
  node.set_card("b200");
  node.set_idle_w(9000);
  node.set_busy_w(3000);
  try {
    NodePowerModel(node, dure::Power());
    FAIL("not refused");
  } catch (const ScenarioError& error) {
    CHECK(error.path == "node[b200].busy_w");
  }
}
