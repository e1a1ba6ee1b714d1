#pragma once
// What a fleet's fault rate and repair times come to, in the figures that operators publish.
#include <vector>

#include "sim/random.h"
#include "sim/reliability/reliability.pb.h"

namespace dure::sim {

/// Mean time between faults of N nodes, each with r faults a second: 1 / (N r). The mean time to failure of a job on them, too.
double fleet_mttf_s(double nodes, double per_node_s);

/// Share of node-time out of service: faults a second of all node-time x mean repair, r R (r counts faults over all time, repair included).
double node_unavailability(double per_node_s, double mean_repair_s);

/// Share of time spent writing checkpoints: d / (D + d).
double checkpoint_share(double write_s, double interval_s);

/// Nodes down at once if faults and repairs are independent: Poisson with mean N r R whatever the law of repair times (M/G/infinity; Palm).
/// The smallest n with P(down <= n) >= p: also the spares that cover the fleet with that probability.
int independent_down_quantile(double nodes, double per_node_s, double mean_repair_s, double p);

/// Figures of a fleet drawn from NodeFaults: bursts, frail nodes, relapses, heavy-tailed repairs.
class DrawnFleet {
 public:
  /// `replicates` fleets of `nodes` mature nodes, each watched for `window_s` after a warm-up of 90 days; down nodes are counted every
  /// 12 h. 200 replicates of 400 nodes and 348 days take about 0.1 s.
  DrawnFleet(const ::dure::Reliability& spec, Seed seed, int nodes, double window_s, int replicates = 200);

  /// The smallest n with P(down <= n) >= p, over all replicates and moments.
  int down_quantile(double p) const;
  /// Share of faults that fall on the worst tenth of nodes, mean over replicates.
  double worst_tenth_share() const { return worst_tenth_share_; }

 private:
  std::vector<double> moments_with_;  // by number of nodes down
  double worst_tenth_share_ = 0;
};

/// `spec` with mature nodes whose faults, over all node-time, come at r, and whose repairs have the mean R: all times scaled alike.
::dure::Reliability mature(::dure::Reliability spec, double per_node_s, double mean_repair_s);

}  // namespace dure::sim
