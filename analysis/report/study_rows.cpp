#include "analysis/report/study_rows.h"

#include <fmt/format.h>

namespace dure::analysis {

std::vector<IndexRow> index_rows(const StudyFindings& study) {
  std::vector<IndexRow> rows;
  if (!study.indices) return rows;
  const StudyIndices& found = *study.indices;
  for (std::size_t input = 0; input < found.sobol.inputs.size(); ++input) {
    const SobolIndex& of = found.sobol.inputs[input];
    rows.push_back({input, "first", "share", of.first, of.first_interval});
    rows.push_back({input, "total", "share", of.total, of.total_interval});
  }
  for (std::size_t input = 0; input < found.morris.size(); ++input) {
    const MorrisEffect& of = found.morris[input];
    rows.push_back({input, "mu", found.unit, of.mu, of.mu_interval});
    rows.push_back({input, "mu_star", found.unit, of.mu_star, of.mu_star_interval});
    rows.push_back({input, "sigma", found.unit, of.sigma, of.sigma_interval});
  }
  return rows;
}

std::vector<EliminationRow> elimination_rows(const StudyFindings& study) {
  std::vector<EliminationRow> rows;
  if (!study.plan) return rows;
  const StudyPlan& plan = *study.plan;
  const double sign = study.decisions.front().better == Better::kLower ? 1 : -1;
  for (std::size_t option = 0; option < plan.decision.options.size(); ++option) {
    const OptionState& state = plan.decision.options[option];
    EliminationRow row{option, plan.decision.chosen == option ? "chosen" : "in", {}, {}, sign * state.mean_cost, state.met_share};
    if (state.state != OptionState::State::kIn) row.after = state.decided_at;
    if (state.state == OptionState::State::kCostsMore || state.state == OptionState::State::kCostsTheSame) {
      row.state = state.state == OptionState::State::kCostsMore ? "costs_more" : "costs_the_same";
      if (state.why) row.because_of = study.options[*state.why].name;
    } else if (state.state == OptionState::State::kBreaksLimits) {
      row.state = "breaks_limits";
      if (state.why) row.because_of = plan.limits[*state.why].name;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

sim::Text elimination_words(std::string_view state) {
  if (state == "chosen") return {"chosen", "선택"};
  if (state == "costs_more") return {"worse than another", "다른 안보다 나쁨"};
  if (state == "costs_the_same") return {"the same as another, named first", "먼저 적힌 안과 같음"};
  if (state == "breaks_limits") return {"breaks its limits", "조건 위반"};
  return {"still in", "남음"};
}

sim::Text precision_words(const StudyFindings& study) {
  if (!study.precision || !study.precision->half_width || !study.precision->wanted) return {};
  const bool reached = study.precision->state == Replication::State::kReached;
  return {fmt::format("Wanted half-width {:.4g}, got {:.4g}: {}.", *study.precision->wanted, *study.precision->half_width, reached ? "reached" : "not reached"),
          fmt::format("원한 절반 폭 {:.4g}, 얻은 값 {:.4g}: {}.", *study.precision->wanted, *study.precision->half_width, reached ? "도달함" : "도달하지 못함")};
}

std::vector<WorthRow> worth_rows(const StudyFindings& study) {
  std::vector<WorthRow> rows;
  if (!study.waiting) return rows;
  const StudyWaiting& found = *study.waiting;
  if (found.waiting && found.wait) rows.push_back({"waiting", study.options[*found.wait].name, *found.waiting});
  rows.push_back({"everything", {}, found.perfect});
  for (const auto& [input, worth] : found.inputs) rows.push_back({"input", study.inputs[input].name, worth});
  return rows;
}

}  // namespace dure::analysis
