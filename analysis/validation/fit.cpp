#include "analysis/validation/fit.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace dure::analysis {

std::vector<double> fit(const std::vector<FitConstant>& constants, const std::vector<std::size_t>& cases, const CaseErrors& errors, double first_step) {
  std::vector<double> values;
  for (const FitConstant& each : constants) values.push_back(each.value);
  const auto cost = [&](const std::vector<double>& tried) {
    double sum = 0;
    for (const double e : errors(tried, cases)) sum += std::sqrt(e * e + 1);
    return sum / double(std::max<std::size_t>(1, cases.size()));
  };
  double best = cost(values);
  for (double step = first_step; step >= first_step / 16; step /= 2) {
    bool better = true;
    while (better) {
      better = false;
      for (std::size_t i = 0; i < constants.size(); ++i)
        for (const double factor : {1 + step, 1 / (1 + step)}) {
          std::vector<double> tried = values;
          tried[i] = std::clamp(tried[i] * factor, constants[i].low, constants[i].high);
          const double found = cost(tried);
          if (!(found < best - 1e-4)) continue;
          best = found;
          values = std::move(tried);
          better = true;
        }
    }
  }
  return values;
}

std::vector<double> left_out_errors(const std::vector<FitConstant>& fitted, const std::vector<std::string>& groups, const CaseErrors& errors) {
  std::vector<double> out(groups.size());
  for (const std::string& group : std::set<std::string>(groups.begin(), groups.end())) {
    std::vector<std::size_t> kept, left;
    for (std::size_t i = 0; i < groups.size(); ++i) (groups[i] == group ? left : kept).push_back(i);
    const std::vector<double> found = errors(fit(fitted, kept, errors, 0.02), left);
    for (std::size_t i = 0; i < left.size(); ++i) out[left[i]] = found[i];
  }
  return out;
}

}  // namespace dure::analysis
