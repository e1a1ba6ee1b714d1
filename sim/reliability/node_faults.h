#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/ids.h"
#include "sim/random.h"
#include "sim/reliability/age.h"
#include "sim/reliability/repair_time.h"

namespace dure::sim {

/// A node leaves service at `at_s`; infinity: never.
struct Fault {
  double at_s = 0;
  int cause = 0;            // index into NodeFaults::causes()
  double repair_s = 0;      // from fault to service, usual waits included; RepairShop may change it
  bool needs_part = false;  // a long repair that takes a part from stock
};

/// When nodes fail. A node in service fails at the first of three:
///
///   background  hazard b f_n a(x) m(t)   frailty f_n, age factor a(x), good and bad months m(t)
///   shared      events of its group of neighbours at rate r (1-p) s / q, each hitting it with chance q
///   relapse     with chance p after a repair: a gap LN(g, sigma) in service
///
///   b = r (1 - p) (1 - s)
///
/// r pooled rate of mature nodes per second in service, relapses included; p relapse_share; s shared_share; q
/// shared_hit_share; f_n gamma with mean 1, drawn once per node; m(t) gamma with mean 1 and CV month_cv, one per site
/// and 30 days; x age since the day in service. Each first fault starts a chain of 1/(1-p) faults on
/// average. Bad nodes are down more often, which pulls the pooled rate a few per cent below r; b and the rate of events
/// are raised by one factor so that r comes out (see pooled_per_s in the .cpp).
/// Fitted to 584 faults of 400 nodes over 348 days (StepFun, data/infinitehbd): share of the worst tenth of nodes,
/// nodes never failed, gap CV, relapses within 1 and 7 days, simultaneous faults; docs/rooms/reliability.md compares.
///
/// Chance: stream "fault/node-<n>" per node, and the k-th fault of a node uses draws of its own, so the order in which
/// nodes are asked does not matter and longer repairs do not reshuffle later draws. Months: "fault/months-<site>"; shared
/// events: "fault/group-<g>". A group is a run of consecutive node numbers, standing for one leaf switch.
class NodeFaults {
 public:
  NodeFaults(const ::dure::Reliability& spec, Seed seed);

  /// The next fault of a node that is in service from `now_s` on (installed or just repaired), and has been part of the
  /// fleet since `in_service_since_s`. Ask once each time it comes into service. `site` has its own good and bad months.
  Fault next(NodeId node, double now_s, double in_service_since_s, SiteId site = SiteId{});

  const std::vector<std::string>& causes() const { return repairs_.causes(); }
  double mean_repair_s() const { return repairs_.mean_s(); }
  double faults_per_node_s() const { return rate_per_s_; }  // r

 private:
  struct Node {
    Random random;
    double frailty;
    std::uint32_t faults;
    double relapse_gap_s;  // after the repair under way; infinity: no relapse
  };
  struct SharedEvent {
    double at_s;
    std::uint64_t hits;  // bit per node of the group
    Repair repair;       // the same for all it hits: they wait for the same part or the same mend
  };
  struct Group {
    Random random;
    std::vector<SharedEvent> events;
  };

  struct Months {
    Random random;
    std::vector<double> factors;
  };

  double pooled_per_s(double raised) const;
  Node& node_state(std::size_t number);
  Months& site_months(std::size_t site);
  double month_factor(Months& months, std::size_t month) const;
  double background_s(Months& months, double hazard_to_spend, double per_s, double now_s, double in_service_since_s) const;
  const SharedEvent* shared(std::size_t number, double after_s, double before_s);

  Seed seed_;
  double rate_per_s_;
  double background_per_s_;
  double event_per_s_;  // of one group
  double frailty_shape_;
  double relapse_share_;
  double relapse_median_s_;
  double relapse_sigma_;
  double month_shape_;  // 1 / CV^2; 0: all months alike
  std::size_t group_nodes_;
  double hit_share_;
  AgeFactor age_;
  Repairs repairs_;
  std::vector<Node> nodes_;
  std::vector<Group> groups_;
  std::vector<Months> months_;  // by site
};

}  // namespace dure::sim
