#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/report/words.h"
#include "analysis/study/answer.h"
#include "analysis/study/replicates_file.h"
#include "sim/cli/commands.h"
#include "sim/cli/compare_folder.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::vector<std::string> outs, lower, higher;
};

/// What a planner asks first; --lower and --higher ask for more.
constexpr std::pair<const char*, analysis::Better> kHeadlines[] = {{"cost_krw_per_productive_card_hour", analysis::Better::kLower}, {"cost_krw.total", analysis::Better::kLower},
                                                                   {"card_hours.productive", analysis::Better::kHigher},            {"wait_s.mean", analysis::Better::kLower},
                                                                   {"jobs.completed", analysis::Better::kHigher},                   {"projects.finished", analysis::Better::kHigher},
                                                                   {"capability.best_loss", analysis::Better::kLower},              {"energy_kwh.facility", analysis::Better::kLower}};

/// The columns of several files as options of one table, over the replicates that all of them have.
std::vector<analysis::MetricTable> joined(const std::vector<analysis::Replicates>& files) {
  std::vector<std::vector<Metric>> kept;  // the runs, held while the tables are made
  std::vector<std::pair<std::size_t, std::uint32_t>> which;
  std::size_t options = 0;
  for (const analysis::Replicates& file : files) {
    for (std::size_t option = 0; option < file.options.size(); ++option) {
      std::vector<std::uint32_t> numbers;
      for (const analysis::MetricTable& table : file.tables)
        for (const std::uint32_t replicate : table.replicates)
          if (std::find(numbers.begin(), numbers.end(), replicate) == numbers.end()) numbers.push_back(replicate);
      for (const std::uint32_t replicate : numbers) {
        std::vector<Metric>& run = kept.emplace_back();
        which.emplace_back(options, replicate);
        for (const analysis::MetricTable& table : file.tables) {
          const auto row = std::find(table.replicates.begin(), table.replicates.end(), replicate);
          Metric metric{table.name, table.unit, std::nullopt, table.why_none[option].value_or(Text{})};
          if (row != table.replicates.end() && table.has(option)) metric.value = table.values(row - table.replicates.begin(), Eigen::Index(option));
          run.push_back(std::move(metric));
        }
      }
      ++options;
    }
  }
  std::vector<analysis::TableRun> runs;
  for (std::size_t i = 0; i < kept.size(); ++i) runs.push_back({which[i].first, which[i].second, &kept[i]});
  return analysis::metric_tables(runs, options);
}

Exit compare(const Arguments& arguments, Context& context) {
  std::vector<ComparedFolder> folders;
  std::vector<analysis::Replicates> files;
  std::vector<analysis::NamedOption> options;
  for (const std::string& out : arguments.outs) {
    folders.push_back(compared_folder(out));
    const analysis::Replicates& file = files.emplace_back(folders.back().replicates);
    for (const analysis::NamedOption& option : file.options) {
      const std::string name = file.options.size() == 1 ? fs::path(out).lexically_normal().filename().string() : fs::path(out).lexically_normal().filename().string() + ":" + option.name;
      options.push_back({name, {name, name}});
    }
    must_pair(folders.front(), folders.back());
  }
  if (options.size() < 2)
    throw Error(Exit::kCommandLine, "E0004", {"there is nothing to compare: one option", "비교할 것이 없습니다: 안이 하나입니다"}, {}, {"give two folders or more", "폴더를 둘 이상 주십시오"});
  const std::vector<analysis::MetricTable> tables = joined(files);
  std::vector<analysis::DecisionMetric> decisions;
  const auto ask = [&](const std::string& metric, analysis::Better better) {
    const auto known = std::find_if(decisions.begin(), decisions.end(), [&](const analysis::DecisionMetric& decision) { return decision.metric == metric; });
    if (known == decisions.end()) decisions.push_back({metric, better});  // named twice it is one row, and one of the family
    else if (known->better != better)
      throw Error(Exit::kCommandLine, "E0005", {fmt::format("`{}` is in both --lower and --higher", metric), fmt::format("`{}`이(가) --lower와 --higher에 모두 있습니다", metric)}, {}, {"leave one of them out", "하나를 빼십시오"});
  };
  for (const std::string& metric : arguments.lower) ask(metric, analysis::Better::kLower);
  for (const std::string& metric : arguments.higher) ask(metric, analysis::Better::kHigher);
  for (const analysis::DecisionMetric& decision : decisions)
    if (analysis::find(tables, decision.metric) == nullptr)
      throw Error(Exit::kInvalid, "E0303", {fmt::format("no run has a metric `{}`", decision.metric), fmt::format("`{}`(이)라는 지표가 있는 실행이 없습니다", decision.metric)}, {}, {"names are those of summary.json", "이름은 summary.json에 있는 것입니다"});
  if (decisions.empty())
    for (const auto& [metric, better] : kHeadlines) {
      const analysis::MetricTable* table = analysis::find(tables, metric);
      if (table != nullptr && std::all_of(table->why_none.begin(), table->why_none.end(), [](const auto& why) { return !why; })) decisions.push_back({metric, better});
    }
  const analysis::Answer answer = analysis::answer(options, 0, decisions, tables, {files.front().seed, 0});
  if (context.json) {
    nlohmann::json rows = nlohmann::json::array();
    for (const analysis::DecisionRow& row : answer.rows) {
      if (!row.comparison) continue;
      const analysis::Comparison& c = *row.comparison;
      rows.push_back({{"metric", row.metric}, {"unit", row.unit}, {"option", options[row.option].name}, {"baseline", options[0].name}, {"n", c.n}, {"mean", row.of_option.mean}, {"baseline_mean", row.of_baseline.mean}, {"difference", c.mean_difference},
                      {"ci95_low", c.interval ? nlohmann::json(c.interval->low) : nlohmann::json()}, {"ci95_high", c.interval ? nlohmann::json(c.interval->high) : nlohmann::json()}, {"p_beats_baseline", c.wins}, {"p_beats_low", c.wins_interval.low}, {"p_beats_high", c.wins_interval.high}, {"p_ties", c.ties}, {"verdict", analysis::verdict_words(c.verdict).en}});
    }
    nlohmann::json best = nlohmann::json::object();
    for (std::size_t i = 0; answer.ranks && answer.ranks->best_mean && i < answer.ranked.size(); ++i) best[options[answer.ranked[i]].name] = (*answer.ranks->best_mean)(Eigen::Index(i));
    context.print_json({{"baseline", options[0].name}, {"differences", std::move(rows)}, {"p_best", std::move(best)}});
    return Exit::kDone;
  }
  std::string out = fmt::format(fmt::runtime(context.say("against {}, the same luck replicate by replicate:\n", "{} 대비, 반복마다 같은 난수:\n")), options[0].name);
  std::string metric;
  for (const analysis::DecisionRow& row : answer.rows) {
    if (row.metric != metric) {
      metric = row.metric;
      const Text words = analysis::metric_meaning(metric);
      out += fmt::format("\n{} ({})\n", words.en.empty() ? metric : context.say(words), metric);
    }
    if (!row.comparison) {
      out += fmt::format("  {}: {}\n", options[row.option].name, context.say(row.why_none));
      continue;
    }
    const analysis::Comparison& c = *row.comparison;
    out += fmt::format("  {}: {} ({} {}", options[row.option].name, context.say(analysis::verdict_words(c.verdict)), context.say(analysis::in_unit(row.of_option.mean, row.unit)), context.say(analysis::signed_in_unit(c.mean_difference, row.unit)));
    if (c.interval) out += fmt::format(" [{}, {}]", context.say(analysis::signed_in_unit(c.interval->low, row.unit)), context.say(analysis::signed_in_unit(c.interval->high, row.unit)));
    out += fmt::format(fmt::runtime(context.say(", {} pairs)\n", ", 짝 {}개)\n")), c.n);
  }
  if (answer.ranks && answer.ranks->best_mean) {
    out += context.say("\nbest on average by the first metric: ", "\n첫 지표의 평균이 가장 나을 확률: ");
    for (std::size_t i = 0; i < answer.ranked.size(); ++i) out += fmt::format("{}{} {:.0f} %", i ? ", " : "", options[answer.ranked[i]].name, 100 * (*answer.ranks->best_mean)(Eigen::Index(i)));
    out += "\n";
  }
  context.print(out);
  return Exit::kDone;
}

}  // namespace

Action setup_compare(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("OUT", arguments->outs, context.say("folders of `dure run -n` or `dure study`; the first is the baseline", "`dure run -n`이나 `dure study`의 결과 폴더들. 첫째가 기준"))->required()->type_name("");
  app.add_option("--lower", arguments->lower, context.say("a metric of which less is better; may be repeated", "작을수록 좋은 지표(여러 번 가능)"))->type_name("METRIC")->expected(1)->allow_extra_args(false)->take_all();
  app.add_option("--higher", arguments->higher, context.say("a metric of which more is better; may be repeated", "클수록 좋은 지표(여러 번 가능)"))->type_name("METRIC")->expected(1)->allow_extra_args(false)->take_all();
  return [arguments, &context] { return compare(*arguments, context); };
}

}  // namespace dure::sim
