// Where a study looks: points of the unit cube, distributions of inputs, inputs that move together.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <functional>
#include <set>
#include <string>

#include "analysis/study/correlation.h"
#include "analysis/study/designs.h"
#include "analysis/study/inputs.h"
#include "sim/error.h"

using namespace dure;
using namespace dure::analysis;
using doctest::Approx;
using Shape = UncertainInput::Shape;

namespace {

/// Whether column `input` has one point in each of as many strata as there are points.
bool stratified(const Eigen::MatrixXd& points, Eigen::Index input) {
  std::set<Eigen::Index> strata;
  for (const double u : points.col(input)) {
    if (!(u >= 0 && u < 1)) return false;
    strata.insert(Eigen::Index(u * double(points.rows())));
  }
  return Eigen::Index(strata.size()) == points.rows();
}

sim::Error refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const sim::Error& error) {
    return error;
  }
  FAIL("nothing was refused");
  return sim::ScenarioError(sim::Text{});
}

void names(const sim::Error& error, const std::string& word) {
  INFO(error.message.en, " / ", error.message.ko);
  CHECK(error.exit_code == sim::Exit::kInvalid);
  CHECK(error.message.en.find(word) != std::string::npos);
  CHECK(error.message.ko.find(word) != std::string::npos);
}

}  // namespace

TEST_CASE("study designs: Sobol points begin in the corner, halve, quarter, and can be extended") {
  const Eigen::MatrixXd points = SobolPoints(12).points(0, 256);
  CHECK(points.row(0).isZero(0));
  CHECK((points.row(1).array() == 0.5).all());
  for (Eigen::Index input = 0; input < 12; ++input) {
    CHECK(stratified(points, input));
    CHECK(stratified(points.middleRows(64, 64), input));
  }
  // The first two inputs together: one of 256 points in each of 16 x 16 cells.
  std::set<std::pair<int, int>> cells;
  for (const auto& row : points.rowwise()) cells.insert({int(row(0) * 16), int(row(1) * 16)});
  CHECK(cells.size() == 256);
  CHECK(SobolPoints(12).points(0, 100) == points.topRows(100));
  CHECK(SobolPoints(12).points(1, 9) == points.middleRows(1, 9));
  CHECK(SobolPoints(12).points(77, 100) == points.middleRows(77, 100));
}

TEST_CASE("study designs: a digital shift keeps the strata, leaves the corner, and an input keeps its own when others join") {
  const Eigen::MatrixXd shifted = SobolPoints(6, sim::Seed{5, 0}).points(0, 128);
  CHECK(shifted.row(0).minCoeff() > 0);
  for (Eigen::Index input = 0; input < 6; ++input) CHECK(stratified(shifted, input));
  CHECK(SobolPoints(3, sim::Seed{5, 0}).points(0, 128) == shifted.leftCols(3));
  CHECK(SobolPoints(6, sim::Seed{6, 0}).points(0, 128) != shifted);
}

TEST_CASE("study designs: a Latin hypercube has one point in each stratum of each input, in an order of its own") {
  const Eigen::MatrixXd points = latin_hypercube(37, 5, {9, 0});
  for (Eigen::Index input = 0; input < 5; ++input) CHECK(stratified(points, input));
  CHECK(latin_hypercube(37, 5, {9, 0}) == points);
  CHECK(latin_hypercube(37, 2, {9, 0}) == points.leftCols(2));
  // Strata of two inputs are paired at random: their correlation has a sampling error of 1/6.
  const Eigen::VectorXd a = points.col(0).array() - points.col(0).mean(), b = points.col(1).array() - points.col(1).mean();
  CHECK(std::abs(a.dot(b) / a.norm() / b.norm()) < 0.5);
}

TEST_CASE("study inputs: quantiles by hand, ends at low and high, and back") {
  const UncertainInput triangle{.name = "price", .shape = Shape::kTriangular, .low = 0, .mid = 1, .high = 4};
  CHECK(triangle.value(0.25) == Approx(1));        // (mid - low)/(high - low)
  CHECK(triangle.value(0.0625) == Approx(0.5));    // a quarter of the rising side
  CHECK(triangle.value(0.8125) == Approx(2.5));    // a quarter of the falling side is left: half the way back
  const UncertainInput two{.name = "price", .shape = Shape::kTwoPiece, .low = 0, .mid = 1, .high = 4};
  CHECK(two.value(0.5) == Approx(1));
  CHECK(two.value(0.125) == Approx(0.5));
  CHECK(two.value(0.875) == Approx(2.5));
  const UncertainInput pert{.name = "price", .shape = Shape::kPert, .low = 0, .mid = 1, .high = 4};
  const UncertainInput even{.name = "price", .shape = Shape::kUniform, .low = 0, .mid = 1, .high = 4};
  CHECK(even.value(0.5) == 2);
  const UncertainInput one_sided{.name = "price", .shape = Shape::kTwoPiece, .low = 1, .mid = 1, .high = 4};
  CHECK(one_sided.value(0.75) == Approx(2.5));
  for (const UncertainInput& input : {triangle, two, pert, even, one_sided}) {
    input.check();
    CHECK(input.value(0) == Approx(input.low));
    CHECK(input.value(1) == Approx(input.high));
    CHECK(input.value(input.base()) == Approx(1));
    double mean = 0;
    for (int i = 0; i < 1000; ++i) {
      const double u = (i + 0.5) / 1000;
      CHECK(input.share_below(input.value(u)) == Approx(u));
      mean += input.value(u) / 1000;
    }
    if (input.shape == Shape::kTriangular) CHECK(mean == Approx(5.0 / 3).epsilon(1e-4));   // (low + mid + high)/3
    if (input.shape == Shape::kPert) CHECK(mean == Approx(8.0 / 6).epsilon(1e-4));         // (low + 4 mid + high)/6
    if (&input != &one_sided && input.shape == Shape::kTwoPiece && input.low == 0) CHECK(mean == Approx(4.0 / 3).epsilon(1e-4));  // ((low + 2 mid)/3 + (2 mid + high)/3)/2
  }
}

TEST_CASE("study inputs: levels by weight") {
  const UncertainInput level{.name = "scheduler", .shape = Shape::kLevels, .levels = {1, 5, 9}, .weights = {1, 0, 3}};
  level.check();
  CHECK(level.value(0.2) == 1);
  CHECK(level.value(0.25) == 9);
  CHECK(level.value(1) == 9);
  CHECK(level.share_below(9) == Approx(0.625));
  const UncertainInput alike{.name = "scheduler", .shape = Shape::kLevels, .levels = {1, 5, 9}};
  CHECK(alike.value(0.34) == 5);
  CHECK(alike.base() == Approx(0.5));
}

TEST_CASE("study inputs: what cannot be is refused by name") {
  names(refusal([] { UncertainInput{.name = "price", .low = 3, .mid = 2, .high = 1}.check(); }), "price");
  names(refusal([] { UncertainInput{.name = "price", .low = 1, .mid = 5, .high = 2}.check(); }), "mid 5");
  names(refusal([] { UncertainInput{.name = "price", .low = 1, .mid = std::nan(""), .high = 2}.check(); }), "price");
  names(refusal([] { UncertainInput{.name = "rule", .shape = Shape::kLevels}.check(); }), "rule");
  names(refusal([] { UncertainInput{.name = "rule", .shape = Shape::kLevels, .levels = {1, 2}, .weights = {1}}.check(); }), "rule");
  names(refusal([] { UncertainInput{.name = "rule", .shape = Shape::kLevels, .levels = {1, 2}, .weights = {0, 0}}.check(); }), "rule");
}

TEST_CASE("study correlation: normal scores correlate as asked, within sampling error, and each input stays uniform") {
  const Eigen::Index n = 2000;
  const GaussianCopula copula({"price", "rate", "power"}, {{"price", "power", 0.7}, {"rate", "power", -0.4}});
  const Eigen::MatrixXd before = latin_hypercube(n, 3, {4, 0}), points = copula.apply(before);
  CHECK(points.col(0) == before.col(0));
  CHECK(points.col(1) == before.col(1));  // no pair among the first two
  const boost::math::normal normal;
  const Eigen::MatrixXd scores = points.unaryExpr([&](double u) { return boost::math::quantile(normal, u); });
  const auto correlation = [&](Eigen::Index a, Eigen::Index b) {
    const Eigen::VectorXd x = scores.col(a).array() - scores.col(a).mean(), y = scores.col(b).array() - scores.col(b).mean();
    return x.dot(y) / x.norm() / y.norm();
  };
  // Sampling error (1 - r^2)/sqrt(n), three of these.
  CHECK(std::abs(correlation(0, 2) - 0.7) < 3 * (1 - 0.49) / std::sqrt(n));
  CHECK(std::abs(correlation(1, 2) + 0.4) < 3 * (1 - 0.16) / std::sqrt(n));
  CHECK(std::abs(correlation(0, 1)) < 3 / std::sqrt(n));
  // Kolmogorov's distance of the last input from uniform: above 1.63/sqrt(n) once in a hundred.
  std::vector<double> sorted(points.col(2).begin(), points.col(2).end());
  std::sort(sorted.begin(), sorted.end());
  double furthest = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) furthest = std::max(furthest, std::abs(sorted[i] - (double(i) + 0.5) / double(n)));
  CHECK(furthest < 1.63 / std::sqrt(n));
  CHECK(copula.apply(SobolPoints(3).points(0, 4)).allFinite());  // the corner too
}

TEST_CASE("study correlation: impossible correlations are refused in one sentence that names the pair") {
  const std::vector<std::string> inputs = {"price", "rate", "power", "wage"};
  const auto made = [&](const std::vector<CorrelatedPair>& pairs) { return refusal([&] { GaussianCopula(inputs, pairs); }); };
  // a with b and b with c nearly one, a with c nearly minus one: the last is at odds.
  const sim::Error odd = made({{"price", "rate", 0.9}, {"rate", "power", 0.9}, {"price", "power", -0.9}, {"wage", "price", 0.1}});
  CHECK(odd.message.en.find("not positive definite") != std::string::npos);
  CHECK(odd.message.ko.find("양의 정부호") != std::string::npos);
  bool named = false;
  for (const char* pair : {"price and rate, 0.9", "price and power, -0.9", "rate and power, 0.9"}) named |= odd.message.en.find(pair) != std::string::npos;
  CHECK(named);
  CHECK(odd.message.en.find("wage") == std::string::npos);
  names(made({{"price", "rate", 1}}), "price");
  names(made({{"price", "rate", -1.5}}), "-1.5");
  names(made({{"price", "rate", std::nan("")}}), "rate");
  names(made({{"price", "raet", 0.5}}), "raet");
  names(made({{"price", "price", 0.5}}), "price");
  names(made({{"price", "rate", 0.5}, {"rate", "price", 0.5}}), "rate");
}
