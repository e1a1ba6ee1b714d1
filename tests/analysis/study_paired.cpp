// Quantiles, paired differences, verdicts of a table, ranks, replication: worked out by hand, and their coverage on models known exactly.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/study/paired.h"
#include "analysis/study/ranks.h"
#include "analysis/study/replication.h"
#include "sim/random.h"

using namespace dure;
using namespace dure::analysis;
using doctest::Approx;

namespace {

Eigen::VectorXd column(std::vector<double> values) { return Eigen::Map<Eigen::VectorXd>(values.data(), Eigen::Index(values.size())); }

}  // namespace

TEST_CASE("study quantiles: type 7 by hand") {
  CHECK(quantile({3, 1, 2, 4}, 0.5) == Approx(2.5));
  CHECK(quantile({3, 1, 2, 4}, 0.25) == Approx(1.75));  // h = 3 x 0.25 + 1 = 1.75
  CHECK(quantile({10}, 0.95) == 10);
  CHECK(quantile({1, 2}, 0) == 1);
  CHECK(quantile({1, 2}, 1) == 2);
}

TEST_CASE("study spread: mean and interval by hand, and none of a single replicate") {
  const Spread five = spread(column({1, 2, 3, 4, 5}));
  CHECK(five.mean == 3);
  CHECK(five.p05 == Approx(1.2));
  CHECK(five.p95 == Approx(4.8));
  // t_0.975(4) = 2.776445, s = sqrt(2.5): half-width 1.963243
  CHECK(*five.ci95_low == Approx(3 - 1.963243).epsilon(1e-6));
  CHECK(*five.ci95_high == Approx(3 + 1.963243).epsilon(1e-6));
  const Spread one = spread(column({7}));
  CHECK(one.p50 == 7);
  CHECK(!one.ci95_low);
}

TEST_CASE("study paired: a difference by hand") {
  // d = 1, 2, 3: mean 2, s = 1, t = 2 sqrt(3) with 2 degrees of freedom: p = 1 - t/sqrt(t^2 + 2) = 0.0741799
  const Comparison c = compare(column({10, 20, 30}), column({11, 22, 33}), Better::kHigher);
  CHECK(c.mean_difference == Approx(2));
  CHECK(*c.relative_difference == Approx(0.1));
  CHECK(*c.p == Approx(0.0741799).epsilon(1e-6));
  CHECK(c.interval->low == Approx(2 - 4.302653 / std::sqrt(3)).epsilon(1e-6));
  CHECK(c.wins == 1);
  CHECK(c.wins_interval.low == Approx(std::cbrt(0.025)));  // three of three: low^3 = 0.025
  CHECK(c.wins_interval.high == 1);
  CHECK(compare(column({10, 20, 30}), column({11, 22, 33}), Better::kLower).wins == 0);
}

TEST_CASE("study paired: what never differs is equal, what always differs by the same is certain, one replicate tells nothing") {
  std::vector<Comparison> family = {
      compare(column({0.1, 0.2, 0.3}), column({0.1, 0.2, 0.3}), Better::kLower),
      compare(column({0.1, 0.2, 0.3}), column({0.6, 0.7, 0.8}), Better::kLower),  // 0.5 up to rounding
      compare(column({1e15, 3e15}), column({1e15 + 1, 3e15}), Better::kLower),    // rounding of a large sum
      compare(column({5}), column({4}), Better::kLower),
      compare(column({0, 0}), column({0, 0}), Better::kHigher),
  };
  judge(family);
  CHECK(family[0].verdict == Verdict::kEqual);
  CHECK(family[0].ties == 1);
  CHECK(family[0].wins == 0);
  CHECK(family[1].verdict == Verdict::kWorse);
  CHECK(family[1].interval->low == family[1].interval->high);
  CHECK(*family[1].p_adjusted == 0);
  CHECK(family[2].verdict == Verdict::kEqual);
  CHECK(family[3].verdict == Verdict::kCannotTell);
  CHECK(!family[3].interval);
  CHECK(!family[3].p_adjusted);
  CHECK(family[4].verdict == Verdict::kEqual);
  CHECK(!family[4].relative_difference);
}

TEST_CASE("study judge: Holm by hand") {
  std::vector<Comparison> family(4);
  const double p[] = {0.01, 0.04, 0.03, 0.005};
  for (std::size_t i = 0; i < 4; ++i) {
    family[i].p = p[i];
    family[i].mean_difference = i == 0 ? 1 : -1;
  }
  judge(family);
  CHECK(*family[3].p_adjusted == Approx(0.02));  // 4 x 0.005
  CHECK(*family[0].p_adjusted == Approx(0.03));  // 3 x 0.01
  CHECK(*family[2].p_adjusted == Approx(0.06));  // 2 x 0.03
  CHECK(*family[1].p_adjusted == Approx(0.06));  // not below the one before it
  CHECK(family[3].verdict == Verdict::kBetter);  // lower is better
  CHECK(family[0].verdict == Verdict::kWorse);
  CHECK(family[1].verdict == Verdict::kCannotTell);
}

TEST_CASE("study paired: the interval covers the true difference in 93 to 97 % of studies of 20 replicates, normal and skewed") {
  // Sampling error of a coverage near 95 % over 4,000 studies: 0.34 %.
  constexpr int kStudies = 4000, kReplicates = 20;
  for (const bool skewed : {false, true}) {
    sim::Random chance({1, 0}, skewed ? "test/skewed" : "test/normal");
    int covered = 0;
    Eigen::VectorXd baseline(kReplicates), option(kReplicates);
    for (int study = 0; study < kStudies; ++study) {
      for (int r = 0; r < kReplicates; ++r) {
        // Shared luck, and luck of their own; the option is 0.5 above. Skewed: values of skewness near 2, differences of skewness -0.8
        // (0.5 - 2 over 1.5^1.5, from the third moments of the exponentials).
        const double shared = skewed ? chance.exponential_s(3) : chance.normal(0, 3);
        baseline(r) = shared + (skewed ? chance.exponential_s(1) : chance.normal(0, 1));
        option(r) = 0.5 + shared + (skewed ? chance.exponential_s(0.5) + chance.exponential_s(0.5) : chance.normal(0, 2));
      }
      const Comparison c = compare(baseline, option, Better::kLower);
      covered += c.interval->low <= 0.5 && 0.5 <= c.interval->high;
    }
    MESSAGE((skewed ? "skewed: " : "normal: "), 100.0 * covered / kStudies, " % covered");
    CHECK(covered >= 0.93 * kStudies);
    CHECK(covered <= 0.97 * kStudies);
  }
}

TEST_CASE("study judge: a table of options that all equal the baseline has a false verdict in at most one of twenty studies") {
  sim::Random chance({2, 0}, "test/family");
  constexpr int kStudies = 1000;  // sampling error 0.7 %
  int plain = 0, adjusted = 0;
  Eigen::VectorXd baseline(10), option(10);
  for (int study = 0; study < kStudies; ++study) {
    for (double& x : baseline) x = chance.normal(0, 1);
    std::vector<Comparison> family;
    for (int o = 0; o < 8; ++o) {
      for (double& x : option) x = chance.normal(0, 1);
      family.push_back(compare(baseline, option, Better::kLower));
    }
    judge(family);
    plain += std::any_of(family.begin(), family.end(), [](const Comparison& c) { return *c.p <= 0.05; });
    adjusted += std::any_of(family.begin(), family.end(), [](const Comparison& c) { return c.verdict != Verdict::kCannotTell; });
  }
  CHECK(adjusted <= 0.07 * kStudies);
  CHECK(plain >= 0.15 * kStudies);  // what the plain intervals would have said
}

TEST_CASE("study ranks: shares of replicates, ties shared, all sums one") {
  Eigen::MatrixXd values(4, 3);
  values << 1, 2, 3,  //
      1, 2, 3,        //
      2, 1, 3,        //
      2, 2, 1;        // the first two share ranks 2 and 3
  const Ranks r = ranks(values, Better::kLower, {1, 0});
  Eigen::MatrixXd expected(3, 3);
  expected << 0.5, 0.375, 0.125,  //
      0.25, 0.625, 0.125,         //
      0.25, 0, 0.75;
  CHECK((r.probability - expected).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(r.best_mean->sum() == Approx(1));
  CHECK(ranks(-values, Better::kHigher, {1, 0}).probability == r.probability);
  CHECK(*ranks(values, Better::kLower, {1, 0}).best_mean == *r.best_mean);
  CHECK(!ranks(values.topRows(1), Better::kLower, {1, 0}).best_mean);
}

TEST_CASE("study ranks: P(best mean) is that of the normal law where luck is large, and one half of twins") {
  sim::Random chance({3, 0}, "test/ranks");
  Eigen::MatrixXd values(400, 2);
  for (Eigen::Index r = 0; r < values.rows(); ++r) values.row(r) << 0.0, chance.normal(0, 1);
  const double mean = values.col(1).mean();
  const double error = std::sqrt((values.col(1).array() - mean).square().mean() / 400);
  // The resampled mean is nearly normal about `mean`; 2,000 resamples know the share to 0.011, three of these.
  const double expected = 0.5 * std::erfc(-mean / error / std::sqrt(2.0));
  CHECK((*ranks(values, Better::kLower, {1, 0}).best_mean)(0) == Approx(expected).epsilon(0).scale(1).epsilon(0.035));
  values.col(1) = values.col(0);
  CHECK((*ranks(values, Better::kLower, {1, 0}).best_mean)(0) == 0.5);
}

TEST_CASE("study replication: first ten, then what the spread asks for, at most twice as many, at most the limit") {
  using State = Replication::State;
  WantedWidth wanted{.half_width = 0.1, .relative = false, .first = 10, .most = 25};
  CHECK(replicate(Eigen::VectorXd(), wanted).further == 10);
  CHECK(replicate(column({1, 2, 3}), wanted).further == 7);
  const Eigen::VectorXd ten = Eigen::VectorXd::LinSpaced(10, 0, 9);
  CHECK(replicate(ten, wanted).further == 10);
  const Eigen::VectorXd twenty = Eigen::VectorXd::LinSpaced(20, 0, 9);
  CHECK(replicate(twenty, wanted).further == 5);
  const Replication end = replicate(Eigen::VectorXd::LinSpaced(25, 0, 9), wanted);
  CHECK(end.state == State::kNotReached);
  CHECK(*end.half_width > 1);
  CHECK(end.further == 0);
  CHECK(replicate(Eigen::VectorXd::Constant(10, 4.0), wanted).state == State::kReached);
  // s = 3.02765, t_0.975(9) = 2.262157: w = 2.165852; asked for 2: ten more is the most, (2.165852/2)^2 x 10 = 11.7 needed
  wanted.half_width = 2;
  CHECK(replicate(ten, wanted).further == 2);
  wanted.half_width = 2.6;
  CHECK(replicate(ten, wanted).state == State::kReached);  // 2.165852 x 1.2 = 2.599022
  wanted = {.half_width = 0.58, .relative = true, .first = 10, .most = 25};
  CHECK(replicate(ten, wanted).state == State::kReached);  // mean 4.5: 2.61 wanted
  wanted.most = 1;
  CHECK(replicate(column({3}), wanted).state == State::kNotReached);
}

TEST_CASE("study replication: stopping by the width costs little coverage") {
  // Widths that ask for 16 to 100 normal values. Over 3,000 studies the sampling error is 0.4 %, and each bound is two of these below what a
  // simulation of 20,000 studies gave: 93.6 % for the interval got, 95.4 % for the wanted one.
  for (const double width : {0.5, 0.4, 0.2}) {
    sim::Random chance({4, 0}, "test/stopping");
    constexpr int kStudies = 3000;
    int got = 0, wanted_covers = 0;
    for (int study = 0; study < kStudies; ++study) {
      Eigen::VectorXd values;
      for (;;) {
        const Replication next = replicate(values, {.half_width = width, .relative = false, .first = 10, .most = 1000});
        if (next.state == Replication::State::kReached) {
          got += std::abs(values.mean()) <= *next.half_width;
          wanted_covers += std::abs(values.mean()) <= width;
          break;
        }
        const Eigen::Index had = values.size();
        values.conservativeResize(had + next.further);
        for (Eigen::Index i = had; i < values.size(); ++i) values(i) = chance.normal(0, 1);
      }
    }
    MESSAGE("width ", width, ": ", 100.0 * got / kStudies, " % by the interval got, ", 100.0 * wanted_covers / kStudies, " % by the wanted one");
    CHECK(got >= 0.928 * kStudies);
    CHECK(wanted_covers >= 0.946 * kStudies);
  }
}
