#pragma once
// `dure run --machines CSV --trace CSV`: jobs of a log on nodes of a list, and who ran where.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/run.h"
#include "sim/scenario.pb.h"
#include "sim/workload/trace.h"

namespace dure::sim {

/// A row of a machine list: node, cards, and optionally card_type and leaf.
struct Machine {
  std::string node;
  int cards = 0;
  std::string card_type;  // empty: the scenario's only one
  std::string leaf;       // its switch; empty: dealt 32 nodes a leaf
  int line = 0;
};
/// Throws ScenarioError with the row for what cannot be.
std::vector<Machine> read_machines(const std::string& file);

/// A scenario in which the machines are all there is, or the log all that is asked for, or both.
///
/// Without a base: one site, nothing fails, nothing is loaded or saved, cards work all the time, and the run ends with the last job. With one,
/// machines take the place of its sites and tranches, the log that of its workload and programme; all else stays.
/// A card type has as many cards a node as its largest machine; jobs above that take whole machines of that size and the rest
/// on one more node, of any size.
class Replay {
 public:
  Replay(const ::dure::Scenario* base, const std::string& machines_file, const std::string& trace_file);

  const ::dure::Scenario& scenario() const { return scenario_; }
  /// "tranche/rank" of the engine to the name in the list.
  std::string node_name(const std::string& engine_name) const;
  const std::optional<TraceJobs>& trace() const { return trace_; }
  double log_zero_s() const { return log_zero_s_; }  // of the run, in the log's seconds

 private:
  void put_machines(const std::vector<Machine>& machines, const std::string& file, bool has_base);
  void put_trace(const std::string& file, bool has_base);
  ::dure::Tranche& add_tranche(const std::string& card, int cards);

  ::dure::Scenario scenario_;
  std::map<std::string, std::string> names_;
  std::optional<TraceJobs> trace_;
  double log_zero_s_ = 0;
};

/// Each job's start, end and nodes: rows of placements.csv.
///
/// One row a job in order of submission; one more for each interruption, which ends with the outcome `interrupted`. Nothing
/// stands under start_s and nodes of a job that never started, nor under end_s of one that still runs at the horizon.
class Placements {
 public:
  void held(const Held& held) { jobs_[held.job].holds.push_back(held); }
  void left(const Left& left) { jobs_[left.job].left = left; }
  /// `replay`: times and names are those of its log and its list; none: seconds of the run, numbers of the table `jobs`, tranche/rank.
  std::string csv(const std::vector<std::string>& node_names, const Replay* replay) const;

 private:
  struct Of {
    std::vector<Held> holds;
    Left left;
  };
  std::map<JobId, Of> jobs_;
};

}  // namespace dure::sim
