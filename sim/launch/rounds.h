#pragma once
// Which runs a study wants, round by round. A round depends on the rounds before it and on nothing else, so that a study that
// was cut short goes on as it would have.
#include <Eigen/Core>
#include <memory>
#include <span>

#include "analysis/study/inputs.h"
#include "analysis/study/plan.h"
#include "analysis/study/replication.h"
#include "sim/launch/task.h"
#include "sim/random.h"

namespace dure::analysis {
class GaussianCopula;
}

namespace dure::sim {

/// Every option of a study runs every replicate, with the same seed, replicate number and inputs: common random numbers.
///
/// Compare, sweep, wait_or_buy: the replicates, then as many more as the wanted precision asks for; then, with inputs, a tornado of the
/// option that does best by the first decision metric, and of the baseline. Plan: replicates of the options still in, round by round
/// (analysis/study/plan.h). Sensitivity: its points, for the option and the baseline.
class Rounds {
 public:
  /// Throws Error (exit 3) for a study whose rounds cannot be run (rounds_check.h).
  Rounds(const LoadedStudy& study, std::uint64_t seed);
  ~Rounds();

  /// What to run next, given every result so far in the order of tasks; empty: done.
  std::vector<Task> next(std::span<const Task> tasks, std::span<const TaskResult> results);

  /// After the last round: was the wanted precision reached? None if none was wanted.
  const std::optional<analysis::Replication>& precision() const { return precision_; }
  const std::vector<analysis::UncertainInput>& inputs() const { return inputs_; }
  /// What a plan decided; none for other kinds, or where a run was refused.
  const std::optional<analysis::PlanDecision>& plan() const { return plan_; }
  /// Points of the sensitivity study, as shares of the inputs' distributions.
  const Eigen::MatrixXd& points() const { return points_; }

 private:
  std::vector<Task> replicates(std::uint32_t first, std::uint32_t count, std::span<const std::size_t> options) const;
  /// `option` at each point, after the baseline where that is another.
  std::vector<Task> at_points(Purpose purpose, const Eigen::MatrixXd& points, std::size_t option) const;
  std::vector<Task> tornado(std::size_t best) const;
  std::vector<Task> sensitivity();
  std::vector<Task> plan_round(std::span<const Task> tasks, std::span<const TaskResult> results);
  std::vector<double> values(const Eigen::RowVectorXd& shares) const;
  Eigen::MatrixXd design(std::uint32_t first, std::uint32_t count) const;
  std::optional<std::vector<Task>> more(std::span<const Task> tasks, std::span<const TaskResult> results);

  const LoadedStudy& study_;
  Seed seed_;
  std::vector<analysis::UncertainInput> inputs_;
  std::unique_ptr<analysis::GaussianCopula> copula_;
  std::optional<analysis::Replication> precision_;
  std::optional<analysis::PlanDecision> plan_;
  Eigen::MatrixXd points_;
};

}  // namespace dure::sim
