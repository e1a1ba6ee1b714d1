// Fair share and dominant resource fairness: small cases by hand, and plain implementations that sort every waiting job.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <set>

#include "sim/units.h"
#include "tests/scheduling/random_jobs.h"
#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

constexpr TenantId kAnn{0}, kBob{1}, kEve{2};

TestJob of(TenantId tenant, TestJob made) {
  made.tenant = tenant;
  return made;
}

std::vector<TestJob> with_tenants(std::vector<TestJob> jobs, std::uint64_t seed) {
  Random random({seed, 0}, "tenants");
  for (TestJob& each : jobs) each.tenant = TenantId{static_cast<std::uint32_t>(8 * random.uniform() * random.uniform())};
  return jobs;
}

struct Plain {
  struct Running {
    std::size_t job;
    double start_s;
  };
  int cards;
  const std::vector<TestJob>& jobs;
  std::function<double(const Plain&, std::size_t job)> priority;
  double now_s = 0;
  std::size_t submitted = 0;
  std::vector<Running> running = {}, over = {};

  /// Nodes of one card; every waiting job is sorted anew for every start.
  std::vector<double> starts() {
    std::vector<double> starts(jobs.size(), -1);
    std::vector<std::size_t> queue;
    int free = cards;
    while (submitted < jobs.size() || !running.empty()) {
      now_s = submitted < jobs.size() ? jobs[submitted].submit_s : 1e300;
      for (const Running& each : running) now_s = std::min(now_s, each.start_s + jobs[each.job].work_s);
      std::erase_if(running, [&](const Running& each) {
        if (each.start_s + jobs[each.job].work_s > now_s) return false;
        free += jobs[each.job].ask.cards;
        over.push_back(each);
        return true;
      });
      for (; submitted < jobs.size() && jobs[submitted].submit_s <= now_s; ++submitted) queue.push_back(submitted);
      for (bool started = true; started && !queue.empty();) {
        started = false;
        std::map<std::size_t, double> of_job;
        for (const std::size_t job : queue) of_job[job] = priority(*this, job);
        std::sort(queue.begin(), queue.end(), [&](std::size_t a, std::size_t b) { return of_job[a] != of_job[b] ? of_job[a] > of_job[b] : a < b; });
        std::vector<std::pair<double, int>> ends;
        for (const Running& each : running) ends.emplace_back(std::max(now_s, each.start_s + jobs[each.job].estimate_s), jobs[each.job].ask.cards);
        std::sort(ends.begin(), ends.end());
        int available = free;
        double shadow_s = now_s;
        for (const auto& [end_s, count] : ends) {
          if (available >= jobs[queue[0]].ask.cards && end_s > shadow_s) break;
          available += count;
          shadow_s = end_s;
        }
        const int extra = available - jobs[queue[0]].ask.cards;
        for (std::size_t i = 0; i < queue.size() && !started; ++i) {
          const TestJob& each = jobs[queue[i]];
          if (each.ask.cards > free) continue;
          if (i > 0 && now_s + each.estimate_s > shadow_s && each.ask.cards > extra) continue;
          starts[queue[i]] = now_s;
          free -= each.ask.cards;
          running.push_back({queue[i], now_s});
          queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
          started = true;
        }
      }
    }
    return starts;
  }
};

std::size_t different(Pool hall, const std::vector<TestJob>& jobs, const std::vector<double>& starts) {
  double longest = 0;
  const auto runs = replay(hall, jobs, [&](double) { longest = std::max(longest, static_cast<double>(hall.queue().size())); });
  CHECK(longest > 5);
  std::size_t count = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) count += runs[i].start_s != starts[i];
  return count;
}

}  // namespace

TEST_CASE("tenant book: use is forgotten by halves, and counts what is held now") {
  TenantBook book(100);
  book.holds(kAnn, CardTypeId{0}, 2000, 0);  // two cards for a hundred seconds
  CHECK(book.used_card_s(kAnn, 100) == doctest::Approx(2 * 100 / std::numbers::ln2 / 2));
  book.holds(kAnn, CardTypeId{0}, -2000, 100);
  const double used = book.used_card_s(kAnn, 100);
  CHECK(book.used_card_s(kAnn, 200) == doctest::Approx(used / 2));
  CHECK(book.used_card_s(kAnn, 400) == doctest::Approx(used / 8));
  book.holds(kBob, CardTypeId{0}, 500, 200);  // half a card
  CHECK(book.used_card_s(300) == doctest::Approx(book.used_card_s(kAnn, 300) + book.used_card_s(kBob, 300)));
  CHECK(book.tenants() == 2);
}

TEST_CASE("tenant book: the dominant share is of the card type of which most is held, over all sites") {
  TenantBook book(100);
  book.in_service(CardTypeId{0}, 80);
  book.in_service(CardTypeId{0}, 20);  // another site
  book.in_service(CardTypeId{1}, 10);
  book.holds(kAnn, CardTypeId{0}, 30000, 0);
  book.holds(kAnn, CardTypeId{1}, 2000, 0);
  CHECK(book.dominant_share(kAnn) == doctest::Approx(0.3));
  book.holds(kAnn, CardTypeId{1}, 2000, 0);
  CHECK(book.dominant_share(kAnn) == doctest::Approx(0.4));
  CHECK(book.dominant_share(kEve) == 0);
}

TEST_CASE("fair_share: who has used nothing goes before who came first") {
  // Ann has run a. When its cards are free Bob's c goes before her b.
  const std::vector<TestJob> jobs = {of(kAnn, job('a', 0, 2, 4)), of(kAnn, job('b', 1, 2, 3)), of(kBob, job('c', 2, 2, 3))};
  CHECK(gantt(scheduler("fair_share"), 2, jobs) == R"(
aaaacccbbb
aaaacccbbb
)");
  CHECK(gantt(scheduler("easy_backfill"), 2, jobs) == R"(
aaaabbbccc
aaaabbbccc
)");
}

TEST_CASE("fair_share: behind the first in line others slip in as under EASY") {
  // Bob's c is first and waits until 5; of Ann's two, d is short enough for the card beside a.
  CHECK(gantt(scheduler("fair_share"), 3, {of(kAnn, job('a', 0, 2, 5)), of(kBob, job('c', 1, 3, 2)), of(kAnn, job('b', 2, 1, 9)), of(kAnn, job('d', 2, 1, 3))}) == R"(
aaaaaccbbbbbbbbb
aaaaacc.........
..dddcc.........
)");
}

TEST_CASE("dominant_resource: two tenants end up with half each, however many jobs the first has in line") {
  // When a ends Ann holds b and Bob nothing: x. When b ends Ann holds nothing: c. And so on in turn.
  CHECK(gantt(scheduler("dominant_resource"), 2,
              {of(kAnn, job('a', 0, 1, 3)), of(kAnn, job('b', 0, 1, 4)), of(kAnn, job('c', 0, 1, 4)), of(kAnn, job('d', 0, 1, 4)),
               of(kBob, job('x', 1, 1, 3)), of(kBob, job('y', 1, 1, 4))}) == R"(
aaaxxxyyyy..
bbbbccccdddd
)");
}

TEST_CASE("fair_share, dominant_resource: a single tenant has EASY, job by job") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const auto jobs = random_jobs(1500, 50, seed % 2 ? 0 : 3, seed, seed > 2);
    Pool easy = pool(50, 1, scheduler("easy_backfill"));
    std::vector<double> starts;
    for (const Run& run : replay(easy, jobs)) starts.push_back(run.start_s);
    CHECK(different(pool(50, 1, scheduler("fair_share")), jobs, starts) == 0);
    CHECK(different(pool(50, 1, scheduler("dominant_resource")), jobs, starts) == 0);
  }
}

TEST_CASE("fair_share: nodes of one card, every start as in the formula worked out for every waiting job") {
  proto::Scheduler config;
  proto::FairShare& weights = *config.mutable_fair_share();
  weights.set_half_life_days(0.05);
  weights.set_max_age_days(0.05);
  for (const double size_weight : {0.0, 0.5}) {
    weights.set_size_weight(size_weight);
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      const int cards = seed % 2 ? 24 : 100;
      const auto jobs = with_tenants(random_jobs(1000, cards, seed % 2 ? 0 : 4, seed, false), seed);
      std::map<std::pair<double, std::size_t>, std::map<TenantId, double>> used;  // by decision
      Plain plain{cards, jobs, [&](const Plain& now, std::size_t job) {
        auto& uses = used[{now.now_s, now.submitted}];
        if (uses.empty()) {
          for (std::size_t i = 0; i < now.submitted; ++i) uses[jobs[i].tenant];
          const double h = 0.05 * kDay_s;
          const auto add = [&](std::size_t which, double from_s, double to_s) {
            uses[jobs[which].tenant] += jobs[which].ask.cards * (std::exp2((to_s - now.now_s) / h) - std::exp2((from_s - now.now_s) / h));
          };
          for (const auto& each : now.running) add(each.job, each.start_s, now.now_s);
          for (const auto& each : now.over) add(each.job, each.start_s, each.start_s + jobs[each.job].work_s);
        }
        double all = 0;
        for (const auto& [tenant, use] : uses) all += use;
        const double fair = all > 0 ? std::exp2(-uses[jobs[job].tenant] / all * static_cast<double>(uses.size())) : 1;
        return fair + 0.25 * std::min(1.0, (now.now_s - jobs[job].submit_s) / (0.05 * kDay_s)) + size_weight * jobs[job].ask.cards / cards;
      }};
      CHECK(different(pool(cards, 1, make_scheduler(config)), jobs, plain.starts()) == 0);
    }
  }
}

TEST_CASE("dominant_resource: nodes of one card, every start as if all waiting jobs were sorted by what their tenants hold") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const int cards = seed % 2 ? 24 : 100;
    const auto jobs = with_tenants(random_jobs(1500, cards, seed % 2 ? 0 : 4, seed, seed > 2), seed);
    Plain plain{cards, jobs, [&](const Plain& now, std::size_t job) {
      int held = 0;
      for (const auto& each : now.running) held += jobs[each.job].tenant == jobs[job].tenant ? jobs[each.job].ask.cards : 0;
      return -static_cast<double>(held);
    }};
    CHECK(different(pool(cards, 1, scheduler("dominant_resource")), jobs, plain.starts()) == 0);
  }
}
