#include "sim/workload/steady.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <map>

#include "sim/error.h"
#include "sim/scenario.h"
#include "sim/units.h"

using namespace dure::sim;
namespace proto = ::dure;

namespace {
Population with_training() {
  Population population;
  population.job_classes.push_back({.name = "training"});
  return population;
}
struct Totals {
  double jobs = 0, card_s = 0, square_card_s = 0;
};
Totals drain(Steady& steady) {
  Totals totals;
  Job job;
  while (steady.next(job)) {
    const double card_s = job.cards * job.work_s;
    ++totals.jobs;
    totals.card_s += card_s;
    totals.square_card_s += card_s * card_s;
  }
  return totals;
}
}  // namespace

TEST_CASE("steady: the national year offers a million jobs of 142 card-hours, 0.90 of 18,000 cards") {
  Population population = with_training();
  const proto::Steady config;
  Steady steady(config, {1, 0}, Supply::constant(18000), kYear_s, {}, population);
  CHECK(steady.mean_cards() * steady.mean_run_s() / 3600 == doctest::Approx(0.9 * 18000 * 8766 / 1e6));  // 142.0
  const auto start = std::chrono::steady_clock::now();
  const Totals totals = drain(steady);
  const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  MESSAGE("a million jobs drawn in " << wall_s << " s");
  CHECK(std::abs(totals.jobs - 1e6) < 4 * 1e3);  // Poisson: sd = sqrt(1e6)
  const double offered = totals.card_s / (18000 * kYear_s);
  const double sd = std::sqrt(totals.square_card_s) / (18000 * kYear_s);  // compound Poisson
  CHECK(std::abs(offered - 0.9) < 4 * sd);
  CHECK(sd < 0.02);
}

TEST_CASE("steady: cards that double half-way double the arrivals, and the load stays") {
  Population population = with_training();
  proto::Steady config;
  config.set_jobs_per_year(300000);
  config.set_run_time(proto::FIXED);
  config.add_size()->set_cards(1);
  Steady steady(config, {3, 0}, {{{0, 100}, {kYear_s / 2, 200}}, 100}, kYear_s, {}, population);
  double first = 0, second = 0;
  Job job;
  double last_s = 0;
  while (steady.next(job)) {
    CHECK_MESSAGE(job.submit_s >= last_s, "submission went back");
    last_s = job.submit_s;
    (job.submit_s < kYear_s / 2 ? first : second) += 1;
    if (job.work_s != doctest::Approx(0.9 * 150 * kYear_s / 300000)) FAIL("a fixed run time moved");
  }
  CHECK(std::abs(first - 100000) < 4 * std::sqrt(100000.0));
  CHECK(std::abs(second - 200000) < 4 * std::sqrt(200000.0));
}

TEST_CASE("steady: no cards in the first months, no jobs in them") {
  Population population = with_training();
  proto::Steady config;
  config.set_max_cards(8);
  Steady steady(config, {1, 0}, {{{1000.0 * 3600, 64}}, 64}, 2000.0 * 3600, {}, population);
  Job job;
  REQUIRE(steady.next(job));
  CHECK(job.submit_s >= 1000.0 * 3600);
}

TEST_CASE("steady: gaps and exponential run times have the variance of an exponential, CV 1") {
  Population population = with_training();
  proto::Steady config;
  config.set_jobs_per_year(200000);
  config.set_run_time(proto::EXPONENTIAL);
  config.add_size()->set_cards(1);
  Steady steady(config, {5, 0}, Supply::constant(10), kYear_s, {}, population);
  double n = 0, gap = 0, gap2 = 0, run = 0, run2 = 0, last_s = 0;
  for (Job job; steady.next(job); last_s = job.submit_s, ++n) {
    gap += job.submit_s - last_s;
    gap2 += (job.submit_s - last_s) * (job.submit_s - last_s);
    run += job.work_s;
    run2 += job.work_s * job.work_s;
  }
  // the standard error of an exponential's CV is 1/sqrt(n) = 0.0022
  CHECK(std::abs(std::sqrt(n * gap2 / (gap * gap) - 1) - 1) < 0.009);
  CHECK(std::abs(std::sqrt(n * run2 / (run * run) - 1) - 1) < 0.009);
}

TEST_CASE("steady: tenants share as 1/rank and regions as their demand") {
  Population population = with_training();
  proto::Steady config;
  config.set_tenants(60);
  const double share[] = {0.6, 0.3, 0.1, 0.0};
  Steady steady(config, {1, 0}, Supply::constant(18000), kYear_s / 10, share, population);
  CHECK(population.tenants.size() == 60);
  std::map<std::size_t, double> by_region, by_tenant;
  double n = 0;
  for (Job job; steady.next(job); ++n) {
    ++by_region[index(job.region)];
    ++by_tenant[index(job.tenant)];
  }
  CHECK(by_region[0] / n == doctest::Approx(0.6).epsilon(0.03));  // as near as 60 unequal tenants can be dealt
  CHECK(by_region[1] / n == doctest::Approx(0.3).epsilon(0.03));
  CHECK(by_region[2] / n == doctest::Approx(0.1).epsilon(0.03));
  CHECK(by_region[3] == 0);
  CHECK(by_tenant[0] / by_tenant[9] == doctest::Approx(10).epsilon(0.1));  // about 2,100 jobs of rank 10: 2 % sampling error
}

TEST_CASE("steady: a size that fits no pool, an unknown class, no cards at all are refused with a remedy") {
  Population population = with_training();
  proto::Steady config;
  CHECK_THROWS_WITH_AS(Steady(config, {}, Supply::constant(64), kYear_s, {}, population),
                       "a job of 128 cards fits no site: the largest pool has 64", ScenarioError);
  config.set_max_cards(64);
  CHECK_NOTHROW(Steady(config, {}, Supply::constant(64), kYear_s, {}, population));
  CHECK_THROWS_AS(Steady(config, {}, {{{2 * kYear_s, 64}}, 64}, kYear_s, {}, population), ScenarioError);
  config.set_job_class("trainning");
  CHECK_THROWS_WITH_AS(Steady(config, {}, Supply::constant(64), kYear_s, {}, population), "there is no job_class \"trainning\"",
                       ScenarioError);
}

TEST_CASE("steady: tiny.txtpb reads, and asks for about 300 jobs on its 32 cards") {
  const proto::Scenario scenario = load_scenario("scenarios/tiny.txtpb").scenario;
  Population population = with_training();
  Steady steady(scenario.workload().steady(), {scenario.seed(), 0}, Supply::constant(32), scenario.horizon_s(), {}, population);
  CHECK(std::abs(drain(steady).jobs - 300) < 4 * std::sqrt(300.0));
}
