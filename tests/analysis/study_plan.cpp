// Choosing the cheapest option that meets its limits, and what waiting and knowing are worth.
#include <doctest/doctest.h>

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <functional>
#include <numbers>

#include "analysis/study/designs.h"
#include "analysis/study/plan.h"
#include "analysis/study/waiting.h"
#include "sim/error.h"
#include "sim/random.h"

using namespace dure;
using namespace dure::analysis;
using doctest::Approx;
using Outcome = PlanDecision::Outcome;
using State = OptionState::State;

namespace {

/// Cost, and one value of each limit, of an option in a replicate.
using Luck = std::function<void(sim::Random& chance, std::vector<double>& costs, std::vector<std::vector<double>>& limits)>;

struct Played {
  PlanDecision decision;
  std::vector<OptionRuns> runs;
};

/// Runs what the procedure asks for, of the options still in alone, until it decides.
Played play(int options, const std::vector<PlanLimit>& limits, const PlanSettings& settings, sim::Random& chance, const Luck& luck) {
  Played out{.decision = {}, .runs = std::vector<OptionRuns>(static_cast<std::size_t>(options))};
  for (OptionRuns& each : out.runs) each.limits.resize(0, Eigen::Index(limits.size()));
  for (;;) {
    out.decision = decide(out.runs, limits, settings);
    if (out.decision.outcome != Outcome::kMore) return out;
    REQUIRE(out.decision.next > 0);
    for (int i = 0; i < out.decision.next; ++i) {
      std::vector<double> costs(out.runs.size());
      std::vector<std::vector<double>> values(out.runs.size(), std::vector<double>(limits.size()));
      luck(chance, costs, values);
      for (std::size_t o = 0; o < out.runs.size(); ++o) {
        if (out.decision.options[o].state != State::kIn) continue;
        OptionRuns& runs = out.runs[o];
        runs.cost.conservativeResize(runs.cost.size() + 1);
        runs.cost.tail(1)(0) = costs[o];
        runs.limits.conservativeResize(runs.cost.size(), Eigen::NoChange);
        for (std::size_t l = 0; l < limits.size(); ++l) runs.limits(runs.limits.rows() - 1, Eigen::Index(l)) = values[o][l];
      }
    }
  }
}

OptionRuns constant(double cost, int replicates) { return {Eigen::VectorXd::Constant(replicates, cost), Eigen::MatrixXd(replicates, 0)}; }

}  // namespace

TEST_CASE("study plan: picks the cheapest of five at least as often as stated, all others dearer by the indifference zone alone") {
  for (const bool skewed : {false, true}) {
    sim::Random chance({1, 0}, skewed ? "test/plan-skewed" : "test/plan");
    const Luck luck = [&](sim::Random& c, std::vector<double>& costs, auto&) {
      const double shared = c.normal(0, 5);
      for (std::size_t o = 0; o < costs.size(); ++o) costs[o] = shared + (o == 2 ? 0 : 0.5) + (skewed ? c.exponential_s(1) : c.normal(0, 1));
    };
    constexpr int kStudies = 300;
    int right = 0;
    double runs = 0;
    for (int study = 0; study < kStudies; ++study) {
      const Played played = play(5, {}, {.indifference = 0.5, .error = 0.1}, chance, luck);
      REQUIRE(played.decision.outcome == Outcome::kChosen);
      right += *played.decision.chosen == 2;
      runs += double(played.decision.runs) / kStudies;
    }
    MESSAGE((skewed ? "skewed: " : "normal: "), 100.0 * right / kStudies, " % right with ", runs, " runs");
    CHECK(right >= 0.9 * kStudies);
    CHECK(runs < 5 * 68 / 2);  // half of what five would take to the end, h^2 S^2 / delta^2 = 8.51 x 2 / 0.25 replicates each
  }
}

TEST_CASE("study plan: passes over a cheaper option that breaks its limits too often, at least as often as stated") {
  sim::Random chance({2, 0}, "test/plan-limits");
  // Option 0 is cheapest and meets both limits together in 0.8 x 0.9 = 72 %; option 1 in 97 %; option 2 costs more; option 3 always fails.
  const double meets[4][2] = {{0.8, 0.9}, {0.97, 1}, {1, 1}, {1, 0}};
  const Luck luck = [&](sim::Random& c, std::vector<double>& costs, std::vector<std::vector<double>>& limits) {
    const double shared = c.normal(0, 3);
    for (std::size_t o = 0; o < costs.size(); ++o) {
      costs[o] = 10.0 + double(o) + shared + c.normal(0, 1);
      limits[o][0] = c.chance(meets[o][0]) ? 5 : 50;    // at most 10
      limits[o][1] = c.chance(meets[o][1]) ? 0.99 : 0.5;  // at least 0.9
    }
  };
  const std::vector<PlanLimit> limits = {{.name = "wait_s.p90", .at_most = true, .bound = 10}, {.name = "availability", .at_most = false, .bound = 0.9}};
  constexpr int kStudies = 200;
  int right = 0;
  for (int study = 0; study < kStudies; ++study) {
    const Played played = play(4, limits, {.indifference = 0.5, .error = 0.1, .meets = 0.9, .tolerance = 0.07}, chance, luck);
    right += played.decision.chosen && *played.decision.chosen == 1;
    CHECK(played.decision.options[3].state == State::kBreaksLimits);
    CHECK(*played.decision.options[3].why == 1);
  }
  MESSAGE("right: ", 100.0 * right / kStudies, " %");
  CHECK(right >= 0.9 * kStudies);
}

TEST_CASE("study plan: the decision depends on the values, not on the rounds they came in") {
  const Luck luck = [](sim::Random& c, std::vector<double>& costs, auto&) {
    for (std::size_t o = 0; o < costs.size(); ++o) costs[o] = 0.3 * double(o) + c.normal(0, 1);
  };
  const PlanSettings by_ten{.indifference = 0.3, .round = 10}, by_one{.indifference = 0.3, .round = 1};
  sim::Random chance({3, 0}, "test/plan-rounds"), again({3, 0}, "test/plan-rounds");
  const PlanDecision tens = play(3, {}, by_ten, chance, luck).decision, ones = play(3, {}, by_one, again, luck).decision;
  CHECK(tens.chosen == ones.chosen);
  CHECK(tens.replicates == ones.replicates);
  for (std::size_t o = 0; o < 3; ++o) CHECK(tens.options[o].decided_at == ones.options[o].decided_at);
  CHECK(tens.runs == ones.runs);
}

TEST_CASE("study plan: first replicates, a spent budget, twins, one option, none that is good") {
  const PlanSettings settings{.indifference = 1, .first = 10, .most = 30, .round = 5};
  CHECK(decide({constant(3, 0), constant(5, 0)}, {}, settings).next == 10);
  CHECK(decide({constant(3, 4), constant(5, 4)}, {}, settings).next == 6);
  const PlanDecision sure = decide({constant(3, 10), constant(5, 10)}, {}, settings);  // differences without spread
  CHECK(*sure.chosen == 0);
  CHECK(sure.options[1].decided_at == 10);
  CHECK(*sure.options[1].why == 0);
  CHECK(sure.runs == 20);
  const PlanDecision twins = decide({constant(3, 10), constant(3, 10)}, {}, settings);
  CHECK(*twins.chosen == 0);
  CHECK(twins.options[1].state == State::kCostsTheSame);
  CHECK(*twins.options[1].why == 0);
  CHECK(sure.options[1].state == State::kCostsMore);
  CHECK(decide({constant(3, 0)}, {}, settings).next == 10);
  CHECK(*decide({constant(3, 10)}, {}, settings).chosen == 0);

  sim::Random chance({4, 0}, "test/plan-budget");
  const PlanDecision spent = play(2, {}, {.indifference = 0.01, .most = 30}, chance, [](sim::Random& c, std::vector<double>& costs, auto&) {
                               for (double& cost : costs) cost = c.normal(0, 1);
                             }).decision;
  CHECK(spent.outcome == Outcome::kCannotTell);
  CHECK(!spent.chosen);
  CHECK(spent.replicates == 30);
  CHECK(spent.runs == 60);

  OptionRuns bad = constant(3, 10);
  bad.limits = Eigen::MatrixXd::Constant(10, 1, 7.0);
  const PlanDecision none = decide({bad}, {{.name = "wait_s.p90", .at_most = true, .bound = 5}}, settings);
  CHECK(none.outcome == Outcome::kNoneMeets);
  CHECK(none.options[0].met_share == 0);

  for (const PlanSettings& wrong : {PlanSettings{.indifference = 0}, PlanSettings{.indifference = 1, .error = 0}, PlanSettings{.indifference = 1, .meets = 1.5},
                                    PlanSettings{.indifference = 1, .tolerance = 0}, PlanSettings{.indifference = 1, .first = 2}, PlanSettings{.indifference = 1, .most = 5}})
    CHECK_THROWS_AS(decide({constant(3, 0)}, {}, wrong), sim::ScenarioError);
}

TEST_CASE("study plan: where limits must always hold, one break is enough, and proof takes ln(2k/alpha) / ln(1/(1 - 2e)) replicates") {
  const PlanSettings settings{.indifference = 1, .error = 0.1, .meets = 1, .tolerance = 0.2, .most = 100};
  const std::vector<PlanLimit> limits = {{.name = "wait_s.p90", .at_most = true, .bound = 5}};
  OptionRuns good = constant(3, 60), once = constant(2, 60);
  good.limits = Eigen::MatrixXd::Constant(60, 1, 4.0);
  once.limits = good.limits;
  once.limits(12, 0) = 6;
  const PlanDecision d = decide({good, once}, limits, settings);
  CHECK(*d.chosen == 0);
  CHECK(d.options[1].state == State::kBreaksLimits);
  CHECK(d.options[1].decided_at == 13);
  CHECK(d.replicates == 17);  // ln(40)/ln(1/0.8) = 16.5
}

TEST_CASE("study plan: with the tolerance of old, a single break ruled an option out that keeps its limits 95 times of 100; now it is refused") {
  const std::vector<PlanLimit> limits = {{.name = "wait_s.p90", .at_most = true, .bound = 5}};
  OptionRuns good = constant(3, 300);
  good.limits = Eigen::MatrixXd::Constant(300, 1, 4.0);
  for (Eigen::Index r = 0; r < 300; r += 20) good.limits(r, 0) = 6;  // from the first replicate on
  CHECK_THROWS_AS(decide({good}, limits, {.indifference = 1, .meets = 0.9, .tolerance = 0.1}), sim::ScenarioError);
  const PlanDecision d = decide({good}, limits, {.indifference = 1, .meets = 0.9, .tolerance = 0.05});
  CHECK(d.outcome == Outcome::kChosen);
  CHECK(d.options[0].proven);
  CHECK(d.indifference == 1);
}

TEST_CASE("study waiting: worth of perfect and of partial information on a normal model, an inert input worth nothing") {
  // Option 0 costs nothing, option 1 costs x + e with x of sd 3, e of sd 1: knowing all saves sqrt(10)/sqrt(2 pi), knowing x 3/sqrt(2 pi).
  // Sobol points know these means to well below 1 %; the cubic loses about 1 % near the threshold.
  const boost::math::normal normal;
  const Eigen::MatrixXd z = SobolPoints(3, sim::Seed{1, 0}).points(0, 2048).unaryExpr([&](double u) { return boost::math::quantile(normal, u); });
  Eigen::MatrixXd costs = Eigen::MatrixXd::Zero(z.rows(), 2);
  costs.col(1) = 3 * z.col(0) + z.col(1);
  const double density = 1 / std::sqrt(2 * std::numbers::pi);
  const Worth all = perfect_information(costs, {1, 0}, 100), x = information_on(z.col(0), costs, {1, 0}, 40), inert = information_on(z.col(2), costs, {1, 0}, 40);
  MESSAGE("perfect ", all.value, " (", all.interval.low, " to ", all.interval.high, "), on x ", x.value, " (", x.interval.low, " to ", x.interval.high, "), on an inert input ", inert.value);
  CHECK(all.value == Approx(std::sqrt(10.0) * density).epsilon(0.03));
  CHECK(x.value == Approx(3 * density).epsilon(0.03));
  CHECK(x.interval.low < 3 * density);
  CHECK(x.interval.high > 3 * density * 0.97);
  CHECK(x.interval.low > 1);
  CHECK(inert.value < 0.1);
  const Worth both = information_on(z.leftCols(2), costs, {1, 0}, 10);
  CHECK(both.value == Approx(std::sqrt(10.0) * density).epsilon(0.03));
}

TEST_CASE("study waiting: information that changes no choice is worth nothing, even with few replicates") {
  sim::Random chance({5, 0}, "test/waiting");
  Eigen::MatrixXd costs(20, 2), x(20, 1);
  for (Eigen::Index r = 0; r < 20; ++r) {
    x(r, 0) = chance.uniform();
    costs.row(r) << x(r, 0), 5 + x(r, 0);
  }
  CHECK(perfect_information(costs, {1, 0}).value == 0);
  CHECK(information_on(x, costs, {1, 0}).value == 0);
  CHECK(information_on(x.topRows(2), costs.topRows(2), {1, 0}).value == 0);
}

TEST_CASE("study waiting: waiting is worth what is learnt less what the delay costs") {
  const boost::math::normal normal;
  const Eigen::MatrixXd z = SobolPoints(2, sim::Seed{2, 0}).points(0, 1024).unaryExpr([&](double u) { return boost::math::quantile(normal, u); });
  Eigen::MatrixXd costs(z.rows(), 4);  // buy, rent; the same a year later, 0.3 dearer
  costs.col(0).setZero();
  costs.col(1) = 3 * z.col(0) + z.col(1);
  costs.rightCols(2) = costs.leftCols(2).array() + 0.3;
  CHECK(waiting(costs, {0, 1}, {2, 3}, {}, {1, 0}, 40).value == Approx(-0.3));
  const Worth learnt = waiting(costs, {0, 1}, {2, 3}, z.col(0), {1, 0}, 40);
  CHECK(learnt.value == Approx(3 / std::sqrt(2 * std::numbers::pi) - 0.3).epsilon(0.05));
  CHECK(learnt.interval.low > 0.5);
  CHECK(learnt.interval.low < learnt.value);
  CHECK(learnt.value < learnt.interval.high);
}
