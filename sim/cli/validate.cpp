#include "sim/cli/validate.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/scenario_diagnostic.h"
#include "sim/scenario_text.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

using analysis::ScoredCase;
using analysis::Summary;

struct Arguments {
  std::vector<std::string> files;
  std::optional<double> max_median_error;
  std::string platforms = "platforms";
  bool fit = false;
  std::string write_stacks;
  std::string page;
};

std::vector<std::string> files_of(const Arguments& arguments) {
  if (!arguments.files.empty()) return arguments.files;
  const fs::path folder = fs::path(arguments.platforms) / "cases";
  std::vector<std::string> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().extension() == ".csv") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw Error(Exit::kInvalid, "E0113", {fmt::format("no case files lie in {}", folder.string()), fmt::format("{}에 사례 파일이 없습니다", folder.string())}, {},
                {"name a case file, or start dure in its folder", "사례 파일을 지정하거나 dure 폴더에서 실행하십시오"});
  return files;
}

template <typename Keep>
std::vector<ScoredCase> only(const std::vector<ScoredCase>& cases, Keep keep) {
  std::vector<ScoredCase> kept;
  std::copy_if(cases.begin(), cases.end(), std::back_inserter(kept), keep);
  return kept;
}

bool in_headline(const ScoredCase& each) { return each.headline; }
bool in_other(const ScoredCase& each) { return !each.headline; }
bool core_row(const ScoredCase& each) { return each.tier == "core"; }

void print_row(const ScoredCase& each, Context& context) {
  if (each.skipped) {
    context.print(fmt::format("{:<8} {:<22} {:>12} {:>12} {:>9}  {}: {}\n", each.id, each.metric, fmt::format("{:.5g}", each.published), "-", "-", context.say("skipped", "건너뜀"), context.say(*each.skipped)));
    return;
  }
  std::string assumed;
  for (const Text& one : each.assumed) assumed += (assumed.empty() ? "" : ", ") + std::string(context.say(one));
  const std::string mark = !each.tolerance_pct ? "" : *each.within_tolerance() ? context.say("within", "범위 안") : context.say("OUTSIDE", "범위 밖");
  context.print(fmt::format("{:<8} {:<22} {:>12} {:>12} {:>+8.1f}%  {:<8} {}\n", each.id, each.metric, fmt::format("{:.5g}", each.published), fmt::format("{:.5g}", each.computed), each.error_pct(), mark, assumed));
  if (context.verbosity > 0 && !each.detail.empty()) context.print("         " + each.detail + "\n");
}

void print_summary(const std::string& name, const std::vector<ScoredCase>& cases, Context& context) {
  const Summary s = analysis::summarise(cases);
  if (s.n == 0 && s.skipped == 0) return;
  if (s.n == 0) {
    context.print(fmt::format("{:<44} n {:>3}  {} {}\n", name, 0, context.say("skipped", "건너뜀"), s.skipped));
    return;
  }
  context.print(fmt::format("{:<44} n {:>3}  {} {:>2}  {} {:>5.2f} %  {} {:>5.2f} %  p90 {:>5.2f} %  {} {:>5.2f} %  {} {:>+5.2f} %  {} {}\n", name, s.n, context.say("skipped", "건너뜀"), s.skipped, context.say("median", "중앙값"), s.median_pct,
                            context.say("mean", "평균"), s.mean_pct, s.p90_pct, context.say("worst", "최대"), s.worst_pct, context.say("bias", "치우침"), s.bias_pct, context.say("within", "범위 안"), s.within));
}

void print_yardstick(const std::string& name, const std::vector<ScoredCase>& cases, Context& context) {
  const std::vector<double> errors = analysis::yardstick_errors_pct(cases);
  if (errors.empty()) return;
  const Summary s = analysis::summarise(errors);
  context.print(fmt::format("{:<44} n {:>3}              {} {:>5.2f} %  {} {:>5.2f} %  p90 {:>5.2f} %  {} {:>5.2f} %\n", name, s.n, context.say("median", "중앙값"), s.median_pct, context.say("mean", "평균"), s.mean_pct, s.p90_pct, context.say("worst", "최대"), s.worst_pct));
}

Exit fit(const Arguments& arguments, const ValidationTables& tables, Context& context) {
  const StackFit found = fit_stacks(files_of(arguments), tables);
  nlohmann::json object = {{"constants", nlohmann::json::array()},
                           {"fitted", to_json(analysis::summarise(found.errors_pct))},
                           {"leave_one_row_out", to_json(analysis::summarise(found.row_left_out_pct))},
                           {"leave_one_stack_out", to_json(analysis::summarise(found.stack_left_out_pct))}};
  for (const auto& each : found.constants) {
    object["constants"].push_back({{"stack", each.stack}, {"column", each.column}, {"before", each.before}, {"after", each.after}});
    if (!context.json) context.print(fmt::format("{:<12} {:<24} {:>10.4g} -> {:>10.4g}\n", each.stack, each.column, each.before, each.after));
  }
  const auto line = [&](const char* name, const std::vector<double>& errors) {
    const Summary s = analysis::summarise(errors);
    context.print(fmt::format("{:<28} n {:>3}  {} {:>5.2f} %  {} {:>5.2f} %  p90 {:>5.2f} %  {} {:>5.2f} %\n", name, s.n, context.say("median", "중앙값"), s.median_pct, context.say("mean", "평균"), s.mean_pct, s.p90_pct, context.say("worst", "최대"), s.worst_pct));
  };
  if (context.json) {
    context.print_json(object);
  } else {
    line(context.say("fitted to all rows", "모든 행에 맞춤"), found.errors_pct);
    line(context.say("leave one row out", "한 행씩 빼고"), found.row_left_out_pct);
    line(context.say("leave one stack out", "한 소프트웨어씩 빼고"), found.stack_left_out_pct);
  }
  if (!arguments.write_stacks.empty()) {
    std::ofstream file(arguments.write_stacks, std::ios::binary);
    file << stacks_csv(found.stacks);
    file.close();
    if (!file)
      throw Error(Exit::kEnvironment, "E0302", {fmt::format("cannot write {}", arguments.write_stacks), fmt::format("{}을(를) 쓸 수 없습니다", arguments.write_stacks)});
  }
  return Exit::kDone;
}

/// Puts the figures of today into the page that shows them.
Exit write_page(const Arguments& arguments, const ValidationTables& tables, Context& context) {
  const std::optional<std::string> text = read_file(arguments.page);
  if (!text) throw Error(Exit::kInvalid, "E0113", {fmt::format("cannot read `{}`", arguments.page), fmt::format("`{}`을(를) 읽을 수 없습니다", arguments.page)});
  const std::vector<std::string> files = files_of(arguments);
  std::vector<ScoredCase> cases;
  const bool training = std::any_of(files.begin(), files.end(), [](const std::string& file) { return std::string(kind_of(file).name) == "training"; });
  for (const std::string& file : files)
    if (!training || std::string(kind_of(file).name) == "training")
      for (ScoredCase& each : kind_of(file).score(file, tables)) cases.push_back(std::move(each));
  std::vector<ScoredCase> held_out;
  if (const fs::path file = fs::path(arguments.platforms) / "cases/heldout/training.csv"; training && fs::exists(file)) held_out = kind_of(file.string()).score(file.string(), tables);
  const std::string page = training ? training_page(*text, cases, fit_stacks(files, tables), held_out) : kind_page(*text, cases);
  std::ofstream file(arguments.page, std::ios::binary);
  file << page;
  file.close();
  if (!file) throw Error(Exit::kEnvironment, "E0302", {fmt::format("cannot write {}", arguments.page), fmt::format("{}을(를) 쓸 수 없습니다", arguments.page)});
  if (!context.json && context.verbosity >= 0) context.print(arguments.page + "\n");
  return Exit::kDone;
}

Exit validate(const Arguments& arguments, Context& context) {
  const ValidationTables tables = read_validation_tables(arguments.platforms);
  if (!arguments.page.empty()) return write_page(arguments, tables, context);
  if (arguments.fit || !arguments.write_stacks.empty()) return fit(arguments, tables, context);
  std::vector<ScoredCase> all;
  for (const std::string& file : files_of(arguments)) {
    std::vector<ScoredCase> cases = kind_of(file).score(file, tables);
    if (!context.json && context.verbosity >= 0) {
      context.print(fmt::format("{}\n{:<8} {:<22} {:>12} {:>12} {:>9}  {:<8} {}\n", context.paint("1", file), context.say("case", "사례"), context.say("metric", "항목"), context.say("published", "발표"),
                                context.say("computed", "계산"), context.say("error", "오차"), "", context.say("assumed", "가정")));
      for (const ScoredCase& each : cases) print_row(each, context);
      context.print("\n");
    }
    all.insert(all.end(), cases.begin(), cases.end());
  }
  const Summary headline = analysis::summarise(only(all, in_headline));
  nlohmann::json object = {{"summary", to_json(headline)}, {"summary_other", to_json(analysis::summarise(only(all, in_other)))}};
  for (const CaseKind& kind : case_kinds()) {
    const auto of_kind = only(all, [&](const ScoredCase& each) { return each.kind == kind.name; });
    if (of_kind.empty()) continue;
    const auto main = only(of_kind, in_headline), core = only(main, core_row), dense = only(main, [](const ScoredCase& each) { return !each.mixture; }), mixture = only(of_kind, [](const ScoredCase& each) { return each.mixture; });
    auto& part = object["kinds"][kind.name];
    part = {{"summary", to_json(analysis::summarise(main))}, {"core", to_json(analysis::summarise(core))}, {"summary_other", to_json(analysis::summarise(only(of_kind, in_other)))}};
    if (!mixture.empty()) part["mixture_of_experts"] = to_json(analysis::summarise(mixture));
    const auto yardstick = analysis::yardstick_errors_pct(core);
    if (!yardstick.empty()) {
      part["constant_mfu_core"] = to_json(analysis::summarise(yardstick));
      part["constant_mfu"] = to_json(analysis::summarise(analysis::yardstick_errors_pct(main)));
    }
    if (context.json || context.verbosity < 0) continue;
    context.print(fmt::format("{} {}\n", context.paint("1", kind.name), context.say("(|ln(computed/published)|)", "(|ln(계산/발표)|)")));
    print_summary(context.say("  headline metrics", "  주요 항목"), main, context);
    print_summary(context.say("  ... core rows", "  ... core 행"), core, context);
    if (!mixture.empty()) {
      print_summary(context.say("  ... dense models", "  ... 밀집 모델"), dense, context);
      print_summary(context.say("  mixture of experts, all metrics", "  전문가 혼합, 모든 항목"), mixture, context);
    }
    print_summary(context.say("  other metrics", "  그 밖의 항목"), only(of_kind, in_other), context);
    print_yardstick(context.say("  yardstick: constant MFU", "  기준: 고정 MFU"), main, context);
    print_yardstick(context.say("  ... core rows", "  ... core 행"), core, context);
  }
  Exit exit = Exit::kDone;
  if (arguments.max_median_error && (headline.n == 0 || !(headline.median_pct <= *arguments.max_median_error))) exit = Exit::kCriterion;
  if (context.json) {
    object["cases"] = nlohmann::json::array();
    for (const ScoredCase& each : all) object["cases"].push_back(to_json(each));
    context.print_json(object);
  } else if (exit == Exit::kCriterion) {
    context.print(headline.n == 0 ? context.say("criterion not met: no row of the headline metrics was predicted\n", "기준 미달: 주요 항목으로 계산한 행이 없습니다\n")
                                  : fmt::format("{} {:.2f} % > {} %\n", context.say("criterion not met: median error", "기준 미달: 오차 중앙값"), headline.median_pct, *arguments.max_median_error));
  }
  return exit;
}

}  // namespace

Action setup_validate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("CASES", arguments->files, context.say("case files; without any, platforms/cases/*.csv", "사례 파일(없으면 platforms/cases/*.csv)"))->type_name("");
  app.add_option("--max-median-error", arguments->max_median_error, context.say("exit 6 if the median error of the headline metrics is larger", "주요 항목의 오차 중앙값이 이보다 크면 종료 코드 6"))->type_name("PCT")->check(CLI::Range(0.0, 1e6));
  app.add_option("--platforms", arguments->platforms, context.say("folder of catalogue, stacks and cases", "목록·소프트웨어·사례 폴더"))->type_name("DIR");
  app.add_flag("--fit", arguments->fit, context.say("fit the constants marked in platforms/workload/stacks.csv and print leave-one-out errors", "platforms/workload/stacks.csv에 표시된 상수를 맞추고 하나씩 뺀 오차를 보임"));
  app.add_option("--write-stacks", arguments->write_stacks, context.say("fit, and write the table of stacks with the constants found", "맞춘 상수로 소프트웨어 표를 씀"))->type_name("FILE");
  app.add_option("--page", arguments->page, context.say("write the table of cases into a page, between its marks: of training, or of the kind of the files given", "문서의 표시 사이에 사례 표를 씀(학습, 또는 주어진 파일의 종류)"))->type_name("FILE");
  return [arguments, &context] { return validate(*arguments, context); };
}

}  // namespace dure::sim
