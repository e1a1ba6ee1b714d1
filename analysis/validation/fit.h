#pragma once
// Fits a handful of constants to published figures, and says how well the fit does on figures it has not seen.
#include <functional>
#include <string>
#include <vector>

namespace dure::analysis {

/// A constant under fit, within its range.
struct FitConstant {
  std::string name;
  double value = 0;
  double low = 0, high = 0;
};

/// Signed errors, in per cent, of the cases named by index, for given values of the constants.
using CaseErrors = std::function<std::vector<double>(const std::vector<double>& values, const std::vector<std::size_t>& cases)>;

/// Minimises the mean of sqrt(e^2 + 1) over `cases` (e in per cent): near the mean of |e|, so that single cases the model cannot meet do not
/// pull the rest. Pattern search: each constant up and down by a step relative to its value, the step halved when nothing helps, from
/// `first_step` to a 16th of it. Deterministic.
std::vector<double> fit(const std::vector<FitConstant>& constants, const std::vector<std::size_t>& cases, const CaseErrors& errors, double first_step = 0.08);

/// Errors of each case under constants fitted to all cases of other groups. Groups of one's own (each case its own) give leave-one-out;
/// by stack, leave-one-stack-out.
std::vector<double> left_out_errors(const std::vector<FitConstant>& fitted, const std::vector<std::string>& groups, const CaseErrors& errors);

}  // namespace dure::analysis
