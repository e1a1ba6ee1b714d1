#pragma once
// How far predictions lie from what was published.
#include <cmath>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"

namespace dure::analysis {

/// One published figure and what a model made of it.
struct ScoredCase {
  std::string id;
  std::string kind;    // training, serving, reliability, power
  std::string metric;
  std::string tier;    // core, extra, calibration
  std::string group;   // stack and precision: what a constant-MFU yardstick is fitted to
  bool headline = true;   // belongs to `summary`, else to `summary_other`
  bool mixture = false;   // reported apart
  double published = 0;
  double computed = 0;
  double at_peak = 0;     // the metric at the card's peak; 0: no yardstick
  bool faster_is_less = false;  // a time: at_peak / MFU, else at_peak x MFU
  std::optional<double> tolerance_pct;
  bool floor = false;     // published as "at least": no error from above
  std::vector<sim::Text> assumed;
  std::string detail;  // how the figure came about, for a reader who asks
  std::optional<sim::Text> skipped;

  /// Too fast and too slow alike: 100 |ln(computed / published)|, signed.
  double log_error_pct() const;
  /// As readers expect it: 100 (computed / published - 1).
  double error_pct() const;
  std::optional<bool> within_tolerance() const { return tolerance_pct ? std::optional(std::abs(error_pct()) <= *tolerance_pct) : std::nullopt; }
};

struct Summary {
  int n = 0;
  int skipped = 0;
  int within = 0;
  double median_pct = 0, mean_pct = 0, p90_pct = 0, worst_pct = 0, bias_pct = 0;  // of |ln|; bias is the mean signed
};
Summary summarise(const std::vector<ScoredCase>& cases);
/// Of bare signed errors in per cent.
Summary summarise(const std::vector<double>& log_errors_pct);

/// Errors of one constant MFU per group, the constant being the geometric mean over the group's rows; a row that is alone in its group
/// would be met exactly, so it takes the constant of all rows of its precision.
std::vector<double> yardstick_errors_pct(const std::vector<ScoredCase>& cases);

nlohmann::json to_json(const ScoredCase& scored);
nlohmann::json to_json(const Summary& summary);

}  // namespace dure::analysis
