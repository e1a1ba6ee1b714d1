#pragma once
// A small clock around one pool: ends, then arrivals, then decisions, as the engine does.
#include <algorithm>
#include <functional>
#include <queue>
#include <string>
#include <tuple>
#include <vector>

#include "sim/scheduling/pool.h"

namespace dure::sim::test {

struct TestJob {
  double submit_s = 0;
  Ask ask;
  double work_s = 0;
  double estimate_s = 0;
  char name = '?';
  TenantId tenant{};
};
inline TestJob job(char name, double submit_s, int cards, double work_s) { return {submit_s, {cards, 0}, work_s, work_s, name}; }

struct Run {
  double start_s = -1;
  double end_s = -1;
  double expected_end_s = -1;
  Slices slices;
};

inline std::unique_ptr<Scheduler> scheduler(const std::string& name, int depth = 0) {
  proto::Scheduler config;
  if (name == "fcfs") config.mutable_fcfs();
  if (name == "easy_backfill") config.mutable_easy_backfill()->set_depth(depth);
  if (name == "conservative_backfill") config.mutable_conservative_backfill()->set_depth(depth);
  if (name == "fair_share") config.mutable_fair_share();
  if (name == "dominant_resource") config.mutable_dominant_resource();
  return make_scheduler(config);
}

inline Pool pool(int nodes, int cards_per_node, std::unique_ptr<Scheduler> scheduler, int nodes_per_leaf = 1 << 20,
                 Placement placement = {}) {
  Pool made(cards_per_node, placement, std::move(scheduler));
  for (int i = 0; i < nodes; ++i) made.add_node(i / nodes_per_leaf, cards_per_node);
  return made;
}

inline WaitingJob waiting(const std::vector<TestJob>& jobs, std::size_t i) {
  return {JobId{i + 1}, jobs[i].ask, jobs[i].estimate_s, i + 1, jobs[i].tenant, jobs[i].submit_s};
}

/// Jobs in the order of their submission. `decided(now_s)` is called when no further job may start at that instant.
inline std::vector<Run> replay(Pool& pool, const std::vector<TestJob>& jobs, const std::function<void(double)>& decided = {},
                               const std::function<void(double, std::size_t)>& started = {}) {
  std::vector<Run> runs(jobs.size());
  std::priority_queue<std::pair<double, std::size_t>, std::vector<std::pair<double, std::size_t>>, std::greater<>> ends;
  std::size_t next = 0;
  while (next < jobs.size() || !ends.empty()) {
    double now_s = next < jobs.size() ? jobs[next].submit_s : ends.top().first;
    if (!ends.empty()) now_s = std::min(now_s, ends.top().first);
    for (; !ends.empty() && ends.top().first <= now_s; ends.pop()) {
      const std::size_t i = ends.top().second;
      pool.end(waiting(jobs, i), runs[i].slices, runs[i].expected_end_s, now_s);
    }
    for (; next < jobs.size() && jobs[next].submit_s <= now_s; ++next)
      pool.submit(waiting(jobs, next));
    while (auto start = pool.start_next(now_s)) {
      const std::size_t i = index(start->job.id) - 1;
      runs[i] = {now_s, now_s + jobs[i].work_s, start->expected_end_s, std::move(start->slices)};
      ends.emplace(runs[i].end_s, i);
      if (started) started(now_s, i);
    }
    if (decided) decided(now_s);
  }
  return runs;
}

/// A row a card, a column a second.
inline std::string gantt(std::unique_ptr<Scheduler> by, int nodes, std::vector<TestJob> jobs, int cards_per_node = 1) {
  std::stable_sort(jobs.begin(), jobs.end(), [](const TestJob& a, const TestJob& b) { return a.submit_s < b.submit_s; });
  Pool hall = pool(nodes, cards_per_node, std::move(by));
  const auto runs = replay(hall, jobs);
  double last_s = 0;
  for (const Run& run : runs) last_s = std::max(last_s, run.end_s);
  std::vector<std::string> rows(static_cast<std::size_t>(nodes * cards_per_node), std::string(static_cast<std::size_t>(last_s), '.'));
  for (std::size_t i = 0; i < jobs.size(); ++i)
    for (const Slice& slice : runs[i].slices) {
      int left = slice.cards;
      for (int c = 0; c < cards_per_node && left > 0; ++c) {
        std::string& row = rows[static_cast<std::size_t>(static_cast<int>(slice.node) * cards_per_node + c)];
        const auto from = static_cast<std::size_t>(runs[i].start_s);
        const auto to = static_cast<std::size_t>(runs[i].end_s);
        if (row.substr(from, to - from).find_first_not_of('.') != std::string::npos) continue;
        std::fill(row.begin() + static_cast<std::ptrdiff_t>(from), row.begin() + static_cast<std::ptrdiff_t>(to), jobs[i].name);
        --left;
      }
      if (left > 0) rows.push_back("a card in two places");
    }
  std::string drawing = "\n";
  for (const std::string& row : rows) drawing += row + "\n";
  return drawing;
}

}  // namespace dure::sim::test
