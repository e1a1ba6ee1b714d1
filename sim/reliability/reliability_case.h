#pragma once
// A published figure of failures, repair, checkpoints or goodput, predicted from the inputs printed with it.
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"

#include "sim/reliability/reliability.pb.h"

namespace dure {
class ReliabilityCase;
}

namespace dure::sim {

struct ReliabilityPrediction {
  double computed = 0;  // in the unit of the metric
  std::vector<Text> assumed;
  std::optional<Text> skipped;
};

/// Predicts the metric of a case with `spec` for all that the row does not print; reads neither its name, system nor notes. N is the job's
/// nodes where a job is named, else the system's; r the printed rate.
///
///   job_mttf, node_fault_interarrival_mean      1 / (N r)
///   counts                                      N r window
///   node_unavailability                         r R
///   concurrent_down_nodes_*, spares_*, fault_share_of_worst_10pct_nodes     drawn fleets; spares of an analytic row: Poisson
///   optimal_ckpt_interval_*, expected_ettr      checkpointing.h
///   effective_training_time_ratio, goodput_ratio   E[ETTR] at Daly's interval, a write of 10 s where none is printed
ReliabilityPrediction predict(const ::dure::ReliabilityCase& row, const ::dure::Reliability& spec);

}  // namespace dure::sim
