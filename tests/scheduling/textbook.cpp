// EASY and FCFS as the textbook has them: slow, plain, nodes of one card.
#include <doctest/doctest.h>

#include "tests/scheduling/random_jobs.h"
#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

struct Running {
  double end_s, expected_end_s;
  int cards;
};

std::vector<double> textbook(bool backfill, int cards, const std::vector<TestJob>& jobs, std::size_t depth = 0) {
  std::vector<double> starts(jobs.size(), -1);
  std::vector<Running> running;
  std::vector<std::size_t> queue;
  int free = cards;
  std::size_t next = 0;
  while (next < jobs.size() || !running.empty()) {
    double now_s = next < jobs.size() ? jobs[next].submit_s : 1e300;
    for (const Running& r : running) now_s = std::min(now_s, r.end_s);
    for (std::size_t i = 0; i < running.size();) {
      if (running[i].end_s > now_s) {
        ++i;
        continue;
      }
      free += running[i].cards;
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    while (next < jobs.size() && jobs[next].submit_s <= now_s) queue.push_back(next++);

    const auto start = [&](std::size_t place) {
      const TestJob& job = jobs[queue[place]];
      starts[queue[place]] = now_s;
      free -= job.ask.cards;
      running.push_back({now_s + job.work_s, now_s + job.estimate_s, job.ask.cards});
      queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(place));
    };
    while (!queue.empty() && jobs[queue[0]].ask.cards <= free) start(0);
    if (!backfill || queue.empty()) continue;

    // The shadow time: when the first job will have its cards. Extra: what will be free then beyond them.
    auto ends = running;
    for (Running& r : ends) r.expected_end_s = std::max(r.expected_end_s, now_s);  // overrun: any moment now
    std::sort(ends.begin(), ends.end(), [](const Running& a, const Running& b) { return a.expected_end_s < b.expected_end_s; });
    int available = free;
    double shadow_s = now_s;
    for (const Running& r : ends) {
      if (available >= jobs[queue[0]].ask.cards && r.expected_end_s > shadow_s) break;
      available += r.cards;
      shadow_s = r.expected_end_s;
    }
    int extra = available - jobs[queue[0]].ask.cards;
    std::size_t seen = 0;
    for (std::size_t place = 1; place < queue.size() && (depth == 0 || seen < depth);) {
      const TestJob& job = jobs[queue[place]];
      const bool ends_in_time = now_s + job.estimate_s <= shadow_s;
      if (job.ask.cards <= free && (ends_in_time || job.ask.cards <= extra)) {
        if (!ends_in_time) extra -= job.ask.cards;
        start(place);
      } else {
        ++place;
        ++seen;
      }
    }
  }
  return starts;
}

void compare(const char* name, int cards, const std::vector<TestJob>& jobs, int depth = 0) {
  Pool hall = pool(cards, 1, scheduler(name, depth), 8);
  double longest = 0;
  const auto runs = replay(hall, jobs, [&](double) { longest = std::max(longest, static_cast<double>(hall.queue().size())); });
  const auto starts = textbook(std::string(name) != "fcfs", cards, jobs, static_cast<std::size_t>(depth));
  std::size_t different = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) different += runs[i].start_s != starts[i];
  CHECK(different == 0);
  CHECK(longest > 5);  // else nothing was tried
}

}  // namespace

TEST_CASE("textbook: nodes of one card, every start time as in plain FCFS and plain EASY") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed)
    for (const bool whole_seconds : {false, true})
      for (const double slack : {0.0, 4.0}) {
        CAPTURE(seed);
        CAPTURE(slack);
        const int cards = seed % 2 ? 24 : 100;
        const auto jobs = random_jobs(1500, cards, slack, seed, whole_seconds);
        compare("fcfs", cards, jobs);
        compare("easy_backfill", cards, jobs);
        compare("easy_backfill", cards, jobs, 3);
      }
}

TEST_CASE("textbook: jobs that run longer than expected are expected to end any moment") {
  for (std::uint64_t seed = 11; seed <= 14; ++seed) {
    CAPTURE(seed);
    compare("easy_backfill", 50, random_jobs(1500, 50, -1, seed, false));
  }
}
