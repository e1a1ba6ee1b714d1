#include "sim/cli/study_summary.h"

#include <nlohmann/json.hpp>

#include "analysis/report/study_rows.h"

namespace dure::sim {
using nlohmann::ordered_json;
namespace {

ordered_json with_interval(double value, const analysis::Interval& interval) { return {{"value", value}, {"ci95_low", interval.low}, {"ci95_high", interval.high}}; }

/// Null where the metric is the option's own.
ordered_json taken_from(const analysis::StudyFindings& found, bool of_difference) { return of_difference ? ordered_json(found.options[found.baseline].name) : ordered_json(nullptr); }

ordered_json tornado_json(const analysis::StudyFindings& found) {
  const analysis::StudyTornado& of = *found.tornado;
  ordered_json out = {{"metric", of.metric}, {"unit", of.unit}, {"option", found.options[of.option].name}, {"baseline", taken_from(found, of.of_difference)}, {"base", of.tornado.base}, {"bars", ordered_json::array()}};
  for (const analysis::TornadoBar& bar : of.tornado.bars) {
    const analysis::StudyInputRow& input = found.inputs[std::size_t(bar.input)];
    out["bars"].push_back({{"input", input.name}, {"input_low", input.low}, {"input_high", input.high}, {"at_low", bar.low}, {"at_high", bar.high}, {"swing", bar.swing}});
  }
  return out;
}

ordered_json sensitivity_json(const analysis::StudyFindings& found) {
  const analysis::StudyIndices& of = *found.indices;
  ordered_json out = {{"method", of.morris.empty() ? "sobol" : "morris"}, {"metric", of.metric}, {"unit", of.unit}, {"option", found.options[of.option].name}, {"baseline", taken_from(found, of.of_difference)}, {"runs", of.runs}, {"inputs", ordered_json::object()}};
  for (const analysis::IndexRow& row : analysis::index_rows(found)) out["inputs"][found.inputs[row.input].name][row.index] = with_interval(row.value, row.interval);
  return out;
}

const char* outcome_words(analysis::PlanDecision::Outcome outcome) {
  using Outcome = analysis::PlanDecision::Outcome;
  switch (outcome) {
    case Outcome::kChosen: return "chosen";
    case Outcome::kNoneMeets: return "none meets the limits";
    case Outcome::kCannotTell: return "cannot tell";
    case Outcome::kMore: break;
  }
  return "unfinished";
}

ordered_json plan_json(const analysis::StudyFindings& found) {
  const analysis::StudyPlan& plan = *found.plan;
  ordered_json out = {{"outcome", outcome_words(plan.decision.outcome)}, {"chosen", plan.decision.chosen ? ordered_json(found.options[*plan.decision.chosen].name) : ordered_json(nullptr)}, {"replicates", plan.decision.replicates}, {"runs", plan.decision.runs},
                      {"probability", plan.probability}, {"confidence", plan.confidence}, {"indifference", plan.decision.indifference}, {"budget_runs", plan.budget_runs}, {"limits", ordered_json::array()}, {"options", ordered_json::object()}};
  for (const analysis::PlanLimit& limit : plan.limits) out["limits"].push_back({{"metric", limit.name}, {limit.at_most ? "at_most" : "at_least", limit.bound}});
  for (const analysis::EliminationRow& row : analysis::elimination_rows(found))
    out["options"][found.options[row.option].name] = {{"state", row.state}, {"after_replicates", row.after ? ordered_json(*row.after) : ordered_json(nullptr)}, {"because_of", row.because_of.empty() ? ordered_json(nullptr) : ordered_json(row.because_of)},
                                                      {"mean", row.mean}, {"met_share", row.met_share}};
  return out;
}

ordered_json information_json(const analysis::StudyFindings& found) {
  ordered_json out = {{"unit", found.waiting->unit}};
  for (const analysis::WorthRow& row : analysis::worth_rows(found)) {
    ordered_json worth = with_interval(row.worth.value, row.worth.interval);
    if (row.what == "input") out["inputs"][row.name] = std::move(worth);
    else out[row.what] = std::move(worth);
    if (row.what == "waiting") out[row.what]["option"] = row.name;
  }
  return out;
}

}  // namespace

void add_findings(ordered_json& summary, const analysis::StudyFindings& found) {
  for (const analysis::Beside& one : found.answer.beside) {
    const analysis::Comparison& c = one.comparison;
    summary["beside_best"].push_back({{"option", found.options[one.option].name}, {"best", found.options[*found.answer.best].name}, {"difference", c.mean_difference}, {"ci95_low", c.interval ? ordered_json(c.interval->low) : ordered_json(nullptr)},
                                      {"ci95_high", c.interval ? ordered_json(c.interval->high) : ordered_json(nullptr)}, {"verdict", analysis::verdict_words(c.verdict).en}});
  }
  if (found.precision) {
    const analysis::Replication& got = *found.precision;
    summary["precision"] = {{"metric", found.decisions.front().metric}, {"wanted_half_width", got.wanted ? ordered_json(*got.wanted) : ordered_json(nullptr)}, {"half_width", got.half_width ? ordered_json(*got.half_width) : ordered_json(nullptr)},
                            {"reached", got.state == analysis::Replication::State::kReached}};
  }
  if (found.tornado) summary["tornado"] = tornado_json(found);
  if (found.indices) summary["sensitivity"] = sensitivity_json(found);
  if (found.plan) summary["plan"] = plan_json(found);
  if (found.waiting) summary["information"] = information_json(found);
}

}  // namespace dure::sim
