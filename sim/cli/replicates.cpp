#include "sim/cli/replicates.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/study/quantiles.h"
#include "analysis/study/replicates_file.h"
#include "analysis/study/table.h"
#include "sim/cli/catch_interrupt.h"
#include "sim/cli/program.h"
#include "sim/cli/progress.h"
#include "sim/launch/pool.h"
#include "sim/launch/worker.h"
#include "sim/scenario_study.h"

namespace dure::sim {

std::size_t Replicates::refused() const {
  return std::size_t(std::count_if(ran.begin(), ran.end(), [](const auto& each) { return each.second.failure.has_value(); }));
}

Replicates run_replicates(const Loaded& loaded, const std::string& name, std::uint64_t seed, std::uint32_t n, int jobs, const std::filesystem::path& folder, const Context& context) {
  LoadedStudy study;
  study.name = name;
  study.options.push_back({"as_is", {"as it stands", "그대로"}, loaded});
  std::vector<Task> tasks;
  for (std::uint32_t replicate = 1; replicate < n; ++replicate) tasks.push_back({Purpose::kReplicate, 0, replicate, {}});
  Shards shards(folder, {fingerprint(loaded), kBuiltFrom, seed});
  shards.add_round(tasks, 1);
  ProgressLine progress(context, name);
  std::size_t done = 0;
  PoolOptions options;
  options.workers = jobs;
  options.stop = [] { return CatchInterrupt::caught() != 0; };
  options.ended = [&](std::size_t, bool) { ++done; };
  options.tick = [&] { progress.show(double(done) / double(tasks.size()), fmt::format(fmt::runtime(context.say("{} of {} runs", "{}/{}회 실행")), done, tasks.size())); };
  const PoolOutcome outcome = run_pool(shards.missing(), options, [&](std::size_t shard) { run_shard(study, seed, shards, shard); });
  if (outcome.died > 0)
    throw Error(Exit::kEnvironment, "E0504", {fmt::format("{} of {} runs died, {} times each", outcome.died, tasks.size(), options.most_tries), fmt::format("실행 {}개(전체 {}개)가 {}번씩 죽었습니다", outcome.died, tasks.size(), options.most_tries)}, {},
                {"`dure doctor` looks for causes", "`dure doctor`로 원인을 찾아보십시오"});
  Replicates replicates;
  replicates.interrupted = outcome.stopped;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if (shards.is_there(i)) replicates.ran.emplace_back(tasks[i].replicate, shards.read(i, i + 1).front());
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  return replicates;
}

void write_run_replicates(const std::filesystem::path& file, const std::string& name, std::uint64_t seed, const Replicates& replicates) {
  std::vector<analysis::TableRun> runs;
  for (const auto& [number, result] : replicates.ran) runs.push_back({0, number, result.failure ? nullptr : &result.metrics});
  const std::vector<analysis::NamedOption> options = {{name, {name, name}}};
  analysis::write_replicates(file, options, analysis::metric_tables(runs, 1), name, seed);
}

void add_spreads(Summary& summary, const Replicates& replicates) {
  for (Metric& metric : summary.metrics) {
    std::vector<double> values;
    for (const auto& [number, result] : replicates.ran)
      for (const Metric& its : result.metrics)
        if (its.name == metric.name && its.value) values.push_back(*its.value);
    if (values.empty()) continue;
    const analysis::Spread spread = analysis::spread(Eigen::Map<const Eigen::VectorXd>(values.data(), Eigen::Index(values.size())));
    metric.value = spread.mean;
    // The interval stays where the mean can be: only money goes below nothing, and no share is above the whole.
    std::optional<double> low = spread.ci95_low, high = spread.ci95_high;
    const bool is_money = metric.unit.find("KRW") != std::string::npos;
    if (low && !is_money && *std::min_element(values.begin(), values.end()) >= 0) low = std::max(*low, 0.0);
    if (high && metric.unit == "share") high = std::min(*high, 1.0);
    metric.spread = MetricSpread{spread.p05, spread.p50, spread.p95, spread.mean, low, high, int(spread.n)};
  }
}

}  // namespace dure::sim
