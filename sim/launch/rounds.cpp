#include "sim/launch/rounds.h"

#include <algorithm>

#include "analysis/study/correlation.h"
#include "analysis/study/designs.h"
#include "analysis/study/morris.h"
#include "analysis/study/sobol_indices.h"
#include "analysis/study/table.h"
#include "analysis/study/tornado.h"
#include "sim/launch/rounds_check.h"
#include "sim/scenario_study.h"

namespace dure::sim {
namespace proto = ::dure;
using analysis::UncertainInput;
namespace {

constexpr int kMorrisLevels = 4;

UncertainInput::Shape shape_of(proto::InputLaw law) {
  switch (law) {
    case proto::TRIANGULAR: return UncertainInput::Shape::kTriangular;
    case proto::PERT: return UncertainInput::Shape::kPert;
    case proto::UNIFORM: return UncertainInput::Shape::kUniform;
    case proto::LEVELS: return UncertainInput::Shape::kLevels;
    default: return UncertainInput::Shape::kTwoPiece;
  }
}

std::vector<std::size_t> all_options(const LoadedStudy& study) {
  std::vector<std::size_t> all(study.options.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

/// The table of the first decision metric over the replicates so far; null if no run has it.
struct Deciding {
  std::vector<analysis::MetricTable> tables;
  const analysis::MetricTable* table = nullptr;
};
Deciding deciding(const LoadedStudy& study, std::span<const Task> tasks, std::span<const TaskResult> results) {
  std::vector<analysis::TableRun> runs;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (tasks[i].purpose == Purpose::kReplicate) runs.push_back({tasks[i].option, tasks[i].replicate, results[i].failure ? nullptr : &results[i].metrics});
  Deciding found{analysis::metric_tables(runs, study.options.size()), nullptr};
  found.table = analysis::find(found.tables, study.decisions.front().metric);
  return found;
}

/// How precise the widest difference from the baseline is, and how many replicates more it wants. Not reached where there is none to judge.
analysis::Replication widest_difference(const LoadedStudy& study, const analysis::MetricTable* table) {
  analysis::Replication widest{analysis::Replication::State::kNotReached, 0, {}, {}};
  if (table == nullptr || table->values.rows() < 2 || !table->has(study.baseline)) return widest;
  const proto::Precision& wanted = study.study.precision();
  const Eigen::VectorXd base = table->column(study.baseline);
  const analysis::WantedWidth width{.half_width = wanted.has_half_width() ? wanted.half_width() : wanted.relative() * std::abs(base.mean()), .relative = false, .first = study.study.replicates(), .most = wanted.most_replicates()};
  for (std::size_t option = 0; option < study.options.size(); ++option) {
    if (option == study.baseline || !table->has(option)) continue;
    const analysis::Replication here = analysis::replicate(table->column(option) - base, width);
    if (!widest.half_width || here.further > widest.further || (here.further == widest.further && here.half_width > widest.half_width)) widest = here;
  }
  return widest;
}

bool any(std::span<const Task> tasks, Purpose purpose) {
  return std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) { return task.purpose == purpose; });
}

}  // namespace

Rounds::Rounds(const LoadedStudy& study, std::uint64_t seed) : study_(study), seed_{seed, 0} {
  check_rounds(study);
  std::vector<std::string> names;
  for (const StudyInput& input : study.inputs) {
    inputs_.push_back({input.name, shape_of(input.law), input.low, input.mid, input.high, input.levels, input.weights});
    inputs_.back().check();
    names.push_back(input.name);
  }
  std::vector<analysis::CorrelatedPair> pairs;
  for (const proto::Correlation& pair : study.study.correlation()) pairs.push_back({pair.a(), pair.b(), pair.r()});
  if (!inputs_.empty()) copula_ = std::make_unique<analysis::GaussianCopula>(names, pairs);
}
Rounds::~Rounds() = default;

std::vector<double> Rounds::values(const Eigen::RowVectorXd& shares) const {
  std::vector<double> out;
  for (std::size_t i = 0; i < inputs_.size(); ++i) out.push_back(inputs_[i].value(shares(Eigen::Index(i))));
  return out;
}

Eigen::MatrixXd Rounds::design(std::uint32_t first, std::uint32_t count) const {
  const int k = int(inputs_.size());
  if (study_.study.design() == proto::LATIN_HYPERCUBE) return copula_->apply(analysis::latin_hypercube(study_.study.replicates(), k, seed_)).middleRows(first, count);
  return copula_->apply(analysis::SobolPoints(k, seed_).points(first, count));
}

std::vector<Task> Rounds::replicates(std::uint32_t first, std::uint32_t count, std::span<const std::size_t> options) const {
  const Eigen::MatrixXd points = inputs_.empty() ? Eigen::MatrixXd() : design(first, count);
  std::vector<Task> tasks;
  for (std::uint32_t r = 0; r < count; ++r) {
    const std::vector<double> inputs = inputs_.empty() ? std::vector<double>{} : values(points.row(r));
    for (const std::size_t option : options) tasks.push_back({Purpose::kReplicate, option, first + r, inputs});
  }
  return tasks;
}

std::vector<Task> Rounds::at_points(Purpose purpose, const Eigen::MatrixXd& points, std::size_t option) const {
  std::vector<std::size_t> options{option};
  if (option != study_.baseline) options.insert(options.begin(), study_.baseline);
  std::vector<Task> tasks;
  for (Eigen::Index row = 0; row < points.rows(); ++row)
    for (const std::size_t one : options) tasks.push_back({purpose, one, 0, values(points.row(row))});
  return tasks;
}

std::vector<Task> Rounds::tornado(std::size_t best) const {
  Eigen::VectorXd base(Eigen::Index(inputs_.size()));
  for (std::size_t i = 0; i < inputs_.size(); ++i) base(Eigen::Index(i)) = inputs_[i].base();
  return at_points(Purpose::kTornado, analysis::tornado_points(base), best);
}

std::vector<Task> Rounds::sensitivity() {
  const proto::Sensitivity& how = study_.study.sensitivity();
  const int k = int(inputs_.size());
  if (how.method() == proto::Sensitivity::MORRIS) points_ = analysis::morris_points(k, how.trajectories(), kMorrisLevels, seed_);
  else if (how.method() == proto::Sensitivity::SOBOL_INDICES) points_ = analysis::sobol_index_points(k, 0, how.base_points(), seed_);
  const std::size_t option = how.option().empty() ? study_.options.size() - 1 : study_.option(how.option());
  if (how.method() == proto::Sensitivity::TORNADO) return tornado(option);
  return at_points(Purpose::kSensitivity, points_, option);
}

std::optional<std::vector<Task>> Rounds::more(std::span<const Task> tasks, std::span<const TaskResult> results) {
  if (!study_.study.has_precision()) return {};
  const Deciding now = deciding(study_, tasks, results);
  precision_ = widest_difference(study_, now.table);
  if (precision_->state != analysis::Replication::State::kMore) return {};
  const auto runs = std::count_if(tasks.begin(), tasks.end(), [](const Task& task) { return task.purpose == Purpose::kReplicate; });
  const auto so_far = std::uint32_t(std::size_t(runs) / study_.options.size()), most = std::uint32_t(study_.study.precision().most_replicates());
  if (so_far >= most) {  // with fewer values than replicates
    precision_->state = analysis::Replication::State::kNotReached;
    return {};
  }
  return replicates(so_far, std::min(std::uint32_t(precision_->further), most - so_far), all_options(study_));
}

std::vector<Task> Rounds::plan_round(std::span<const Task> tasks, std::span<const TaskResult> results) {
  const proto::Plan& how = study_.study.plan();
  const std::size_t options = study_.options.size();
  plan_.reset();
  if (tasks.empty()) return replicates(0, std::uint32_t(how.first_replicates()), all_options(study_));
  std::vector<std::vector<std::vector<double>>> rows(options);  // option, replicate: cost, then limits
  const double sign = study_.decisions.front().higher_is_better ? -1 : 1;
  const auto value = [](const TaskResult& result, const std::string& metric) -> std::optional<double> {
    for (const Metric& one : result.metrics)
      if (one.name == metric) return one.value;
    return {};
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::vector<double>& row = rows[tasks[i].option].emplace_back();
    const auto cost = value(results[i], study_.decisions.front().metric);
    if (!cost) return {};  // refused, or without a cost: nothing can be chosen
    row.push_back(sign * *cost);
    for (const proto::Limit& limit : how.limit()) {
      const auto held = value(results[i], limit.metric());
      if (!held) return {};
      row.push_back(*held);
    }
  }
  std::vector<analysis::PlanLimit> limits;
  for (const proto::Limit& limit : how.limit()) limits.push_back({limit.metric(), limit.has_at_most(), limit.has_at_most() ? limit.at_most() : limit.at_least()});
  std::vector<analysis::OptionRuns> runs(options);
  double best = 0;
  for (std::size_t option = 0; option < options; ++option) {
    runs[option].cost.resize(Eigen::Index(rows[option].size()));
    runs[option].limits.resize(Eigen::Index(rows[option].size()), Eigen::Index(limits.size()));
    for (std::size_t r = 0; r < rows[option].size(); ++r) {
      runs[option].cost(Eigen::Index(r)) = rows[option][r][0];
      for (std::size_t l = 0; l < limits.size(); ++l) runs[option].limits(Eigen::Index(r), Eigen::Index(l)) = rows[option][r][l + 1];
    }
    const double first = runs[option].cost.head(how.first_replicates()).mean();
    if (option == 0 || first < best) best = first;
  }
  analysis::PlanSettings settings;
  settings.indifference = how.has_indifference() && how.indifference() > 0 ? how.indifference() : std::max(0.01 * std::abs(best), 1e-9);
  settings.error = 1 - how.confidence();
  settings.meets = how.probability();
  settings.tolerance = how.tolerance();
  settings.first = how.first_replicates();
  settings.most = how.budget_runs() / int(options);
  plan_ = analysis::decide(runs, limits, settings);
  if (plan_->outcome != analysis::PlanDecision::Outcome::kMore || plan_->next <= 0) return {};
  std::vector<std::size_t> in;
  for (std::size_t option = 0; option < options; ++option)
    if (plan_->options[option].state == analysis::OptionState::State::kIn) in.push_back(option);
  return replicates(std::uint32_t(plan_->replicates), std::uint32_t(plan_->next), in);
}

std::vector<Task> Rounds::next(std::span<const Task> tasks, std::span<const TaskResult> results) {
  if (study_.study.has_sensitivity()) {
    std::vector<Task> wanted = sensitivity();
    return tasks.empty() ? wanted : std::vector<Task>{};
  }
  if (study_.study.has_plan()) return plan_round(tasks, results);
  if (tasks.empty()) return replicates(0, std::uint32_t(study_.study.replicates()), all_options(study_));
  if (any(tasks, Purpose::kTornado)) {
    more(tasks, results);  // says how precise it is
    return {};
  }
  if (auto further = more(tasks, results)) return std::move(*further);
  if (!study_.study.tornado() || inputs_.empty()) return {};
  const Deciding now = deciding(study_, tasks, results);
  if (now.table == nullptr) return {};
  std::optional<std::size_t> best;
  for (std::size_t option = 0; option < study_.options.size(); ++option) {
    if (option == study_.baseline || !now.table->has(option)) continue;
    const double sign = study_.decisions.front().higher_is_better ? -1 : 1;
    if (!best || sign * now.table->column(option).mean() < sign * now.table->column(*best).mean()) best = option;
  }
  return tornado(best.value_or(study_.baseline));
}

}  // namespace dure::sim
