#include "sim/network/fabric.h"

#include <algorithm>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {

Fabric::Fabric(const ::dure::Fabric& spec, int nodes, int nodes_per_leaf)
    : nodes_(nodes),
      nodes_per_leaf_(nodes_per_leaf),
      card_bytes_per_s_(bytes_per_s_from_gbps(spec.card_gbps())),
      oversubscription_(spec.spine_oversubscription()),
      hop_s_(spec.hop_us() * 1e-6) {
  SIM_CHECK(nodes >= 0 && nodes_per_leaf > 0, "a leaf without nodes");
}

int Fabric::nodes_below(int leaf) const { return std::clamp(nodes_ - leaf * nodes_per_leaf_, 0, nodes_per_leaf_); }

double Fabric::card_bytes_per_s(int node, int other) const {
  return leaf(node) == leaf(other) ? card_bytes_per_s_ : card_bytes_per_s_ / oversubscription_;
}

double Fabric::latency_s(int node, int other) const {
  if (node == other) return 0;
  return (leaf(node) == leaf(other) ? 2 : 4) * hop_s_;
}

double Fabric::bisection_bytes_per_s(int cards_per_node) const {
  const double all_up = nodes_ * cards_per_node * card_bytes_per_s_ / oversubscription_;
  return leaves() < 2 ? nodes_ * cards_per_node * card_bytes_per_s_ / 2 : all_up / 2;
}

}  // namespace dure::sim
