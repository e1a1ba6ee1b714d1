#pragma once
// A published figure of power, energy, carbon or electricity cost, predicted from the inputs printed with it.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"

#include "sim/inventory/inventory.pb.h"
#include "sim/power/power.pb.h"

namespace dure {
class PowerCase;
}

namespace dure::sim {

/// What the rows of the catalogue and of the job classes say, by name.
struct PowerTables {
  std::map<std::string, ::dure::CardType> cards;
  std::map<std::string, ::dure::NodeType> nodes;  // by the card they carry
  ::dure::Power power;
  double train_activity = 0;       // of large training jobs: platforms/workload/job_classes.csv, pretrain
  double train_comm_activity = 0;  // fine_tune
  double serve_activity = 0;       // serve
  double active_fraction = 0;      // of card-time in use, where no utilisation is printed
};

struct PowerPrediction {
  double computed = 0;  // in the unit of the metric
  std::vector<Text> assumed;
  std::optional<Text> skipped;
};

/// Predicts the metric of a case; reads neither its name, system, workload nor notes.
///
///   node: idle + (busy - idle) a (NodePowerModel), at the DC side x 0.955;  board: board_w;  mix: a = utilisation x own_use_activity
///   energy = power x hours x PUE, of boards, of nodes or of a stated load;  carbon = energy x factor;  cost = energy x price
///   rows of kind `accounting` multiply by the rating, as their authors did
/// Relative throughput under a cap and the limits of a node are skipped: no model yet.
PowerPrediction predict(const ::dure::PowerCase& row, const PowerTables& tables);

}  // namespace dure::sim
