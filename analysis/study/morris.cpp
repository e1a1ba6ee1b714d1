#include "analysis/study/morris.h"

#include <cmath>
#include <numeric>

#include "analysis/study/bootstrap.h"
#include "sim/error.h"

namespace dure::analysis {

namespace {

struct Moments {
  double mu = 0, mu_star = 0, sigma = 0;
};

Moments moments(const std::vector<double>& effects, const Picks& picks) {
  Moments out;
  const double n = double(picks.size());
  for (const std::size_t t : picks) {
    out.mu += effects[t] / n;
    out.mu_star += std::abs(effects[t]) / n;
  }
  double squares = 0;
  for (const std::size_t t : picks) squares += (effects[t] - out.mu) * (effects[t] - out.mu);
  out.sigma = std::sqrt(squares / (n - 1));
  return out;
}

}  // namespace

Eigen::MatrixXd morris_points(int inputs, int trajectories, int levels, sim::Seed seed) {
  SIM_CHECK(inputs > 0 && trajectories > 0 && levels >= 2 && levels % 2 == 0, "inputs, trajectories, and an even number of levels");
  const auto random_below = [](sim::Random& chance, int n) { return static_cast<int>(chance.uniform() * n); };
  const std::uint64_t family = sim::stream_hash("study/morris");
  Eigen::MatrixXd points(Eigen::Index(trajectories) * (inputs + 1), inputs);
  for (int t = 0; t < trajectories; ++t) {
    sim::Random chance(seed, family, static_cast<std::uint64_t>(t));
    std::vector<int> order(static_cast<std::size_t>(inputs)), at(static_cast<std::size_t>(inputs));
    std::iota(order.begin(), order.end(), 0);
    for (int left = inputs; left > 1; --left) std::swap(order[static_cast<std::size_t>(left - 1)], order[static_cast<std::size_t>(random_below(chance, left))]);
    for (int& level : at) level = random_below(chance, levels);
    for (int step = 0; step <= inputs; ++step) {
      if (step > 0) {
        int& level = at[static_cast<std::size_t>(order[static_cast<std::size_t>(step - 1)])];
        level = (level + levels / 2) % levels;  // up where there is room, else down
      }
      for (int i = 0; i < inputs; ++i) points(Eigen::Index(t) * (inputs + 1) + step, i) = double(at[static_cast<std::size_t>(i)]) / (levels - 1);
    }
  }
  return points;
}

std::vector<MorrisEffect> morris(const Eigen::MatrixXd& points, const Eigen::VectorXd& values, sim::Seed seed, int resamples) {
  const Eigen::Index inputs = points.cols(), length = inputs + 1, trajectories = points.rows() / length;
  SIM_CHECK(points.rows() == values.size() && trajectories * length == points.rows() && trajectories >= 2, "whole trajectories, and at least two");
  std::vector<std::vector<double>> effects(static_cast<std::size_t>(inputs));  // input x trajectory
  for (Eigen::Index row = 0; row + 1 < points.rows(); ++row) {
    if (row % length == inputs) continue;
    Eigen::Index moved = 0;
    (points.row(row + 1) - points.row(row)).cwiseAbs().maxCoeff(&moved);
    effects[static_cast<std::size_t>(moved)].push_back((values(row + 1) - values(row)) / (points(row + 1, moved) - points(row, moved)));
  }
  Picks all(static_cast<std::size_t>(trajectories));
  std::iota(all.begin(), all.end(), 0);
  const auto intervals = bootstrap(Resamples(all.size(), seed, "study/morris-intervals"), resamples, [&](const Picks& picks) {
    std::vector<double> out;
    for (const auto& each : effects) {
      const Moments m = moments(each, picks);
      out.insert(out.end(), {m.mu, m.mu_star, m.sigma});
    }
    return out;
  });
  std::vector<MorrisEffect> out;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const Moments m = moments(effects[i], all);
    out.push_back({.mu = m.mu, .mu_star = m.mu_star, .sigma = m.sigma, .mu_interval = intervals[3 * i], .mu_star_interval = intervals[3 * i + 1], .sigma_interval = intervals[3 * i + 2]});
  }
  return out;
}

}  // namespace dure::analysis
