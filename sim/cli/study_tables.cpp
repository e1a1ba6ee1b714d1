#include "sim/cli/study_tables.h"

#include <fmt/format.h>

#include "analysis/report/study_rows.h"
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

std::optional<double> end_of(const std::optional<analysis::Interval>& interval, double analysis::Interval::*which) { return interval ? std::optional((*interval).*which) : std::nullopt; }

/// Each table is there, empty or not, so that a reader need not ask.
struct FindingsTables {
  explicit FindingsTables(ResultsFile& out)
      : tornado(out.table(proto::TornadoRow::descriptor(), "tornado")), sensitivities(out.table(proto::SensitivitiesRow::descriptor(), "sensitivities")), eliminations(out.table(proto::EliminationsRow::descriptor(), "eliminations")),
        worths(out.table(proto::WorthsRow::descriptor(), "worths")), break_evens(out.table(proto::BreakEvensRow::descriptor(), "break_evens")), precision(out.table(proto::PrecisionRow::descriptor(), "precision")) {}
  Table *tornado, *sensitivities, *eliminations, *worths, *break_evens, *precision;
};

void insert_findings(FindingsTables& into, const analysis::StudyFindings& found) {
  const auto taken_from = [&](bool of_difference) { return of_difference ? std::optional<std::string_view>(found.options[found.baseline].name) : std::nullopt; };
  const auto unless_empty = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional<std::string_view>(text); };
  if (found.tornado) {
    const analysis::StudyTornado& of = *found.tornado;
    for (const analysis::TornadoBar& bar : of.tornado.bars) {
      const analysis::StudyInputRow& input = found.inputs[std::size_t(bar.input)];
      into.tornado->insert(std::string_view(of.metric), std::string_view(of.unit), std::string_view(found.options[of.option].name), taken_from(of.of_difference), std::string_view(input.name), input.low, input.high, bar.low, bar.high, of.tornado.base, bar.swing);
    }
  }
  for (const analysis::IndexRow& row : analysis::index_rows(found))
    into.sensitivities->insert(std::string_view(found.indices->metric), std::string_view(found.options[found.indices->option].name), taken_from(found.indices->of_difference), std::string_view(found.inputs[row.input].name), std::string_view(row.index),
                               std::string_view(row.unit), row.value, row.interval.low, row.interval.high);
  for (const analysis::EliminationRow& row : analysis::elimination_rows(found))
    into.eliminations->insert(std::string_view(found.options[row.option].name), std::string_view(row.state), row.after ? std::optional(std::int64_t(*row.after)) : std::nullopt, unless_empty(row.because_of), row.mean, row.met_share);
  for (const analysis::WorthRow& row : analysis::worth_rows(found)) into.worths->insert(std::string_view(row.what), unless_empty(row.name), std::string_view(found.waiting->unit), row.worth.value, row.worth.interval.low, row.worth.interval.high);
  if (found.break_even)
    for (const analysis::StudyBreakEven::Line& line : found.break_even->lines) {
      const std::optional<double> none;
      const std::string_view en = line.title.en, ko = line.title.ko, unit = found.break_even->unit;
      if (line.at) into.break_evens->insert(en, ko, unit, line.at->value, end_of(line.at->interval, &analysis::Interval::low), end_of(line.at->interval, &analysis::Interval::high), std::string_view(line.at->beyond ? "beyond" : "within"), line.at->per_unit);
      else into.break_evens->insert(en, ko, unit, none, none, none, line.everywhere ? std::optional<std::string_view>("everywhere") : std::nullopt, none);
    }
  if (found.precision)
    into.precision->insert(std::string_view(found.decisions.front().metric), found.precision->wanted, found.precision->half_width, std::string_view(found.precision->state == analysis::Replication::State::kReached ? "reached" : "not reached"));
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
  FindingsTables beyond(out);

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
    const auto end = [&](double analysis::Interval::*which) { return c ? end_of(c->interval, which) : std::nullopt; };
    std::optional<std::string_view> verdict;
    const std::string words = c ? analysis::verdict_words(c->verdict).en : std::string();
    if (c) verdict = words;
    differences->insert(std::string_view(row.metric), std::string_view(row.unit), std::string_view(study.options[row.option].name), std::string_view(study.options[found.baseline].name), std::int64_t(c ? c->n : 0),
                        c ? std::optional(c->mean_difference) : std::nullopt, end(&analysis::Interval::low), end(&analysis::Interval::high), c ? c->p_adjusted : std::nullopt, verdict,
                        c ? std::optional(c->wins) : std::nullopt, c ? std::optional(c->wins_interval.low) : std::nullopt, c ? std::optional(c->wins_interval.high) : std::nullopt, c ? std::optional(c->ties) : std::nullopt);
  }
  insert_findings(beyond, found);
  out.finish();
  std::filesystem::rename(beside, file, failure);
  if (failure) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file.string(), failure.message()), fmt::format("{}에 쓸 수 없습니다: {}", file.string(), failure.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
}

}  // namespace dure::sim
