#include "analysis/study/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <cmath>

#include "sim/error.h"

namespace dure::analysis {

namespace {

using Shape = UncertainInput::Shape;

/// A density that rises straight from low to mid with `below` of the odds, and falls straight from there to high.
double straight_value(double u, double below, double low, double mid, double high) {
  if (u <= below) return below > 0 ? low + (mid - low) * std::sqrt(u / below) : low;
  return high - (high - mid) * std::sqrt((1 - u) / (1 - below));
}

double straight_share(double x, double below, double low, double mid, double high) {
  if (x < mid) return below * std::pow((x - low) / (mid - low), 2);
  return high > mid ? 1 - (1 - below) * std::pow((high - x) / (high - mid), 2) : below;
}

double odds_below_mid(const UncertainInput& input) {
  if (input.shape == Shape::kTriangular) return (input.mid - input.low) / (input.high - input.low);
  return input.mid == input.low ? 0 : input.mid == input.high ? 1 : 0.5;  // an empty side has no odds to give
}

boost::math::beta_distribution<double> pert(const UncertainInput& input) {
  const double width = input.high - input.low;
  return boost::math::beta_distribution<double>(1 + 4 * (input.mid - input.low) / width, 1 + 4 * (input.high - input.mid) / width);
}

double weight(const UncertainInput& input, std::size_t level) { return input.weights.empty() ? 1 : input.weights[level]; }

double all_weights(const UncertainInput& input) {
  double sum = 0;
  for (std::size_t i = 0; i < input.levels.size(); ++i) sum += weight(input, i);
  return sum;
}

}  // namespace

void UncertainInput::check() const {
  using sim::ScenarioError;
  const std::string path = "input[" + name + "]";  // as a study calls it: the door finds the line
  if (shape == Shape::kLevels) {
    if (levels.empty())
      throw ScenarioError(path, {name + ": levels are asked for, but none is given", name + ": 수준을 쓰려면 값이 하나는 있어야 하는데 없습니다"},
                          {"list the values, or give low, mid and high", "값을 나열하거나 low, mid, high를 주십시오"});
    if (!weights.empty() && weights.size() != levels.size())
      throw ScenarioError(path, {fmt::format("{}: {} levels, but {} weights", name, levels.size(), weights.size()), fmt::format("{}: 수준은 {}개인데 가중치는 {}개입니다", name, levels.size(), weights.size())},
                          {"give each level its weight, or none to have all alike", "수준마다 가중치를 주거나, 모두 같게 하려면 가중치를 빼십시오"});
    const bool good = std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0 && std::isfinite(w); });
    if (!good || !(all_weights(*this) > 0))
      throw ScenarioError(path, {name + ": weights must not be negative, and at least one must be above zero", name + ": 가중치는 음수일 수 없고 하나는 0보다 커야 합니다"}, {"correct weight", "weight를 고치십시오"});
    return;
  }
  if (!std::isfinite(low) || !std::isfinite(high) || !(low < high))
    throw ScenarioError(path, {fmt::format("{}: low {:g} is not below high {:g}, so nothing is uncertain", name, low, high), fmt::format("{}: low {:g}이(가) high {:g}보다 작지 않아 불확실한 것이 없습니다", name, low, high)},
                        {"swap them, or set the value in the scenario instead", "둘을 바꾸거나, 값을 시나리오에 직접 정하십시오"});
  if (shape != Shape::kUniform && !(low <= mid && mid <= high))
    throw ScenarioError(path, {fmt::format("{}: mid {:g} lies outside {:g} to {:g}", name, mid, low, high), fmt::format("{}: mid {:g}이(가) {:g}~{:g} 밖에 있습니다", name, mid, low, high)},
                        {"mid is the likeliest value, between low and high", "mid는 low와 high 사이의 가장 그럴듯한 값입니다"});
}

double UncertainInput::value(double u) const {
  switch (shape) {
    case Shape::kUniform: return low + (high - low) * u;
    case Shape::kTriangular:
    case Shape::kTwoPiece: return straight_value(u, odds_below_mid(*this), low, mid, high);
    case Shape::kPert: return low + (high - low) * boost::math::quantile(pert(*this), u);
    case Shape::kLevels: break;
  }
  double left = u * all_weights(*this);
  std::size_t last = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (weight(*this, i) <= 0) continue;
    last = i;
    if (left < weight(*this, i)) break;
    left -= weight(*this, i);
  }
  return levels[last];
}

double UncertainInput::share_below(double x) const {
  switch (shape) {
    case Shape::kUniform: return (x - low) / (high - low);
    case Shape::kTriangular:
    case Shape::kTwoPiece: return straight_share(x, odds_below_mid(*this), low, mid, high);
    case Shape::kPert: return boost::math::cdf(pert(*this), (x - low) / (high - low));
    case Shape::kLevels: break;
  }
  double below = 0;
  for (std::size_t i = 0; i < levels.size(); below += weight(*this, i++))
    if (levels[i] == x) return (below + weight(*this, i) / 2) / all_weights(*this);
  SIM_CHECK(false, name + ": not one of its levels");
}

double UncertainInput::base() const {
  if (shape == Shape::kLevels) return share_below(levels[levels.size() / 2]);
  if (shape == Shape::kUniform && !(low <= mid && mid <= high)) return 0.5;
  return share_below(mid);
}

}  // namespace dure::analysis
