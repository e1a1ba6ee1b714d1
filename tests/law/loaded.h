#pragma once
// Long runs of a steady stream, of which only the mean queue is kept: a million jobs leave no rows behind.
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/run_text.h"

namespace dure::test {

#ifdef NDEBUG
inline constexpr double kRunLength = 1;
#else
inline constexpr double kRunLength = 0.05;  // sanitizers
#endif

struct Stream {
  int cards = 1;
  double load = 0.5;
  double jobs = 10000;            // expected, within the horizon
  double horizon_s = 1e8;
  std::string law = "EXPONENTIAL";  // of the run time
  double sigma = 1;               // of LOGNORMAL
  double mean_run_s() const { return load * cards * horizon_s / jobs; }
};

/// Time average of the number of waiting jobs.
inline double mean_queue(const Stream& stream, int seed, const std::string& scheduler = "fcfs") {
  const ::dure::Scenario scenario = scenario_of(hall(stream.cards, 1, R"(
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      scheduler { )" + scheduler + R"( {} }
      workload { steady { size { cards: 1 } cancelled_share: 0 failed_share: 0 run_time: )" + stream.law + " run_sigma: " + std::to_string(stream.sigma) +
      " offered_load: " + std::to_string(stream.load) + " jobs_per_year: " + std::to_string(stream.jobs * 365.25 * 86400 / stream.horizon_s) +
      "} } horizon_s: " + std::to_string(stream.horizon_s)));
  return std::stod(dure::sim::in_child([&] {
    dure::sim::RunOptions options;
    options.seed = dure::sim::Seed{std::uint64_t(seed)};
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", run_scenario(scenario, options).mean_queue_jobs);
    return std::string(text);
  }));
}

/// A mean over independent runs and what is known of its error.
struct Mean {
  double value = 0;
  double error = 0;  // standard error
};
inline Mean mean_of(const std::vector<double>& runs) {
  Mean mean;
  for (const double each : runs) mean.value += each / double(runs.size());
  for (const double each : runs) mean.error += (each - mean.value) * (each - mean.value);
  mean.error = std::sqrt(mean.error / double(runs.size() - 1) / double(runs.size()));
  return mean;
}

/// Ten runs; Student's t with 9 degrees of freedom: 4.78 standard errors hold 99.9 %.
inline constexpr int kRuns = 10;
inline constexpr double kErrors = 4.78;

}  // namespace dure::test
