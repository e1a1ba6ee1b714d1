#pragma once
#include <cmath>

#include "sim/random.h"
#include "tests/scheduling/replay.h"

namespace dure::sim::test {

// About 97 % offered load. `slack`: estimates are the run time times 1 to 1 + slack; below zero some are too short.
inline std::vector<TestJob> random_jobs(int count, int cards, double slack, std::uint64_t seed, bool whole_seconds) {
  Random random({seed, 0}, "jobs");
  std::vector<TestJob> jobs;
  double now_s = 0;
  for (int i = 0; i < count; ++i) {
    TestJob job;
    job.ask.cards = std::min(cards, static_cast<int>(random.lognormal(cards / 20.0, 1.2)) + 1);
    job.work_s = 1 + random.lognormal(300, 1.5);
    job.estimate_s = job.work_s * (slack >= 0 ? 1 + slack * random.uniform() : 0.5 + random.uniform());
    if (whole_seconds) {
      job.work_s = std::round(job.work_s);
      job.estimate_s = std::max(job.work_s, std::round(job.estimate_s));
    }
    now_s += random.exponential_s(300 * std::exp(1.125) * 0.097 / 0.97);  // E work x E cards / cards, roughly
    if (whole_seconds) now_s = std::round(now_s);
    job.submit_s = now_s;
    jobs.push_back(job);
  }
  return jobs;
}

}  // namespace dure::sim::test
