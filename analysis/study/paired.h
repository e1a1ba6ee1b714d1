#pragma once
// An option against the baseline under the same luck.
#include <optional>
#include <vector>

#include "analysis/study/quantiles.h"

namespace dure::analysis {

enum class Better { kLower, kHigher };
/// kEqual: every replicate of both is the same number, so the option does not touch this metric.
enum class Verdict { kBetter, kWorse, kEqual, kCannotTell };

/// Differences d_r = option_r - baseline_r of replicates under common random numbers.
///
///   t = mean(d) / (s_d / sqrt(n)),   interval: mean(d) -+ t_0.975(n - 1) s_d / sqrt(n),   p: two-sided, Student's t
///
/// Differences that are all the same number have s_d = 0: then p is 0 (1 if the number is 0), and the interval a point.
/// What rounding leaves (1e-12 of the values) counts as none. `interval` and `p` are none for fewer than two replicates.
struct Comparison {
  Eigen::Index n = 0;
  Better better = Better::kLower;
  double mean_difference = 0;
  std::optional<Interval> interval;           // 95 %, of this comparison alone
  std::optional<double> relative_difference;  // mean(d) / |mean(baseline)|; none where the baseline is 0
  double wins = 0, ties = 0;                  // shares of the replicates in which the option is better, or just as good
  Interval wins_interval;                     // 95 % of P(option beats baseline): Clopper and Pearson 1934, never too narrow
  std::optional<double> p;
  std::optional<double> p_adjusted;  // set by judge()
  Verdict verdict = Verdict::kCannotTell;
};
/// With p, before any verdict: judge() gives it, once the whole family is there.
Comparison compare(const Values& baseline, const Values& option, Better better);

/// Verdicts of a family, all options x all decision metrics of one table: better or worse only where the p adjusted for the number of
/// comparisons is at most `level`, so that the odds of any false verdict in the whole table are at most `level`.
///
///   p_(1) <= ... <= p_(m):   adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j))
///
/// Comparisons that found no difference at all stay in the family. Source: Holm 1979.
void judge(std::vector<Comparison>& family, double level = 0.05);

}  // namespace dure::analysis
