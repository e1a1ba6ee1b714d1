#include "analysis/study/tornado.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.h"

namespace dure::analysis {

Eigen::MatrixXd tornado_points(const Eigen::VectorXd& base, int most_inputs) {
  const Eigen::Index inputs = base.size();
  if (inputs > most_inputs)
    throw sim::ScenarioError({fmt::format("a tornado of {} inputs; {} is the most", inputs, most_inputs), fmt::format("토네이도의 입력이 {}개입니다. 많아야 {}개입니다", inputs, most_inputs)}, {},
                             {"screen them by Morris first and keep those that matter", "먼저 모리스 선별로 중요한 입력만 남기십시오"});
  Eigen::MatrixXd points = base.transpose().replicate(2 * inputs + 1, 1);
  for (Eigen::Index i = 0; i < inputs; ++i) {
    points(1 + 2 * i, i) = 0;
    points(2 + 2 * i, i) = 1;
  }
  return points;
}

Tornado tornado(const Eigen::VectorXd& values) {
  SIM_CHECK(values.size() % 2 == 1, "a tornado has 2k + 1 values");
  Tornado out{.base = values(0), .bars = {}};
  for (Eigen::Index i = 0; 2 * i + 1 < values.size(); ++i) {
    const double low = values(1 + 2 * i), high = values(2 + 2 * i);
    out.bars.push_back({.input = i, .low = low, .high = high, .swing = std::max({low, high, out.base}) - std::min({low, high, out.base})});
  }
  std::stable_sort(out.bars.begin(), out.bars.end(), [](const TornadoBar& a, const TornadoBar& b) { return a.swing > b.swing; });
  return out;
}

}  // namespace dure::analysis
