#pragma once
#include "sim/error.h"
#include "sim/inventory/inventory.pb.h"
#include "sim/power/power.pb.h"

namespace dure::sim {

/// Power of a node at the plug, and of what stands beside it.
///
///   P = P_idle + (P_busy - P_idle) * activity
///
/// `activity` is the share of the way from idle to training that the node's cards are on, 0 to 1: the mean over its cards of
/// (share allocated) x (activity of the job class). Fabric (switches, optics) and storage draw the same for every powered
/// node, busy or not. Source: 8xH100 2.05-2.8 kW between work and 6.85-7.16 kW training at the AC input
/// (data/reference/power_cases.csv P-D01..P-D04, P-D23); the line between them is assumed, measured at its two ends.
class NodePowerModel {
 public:
  /// Throws ScenarioError if busy is below idle.
  NodePowerModel(const ::dure::NodeType& node, const ::dure::Power& power)
      : idle_w_(node.idle_w()), span_w_(node.busy_w() - node.idle_w()), beside_w_(power.fabric_w_per_node() + power.storage_w_per_node()) {
    if (span_w_ < 0)
      throw ScenarioError("node[" + node.card() + "].busy_w",
                          {"the busy node draws less than the idle one", "부하 시 전력이 유휴 전력보다 작습니다"},
                          {"swap idle_w and busy_w?", "idle_w와 busy_w를 바꿔 쓰지 않았는지 확인하십시오"});
  }

  double draw_w(double activity) const { return idle_w_ + span_w_ * activity; }  // the node alone
  double beside_w() const { return beside_w_; }                                  // fabric and storage, per powered node
  double it_w(double activity) const { return draw_w(activity) + beside_w_; }    // what the node adds to the site's IT load

 private:
  double idle_w_;
  double span_w_;
  double beside_w_;
};

}  // namespace dure::sim
