// Bytes share a line fairly: a site's storage that many jobs load from is M/G/1 processor sharing.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

#include "tests/law/loaded.h"

using namespace dure::test;

namespace {

/// Jobs load 2 GB a card from storage of 1 GB/s, run for a second or so and go. There are cards for all and a server could take more than the
/// storage gives, so the storage alone decides. Mean time to load by cards of the job, over those submitted after a tenth of the run.
struct Loads {
  std::map<int, double> mean_s;
  double mean_loading;  // jobs at once
};
Loads loads(const std::string& sizes, double mean_cards, double load, double jobs, int seed) {
  const int servers = 400;
  const double mean_bytes_s = 2 * mean_cards, horizon_s = jobs * mean_bytes_s / load;
  std::string text = hall(servers, 16, "seed: " + std::to_string(seed) + R"(
      job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 2 }
      scheduler { fcfs {} }
      workload { steady { run_time: EXPONENTIAL cancelled_share: 0 failed_share: 0 )" + sizes +
      " offered_load: " + std::to_string(jobs * mean_cards / (servers * 16 * horizon_s)) + " jobs_per_year: " + std::to_string(jobs * 365.25 * 86400 / horizon_s) +
      "} } horizon_s: " + std::to_string(horizon_s));
  const auto set = [&](const std::string& from, const std::string& to) { text.replace(text.find(from), from.size(), to); };
  set("storage_gb_per_s: 8", "storage_gb_per_s: 1000");
  set("storage_gb_per_s: 400", "storage_gb_per_s: 1");
  const RunResult run = run_text(text);
  REQUIRE(run["wait_s.mean"] == 0);  // nobody waits for cards
  Loads out{{}, 0};
  std::map<int, int> n;
  for (const auto& row : run.rows("SELECT cards, end_s - start_s - work_s, submit_s FROM jobs WHERE end_s IS NOT NULL")) {
    if (std::stod(row[2]) < horizon_s / 10) continue;
    out.mean_s[std::stoi(row[0])] += std::stod(row[1]);
    out.mean_loading += std::stod(row[1]) / (0.9 * horizon_s);  // Little
    ++n[std::stoi(row[0])];
  }
  for (auto& [cards, sum_s] : out.mean_s) sum_s /= n[cards];
  return out;
}

}  // namespace

TEST_CASE("processor sharing: loading takes bytes / (rate (1 - load)), whatever the mix of sizes") {
  // M/G/1-PS (Kleinrock 1967; Sakata, Noguchi, Oizumi 1969): E[T | x] = x / (C (1 - rho)), E[N] = rho / (1 - rho), insensitive to
  // the distribution of sizes beyond its mean. All of one size, and one in sixteen of 16 cards among jobs of 1.
  struct Mix {
    std::string sizes;
    double mean_cards;
  };
  for (const Mix& mix : {Mix{"size { cards: 2 }", 2}, Mix{"size { cards: 1 weight: 15 } size { cards: 16 weight: 1 }", 31.0 / 16}})
    for (const double load : {0.5, 0.8, 0.95}) {
      const double jobs = std::max(kRunLength, 0.2) * (load > 0.9 ? 40000 : 10000);
      std::map<int, std::vector<double>> by_size;
      std::vector<double> loading;
      for (int seed = 1; seed <= kRuns; ++seed) {
        const Loads run = loads(mix.sizes, mix.mean_cards, load, jobs, seed);
        for (const auto& [cards, mean_s] : run.mean_s) by_size[cards].push_back(mean_s);
        loading.push_back(run.mean_loading);
      }
      CAPTURE(mix.sizes);
      CAPTURE(load);
      for (const auto& [cards, runs] : by_size) {
        const Mean mean = mean_of(runs);
        const double law_s = 2 * cards / (1 - load);
        MESSAGE(fmt::format("{} at {:.2f}: {} cards load {:.3f} s, law {:.3f}, standard error {:.2f} %", mix.sizes, load, cards, mean.value, law_s, 100 * mean.error / law_s));
        CAPTURE(cards);
        CHECK(std::abs(mean.value - law_s) < kErrors * mean.error);
        CHECK(mean.error < (load > 0.9 ? 0.15 : 0.05) / std::sqrt(std::max(kRunLength, 0.2)) * law_s);
      }
      const Mean mean = mean_of(loading);
      MESSAGE(fmt::format("{} at {:.2f}: {:.3f} load at once, law {:.3f}, standard error {:.3f}", mix.sizes, load, mean.value, load / (1 - load), mean.error));
      CHECK(std::abs(mean.value - load / (1 - load)) < kErrors * mean.error);
    }
}
