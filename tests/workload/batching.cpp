#include "sim/workload/batching.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <tuple>

#include "sim/units.h"
#include "sim/workload/drawn_ahead.h"

using namespace dure::sim;

namespace {

Job job(double submit_s, double work_s, int cards, std::uint32_t tenant = 0, Outcome outcome = Outcome::kCompleted) {
  Job made;
  made.tenant = TenantId{tenant};
  made.project = kNoProject;
  made.card_type = kAnyCardType;
  made.submit_s = submit_s;
  made.work_s = made.estimate_s = work_s;
  made.cards = cards;
  made.outcome = outcome;
  return made;
}

struct Merged {
  Population population;
  std::vector<Job> jobs;
  const Batch& batch(std::size_t i) const { return population.batches[jobs.at(i).batch]; }
};

Merged merged(std::vector<Job> jobs, Batching::Rules rules = {}, int most_cards = 8) {
  Merged result;
  for (const TenantKind kind : {TenantKind::kStartup, TenantKind::kStartup, TenantKind::kUniversity}) result.population.tenants.push_back({"", kind, RegionId{}});
  result.jobs = std::move(jobs);
  Batching(std::vector<Batching::Limit>{{8, 8}}, rules, result.population).merge(result.jobs, most_cards);
  return result;
}

double card_s(const std::vector<Job>& jobs) {
  return std::accumulate(jobs.begin(), jobs.end(), 0.0, [](double sum, const Job& each) { return sum + each.work_s * (each.share_milli > 0 ? each.share_milli / 1000.0 : each.cards); });
}

class Given final : public Source {
 public:
  explicit Given(std::vector<Job> jobs) : jobs_(std::move(jobs)) {}
  bool next(Job& job) override {
    if (at_ == jobs_.size()) return false;
    job = jobs_[at_++];
    return true;
  }

 private:
  std::vector<Job> jobs_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("batching: one after the other on the cards they had, with the same card-time") {
  // Six jobs of one card and 10 minutes, ten minutes apart: an hour of one card.
  std::vector<Job> given;
  for (int i = 0; i < 6; ++i) given.push_back(job(600.0 * i, 600, 1, 0, i < 4 ? Outcome::kCompleted : Outcome::kFailed));
  const Merged result = merged(given);
  REQUIRE(result.jobs.size() == 1);
  CHECK(result.jobs[0].submit_s == 0);
  CHECK(result.jobs[0].cards == 1);
  CHECK(result.jobs[0].work_s == doctest::Approx(3600));
  CHECK(result.jobs[0].outcome == Outcome::kCompleted);
  CHECK(result.batch(0).size() == 6);
  CHECK(result.batch(0).jobs[std::size_t(Outcome::kFailed)] == 2);
  CHECK(result.batch(0).card_s_share[std::size_t(Outcome::kFailed)] == doctest::Approx(1.0 / 3));
  CHECK(result.batch(0).at_once == doctest::Approx(1));
  CHECK(result.batch(0).job_s == doctest::Approx(600));
}

TEST_CASE("batching: a job without company, a node and more, other tenants and other hours stay apart") {
  const Merged result = merged({job(0, 100, 1), job(10, 100, 8), job(20, 100, 1, 1), job(30, 100, 16), job(3600, 100, 1)});
  REQUIRE(result.jobs.size() == 5);
  for (const Job& each : result.jobs) CHECK(each.batch == 0);
  CHECK(std::is_sorted(result.jobs.begin(), result.jobs.end(), [](const Job& a, const Job& b) { return a.submit_s < b.submit_s; }));
}

TEST_CASE("batching: where nothing tells tenants apart, those of a kind are merged whose jobs run about as long") {
  // 600 and 1,000 s are merged (256 to 4,095 s), a minute and three hours stay apart; tenant 2 is of another kind.
  const std::vector<Job> given = {job(0, 600, 1, 0), job(10, 1000, 1, 1), job(20, 60, 1, 0), job(30, 10800, 1, 1), job(40, 600, 1, 2), job(50, 700, 1, 0)};
  const Merged together = merged(given, {.tell_tenants_apart = false});
  REQUIRE(together.jobs.size() == 4);
  CHECK(together.batch(0).size() == 3);
  CHECK_FALSE(together.batch(0).one_tenant);
  CHECK(card_s(together.jobs) == doctest::Approx(card_s(given)));
  const Merged apart = merged(given);
  REQUIRE(apart.jobs.size() == 3);
  CHECK(apart.batch(0).one_tenant);
}

TEST_CASE("batching: slices become a multiple of a slice, a card at most") {
  std::vector<Job> given;
  for (int i = 0; i < 40; ++i) {
    given.push_back(job(i, 7200, 1));
    given.back().share_milli = 250;
  }
  const Merged result = merged(given);
  CHECK(result.jobs.size() > 1);
  CHECK(card_s(result.jobs) == doctest::Approx(card_s(given)));
  for (const Job& each : result.jobs) {
    CHECK(each.cards == 1);
    CHECK((each.share_milli == 0 || each.share_milli % 250 == 0));
  }
}

TEST_CASE("batching: many at once become several batches within the limit; with quotas none is wider than its jobs") {
  std::vector<Job> given;
  for (int i = 0; i < 300; ++i) given.push_back(job(i, 36000, 1 << (i % 3)));
  const Merged free = merged(given), few = merged(given, {}, 4), bound = merged(given, {.limit_tenants = true});
  for (const Merged* each : {&free, &few, &bound}) {
    CHECK(card_s(each->jobs) == doctest::Approx(card_s(given)).epsilon(1e-9));
    int jobs = 0;
    for (const Job& batch : each->jobs) jobs += batch.batch == 0 ? 1 : each->population.batches[batch.batch].size();
    CHECK(jobs == 300);
  }
  CHECK(free.jobs.size() > 1);
  for (const Job& each : free.jobs) CHECK(each.cards <= 8);
  for (const Job& each : few.jobs) CHECK(each.cards <= 4);
  for (const Job& each : bound.jobs) CHECK(each.cards <= 4);
}

TEST_CASE("batching: a source passes its jobs on in the order of time, none lost") {
  std::vector<Job> given;
  for (int i = 0; i < 1000; ++i) given.push_back(job(97.0 * i, 50.0 * (1 + i % 7), i % 11 == 0 ? 16 : 1 + i % 3, std::uint32_t(i % 5)));
  Population population;
  const Batching batching(std::vector<Batching::Limit>{{8, 8}}, {}, population);
  HourlyBatches source(std::make_unique<Given>(given), batching);
  std::vector<Job> passed;
  for (Job next; source.next(next);) passed.push_back(next);
  CHECK(passed.size() < 700);
  CHECK(std::is_sorted(passed.begin(), passed.end(), [](const Job& a, const Job& b) { return a.submit_s < b.submit_s; }));
  CHECK(card_s(passed) == doctest::Approx(card_s(given)).epsilon(1e-9));
}

TEST_CASE("drawn ahead: the same jobs in the same order, a failure is thrown, and who stops early waits for nobody") {
  std::vector<Job> given;
  for (int i = 0; i < 20000; ++i) given.push_back(job(97.0 * i, 50.0 * (1 + i % 7), i % 11 == 0 ? 16 : 1 + i % 3, std::uint32_t(i % 5)));
  Population here, there;
  const Batching batching(std::vector<Batching::Limit>{{8, 8}}, {}, here), of_thread(std::vector<Batching::Limit>{{8, 8}}, {}, there);
  HourlyBatches plain(std::make_unique<Given>(given), batching);
  DrawnAhead ahead(std::make_unique<HourlyBatches>(std::make_unique<Given>(given), of_thread));
  Job a, b;
  std::size_t jobs = 0;
  for (; plain.next(a); ++jobs) {
    REQUIRE(ahead.next(b));
    CHECK(std::tuple(a.submit_s, a.work_s, a.cards, a.tenant, a.batch != 0) == std::tuple(b.submit_s, b.work_s, b.cards, b.tenant, b.batch != 0));
    if (a.batch != 0) CHECK(here.batches[a.batch].jobs == there.batches[b.batch].jobs);
  }
  CHECK(jobs > 4000);
  CHECK_FALSE(ahead.next(b));
  CHECK_FALSE(ahead.next(b));

  struct Breaks final : Source {
    bool next(Job& job) override {
      if (++jobs > 5000) throw std::runtime_error("the log ends in the middle of a row");
      job = ::job(97.0 * jobs, 60, 1);
      return true;
    }
    int jobs = 0;
  };
  DrawnAhead broken(std::make_unique<HourlyBatches>(std::make_unique<Breaks>(), of_thread));
  const auto all = [&] { while (broken.next(b)) {} };
  CHECK_THROWS_WITH(all(), "the log ends in the middle of a row");
  DrawnAhead stopped(std::make_unique<HourlyBatches>(std::make_unique<Given>(given), of_thread));
  CHECK(stopped.next(b));
}
