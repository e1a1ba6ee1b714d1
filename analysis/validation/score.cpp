#include "analysis/validation/score.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

namespace dure::analysis {
namespace {

/// Linear between order statistics, as spreadsheets do.
double quantile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double at = p * double(values.size() - 1);
  const auto below = std::size_t(at);
  const double above = below + 1 < values.size() ? values[below + 1] : values[below];
  return values[below] + (at - double(below)) * (above - values[below]);
}

double implied_mfu(const ScoredCase& each) { return each.faster_is_less ? each.at_peak / each.published : each.published / each.at_peak; }

}  // namespace

double ScoredCase::log_error_pct() const { return floor && computed >= published ? 0 : 100 * std::log(computed / published); }
double ScoredCase::error_pct() const { return floor && computed >= published ? 0 : 100 * (computed / published - 1); }

Summary summarise(const std::vector<double>& errors) {
  Summary made;
  made.n = int(errors.size());
  if (errors.empty()) return made;
  std::vector<double> sizes;
  for (const double error : errors) {
    sizes.push_back(std::abs(error));
    made.bias_pct += error / made.n;
    made.mean_pct += std::abs(error) / made.n;
  }
  made.median_pct = quantile(sizes, 0.5);
  made.p90_pct = quantile(sizes, 0.9);
  made.worst_pct = *std::max_element(sizes.begin(), sizes.end());
  return made;
}

Summary summarise(const std::vector<ScoredCase>& cases) {
  std::vector<double> errors;
  int skipped = 0, within = 0;
  for (const ScoredCase& each : cases) {
    if (each.skipped) {
      ++skipped;
      continue;
    }
    errors.push_back(each.log_error_pct());
    within += each.within_tolerance().value_or(false);
  }
  Summary made = summarise(errors);
  made.skipped = skipped;
  made.within = within;
  return made;
}

std::vector<double> yardstick_errors_pct(const std::vector<ScoredCase>& cases) {
  struct Sum {
    double logs = 0;
    int n = 0;
  };
  std::map<std::string, Sum> of_group;
  const auto counts = [](const ScoredCase& each) { return !each.skipped && each.at_peak > 0; };
  const auto precision = [](const ScoredCase& each) { return each.group.substr(each.group.rfind(' ') + 1); };
  for (const ScoredCase& each : cases) {
    if (!counts(each)) continue;
    for (const std::string& group : {each.group, " " + precision(each)}) {
      of_group[group].logs += std::log(implied_mfu(each));
      ++of_group[group].n;
    }
  }
  std::vector<double> errors;
  for (const ScoredCase& each : cases) {
    if (!counts(each)) continue;
    Sum sum = of_group[each.group];
    if (sum.n < 2) sum = of_group[" " + precision(each)];
    const double error = 100 * (sum.logs / sum.n - std::log(implied_mfu(each)));
    errors.push_back(each.faster_is_less ? -error : error);
  }
  return errors;
}

nlohmann::json to_json(const ScoredCase& scored) {
  nlohmann::json made = {{"id", scored.id}, {"metric", scored.metric}, {"published", scored.published}, {"assumed", nlohmann::json::array()}, {"kind", scored.kind}, {"tier", scored.tier}};
  for (const sim::Text& each : scored.assumed) made["assumed"].push_back(each.en);
  if (scored.skipped) {
    made["computed"] = made["error_pct"] = made["within_tolerance"] = nullptr;
    made["skipped"] = scored.skipped->en;
  } else {
    made["computed"] = scored.computed;
    made["error_pct"] = scored.error_pct();
    made["log_error_pct"] = scored.log_error_pct();
    made["within_tolerance"] = nullptr;
    if (const auto within = scored.within_tolerance()) made["within_tolerance"] = *within;
    made["skipped"] = nullptr;
  }
  return made;
}

nlohmann::json to_json(const Summary& summary) {
  const auto figure = [&](double value) { return summary.n == 0 ? nlohmann::json(nullptr) : nlohmann::json(value); };
  return {{"n", summary.n},
          {"skipped", summary.skipped},
          {"within_tolerance", summary.within},
          {"median_abs_error_pct", figure(summary.median_pct)},
          {"mean_abs_error_pct", figure(summary.mean_pct)},
          {"p90_abs_error_pct", figure(summary.p90_pct)},
          {"worst_abs_error_pct", figure(summary.worst_pct)},
          {"bias_pct", figure(summary.bias_pct)}};
}

}  // namespace dure::analysis
