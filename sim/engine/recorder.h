#pragma once
#include <array>
#include <initializer_list>
#include <memory>
#include <vector>

#include "sim/engine/active_job.h"
#include "sim/results.h"
#include "sim/tenant.h"
#include "sim/workload/facts.h"
#include "sim/workload/source.h"

namespace dure::sim {

/// Names that rows speak of, by index of the identity.
struct Names {
  std::vector<std::string> sites;
  std::vector<std::string> cards;
  std::vector<std::string> regions;
  std::vector<std::string> pool_site;  // by PoolId
  std::vector<std::string> pool_card;
  std::vector<std::string> pool_partition;
};

/// Writes the rows of a run and keeps what the summary needs of them.
class Recorder {
 public:
  /// Without a file no rows are written, only the summary is kept (studies, bench, tests).
  Recorder(ResultsFile* file, const Names& names, const Population& population, double horizon_s, bool planning);

  enum class Ending { kCompleted, kCancelled, kFailed, kRunning, kWaiting, kRejected };
  static std::string_view name(Ending ending);  // "completed" ...
  void submitted(const Job& job) {
    submitted_ += jobs_in(job);
    if (!planning_) workload_.submitted(job.submit_s);
  }
  void held(double from_s, double until_s, NanoCards cards) {
    if (!planning_) workload_.held(from_s, until_s, double(cards) * 1e-9);
  }
  /// Jobs that one of planning fidelity stands for, and those of them that are under way at a time.
  std::int64_t jobs_in(const Job& job) const { return job.batch == 0 ? 1 : population_.batches[job.batch].size(); }
  double at_once(const Job& job) const { return job.batch == 0 ? 1 : double(population_.batches[job.batch].at_once); }
  void job(const ActiveJob& job, Ending ending, double now_s);
  void fault(double at_s, PoolId pool, std::optional<std::int64_t> node, std::string_view cause, double repair_s, double jobs_hit);
  void flow(double start_s, std::optional<double> end_s, std::string_view kind, std::string_view from, std::string_view to, double bytes,
            std::optional<std::int64_t> project);

  Table* card_hours() { return card_hours_; }
  Table* ledger() { return ledger_; }
  Table* power() { return power_; }
  Table* tranches() { return tranches_; }
  Table* grants() { return grants_; }
  Table* money() { return money_; }
  Table* budget() { return budget_; }

  /// Quantities of the contract's summary that come from jobs and faults.
  void add_metrics(Summary& summary, bool has_reliability, bool has_projects);
  /// The statistics by which logs of clusters are told apart (DESIGN's table of facts), of the jobs of this run.
  void add_workload_facts(Summary& facts) const;
  double productive_card_s() const;  // over all jobs; the ledger must agree

 private:
  void count_ending(const ActiveJob& active, Ending ending);
  std::vector<double> wait_quantiles(std::vector<double>& waits_s, std::initializer_list<double> shares);

  const Names& names_;
  const Population& population_;
  const bool planning_;
  Table* jobs_ = nullptr;  // null without a file, like the others
  Table* card_hours_ = nullptr;
  Table* ledger_ = nullptr;
  Table* power_ = nullptr;
  Table* faults_ = nullptr;
  Table* tranches_ = nullptr;
  Table* grants_ = nullptr;
  Table* money_ = nullptr;
  Table* budget_ = nullptr;
  Table* flows_ = nullptr;
  std::int64_t submitted_ = 0;
  std::array<std::int64_t, 6> endings_{};
  std::array<double, kOutcomes> carried_jobs_{};   // of batches that were cut short, not yet counted
  std::array<double, 4> productive_card_s_{};   // by outcome
  double lost_card_s_ = 0;
  double ettr_productive_card_s_ = 0;
  double ettr_allocated_card_s_ = 0;
  std::int64_t node_faults_ = 0;
  double interruptions_ = 0;                    // of jobs; of a batch as many as are under way at a time
  std::vector<double> waits_s_;
  std::vector<std::int32_t> waiting_jobs_;      // beside waits_s_, in planning fidelity: jobs that waited so long
  std::vector<double> data_waits_s_;
  std::array<double, kTenantGroups> group_wait_s_{};   // of jobs of projects
  std::array<std::int64_t, kTenantGroups> group_jobs_{};
  std::vector<double> region_wait_s_;          // by RegionId of the tenant, of all jobs
  std::vector<std::int64_t> region_jobs_;
  WorkloadFacts workload_;
};

/// The q-quantile of values: the smallest value with at least q n values not above it. Reorders them.
double quantile(std::vector<double>& values, double q);

/// Gini coefficient of non-negative amounts: 0 all alike, towards 1 all with one. Reorders them.
double gini(std::vector<double>& amounts);

}  // namespace dure::sim
