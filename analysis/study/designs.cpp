#include "analysis/study/designs.h"

#include <boost/random/sobol.hpp>
#include <numeric>

#include "sim/error.h"

namespace dure::analysis {

namespace {

double unit(std::uint64_t bits) { return double(bits >> 11) * 0x1p-53; }

}  // namespace

SobolPoints::SobolPoints(int inputs, std::optional<sim::Seed> shift) : inputs_(inputs), shift_(static_cast<std::size_t>(inputs), 0) {
  SIM_CHECK(inputs > 0, "points of no input");
  if (!shift) return;
  const std::uint64_t family = sim::stream_hash("study/shift");
  for (std::size_t i = 0; i < shift_.size(); ++i) shift_[i] = sim::Random(*shift, family, i)();
}

Eigen::MatrixXd SobolPoints::points(std::uint64_t first, Eigen::Index count) const {
  boost::random::sobol sequence(static_cast<std::size_t>(inputs_));
  if (first > 0) sequence.seed(first - 1);  // the next point is then number `first`
  Eigen::MatrixXd out(count, inputs_);
  for (Eigen::Index row = 0; row < count; ++row) {
    const bool corner = first == 0 && row == 0;
    for (int i = 0; i < inputs_; ++i) out(row, i) = unit((corner ? 0 : sequence()) ^ shift_[static_cast<std::size_t>(i)]);
  }
  return out;
}

Eigen::MatrixXd latin_hypercube(Eigen::Index points, int inputs, sim::Seed seed) {
  SIM_CHECK(points > 0 && inputs > 0, "a hypercube of no points or no inputs");
  Eigen::MatrixXd out(points, inputs);
  const std::uint64_t family = sim::stream_hash("study/latin");
  std::vector<Eigen::Index> strata(static_cast<std::size_t>(points));
  for (int i = 0; i < inputs; ++i) {
    sim::Random chance(seed, family, static_cast<std::uint64_t>(i));
    std::iota(strata.begin(), strata.end(), 0);
    for (std::size_t left = strata.size(); left > 1; --left)
      std::swap(strata[left - 1], strata[static_cast<std::size_t>(chance.uniform() * double(left))]);
    for (Eigen::Index row = 0; row < points; ++row)
      out(row, i) = (double(strata[static_cast<std::size_t>(row)]) + chance.uniform()) / double(points);
  }
  return out;
}

}  // namespace dure::analysis
