#include "analysis/report/study_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/report/frame.h"
#include "analysis/report/study_rows.h"
#include "analysis/report/study_sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using nlohmann::json;
namespace {

const char* verdict_style(const Comparison& comparison) {
  switch (comparison.verdict) {
    case Verdict::kBetter: return "productive";
    case Verdict::kWorse: return "down";
    default: return "idle_no_demand";
  }
}

int decimals_of(double size) { return size >= 1000 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 3 : 5; }

Cell number_or(const std::optional<double>& value, const Text& why = {"one replicate alone has none", "반복이 하나라 없습니다"}) { return value ? Cell(*value) : Cell(Nothing{why}); }

/// One decision metric: the paired differences of all options.
void decision_figure(Page& page, const StudyFindings& study, std::size_t decision) {
  Figure figure;
  const std::string& metric = study.decisions[decision].metric;
  const Text what = metric_label(metric);
  const Text base = study.options[study.baseline].title;
  const bool lower = study.decisions[decision].better == Better::kLower;
  std::string unit;
  double size = 0;
  for (const DecisionRow& row : study.answer.rows)
    if (row.decision == decision && row.comparison) {
      unit = row.unit;
      size = std::max({size, std::abs(row.of_option.mean), std::abs(row.of_baseline.mean)});
    }
  figure.table.id = fmt::format("decision-{}", decision + 1);
  figure.table.caption = {fmt::format("{} ({}): options against “{}”", what.en, metric, base.en), fmt::format("{}({}): ‘{}’ 대비", what.ko, metric, base.ko)};
  const int decimals = decimals_of(size);
  const std::string shown = unit_words(unit).en;
  figure.table.columns = {name_column("option", {"option", "안"}), {"mean", {"mean", "평균"}, unit, decimals}, {"p05", {"5th percentile", "5백분위"}, unit, decimals}, {"p95", {"95th percentile", "95백분위"}, unit, decimals},
                          {"difference", {"difference", "차이"}, unit, decimals}, {"low", {"95 % low", "95 % 하한"}, unit, decimals}, {"high", {"95 % high", "95 % 상한"}, unit, decimals},
                          {"wins", {lower ? "P(lower)" : "P(higher)", lower ? "더 작을 확률" : "더 클 확률"}, "share", 3},
                          {"wins_low", {"its 95 % low", "확률의 95 % 하한"}, "share", 3}, {"wins_high", {"its 95 % high", "확률의 95 % 상한"}, "share", 3}, {"ties", {"P(the same)", "같을 확률"}, "share", 3}, {"p_adjusted", {"p, adjusted", "보정 p"}, "", 4}, name_column("verdict", {"verdict", "판정"})};
  bool base_row = false;
  json rows = json::array();
  std::size_t better = 0, worse = 0, unknown = 0, same = 0;
  for (const DecisionRow& row : study.answer.rows) {
    if (row.decision != decision) continue;
    const Text title = study.options[row.option].title;
    if (!row.comparison) {
      std::vector<Cell> cells{name(study.options[row.option].name, title)};
      while (cells.size() + 1 < figure.table.columns.size()) cells.push_back(Nothing{row.why_none});
      cells.push_back(name("none", {"no value", "값 없음"}));
      figure.table.rows.push_back(std::move(cells));
      continue;
    }
    const Comparison& c = *row.comparison;
    if (!base_row) {
      base_row = true;
      const Text none{"the baseline itself", "기준 안"};
      figure.table.rows.push_back({name(study.options[study.baseline].name, {base.en + " (baseline)", base.ko + " (기준)"}), row.of_baseline.mean, row.of_baseline.p05, row.of_baseline.p95, Nothing{none}, Nothing{none}, Nothing{none}, Nothing{none}, Nothing{none}, Nothing{none}, Nothing{none}, Nothing{none}, name("baseline", {"baseline", "기준"})});
    }
    figure.table.rows.push_back({name(study.options[row.option].name, title), row.of_option.mean, row.of_option.p05, row.of_option.p95, c.mean_difference, number_or(c.interval ? std::optional(c.interval->low) : std::nullopt),
                                 number_or(c.interval ? std::optional(c.interval->high) : std::nullopt), c.wins, c.wins_interval.low, c.wins_interval.high, c.ties, number_or(c.p_adjusted), name(verdict_words(c.verdict).en, verdict_words(c.verdict))});
    better += c.verdict == Verdict::kBetter;
    worse += c.verdict == Verdict::kWorse;
    unknown += c.verdict == Verdict::kCannotTell;
    same += c.verdict == Verdict::kEqual;
    if (c.interval)
      rows.push_back({{"label", text_json(title)}, {"low", c.interval->low}, {"mid", c.mean_difference}, {"high", c.interval->high}, {"style", verdict_style(c)}, {"text", text_json(signed_in_unit(c.mean_difference, unit))}});
  }
  if (!rows.empty()) figure.chart = {{"kind", "intervals"}, {"rows", rows}, {"zero", 0.0}};
  figure.finding = {fmt::format("{}: {} better, {} worse, {} cannot be told from “{}”", what.en, better, worse, unknown, base.en), fmt::format("{}: ‘{}’보다 나은 안 {}개, 못한 안 {}개, 구별 못 하는 안 {}개", what.ko, base.ko, better, worse, unknown)};
  if (same > 0) figure.finding = {fmt::format("{}, {} the same", figure.finding.en, same), fmt::format("{}, 같은 안 {}개", figure.finding.ko, same)};
  const Text words = unit_words(unit);
  figure.unit = {fmt::format("difference from “{}”, {}; 95 % intervals; {} is better", base.en, words.en, lower ? "less" : "more"), fmt::format("‘{}’와의 차이, {}, 95 % 구간, {} 좋음", base.ko, words.ko, lower ? "작을수록" : "클수록")};
  figure.source = {"paired runs of this study", "이 연구의 짝지은 실행"};
  page.figure(figure);
}

void decision_table(Page& page, const StudyFindings& study) {
  Table table;
  table.id = "decisions";
  table.caption = {"Who is better at what", "무엇에서 어느 안이 나은가"};
  table.columns.push_back(name_column("option", {"option", "안"}));
  for (const DecisionMetric& decision : study.decisions) table.columns.push_back(name_column(decision.metric, metric_label(decision.metric)));
  for (std::size_t option = 0; option < study.options.size(); ++option) {
    std::vector<Cell> cells{name(study.options[option].name, study.options[option].title)};
    for (std::size_t d = 0; d < study.decisions.size(); ++d) {
      if (option == study.baseline) {
        const MetricTable* values = find(study.tables, study.decisions[d].metric);
        const Text mean = values != nullptr && values->has(option) ? in_unit(values->column(option).mean(), values->unit) : Text{"no value", "값 없음"};
        cells.push_back(name("baseline", {"baseline: " + mean.en, "기준: " + mean.ko}));
        continue;
      }
      for (const DecisionRow& row : study.answer.rows)
        if (row.decision == d && row.option == option) {
          if (!row.comparison) {
            cells.push_back(Nothing{row.why_none});
            continue;
          }
          const Text verdict = verdict_words(row.comparison->verdict), by = signed_in_unit(row.comparison->mean_difference, row.unit);
          cells.push_back(name(verdict.en, {verdict.en + " (" + by.en + ")", verdict.ko + "(" + by.ko + ")"}));
        }
    }
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
}

void rank_table(Page& page, const StudyFindings& study) {
  if (!study.answer.ranks || study.answer.ranked.size() < 2) return;
  Table table;
  table.id = "ranks";
  table.caption = {"How often each option comes first, second, …, by the first decision metric", "첫 판단 지표에서 각 안이 몇 번째가 되는 비율"};
  table.columns.push_back(name_column("option", {"option", "안"}));
  table.columns.push_back({"best_mean", {"P(best on average)", "평균이 가장 나을 확률"}, "share", 3});
  for (std::size_t rank = 0; rank < study.answer.ranked.size(); ++rank) table.columns.push_back({fmt::format("rank_{}", rank + 1), both(std::to_string(rank + 1)), "share", 3});
  for (std::size_t i = 0; i < study.answer.ranked.size(); ++i) {
    const NamedOption& option = study.options[study.answer.ranked[i]];
    std::vector<Cell> cells{name(option.name, option.title), number_or(study.answer.ranks->best_mean ? std::optional((*study.answer.ranks->best_mean)(Eigen::Index(i))) : std::nullopt)};
    for (std::size_t rank = 0; rank < study.answer.ranked.size(); ++rank) cells.push_back(study.answer.ranks->probability(Eigen::Index(i), Eigen::Index(rank)));
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
}

void tornado_figure(Page& page, const StudyFindings& study) {
  const StudyTornado& t = *study.tornado;
  const Text what = metric_label(t.metric), title = study.options[t.option].title, base = study.options[study.baseline].title;
  Figure figure;
  figure.table.id = "tornado";
  figure.table.caption = {"The metric with one input at an end of its range, the others in the middle", "입력 하나를 양 끝에 두고 나머지를 중간에 두었을 때의 지표"};
  const int decimals = decimals_of(std::abs(t.tornado.base));
  figure.table.columns = {name_column("input", {"input", "입력"}), {"input_low", {"its low", "하한"}, "", 6}, {"input_high", {"its high", "상한"}, "", 6}, {"at_low", {"metric at its low", "하한에서의 지표"}, t.unit, decimals},
                          {"at_high", {"metric at its high", "상한에서의 지표"}, t.unit, decimals}, {"swing", {"swing", "변동 폭"}, t.unit, decimals}};
  json rows = json::array();
  for (const TornadoBar& bar : t.tornado.bars) {
    const StudyInputRow& input = study.inputs[std::size_t(bar.input)];
    figure.table.rows.push_back({name(input.name, input.label), input.low, input.high, bar.low, bar.high, bar.swing});
    rows.push_back({{"label", text_json(input.label)}, {"at_low", bar.low}, {"at_high", bar.high}, {"low_text", text_json(in_unit(input.low, input.unit))}, {"high_text", text_json(in_unit(input.high, input.unit))}});
  }
  figure.chart = {{"kind", "tornado"}, {"rows", rows}, {"base", t.tornado.base}};
  figure.finding = depends_most(study);
  const Text words = unit_words(t.unit);
  figure.unit = t.of_difference ? Text{fmt::format("{}: “{}” less “{}”, {}", what.en, title.en, base.en, words.en), fmt::format("{}: ‘{}’ - ‘{}’, {}", what.ko, title.ko, base.ko, words.ko)}
                                : Text{fmt::format("{}: “{}”, {}", what.en, title.en, words.en), fmt::format("{}: ‘{}’, {}", what.ko, title.ko, words.ko)};
  figure.source = {"runs of this study under one seed", "이 연구에서 같은 시드로 한 실행"};
  page.figure(figure);
}

void indices_table(Page& page, const StudyFindings& study) {
  const StudyIndices& found = *study.indices;
  Table table;
  table.id = "sensitivity";
  const bool sobol = found.morris.empty();
  table.caption = sobol ? Text{fmt::format("Shares of the variance of {} owed to each input (Sobol indices, {})", metric_label(found.metric).en, run_count(found.runs).en), fmt::format("{}의 분산 가운데 입력별 몫(소볼 지수, {})", metric_label(found.metric).ko, run_count(found.runs).ko)}
                        : Text{fmt::format("Elementary effects on {} (Morris, {})", metric_label(found.metric).en, run_count(found.runs).en), fmt::format("{}에 대한 기본 효과(모리스, {})", metric_label(found.metric).ko, run_count(found.runs).ko)};
  table.columns.push_back(name_column("input", {"input", "입력"}));
  const auto add = [&](const char* id, Text title, const std::string& unit, int decimals) {
    table.columns.push_back({id, title, unit, decimals});
    table.columns.push_back({std::string(id) + "_low", {title.en + ", 95 % low", title.ko + " 95 % 하한"}, unit, decimals});
    table.columns.push_back({std::string(id) + "_high", {title.en + ", 95 % high", title.ko + " 95 % 상한"}, unit, decimals});
  };
  if (sobol) {
    add("first", {"first order", "1차 지수"}, "share", 3);
    add("total", {"total", "총 지수"}, "share", 3);
  } else {
    add("mu_star", {"mean size of effect", "효과 크기 평균"}, found.unit, 3);
    add("sigma", {"spread of effect", "효과의 산포"}, found.unit, 3);
  }
  const auto put = [](std::vector<Cell>& cells, double value, const Interval& interval) {
    cells.push_back(value);
    cells.push_back(interval.low);
    cells.push_back(interval.high);
  };
  for (std::size_t i = 0; i < study.inputs.size(); ++i) {
    std::vector<Cell> cells{name(study.inputs[i].name, study.inputs[i].label)};
    if (sobol) {
      put(cells, found.sobol.inputs[i].first, found.sobol.inputs[i].first_interval);
      put(cells, found.sobol.inputs[i].total, found.sobol.inputs[i].total_interval);
    } else {
      put(cells, found.morris[i].mu_star, found.morris[i].mu_star_interval);
      put(cells, found.morris[i].sigma, found.morris[i].sigma_interval);
    }
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
}

void plan_table(Page& page, const StudyFindings& study) {
  const StudyPlan& plan = *study.plan;
  Table table;
  table.id = "plan";
  std::string en, ko;
  for (const PlanLimit& limit : plan.limits) {
    const Text what = metric_label(limit.name);
    en += fmt::format("{}{} {} {}", en.empty() ? "" : "; ", what.en, limit.at_most ? "at most" : "at least", exact(limit.bound));
    ko += fmt::format("{}{} {} {}", ko.empty() ? "" : ", ", what.ko, exact(limit.bound), limit.at_most ? "이하" : "이상");
  }
  table.caption = {fmt::format("Options by elimination, {}. Limits in {} of futures: {}", run_count(std::size_t(plan.decision.runs)).en, percent(plan.probability).en, en.empty() ? "none" : en),
                   fmt::format("탈락 과정, {}. {}의 미래에서 지킬 조건: {}", run_count(std::size_t(plan.decision.runs)).ko, percent(plan.probability).ko, ko.empty() ? "없음" : ko)};
  table.columns = {name_column("option", {"option", "안"}), name_column("state", {"what became of it", "결과"}), {"after", {"after so many runs", "몇 번째 실행 뒤"}, "", 0}, {"mean", {"mean of the first decision metric", "첫 판단 지표 평균"}, "", 3}, {"met", {"all limits held", "조건을 지킨 비율"}, "share", 3}};
  const double sign = study.decisions.front().better == Better::kLower ? 1 : -1;
  for (std::size_t option = 0; option < study.options.size(); ++option) {
    const OptionState& state = plan.decision.options[option];
    Text what = {"still in", "남음"};
    if (plan.decision.chosen == option) what = {"chosen", "선택"};
    else if (state.state == OptionState::State::kCostsMore && state.why) what = {"worse than " + study.options[*state.why].title.en, study.options[*state.why].title.ko + "보다 나쁨"};
    else if (state.state == OptionState::State::kCostsTheSame && state.why) what = {"the same as " + study.options[*state.why].title.en + ", named first", "먼저 적힌 " + study.options[*state.why].title.ko + "와(과) 같음"};
    else if (state.state == OptionState::State::kBreaksLimits) what = state.why ? Text{"breaks a limit: " + metric_label(plan.limits[*state.why].name).en, "조건 위반: " + metric_label(plan.limits[*state.why].name).ko} : Text{"breaks its limits", "조건 위반"};
    table.rows.push_back({name(study.options[option].name, study.options[option].title), name("state", what), state.decided_at > 0 ? Cell(double(state.decided_at)) : Cell(Nothing{{"to the end", "끝까지"}}), sign * state.mean_cost, state.met_share});
  }
  page.table(table);
}

void waiting_table(Page& page, const StudyFindings& study) {
  const StudyWaiting& found = *study.waiting;
  Table table;
  table.id = "information";
  table.caption = {"What it would be worth to know more before choosing", "고르기 전에 더 아는 것의 가치"};
  const int decimals = decimals_of(std::abs(found.perfect.value));
  table.columns = {name_column("what", {"what is known", "무엇을 알면"}), {"worth", {"worth", "가치"}, found.unit, decimals}, {"low", {"95 % low", "95 % 하한"}, found.unit, decimals}, {"high", {"95 % high", "95 % 상한"}, found.unit, decimals}};
  const auto add = [&](const std::string& key, const Text& what, const Worth& worth) { table.rows.push_back({name(key, what), worth.value, worth.interval.low, worth.interval.high}); };
  if (found.waiting && found.wait) add("waiting", {"waiting: " + study.options[*found.wait].title.en, "기다림: " + study.options[*found.wait].title.ko}, *found.waiting);
  add("everything", {"everything, luck included", "우연을 포함한 모든 것"}, found.perfect);
  for (const auto& [input, worth] : found.inputs) add(study.inputs[input].name, study.inputs[input].label, worth);
  page.table(table);
}

void input_table(Page& page, const StudyFindings& study) {
  Table table;
  table.id = "inputs";
  table.caption = {"Inputs that vary from replicate to replicate, the same for every option", "반복마다 바꾼 입력(모든 안에 같은 값)"};
  table.columns = {name_column("input", {"input", "입력"}), {"low", {"low", "하한"}, "", 6}, {"mid", {"mid", "중간"}, "", 6}, {"high", {"high", "상한"}, "", 6}, name_column("unit", {"unit", "단위"}), name_column("source", {"source", "근거"}), name_column("path", {"field", "항목"})};
  for (const StudyInputRow& input : study.inputs) {
    std::string paths;
    for (const std::string& path : input.paths) paths += (paths.empty() ? "" : ", ") + path;
    table.rows.push_back({name(input.name, input.label), input.low, input.mid, input.high, name(input.unit), name(input.source), name(paths)});
  }
  page.table(table);
}

void all_metrics(Page& page, const StudyFindings& study) {
  Table table;
  table.id = "metrics";
  table.caption = {"Every metric: mean of the replicates", "모든 지표: 반복 평균"};
  table.columns = {name_column("metric", {"metric", "지표"}), name_column("unit", {"unit", "단위"})};
  for (const NamedOption& option : study.options) table.columns.push_back({option.name, option.title, "", 3});
  for (const MetricTable& metric : study.tables) {
    bool any = false;
    for (std::size_t option = 0; option < study.options.size(); ++option) any = any || metric.has(option);
    if (!any) continue;
    const Text words = metric_meaning(metric.name);
    std::vector<Cell> cells{name(metric.name, words.en.empty() ? both(metric.name) : Text{metric.name + ": " + words.en, metric.name + ": " + words.ko}), name(metric.unit, unit_words(metric.unit))};
    for (std::size_t option = 0; option < study.options.size(); ++option)
      cells.push_back(metric.has(option) ? Cell(metric.column(option).mean()) : Cell(Nothing{metric.why_none[option] ? *metric.why_none[option] : Text{"no replicate has it for every option", "모든 안에 이 지표가 있는 반복이 없습니다"}}));
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
}

}  // namespace

Text depends_most(const StudyFindings& study) {
  if (!study.tornado || study.tornado->tornado.bars.empty()) return {};
  const TornadoBar& widest = study.tornado->tornado.bars.front();
  const StudyInputRow& input = study.inputs[std::size_t(widest.input)];
  const Text low = in_unit(input.low, input.unit), high = in_unit(input.high, input.unit);
  const auto value = [&](double x) { return study.tornado->of_difference ? signed_in_unit(x, study.tornado->unit) : in_unit(x, study.tornado->unit); };
  const Text at_low = value(widest.low), at_high = value(widest.high);
  if (widest.swing == 0) return {"None of the inputs moves the answer.", "어느 입력도 답을 바꾸지 않습니다."};
  if (at_low.en == at_high.en) return {"None of the inputs moves the answer noticeably.", "어느 입력도 답을 눈에 띄게 바꾸지 않습니다."};
  return {fmt::format("It depends most on “{}”: {} at {}, {} at {}.", input.label.en, at_low.en, low.en, at_high.en, high.en), fmt::format("‘{}’에 가장 크게 좌우됩니다: {}일 때 {}, {}일 때 {}.", input.label.ko, low.ko, at_low.ko, high.ko, at_high.ko)};
}

Text also_depends_most(const StudyFindings& study) {
  const Text most = depends_most(study);
  return most.en == study.sentence.en ? Text{} : most;
}

void write_study_page(const std::filesystem::path& file, const StudyFindings& study) {
  Page page;
  page.section("answer", {"The answer", "답"});
  page.paragraph(study.sentence, "lead");
  if (const Text most = also_depends_most(study); !most.en.empty()) page.paragraph(most);
  if (!study.depends.en.empty() || !study.depends.ko.empty()) page.paragraph({"It rests on: " + study.depends.en, "기대는 가정: " + study.depends.ko});
  if (study.precision && study.precision->state == Replication::State::kReached) page.paragraph(precision_words(study));   // else the answer says so
  if (study.options.size() > 1 && !study.answer.rows.empty()) {
    decision_table(page, study);
    page.section("differences", {"Paired differences", "짝지은 차이"});
    page.paragraph({"Every option ran under the same luck and the same inputs, replicate by replicate. An option is called better or worse only where chance alone would say so in at most one table of twenty (Holm).",
                    "모든 안은 반복마다 같은 난수와 같은 입력으로 실행했습니다. 표 전체에서 우연으로 잘못 판정할 확률이 5 % 이하일 때만 낫거나 못하다고 합니다(홀름 보정)."});
    for (std::size_t d = 0; d < study.decisions.size(); ++d)
      if (std::any_of(study.answer.rows.begin(), study.answer.rows.end(), [&](const DecisionRow& row) { return row.decision == d && row.comparison.has_value(); })) decision_figure(page, study, d);
    rank_table(page, study);
  }
  break_even_section(page, study);
  regions_section(page, study);
  months_section(page, study);
  if (study.plan) {
    page.section("plan", {"The choice", "선택"});
    plan_table(page, study);
  }
  if (study.waiting) {
    page.section("waiting", {"Waiting and knowing", "기다림과 정보"});
    waiting_table(page, study);
  }
  if (study.tornado || study.indices || !study.inputs.empty()) {
    page.section("uncertainty", {"What it depends on", "무엇에 좌우되는가"});
    if (study.tornado) tornado_figure(page, study);
    if (study.indices) indices_table(page, study);
    if (!study.inputs.empty()) input_table(page, study);
  }
  if (!study.tables.empty()) {
    page.section("metrics", {"All metrics", "모든 지표"});
    all_metrics(page, study);
  }
  page.section("method", {"Method", "방법"});
  page.paragraph({fmt::format("{}; version {}; results {}.", run_count(study.runs).en, study.version, study.sha256.substr(0, 16)), fmt::format("{}, 버전 {}, 결과 {}.", run_count(study.runs).ko, study.version, study.sha256.substr(0, 16))});
  for (const auto& [which, why] : study.refused) page.paragraph({fmt::format("Left out, {}: {}", which, why.en), fmt::format("제외, {}: {}", which, why.ko)}, "warning");

  Frame frame;
  frame.title = study.question.en.empty() ? both(study.name) : study.question;
  frame.korean = study.korean;
  frame.asked = true;
  frame.facts = in_both({fmt::format("{}, {}", counted(double(study.options.size()), "option"), counted(double(study.answer.replicates), "paired run")), fmt::format("안 {}개, 짝지은 {}", study.options.size(), run_count(std::size_t(study.answer.replicates)).ko)}) + " · " + in_both({"seed ", "시드 "}) +
                std::to_string(study.seed) + " · <bdi>" + escape_html(study.name) + "</bdi>";
  frame.footer = {"Made by Dure from the runs of one study. Charts: Observable Plot and D3 (ISC licence).", "두레가 연구 하나의 실행으로 만들었습니다. 차트: Observable Plot, D3(ISC 라이선스)."};
  write_page(file, framed(frame, page));
}

void write_index_page(const std::filesystem::path& file, const std::vector<StudyLine>& studies, bool korean) {
  Page page;
  std::size_t runs = 0;
  for (const StudyLine& study : studies) {
    runs += study.runs;
    page.section(study.name, study.question);
    page.paragraph(study.sentence, "lead");
    if (!study.depends_most.en.empty()) page.paragraph(study.depends_most);
    if (study.refused > 0) page.paragraph({fmt::format("{} of {} left out.", exact(double(study.refused)), run_count(study.runs).en), fmt::format("실행 {}회(전체 {}회)를 뺐습니다.", exact(double(study.refused)), exact(double(study.runs)))}, "warning");
    page.html("<p><a href=\"" + escape_html(study.name) + "/report.html\">" + in_both({"the whole answer", "답 전체 보기"}) + "</a></p>\n");
  }
  Frame frame;
  frame.title = {"The questions and their answers", "질문과 답"};
  frame.korean = korean;
  frame.asked = true;
  frame.facts = in_both({fmt::format("{} {}, {}", studies.size(), studies.size() == 1 ? "study" : "studies", run_count(runs).en), fmt::format("연구 {}개, {}", studies.size(), run_count(runs).ko)});
  frame.footer = {"Made by Dure. Charts: Observable Plot and D3 (ISC licence).", "두레가 만들었습니다. 차트: Observable Plot, D3(ISC 라이선스)."};
  write_page(file, framed(frame, page));
}

}  // namespace dure::analysis
