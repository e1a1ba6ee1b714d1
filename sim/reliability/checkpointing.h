#pragma once
#include "sim/reliability/reliability.pb.h"

namespace dure::sim {

/// How one running job saves itself. Work is measured at full speed, in seconds.
struct CheckpointPlan {
  double interval_s = 0;  // D: work between writes; infinity: never saves, an interruption starts it over
  double write_s = 0;     // d: the job stands still while it writes
  double restart_s = 0;   // u: from the new start of an interrupted job to its first new step
};

double young_interval_s(double write_s, double mttf_s);
double daly_interval_s(double write_s, double mttf_s);

/// Chooses when jobs save their progress.
///
///   M = 1 / (N r + r_s)                 mean time to failure of a job on N nodes
///   d = bytes / rate                    blocking write
///   Young 1974:  D = sqrt(2 d M)
///   Daly 2006:   D = sqrt(2 d M) (1 + sqrt(d / 2M) / 3 + (d / 2M) / 9) - d   if d < 2M, else M
///   E[ETTR] = (1 - (u + D/2) / M) / (1 + d/D)      good while (u + D/2) / M is small
///
/// r hardware faults per node-second, r_s software events per job-second: two rates that add. D is work between writes,
/// the share of time spent writing d / (D + d). Source: Young 1974, Daly 2006; the expected ratio of effective training
/// time after Kokolis et al. 2025 (Meta, "Revisiting Reliability"). A job without checkpoint bytes starts over.
/// Writes that overlap with work are not modelled: give the blocking bytes.
class Checkpointing {
 public:
  explicit Checkpointing(const ::dure::Reliability& spec);
  /// `bytes` of one checkpoint of the whole job, `bytes_per_s` its share of storage.
  CheckpointPlan plan(int nodes, double bytes, double bytes_per_s) const;
  double mttf_s(int nodes) const;  // M; infinity without faults
  double restart_s() const { return restart_s_; }

 private:
  double node_per_s_;
  double job_per_s_;
  double restart_s_;
  double min_interval_s_;
  bool saves_;
  double fixed_interval_s_;  // 0: Daly
};

/// E[ETTR] as above.
double expected_ettr(const CheckpointPlan& plan, double mttf_s);

}  // namespace dure::sim
