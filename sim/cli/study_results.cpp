#include "sim/cli/study_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "analysis/report/study_page.h"
#include "analysis/report/study_sections.h"
#include "analysis/report/study_sentences.h"
#include "analysis/report/words.h"
#include "analysis/study/replicates_file.h"
#include "analysis/study/table.h"
#include "analysis/study/workbook.h"
#include "sim/cli/program.h"
#include "sim/cli/study_summary.h"
#include "sim/cli/study_tables.h"
#include "sim/csv_text.h"
#include "sim/launch/rounds.h"
#include "sim/scenario_diagnostic.h"

namespace dure::sim {
namespace proto = ::dure;
using nlohmann::json;
namespace {

/// The metric of runs that are no replicates, in the order of their points; of a difference where the option is not the baseline.
/// None where a run was refused or has no such metric.
struct Series {
  std::size_t option = 0;
  bool of_difference = false;
  std::string unit;
  Eigen::VectorXd values;
};
std::optional<Series> series_of(const LoadedStudy& study, std::span<const Task> tasks, std::span<const TaskResult> results, Purpose purpose) {
  Series out;
  std::vector<double> baseline, option;
  bool whole = true;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].purpose != purpose) continue;
    const auto found = std::find_if(results[i].metrics.begin(), results[i].metrics.end(), [&](const Metric& metric) { return metric.name == study.decisions.front().metric; });
    whole = whole && found != results[i].metrics.end() && found->value;
    if (!whole) break;
    out.unit = found->unit;
    if (tasks[i].option == study.baseline) {
      baseline.push_back(*found->value);
    } else {
      option.push_back(*found->value);
      out.option = tasks[i].option;
    }
  }
  if (!whole || (baseline.empty() && option.empty())) return {};
  out.of_difference = !option.empty() && !baseline.empty();
  if (option.empty()) out.option = study.baseline;
  const std::vector<double>& values = option.empty() ? baseline : option;
  out.values = Eigen::Map<const Eigen::VectorXd>(values.data(), Eigen::Index(values.size()));
  if (out.of_difference) out.values -= Eigen::Map<const Eigen::VectorXd>(baseline.data(), Eigen::Index(baseline.size()));
  return out;
}

json spread_json(const analysis::MetricTable& table, std::size_t option) {
  if (!table.has(option)) {
    const Text why = table.why_none[option].value_or(Text{"no replicate has it for every option", "모든 안에 이 지표가 있는 반복이 없습니다"});
    return {{"value", nullptr}, {"unit", table.unit}, {"reason", {{"en", why.en}, {"ko", why.ko}}}};
  }
  const analysis::Spread spread = analysis::spread(table.column(option));
  json out = {{"value", spread.mean}, {"unit", table.unit}, {"mean", spread.mean}, {"p05", spread.p05}, {"p50", spread.p50}, {"p95", spread.p95}, {"n", spread.n}};
  out["ci95_low"] = spread.ci95_low ? json(*spread.ci95_low) : json(nullptr);
  out["ci95_high"] = spread.ci95_high ? json(*spread.ci95_high) : json(nullptr);
  return out;
}

json number_or_null(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

json difference_json(const analysis::StudyFindings& found, const analysis::DecisionRow& row) {
  json out = {{"metric", row.metric}, {"option", found.options[row.option].name}, {"baseline", found.options[found.baseline].name}, {"unit", row.unit}};
  if (!row.comparison) {
    out["difference"] = nullptr;
    out["reason"] = {{"en", row.why_none.en}, {"ko", row.why_none.ko}};
    return out;
  }
  const analysis::Comparison& c = *row.comparison;
  out["n"] = c.n;
  out["difference"] = c.mean_difference;
  out["ci95_low"] = number_or_null(c.interval ? std::optional(c.interval->low) : std::nullopt);
  out["ci95_high"] = number_or_null(c.interval ? std::optional(c.interval->high) : std::nullopt);
  out["relative"] = number_or_null(c.relative_difference);
  out["p_beats_baseline"] = c.wins;
  out["p_beats_low"] = c.wins_interval.low;
  out["p_beats_high"] = c.wins_interval.high;
  out["p_ties"] = c.ties;
  out["p"] = number_or_null(c.p);
  out["p_adjusted"] = number_or_null(c.p_adjusted);
  out["verdict"] = analysis::verdict_words(c.verdict).en;
  return out;
}

std::string csv_number(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : std::string(); }

/// Every metric of every option against the baseline, decision metrics or not; adjusted p and verdict of decision metrics only.
std::string compare_csv(const analysis::StudyFindings& found) {
  std::string out = "\xEF\xBB\xBFmetric,unit,option,baseline,n,option_mean,baseline_mean,difference,ci95_low,ci95_high,relative,p_beats_baseline,p_beats_low,p_beats_high,p_ties,p,p_adjusted,verdict\r\n";
  for (const analysis::MetricTable& table : found.tables)
    for (std::size_t option = 0; option < found.options.size(); ++option) {
      if (option == found.baseline || !table.has(option) || !table.has(found.baseline)) continue;
      const analysis::DecisionRow* decided = nullptr;
      for (const analysis::DecisionRow& row : found.answer.rows)
        if (row.metric == table.name && row.option == option) decided = &row;
      const analysis::Comparison c = decided != nullptr && decided->comparison ? *decided->comparison : analysis::compare(table.column(found.baseline), table.column(option), analysis::Better::kLower);
      const bool judged = decided != nullptr && decided->comparison.has_value();
      out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", csv_text(table.name), csv_text(table.unit), csv_text(found.options[option].name), csv_text(found.options[found.baseline].name), c.n, table.column(option).mean(),
                         table.column(found.baseline).mean(), c.mean_difference, csv_number(c.interval ? std::optional(c.interval->low) : std::nullopt), csv_number(c.interval ? std::optional(c.interval->high) : std::nullopt),
                         csv_number(c.relative_difference), judged ? fmt::format("{},{},{},{}", c.wins, c.wins_interval.low, c.wins_interval.high, c.ties) : std::string(",,,"), csv_number(c.p), csv_number(c.p_adjusted), judged ? analysis::verdict_words(c.verdict).en : std::string());
    }
  return out;
}

/// Why the first run that has no value of a metric that decides has none; empty where all have.
Text why_no_value(const LoadedStudy& study, std::span<const Task> tasks, std::span<const TaskResult> results) {
  std::vector<std::string> wanted{study.decisions.front().metric};
  for (const proto::Limit& limit : study.study.plan().limit()) wanted.push_back(limit.metric());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Text title = study.options[tasks[i].option].title;
    if (const auto& failure = results[i].failure) return {fmt::format("a run of “{}” was refused: {}", title.en, failure->en), fmt::format("‘{}’ 안의 실행을 모형이 거절했습니다: {}", title.ko, failure->ko)};
    for (const std::string& metric : wanted) {
      const auto found = std::find_if(results[i].metrics.begin(), results[i].metrics.end(), [&](const Metric& one) { return one.name == metric; });
      if (found != results[i].metrics.end() && found->value) continue;
      const Text why = found != results[i].metrics.end() ? found->reason : Text{"its runs have no such metric", "이 안의 실행에는 이 지표가 없습니다"};
      return {fmt::format("“{}” has no {}: {}", title.en, metric, why.en), fmt::format("‘{}’ 안에 {} 값이 없습니다: {}", title.ko, metric, why.ko)};
    }
  }
  return {};
}

/// Which input moves the metric most, by Morris or Sobol indices.
Text moves_most(const analysis::StudyFindings& found) {
  const analysis::StudyIndices& indices = *found.indices;
  const auto size = [&](std::size_t i) { return indices.morris.empty() ? indices.sobol.inputs[i].total : indices.morris[i].mu_star; };
  std::size_t most = 0;
  for (std::size_t i = 0; i < found.inputs.size(); ++i)
    if (size(i) > size(most)) most = i;
  const Text& label = found.inputs[most].label;
  const Text what = analysis::metric_meaning(indices.metric);
  if (size(most) <= 0) return {fmt::format("None of the inputs moves {}.", what.en), fmt::format("{}에 영향을 주는 입력이 없습니다.", what.ko)};
  if (!indices.morris.empty()) return {fmt::format("“{}” moves {} most.", label.en, what.en), fmt::format("{}에 ‘{}’의 영향이 가장 큽니다.", what.ko, label.ko)};
  return {fmt::format("“{}” moves {} most: {:.0f} % of its variance with all it acts with.", label.en, what.en, 100 * size(most)), fmt::format("‘{}’의 영향이 가장 큽니다: 다른 입력과의 작용을 합쳐 {} 분산의 {:.0f} %입니다.", label.ko, what.ko, 100 * size(most))};
}

/// Costs of every option and the inputs of every replicate, as the first decision metric has them.
std::optional<analysis::StudyWaiting> waiting_of(const LoadedStudy& study, const analysis::StudyFindings& found, std::uint64_t seed, std::span<const Task> tasks) {
  const analysis::MetricTable* table = analysis::find(found.tables, study.decisions.front().metric);
  if (table == nullptr || table->values.rows() < 2) return {};
  for (std::size_t option = 0; option < study.options.size(); ++option)
    if (!table->has(option)) return {};
  const Eigen::MatrixXd costs = study.decisions.front().higher_is_better ? Eigen::MatrixXd(-table->values) : table->values;
  Eigen::MatrixXd inputs(costs.rows(), Eigen::Index(study.inputs.size()));
  for (const Task& task : tasks)
    for (std::size_t row = 0; row < table->replicates.size(); ++row)
      if (task.purpose == Purpose::kReplicate && task.replicate == table->replicates[row])
        for (std::size_t i = 0; i < task.inputs.size(); ++i) inputs(Eigen::Index(row), Eigen::Index(i)) = task.inputs[i];
  analysis::StudyWaiting out;
  out.unit = table->unit;
  out.perfect = analysis::perfect_information(costs, {seed, 0});
  for (std::size_t i = 0; i < study.inputs.size(); ++i) out.inputs.emplace_back(i, analysis::information_on(inputs.col(Eigen::Index(i)), costs, {seed, 0}));
  std::stable_sort(out.inputs.begin(), out.inputs.end(), [](const auto& a, const auto& b) { return a.second.value > b.second.value; });
  if (study.study.wait_or_buy().wait().empty()) return out;
  out.wait = study.option(study.study.wait_or_buy().wait());
  std::vector<Eigen::Index> now;
  for (std::size_t option = 0; option < study.options.size(); ++option)
    if (option != *out.wait) now.push_back(Eigen::Index(option));
  out.waiting = analysis::waiting(costs, now, {Eigen::Index(*out.wait)}, Eigen::MatrixXd(costs.rows(), 0), {seed, 0});
  return out;
}

/// Options that say where they stand along a number, against the mark.
std::optional<analysis::StudyBreakEven> comes_to_mark(const LoadedStudy& study, std::span<const analysis::MetricTable> tables, std::uint64_t seed) {
  const proto::BreakEvenLine& line = study.study.break_even();
  const analysis::MetricTable* table = analysis::find(tables, study.decisions.front().metric);
  if (table == nullptr) return {};
  std::vector<std::pair<double, Eigen::Index>> points;
  for (std::size_t option = 0; option < study.options.size(); ++option)
    if (study.study.option(int(option)).has_at() && table->has(option)) points.emplace_back(study.study.option(int(option)).at(), Eigen::Index(option));
  if (points.size() < 2) return {};
  std::sort(points.begin(), points.end());
  std::vector<double> x;
  Eigen::MatrixXd values(table->values.rows(), Eigen::Index(points.size()));
  for (const auto& [at, option] : points) {
    values.col(Eigen::Index(x.size())) = table->values.col(option);
    x.push_back(at);
  }
  const Text title{line.title_en(), line.title_ko().empty() ? line.title_en() : line.title_ko()};
  const Eigen::VectorXd mark = Eigen::VectorXd::Constant(values.rows(), line.mark());
  return analysis::StudyBreakEven{title, line.number_unit(), table->unit, x.front(), x.back(), {{title, analysis::break_even(x, values, mark, {seed, 0}), analysis::level_everywhere(values, mark)}}, line.mark()};
}

/// Lines of options that differ along one axis of numbers, against the baseline.
std::optional<analysis::StudyBreakEven> break_even_of(const LoadedStudy& study, std::span<const analysis::MetricTable> tables, std::uint64_t seed) {
  const analysis::MetricTable* table = analysis::find(tables, study.decisions.front().metric);
  if (!study.break_even || table == nullptr || !table->has(study.baseline)) return {};
  analysis::StudyBreakEven out{study.break_even->title, study.break_even->unit, table->unit, 0, 0, {}, {}};
  std::vector<std::vector<std::pair<double, std::size_t>>> lines;  // by line: where, and which option
  std::vector<const StudyOption*> firsts;
  for (std::size_t option = 0; option < study.options.size(); ++option) {
    const StudyOption& one = study.options[option];
    if (!one.along || !table->has(option)) continue;
    auto line = std::size_t(std::find_if(firsts.begin(), firsts.end(), [&](const StudyOption* first) { return first->line.en == one.line.en; }) - firsts.begin());
    if (line == firsts.size()) {
      firsts.push_back(&one);
      lines.emplace_back();
    }
    lines[line].emplace_back(*one.along, option);
    out.low = firsts.size() == 1 && lines[line].size() == 1 ? *one.along : std::min(out.low, *one.along);
    out.high = firsts.size() == 1 && lines[line].size() == 1 ? *one.along : std::max(out.high, *one.along);
  }
  for (std::size_t line = 0; line < lines.size(); ++line) {
    auto& points = lines[line];
    if (std::any_of(points.begin(), points.end(), [&](const auto& point) { return point.second == study.baseline; })) continue;
    std::sort(points.begin(), points.end());
    std::vector<double> x;
    Eigen::MatrixXd values(table->values.rows(), Eigen::Index(points.size()));
    for (const auto& [at, option] : points) {
      values.col(Eigen::Index(x.size())) = table->column(option);
      x.push_back(at);
    }
    const Eigen::VectorXd base = table->column(study.baseline);
    out.lines.push_back({firsts[line]->line, analysis::break_even(x, values, base, {seed, 0}), analysis::level_everywhere(values, base)});
  }
  return out;
}

std::string digest_of_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot read {}", file.string()), fmt::format("{}을(를) 읽을 수 없습니다", file.string())}, {}, {"the disk may have failed; run the study again", "디스크 고장일 수 있습니다. 다시 실행하십시오"});
  return digest(content);
}

void append(Text& to, const Text& more) {
  if (more.en.empty()) return;
  const char* const between = to.en.empty() ? "" : " ";
  to.en += between + more.en;
  to.ko += between + more.ko;
}

void findings(analysis::StudyFindings& found, const LoadedStudy& study, std::uint64_t seed, const Rounds& rounds, std::span<const Task> tasks, std::span<const TaskResult> results) {
  found.name = study.name;
  found.question = study.question;
  found.depends = {study.study.depends_en(), study.study.depends_ko().empty() ? study.study.depends_en() : study.study.depends_ko()};
  found.seed = seed;
  found.version = kVersion;
  found.baseline = study.baseline;
  for (const StudyOption& option : study.options) found.options.push_back({option.name, option.title});
  for (const StudyDecision& decision : study.decisions) found.decisions.push_back({decision.metric, decision.higher_is_better ? analysis::Better::kHigher : analysis::Better::kLower});
  for (const StudyInput& input : study.inputs) found.inputs.push_back({input.name, input.label, input.unit, input.source, input.paths, input.low, input.mid, input.high});
  std::vector<analysis::TableRun> runs;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (results[i].failure) found.refused.emplace_back(fmt::format("{} {}", study.options[tasks[i].option].name, tasks[i].replicate), *results[i].failure);
    if (tasks[i].purpose == Purpose::kReplicate) runs.push_back({tasks[i].option, tasks[i].replicate, results[i].failure ? nullptr : &results[i].metrics, results[i].failure});
  }
  found.runs = tasks.size();
  found.tables = analysis::metric_tables(runs, study.options.size());
  if (!found.tables.empty() && study.options.size() > 1) found.answer = analysis::answer(found.options, study.baseline, found.decisions, found.tables, {seed, 0});
  found.break_even = study.study.has_break_even() ? comes_to_mark(study, found.tables, seed) : break_even_of(study, found.tables, seed);
  found.precision = rounds.precision();
  if (const auto series = series_of(study, tasks, results, Purpose::kTornado); series && series->values.size() == 2 * Eigen::Index(study.inputs.size()) + 1)
    found.tornado = {study.decisions.front().metric, series->unit, series->option, series->of_difference, analysis::tornado(series->values)};
  if (const auto series = series_of(study, tasks, results, Purpose::kSensitivity)) {
    analysis::StudyIndices indices{study.decisions.front().metric, series->unit, series->option, series->of_difference, {}, {}, std::size_t(series->values.size())};
    if (study.study.sensitivity().method() == proto::Sensitivity::MORRIS) indices.morris = analysis::morris(rounds.points(), series->values, {seed, 0});
    else indices.sobol = analysis::sobol_indices(series->values, int(study.inputs.size()), {seed, 0});
    found.indices = std::move(indices);
  }
  if (rounds.plan()) {
    analysis::StudyPlan plan{*rounds.plan(), {}, study.study.plan().probability(), study.study.plan().confidence(), study.study.plan().budget_runs()};
    for (const proto::Limit& limit : study.study.plan().limit()) plan.limits.push_back({limit.metric(), limit.has_at_most(), limit.has_at_most() ? limit.at_most() : limit.at_least()});
    found.plan = std::move(plan);
  }
  if (study.study.has_wait_or_buy()) found.waiting = waiting_of(study, found, seed, tasks);
  if (study.study.has_plan()) {
    const Text why = why_no_value(study, tasks, results);
    found.sentence = found.plan ? analysis::plan_sentence(found) : Text{fmt::format("No choice: {}.", why.en), fmt::format("고를 수 없습니다: {}.", why.ko)};
  } else if (!found.answer.rows.empty()) {
    const bool level = found.break_even && (found.break_even->mark || std::any_of(found.break_even->lines.begin(), found.break_even->lines.end(), [](const auto& line) { return line.everywhere || (line.at && !line.at->beyond); }));
    if (!level) found.sentence = analysis::sentence(found.answer, found.options, found.baseline, found.decisions);
    append(found.sentence, found.break_even ? analysis::break_even_sentence(found) : analysis::rank_sentence(found));
  } else if (found.indices) {
    found.sentence = moves_most(found);
  } else if (found.tornado) {
    found.sentence = analysis::depends_most(found);
  } else if (const Text why = why_no_value(study, tasks, results); study.study.has_sensitivity() && !why.en.empty()) {
    found.sentence = {fmt::format("No answer: {}.", why.en), fmt::format("답할 수 없습니다: {}.", why.ko)};
  } else {
    found.sentence = analysis::sentence(found.answer, found.options, found.baseline, found.decisions);
  }
  append(found.sentence, analysis::waiting_sentence(found));
  if (study.study.has_wait_or_buy() && !found.waiting) {
    Text why = why_no_value(study, tasks, results);
    if (why.en.empty()) why = {"fewer than two replicates have a value", "값이 있는 반복이 둘보다 적습니다"};
    append(found.sentence, {fmt::format("What waiting and knowing more are worth cannot be told: {}.", why.en), fmt::format("기다림과 정보의 가치는 알 수 없습니다: {}.", why.ko)});
  }
  append(found.sentence, analysis::precision_sentence(found));
}

}  // namespace

StudyEnd finish_study(StudyFolder& folder, const LoadedStudy& study, std::uint64_t seed, const Rounds& rounds, const Context& context) {
  std::vector<Task> tasks;
  for (std::size_t i = 0; i < folder.shards().tasks(); ++i) tasks.push_back(folder.shards().task(i));
  const std::vector<TaskResult> results = folder.shards().read_all();
  analysis::StudyFindings found;
  findings(found, study, seed, rounds, tasks, results);
  found.korean = context.language == Language::kKorean;
  found.sha256 = digest_of(results);

  nlohmann::ordered_json summary = {{"schema", 1}, {"study", study.name}, {"seed", seed}, {"runs", found.runs}, {"refused", found.refused.size()}, {"answer", {{"en", found.sentence.en}, {"ko", found.sentence.ko}}}};
  const Text most = analysis::depends_most(found);
  if (!most.en.empty()) summary["depends_most"] = {{"en", most.en}, {"ko", most.ko}};
  for (std::size_t option = 0; option < study.options.size(); ++option)
    for (const analysis::MetricTable& table : found.tables) summary["options"][study.options[option].name]["metrics"][table.name] = spread_json(table, option);
  for (const analysis::DecisionRow& row : found.answer.rows) summary["differences"].push_back(nlohmann::ordered_json(difference_json(found, row)));
  // Of a plan, what it chose: the option with the best mean may break a limit.
  const std::optional<std::size_t> best = !study.study.has_plan() ? found.answer.best : found.plan ? found.plan->decision.chosen : std::nullopt;
  if (best) summary["best"] = found.options[*best].name;
  summary["recommended"] = study.study.has_plan() ? best.has_value() : found.answer.recommended;
  if (found.break_even)
    for (const analysis::StudyBreakEven::Line& line : found.break_even->lines) {
      nlohmann::ordered_json& row = summary["break_even"].emplace_back();
      row = {{"option", {{"en", line.title.en}, {"ko", line.title.ko}}}, {"unit", found.break_even->unit}, {"value", line.at ? json(line.at->value) : json(nullptr)}, {"beyond", line.at && line.at->beyond},
             {"ci95_low", line.at && line.at->interval ? json(line.at->interval->low) : json(nullptr)}, {"ci95_high", line.at && line.at->interval ? json(line.at->interval->high) : json(nullptr)}};
      if (const Text why = analysis::why_no_break_even(*found.break_even, line); !line.at) row["reason"] = {{"en", why.en}, {"ko", why.ko}};
    }
  if (found.break_even && found.break_even->mark) summary["break_even_mark"] = *found.break_even->mark;
  add_findings(summary, found);
  folder.write("summary.json", summary.dump(1) + "\n");
  folder.write("compare.csv", compare_csv(found));
  analysis::write_study_page(folder.path() / "report.html", found);
  analysis::write_replicates(folder.path() / "replicates.nc", found.options, found.tables, found.name, seed);
  write_study_tables(folder.path() / "results.sqlite", study, tasks, results, found);
  analysis::write_workbook(folder.path() / "study.xlsx", found);

  nlohmann::ordered_json manifest = {{"schema", 1}, {"results_sha256", found.sha256}};
  for (const char* file : {"summary.json", "compare.csv", "report.html", "replicates.nc", "results.sqlite", "study.xlsx"}) manifest["files"][file] = digest_of_file(folder.path() / file);
  folder.write("manifest.json", manifest.dump(1) + "\n");
  json how = {{"runs", found.runs}, {"refused", found.refused.size()}, {"results_sha256", found.sha256}};
  if (const SharedPast shared = folder.shards().shared_past(); shared.runs > 0) how["shared_past"] = {{"runs", shared.runs}, {"saved_share_of_simulated_time", shared.saved_s / shared.simulated_s}};
  folder.record(found.refused.empty() ? "complete" : "partial", how);
  StudyEnd end{found.runs, found.refused.size(), found.sha256, found.question.en.empty() ? Text{found.name, found.name} : found.question, found.sentence, analysis::also_depends_most(found), {}, {}};
  if (found.precision) end.precision_reached = found.precision->state == analysis::Replication::State::kReached;
  if (!found.refused.empty()) {
    const auto& [which, why] = found.refused.front();
    end.first_refusal = {which + ": " + why.en, which + ": " + why.ko};
  }
  return end;
}

}  // namespace dure::sim
