// Tornado, Morris screening and Sobol indices on functions whose answers are known.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <numbers>

#include "analysis/study/morris.h"
#include "analysis/study/sobol_indices.h"
#include "analysis/study/tornado.h"
#include "sim/error.h"

using namespace dure;
using namespace dure::analysis;
using doctest::Approx;

namespace {

using Function = std::function<double(const Eigen::RowVectorXd&)>;

Eigen::VectorXd run(const Eigen::MatrixXd& points, const Function& f) {
  Eigen::VectorXd values(points.rows());
  for (Eigen::Index row = 0; row < points.rows(); ++row) values(row) = f(points.row(row));
  return values;
}

/// sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, x in -pi … pi (Ishigami and Homma 1990).
double ishigami(const Eigen::RowVectorXd& u) {
  const auto x = [&](Eigen::Index i) { return (2 * u(i) - 1) * std::numbers::pi; };
  return std::sin(x(0)) + 7 * std::pow(std::sin(x(1)), 2) + 0.1 * std::pow(x(2), 4) * std::sin(x(0));
}

constexpr double kWeights[] = {0, 1, 4.5, 9, 99, 99};

/// Product of (|4u - 2| + a)/(1 + a): partial variances 1/3 (1 + a)^-2 (Sobol 1993).
double g_function(const Eigen::RowVectorXd& u) {
  double product = 1;
  for (Eigen::Index i = 0; i < 6; ++i) product *= (std::abs(4 * u(i) - 2) + kWeights[i]) / (1 + kWeights[i]);
  return product;
}

/// Estimates within 0.02 of the truth, and truths within the intervals.
void near(const SobolIndex& found, double first, double total) {
  MESSAGE("first ", found.first, " (", found.first_interval.low, " to ", found.first_interval.high, "), exact ", first, "; total ", found.total, " (", found.total_interval.low, " to ", found.total_interval.high, "), exact ", total);
  CHECK(std::abs(found.first - first) < 0.02);
  CHECK(std::abs(found.total - total) < 0.02);
  CHECK(found.first_interval.low - 0.005 <= first);
  CHECK(found.first_interval.high + 0.005 >= first);
  CHECK(found.total_interval.low - 0.005 <= total);
  CHECK(found.total_interval.high + 0.005 >= total);
}

}  // namespace

TEST_CASE("study tornado: bars by hand, the widest first") {
  const Eigen::Vector3d base(0.5, 0.25, 0.5);
  const Eigen::MatrixXd points = tornado_points(base);
  CHECK(points.rows() == 7);
  CHECK(points.row(0).transpose() == base);
  CHECK(points.row(4) == Eigen::RowVector3d(0.5, 1, 0.5));
  // 10 a - 40 b + 4 (c - 1/2)^2: base 5 - 10 = -5.
  const Tornado t = tornado(run(points, [](const Eigen::RowVectorXd& u) { return 10 * u(0) - 40 * u(1) + 4 * std::pow(u(2) - 0.5, 2); }));
  CHECK(t.base == -5);
  CHECK(t.bars[0].input == 1);
  CHECK(t.bars[0].low == 5);
  CHECK(t.bars[0].high == -35);
  CHECK(t.bars[0].swing == 40);
  CHECK(t.bars[1].input == 0);
  CHECK(t.bars[2].swing == 1);  // both ends lie above the base
  CHECK_NOTHROW(tornado_points(Eigen::VectorXd::Constant(8, 0.5)));
  CHECK_THROWS_AS(tornado_points(Eigen::VectorXd::Constant(9, 0.5)), sim::ScenarioError);
  CHECK_NOTHROW(tornado_points(Eigen::VectorXd::Constant(9, 0.5), 9));
}

TEST_CASE("study morris: each step moves one input by Delta within the grid, each input once a trajectory") {
  const Eigen::MatrixXd points = morris_points(5, 20, 4, {1, 0});
  CHECK(points.rows() == 120);
  for (Eigen::Index row = 0; row < points.rows(); ++row)
    for (Eigen::Index i = 0; i < 5; ++i) CHECK(points(row, i) * 3 == Approx(std::round(points(row, i) * 3)));
  CHECK(points.minCoeff() == 0);
  CHECK(points.maxCoeff() == 1);
  for (Eigen::Index t = 0; t < 20; ++t) {
    Eigen::VectorXd moved = Eigen::VectorXd::Zero(5);
    for (Eigen::Index step = 0; step < 5; ++step) {
      const Eigen::VectorXd d = (points.row(t * 6 + step + 1) - points.row(t * 6 + step)).cwiseAbs();
      CHECK(d.sum() == Approx(4.0 / 6));
      moved += d;
    }
    CHECK(moved.isConstant(4.0 / 6));
  }
  CHECK(morris_points(5, 7, 4, {1, 0}) == points.topRows(42));
}

TEST_CASE("study morris: finds the inert input, the straight one and the bent one") {
  const Eigen::MatrixXd points = morris_points(4, 30, 4, {2, 0});
  // 3 a; b and c act together; d does nothing.
  const Eigen::VectorXd values = run(points, [](const Eigen::RowVectorXd& u) { return 3 * u(0) + 8 * (u(1) - 0.5) * (u(2) - 0.5); });
  const auto effects = morris(points, values, {1, 0});
  CHECK(effects[0].mu == Approx(3));
  CHECK(effects[0].mu_star == Approx(3));
  CHECK(effects[0].sigma == Approx(0).scale(1));
  CHECK(effects[0].mu_star_interval.low == Approx(3));
  CHECK(effects[0].mu_star_interval.high == Approx(3));
  CHECK(effects[3].mu_star == 0);
  CHECK(effects[3].mu_star_interval.high == 0);
  for (const std::size_t i : {1u, 2u}) {
    // EE = 8 (other - 1/2): -4, -4/3, 4/3 or 4 alike, mean 0, mean size 8/3, sigma 8 sqrt(5)/6 = 2.98; of 30, three sampling errors.
    CHECK(std::abs(effects[i].mu) < 3 * 2.98 / std::sqrt(30.0));
    CHECK(std::abs(effects[i].mu_star - 8.0 / 3) < 3 * (4.0 / 3) / std::sqrt(30.0));
    CHECK(std::abs(effects[i].sigma - 2.98) < 0.8);
    CHECK(effects[i].mu_star_interval.low > 1);
    CHECK(effects[i].mu_star_interval.low < effects[i].mu_star);
    CHECK(effects[i].mu_star_interval.high > effects[i].mu_star);
  }
}

TEST_CASE("study sobol indices: the Ishigami function within 0.02") {
  const double pi4 = std::pow(std::numbers::pi, 4), pi8 = pi4 * pi4;
  const double v1 = 0.5 * std::pow(1 + 0.1 * pi4 / 5, 2), v2 = 49.0 / 8, v13 = 0.01 * pi8 * (1.0 / 18 - 1.0 / 50), v = v1 + v2 + v13;
  const Eigen::VectorXd values = run(sobol_index_points(3, 0, 4096, {1, 0}), ishigami);
  const SobolIndices found = sobol_indices(values, 3, {1, 0}, 200);
  CHECK(found.mean == Approx(3.5).epsilon(0.01));
  CHECK(found.variance == Approx(v).epsilon(0.02));
  near(found.inputs[0], v1 / v, (v1 + v13) / v);
  near(found.inputs[1], v2 / v, v2 / v);
  near(found.inputs[2], 0, v13 / v);
}

TEST_CASE("study sobol indices: a g-function of six inputs within 0.02") {
  double v = 1;
  for (const double a : kWeights) v *= 1 + 1 / (3 * (1 + a) * (1 + a));
  const Eigen::VectorXd values = run(sobol_index_points(6, 0, 4096, {3, 0}), g_function);
  const SobolIndices found = sobol_indices(values, 6, {1, 0}, 200);
  CHECK(found.mean == Approx(1).epsilon(0.01));
  for (std::size_t i = 0; i < 6; ++i) {
    const double own = 1 / (3 * std::pow(1 + kWeights[i], 2));
    near(found.inputs[i], own / (v - 1), own * v / (1 + own) / (v - 1));
  }
}

TEST_CASE("study sobol indices: base points can be added, and what does not vary owes nothing") {
  const Eigen::MatrixXd all = sobol_index_points(3, 0, 32, {1, 0});
  CHECK(all.rows() == 160);
  CHECK(sobol_index_points(3, 16, 16, {1, 0}) == all.bottomRows(80));
  // a, b, and a with one input of b
  CHECK(all(2, 0) == all(1, 0));
  CHECK(all(2, 1) == all(0, 1));
  CHECK(all(4, 2) == all(1, 2));
  CHECK(all(4, 0) == all(0, 0));
  for (const SobolIndex& each : sobol_indices(Eigen::VectorXd::Constant(160, 1.1), 3, {1, 0}, 20).inputs) {
    CHECK(each.first == 0);
    CHECK(each.total == 0);
  }
}
