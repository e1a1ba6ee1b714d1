#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ids.h"
#include "sim/random.h"
#include "sim/results.h"
#include "sim/workload/trace.h"
#include "sim/scheduling/ask.h"

namespace dure {
class Scenario;
}

namespace dure::sim {

/// Cards a job held without a break: from a start to its end, its interruption or the horizon.
struct Held {
  JobId job{};
  double from_s = 0;
  double until_s = 0;
  std::vector<std::pair<NodeId, Slice>> cards;  // the node within the fleet, and what of it
};

/// A job that leaves the run, or that the horizon finds waiting or running.
struct Left {
  JobId job{};
  double submit_s = 0;
  std::string_view outcome;     // as the table `jobs` names it
  bool ended_holding = false;   // with cards in its hands: its last row of Held is its end
};

struct RunOptions {
  Seed seed;
  ResultsFile* file = nullptr;           // none: only the summary
  std::string scenario_folder = ".";     // where a trace's path begins
  std::function<void(double share_done, const std::string& date)> progress;   // once a simulated day
  std::function<void(const Held&)> held;   // each time a job lets go of its cards
  std::function<void(const Left&)> left;   // once a job, after its last Held
  bool draws_ahead = false;              // planning fidelity may draw its jobs on a thread of its own (workload/drawn_ahead.h)
  bool until_done = false;               // ends with the last job, if that is before the horizon
  std::function<bool()> stop;            // asked once a day; true: end here, partial
};

struct RunOutcome {
  Summary summary;
  std::optional<TraceReport> trace_report;  // of a run that replays a log
  Summary workload_facts;                // for OUT/workload_facts.json: what logs of real clusters are compared by
  std::vector<std::string> node_names;   // "tranche/rank" by NodeId, if `held` was asked for
  bool partial = false;
  double simulated_s = 0;
  std::uint64_t events = 0;
  double largest_queue_jobs = 0;
  double mean_queue_jobs = 0;
  double utilisation = 0;                // allocated over public card-time in service
  double offered_load = 0;               // work of submitted jobs over public card-time in service
};

/// A run that ended, of several that began together.
struct TogetherOutcome {
  std::size_t scenario = 0;              // which of them
  RunOutcome outcome;
  double began_s = 0;                    // what lay before was another's run too
};

/// Which of the scenarios may begin as one run: their numbers, group by group, in order.
std::vector<std::vector<std::size_t>> run_groups(std::span<const ::dure::Scenario* const> scenarios, Seed seed);

/// Runs the scenarios of a group as one until they differ (futures.h). `fork` makes a process and is true in the new one; this returns once in
/// every process, so often in all as there are scenarios. `standing_for` says at any time, also after an error, whose run this process is.
/// `part_at_s`: there all part in any case. Rows (options.file) have a thread, which no fork survives: they are for a `fork` that makes none.
TogetherOutcome run_together(std::span<const ::dure::Scenario* const> scenarios, std::span<const std::size_t> group, const RunOptions& options, std::function<bool()> fork,
                             std::vector<std::size_t>& standing_for, std::optional<double> part_at_s = {});

/// One run of one scenario, from its first second to its horizon. One a process (SimGrid's state is global).
RunOutcome run_scenario(const ::dure::Scenario& scenario, const RunOptions& options);

/// Builds every model the scenario names, so that what only a model can refuse is refused before a run: ScenarioError.
/// No clock is made; any number of scenarios can be checked in one process.
void check_models(const ::dure::Scenario& scenario, const std::string& scenario_folder = ".");

}  // namespace dure::sim
