#pragma once
#include <array>
#include <memory>
#include <vector>

#include "sim/engine/active_job.h"
#include "sim/results.h"
#include "sim/tenant.h"
#include "sim/workload/facts.h"

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
  /// Without a file no rows are written, only the summary is kept (bench, tests).
  Recorder(ResultsFile* file, const Names& names, const std::vector<Tenant>& tenants, const std::vector<JobClass>& classes, double horizon_s);

  enum class Ending { kCompleted, kCancelled, kFailed, kRunning, kWaiting, kRejected };
  static std::string_view name(Ending ending);  // "completed" ...
  void submitted(double submit_s) {
    ++submitted_;
    workload_.submitted(submit_s);
  }
  void held(double from_s, double until_s, NanoCards cards) { workload_.held(from_s, until_s, double(cards) * 1e-9); }
  void job(const ActiveJob& job, Ending ending, double now_s);
  void fault(double at_s, PoolId pool, std::optional<std::int64_t> node, std::string_view cause, double repair_s, int jobs_hit);
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
  const Names& names_;
  const std::vector<Tenant>& tenants_;
  const std::vector<JobClass>& classes_;
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
  std::array<double, 4> productive_card_s_{};   // by outcome
  double lost_card_s_ = 0;
  double ettr_productive_card_s_ = 0;
  double ettr_allocated_card_s_ = 0;
  std::int64_t node_faults_ = 0;
  std::int64_t interruptions_ = 0;
  std::vector<double> waits_s_;
  std::vector<double> data_waits_s_;
  std::array<double, kTenantGroups> group_wait_s_{};   // of jobs of projects
  std::array<std::int64_t, kTenantGroups> group_jobs_{};
  WorkloadFacts workload_;
};

/// The q-quantile of values: the smallest value with at least q n values not above it. Reorders them.
double quantile(std::vector<double>& values, double q);

/// Gini coefficient of non-negative amounts: 0 all alike, towards 1 all with one. Reorders them.
double gini(std::vector<double>& amounts);

}  // namespace dure::sim
