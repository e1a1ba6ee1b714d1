// Printed, never asserted: what a decision costs. `dure bench` measures whole runs.
#include <doctest/doctest.h>

#include <cstdio>
#include <ctime>
#include <queue>
#include <string_view>

#include "sim/random.h"
#include "sim/scheduling/quotas.h"
#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

#ifdef NDEBUG
constexpr int kScale = 1;
#else
constexpr int kScale = 20;  // with sanitizers: only that it runs
#endif

template <class Work>
double time_s(Work&& work) {
  const std::clock_t begin = std::clock();  // of this process, whatever else the machine does
  work();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// Sizes as in the national year: mostly one card, most card-time in gangs.
Ask draw_ask(Random& random, int largest_cards) {
  const double kind = random.uniform();
  if (kind < 0.60) return {1, 0};
  if (kind < 0.75) return {1 + static_cast<int>(random.uniform() * 8), 0};
  return {std::min(largest_cards, 8 * std::max(1, static_cast<int>(random.lognormal(2.5, 1.1)))), 0};
}

void stream(const char* what, const char* policy, int nodes, int cards_per_node, int count, double load, int depth = 0) {
  Random random({1, 0}, "timing");
  std::vector<TestJob> jobs(static_cast<std::size_t>(count));
  double card_s = 0;
  for (TestJob& made : jobs) {
    made.ask = draw_ask(random, nodes * cards_per_node / 8);
    made.tenant = TenantId(static_cast<std::uint32_t>(&made - jobs.data()) % 100);
    made.work_s = 60 + random.lognormal(3000, 1.5);
    made.estimate_s = made.work_s * (1 + 2 * random.uniform());
    card_s += made.work_s * made.ask.cards;
  }
  const double gap_s = card_s / load / nodes / cards_per_node / count;
  double now_s = 0;
  for (TestJob& made : jobs) made.submit_s = now_s += random.exponential_s(gap_s);
  Pool hall = pool(nodes, cards_per_node, scheduler(policy, depth), 32);
  double longest = 0;
  int decisions = count;  // that start a job; and the last of each instant
  const double took_s = time_s([&] {
    replay(hall, jobs, [&](double) {
      longest = std::max(longest, static_cast<double>(hall.queue().size()));
      ++decisions;
    });
  });
  std::printf("  %-34s %-14s %8d jobs %6d nodes x %d: %9.0f jobs/s, %6.2f us a decision, longest queue %.0f\n", what, policy, count, nodes, cards_per_node,
              count / took_s, took_s / decisions * 1e6, longest);
}

/// A million jobs of 100 tenants wait while jobs end, mostly early, and others start in their place; with `quota_share` each tenant
/// may hold so much of the pool, and who may not waits aside.
void deep(const char* policy, int depth, double quota_share = 0) {
  constexpr int kWaiting = 1000000 / kScale, kEnds = 20000 / kScale, kTenants = 100;
  Random random({1, 0}, "deep");
  Pool hall = pool(2250, 8, scheduler(policy, depth), 32);
  std::vector<Tenant> tenants(kTenants);
  for (int i = 0; i < kTenants; ++i) {
    tenants[static_cast<std::size_t>(i)].name = std::to_string(i);
    if (quota_share > 0) tenants[static_cast<std::size_t>(i)].quota = {{-1.0, static_cast<int>(18000 * quota_share)}};
  }
  Quotas quotas({}, tenants, {});
  struct Running {
    double end_s;
    WaitingJob job;
    Slices slices;
    double expected_end_s;
    bool operator<(const Running& other) const { return end_s > other.end_s; }
  };
  std::priority_queue<Running> running;
  int decisions = 0;
  const auto decide = [&](double now_s) {
    while (const auto job = quotas.let_in()) hall.submit(*job);
    for (;; ++decisions) {
      auto start = hall.start_next(now_s);
      if (!start) break;
      running.push({now_s + start->job.estimate_s * (0.3 + 0.7 * random.uniform()), start->job, std::move(start->slices), start->expected_end_s});
    }
    ++decisions;
  };
  const double fill_s = time_s([&] {
    for (std::uint64_t order = 1; order <= kWaiting; ++order) {
      const WaitingJob job{JobId{order}, draw_ask(random, 1024), 60 + random.lognormal(9000, 1.5), order, TenantId(static_cast<std::uint32_t>(order % kTenants)), 0};
      if (quotas.binds(job.tenant)) {
        quotas.wait(job);
      } else {
        hall.submit(job);
      }
    }
    decide(0);
  });
  decisions = 0;
  const double took_s = time_s([&] {
    for (int i = 0; i < kEnds; ++i) {
      const Running ended = running.top();
      running.pop();
      hall.end(ended.job, ended.slices, ended.expected_end_s, ended.end_s);
      if (quota_share > 0) quotas.gives_back(ended.job.tenant, ended.job.ask);
      decide(ended.end_s);
    }
  });
  std::printf("  a million jobs wait, %-22s depth %3d%s: %6.2f us a decision (%d, with the end of a job for each), filled in %.1f s\n", policy, depth,
              quota_share > 0 ? ", quotas" : "", took_s / decisions * 1e6, decisions, fill_s);
}

// A decision that starts nothing, and one with a job that comes and goes.
void decision(const char* policy, int depth, int waiting) {
  constexpr int kTurns = 20000 / kScale;
  // A busy pool whose first job in line collects whole nodes; nothing behind it may start, one more job comes and goes.
  Random random({1, 0}, "decision");
  Pool hall = pool(2250, 8, scheduler(policy, depth), 32);
  std::uint64_t order = 0;
  while (hall.free().free_whole_nodes() > 100) {
    ++order;
    hall.submit({JobId{order}, draw_ask(random, 512), 1000 + random.uniform() * 1e5, order, TenantId(order % 100)});
    while (hall.start_next(0)) {
    }
  }
  hall.submit({JobId{++order}, {1024, 0}, 1e5, order});
  for (int i = 0; i < waiting; ++i) {
    ++order;
    hall.submit({JobId{order}, {8 + draw_ask(random, 1016).cards, 0}, 2e6 + random.uniform(), order, TenantId(order % 100)});
  }
  while (hall.start_next(0)) {
  }
  int started = 0;
  ++order;
  const WaitingJob probe{JobId{order}, {16, 0}, 3e6, order};
  const double took_s = time_s([&] {
    for (int i = 0; i < kTurns; ++i) {
      hall.submit(probe);
      if (hall.start_next(1 + i * 1e-6)) ++started;
      hall.withdraw(probe);
    }
  });
  const double decide_s = time_s([&] {
    for (int i = 0; i < kTurns; ++i) started += hall.start_next(1 + i * 1e-6).has_value();
  });
  std::printf(
      "  %s, depth %d, %3d whole nodes kept, %7zu waiting for %3zu sizes: decision %.0f ns, with submit and withdraw %.0f ns (%d started)\n",
      policy, depth, hall.free().free_whole_nodes(), hall.queue().size(), hall.queue().asks(), decide_s / kTurns * 1e9, took_s / kTurns * 1e9, started);
  }

}  // namespace

TEST_CASE("timing: printed") {
  constexpr int kTurns = 200000 / kScale;
  {
    FreeCards free(8);
    for (int i = 0; i < 2250; ++i) free.add_node(i / 32, 8);
    Random random({1, 0}, "fill");
    std::vector<Slices> held;
    while (free.free_cards() > 1800)
      held.push_back(free.take({1 + static_cast<int>(random.uniform() * 8) % std::max(1, free.largest_fit_milli() / 1000), 0}));
    const double took_s = time_s([&] {
      for (int i = 0; i < kTurns; ++i) {
        free.give_back(free.take({1, 0}));
      }
    });
    std::printf("  one card taken and given back on 2,250 nodes: %.0f ns\n", took_s / kTurns * 1e9);
    const double share_s = time_s([&] {
      for (int i = 0; i < kTurns; ++i) free.give_back(free.take({1, 1 + i % 999}));
    });
    std::printf("  a share taken and given back:                 %.0f ns\n", share_s / kTurns * 1e9);
  }
  for (const char* policy : {"fcfs", "easy_backfill", "conservative_backfill", "fair_share", "dominant_resource"})
    for (const double quota_share : {0.0, 0.02, 0.01}) deep(policy, std::string_view(policy) == "conservative_backfill" ? proto::ConservativeBackfill().depth() : 0, quota_share);
  for (const int waiting : {100, 10000, 1000000 / kScale}) decision("easy_backfill", 0, waiting);
  decision("conservative_backfill", 0, 100);
  for (const int waiting : {100, 10000, 1000000 / kScale}) decision("conservative_backfill", 100, waiting);
  for (const char* policy : {"fair_share", "dominant_resource"}) {
    for (const int waiting : {100, 1000000 / kScale}) decision(policy, 0, waiting);
    stream("a fifth of a national year", policy, 2250, 8, 200000 / kScale, 0.90);
    stream("too much work", policy, 2250, 8, 100000 / kScale, 1.50);
    stream("nearly all at once", policy, 2250, 8, 100000 / kScale, 30);
  }
  stream("nearly all at once, depth 100", "conservative_backfill", 2250, 8, 100000 / kScale, 30, 100);
  stream("5,000 jobs at 97 %", "easy_backfill", 1250, 1, 5000, 0.97);
  stream("5,000 jobs at 97 %", "fcfs", 1250, 1, 5000, 0.97);
  stream("5,000 jobs at 97 %", "conservative_backfill", 1250, 1, 5000, 0.97);
  stream("a fifth of a national year", "conservative_backfill", 2250, 8, 200000 / kScale, 0.90);
  stream("the same, depth 100", "conservative_backfill", 2250, 8, 200000 / kScale, 0.90, 100);
  stream("too much work, depth 100", "conservative_backfill", 2250, 8, 100000 / kScale, 1.50, 100);
  stream("a fifth of a national year", "fcfs", 2250, 8, 200000 / kScale, 0.90);
  stream("a fifth of a national year", "easy_backfill", 2250, 8, 200000 / kScale, 0.90);
  stream("the same, depth 100", "easy_backfill", 2250, 8, 200000 / kScale, 0.90, 100);
  stream("too much work", "easy_backfill", 2250, 8, 100000 / kScale, 1.50);
  stream("10,000 nodes", "easy_backfill", 10000, 8, 200000 / kScale, 0.90);
}
