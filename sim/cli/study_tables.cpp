#include "sim/cli/study_tables.h"

#include <fmt/format.h>

#include "analysis/study/quantiles.h"
#include "sim/results.h"
#include "sim/study_results.pb.h"

namespace dure::sim {
namespace proto = ::dure;
namespace {

constexpr std::string_view purpose_words(Purpose purpose) {
  switch (purpose) {
    case Purpose::kReplicate: return "replicate";
    case Purpose::kTornado: return "tornado";
    case Purpose::kSensitivity: break;
  }
  return "sensitivity";
}

}  // namespace

void write_study_tables(const std::filesystem::path& file, const LoadedStudy& study, std::span<const Task> tasks, std::span<const TaskResult> results, const analysis::StudyFindings& found) {
  const std::filesystem::path beside = file.string() + ".part";
  std::error_code failure;
  std::filesystem::remove(beside, failure);
  ResultsFile out(beside);
  Table* runs = out.table(proto::RunsRow::descriptor(), "runs");
  Table* inputs = out.table(proto::InputsRow::descriptor(), "inputs");
  Table* metrics = out.table(proto::MetricsRow::descriptor(), "metrics");
  Table* summaries = out.table(proto::SummariesRow::descriptor(), "summaries");
  Table* differences = out.table(proto::DifferencesRow::descriptor(), "differences");

  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const auto run = std::int64_t(i);
    std::optional<std::string_view> refused_en, refused_ko;
    if (results[i].failure) refused_en = results[i].failure->en, refused_ko = results[i].failure->ko;
    runs->insert(run, purpose_words(tasks[i].purpose), std::string_view(study.options[tasks[i].option].name), std::int64_t(tasks[i].replicate), refused_en, refused_ko);
    for (std::size_t input = 0; input < tasks[i].inputs.size(); ++input) inputs->insert(run, std::string_view(study.inputs[input].name), tasks[i].inputs[input]);
    for (const Metric& metric : results[i].metrics) metrics->insert(run, std::string_view(metric.name), std::string_view(metric.unit), metric.value);
  }
  for (std::size_t option = 0; option < study.options.size(); ++option)
    for (const analysis::MetricTable& table : found.tables) {
      if (!table.has(option)) continue;
      const analysis::Spread of = analysis::spread(table.column(option));
      summaries->insert(std::string_view(study.options[option].name), std::string_view(table.name), std::string_view(table.unit), std::int64_t(of.n), of.mean, of.ci95_low, of.ci95_high, of.p05, of.p50, of.p95);
    }
  for (const analysis::DecisionRow& row : found.answer.rows) {
    const auto& c = row.comparison;
    const auto end = [&](double analysis::Interval::*which) { return c && c->interval ? std::optional((*c->interval).*which) : std::nullopt; };
    std::optional<std::string_view> verdict;
    const std::string words = c ? analysis::verdict_words(c->verdict).en : std::string();
    if (c) verdict = words;
    differences->insert(std::string_view(row.metric), std::string_view(row.unit), std::string_view(study.options[row.option].name), std::string_view(study.options[found.baseline].name), std::int64_t(c ? c->n : 0),
                        c ? std::optional(c->mean_difference) : std::nullopt, end(&analysis::Interval::low), end(&analysis::Interval::high), c ? c->p_adjusted : std::nullopt, verdict);
  }
  out.finish();
  std::filesystem::rename(beside, file, failure);
  if (failure) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file.string(), failure.message()), fmt::format("{}에 쓸 수 없습니다: {}", file.string(), failure.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
}

}  // namespace dure::sim
