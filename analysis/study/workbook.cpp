#include "analysis/study/workbook.h"

#include <fmt/format.h>

#include "analysis/export/sheet.h"
#include "analysis/report/study_rows.h"
#include "analysis/report/study_sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;
namespace {

/// Option, and the baseline where values are differences from it.
Text whose(const StudyFindings& study, std::size_t option, bool of_difference) {
  const Text title = study.options[option].title, base = study.options[study.baseline].title;
  return of_difference ? Text{title.en + " − " + base.en, title.ko + " − " + base.ko} : title;
}

void add_tornado(Workbook& book, const StudyFindings& study) {
  if (!study.tornado) return;
  const StudyTornado& of = *study.tornado;
  Sheet sheet(book, {"tornado", "토네이도"});
  sheet.widths({50, 34, 40, 14, 14, 16, 16, 16, 16, 14});
  sheet.header({{"input", "입력"}, {"metric", "지표"}, {"option", "안"}, {"its low", "하한"}, {"its high", "상한"}, {"metric at its low", "하한에서의 지표"}, {"metric at its high", "상한에서의 지표"}, {"all in the middle", "모두 중간일 때"}, {"swing", "변동 폭"}, {"unit", "단위"}});
  for (const TornadoBar& bar : of.tornado.bars) {
    const StudyInputRow& input = study.inputs[std::size_t(bar.input)];
    sheet.text(input.label);
    sheet.text(of.metric);
    sheet.text(whose(study, of.option, of.of_difference));
    for (const double value : {input.low, input.high, bar.low, bar.high, of.tornado.base, bar.swing}) sheet.number(value);
    sheet.text(unit_words(of.unit));
    sheet.end();
  }
}

void add_sensitivity(Workbook& book, const StudyFindings& study) {
  if (!study.indices) return;
  Sheet sheet(book, {"sensitivity", "민감도"});
  sheet.widths({50, 34, 40, 14, 14, 16, 16, 16});
  sheet.header({{"input", "입력"}, {"metric", "지표"}, {"option", "안"}, {"index", "지수"}, {"unit", "단위"}, {"value", "값"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}});
  for (const IndexRow& row : index_rows(study)) {
    sheet.text(study.inputs[row.input].label);
    sheet.text(study.indices->metric);
    sheet.text(whose(study, study.indices->option, study.indices->of_difference));
    sheet.text(row.index);
    sheet.text(unit_words(row.unit));
    for (const double value : {row.value, row.interval.low, row.interval.high}) sheet.number(value);
    sheet.end();
  }
}

void add_plan(Workbook& book, const StudyFindings& study) {
  if (!study.plan) return;
  Sheet sheet(book, {"plan", "계획"});
  sheet.widths({30, 20, 34, 16, 16, 16});
  sheet.header({{"option", "안"}, {"what became of it", "결과"}, {"because of", "이유"}, {"after so many replicates", "탈락까지 반복 수"}, {"mean", "평균"}, {"all limits held", "조건을 지킨 비율"}});
  for (const EliminationRow& row : elimination_rows(study)) {
    sheet.text(study.options[row.option].title);
    sheet.text(elimination_words(row.state));
    sheet.text(row.because_of);
    sheet.number(row.after ? std::optional<double>(*row.after) : std::nullopt);
    sheet.number(row.mean);
    sheet.number(row.met_share);
    sheet.end();
  }
}

void add_worths(Workbook& book, const StudyFindings& study) {
  if (!study.waiting) return;
  Sheet sheet(book, {"information", "정보의 가치"});
  sheet.widths({40, 34, 16, 16, 16, 14});
  sheet.header({{"what is known", "무엇을 알면"}, {"name", "이름"}, {"worth", "가치"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}, {"unit", "단위"}});
  for (const WorthRow& row : worth_rows(study)) {
    sheet.text(row.what == "waiting" ? Text{"waiting", "기다림"} : row.what == "everything" ? Text{"everything, luck included", "우연을 포함한 모든 것"} : Text{"an input", "입력"});
    sheet.text(row.name);
    for (const double value : {row.worth.value, row.worth.interval.low, row.worth.interval.high}) sheet.number(value);
    sheet.text(unit_words(study.waiting->unit));
    sheet.end();
  }
}

void add_break_even(Workbook& book, const StudyFindings& study) {
  if (!study.break_even) return;
  Sheet sheet(book, {"break-even", "손익분기"});
  sheet.widths({40, 16, 16, 16, 14, 24});
  sheet.header({{"line", "안"}, {"value", "값"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}, {"unit", "단위"}, {"where", "위치"}});
  for (const StudyBreakEven::Line& line : study.break_even->lines) {
    sheet.text(line.title);
    for (const auto value : {line.at ? std::optional(line.at->value) : std::nullopt, line.at && line.at->interval ? std::optional(line.at->interval->low) : std::nullopt, line.at && line.at->interval ? std::optional(line.at->interval->high) : std::nullopt}) sheet.number(value);
    sheet.text(unit_words(study.break_even->unit));
    sheet.text(!line.at ? why_no_break_even(*study.break_even, line) : line.at->beyond ? Text{"beyond the values tried", "실험한 값 밖"} : Text{"within the values tried", "실험한 값 안"});
    sheet.end();
  }
}

}  // namespace

void write_workbook(const std::filesystem::path& file, const StudyFindings& study) {
  Workbook book(file, study.korean);
  Sheet answer(book, {"answer", "답"});
  answer.widths({100});
  if (!study.question.en.empty()) {
    answer.bold(study.question);
    answer.end();
  }
  answer.text(study.sentence), answer.end();
  if (const Text most = depends_most(study); !most.en.empty()) answer.text(most), answer.end();
  if (!study.depends.en.empty()) answer.text(study.depends), answer.end();
  answer.text(Text{fmt::format("seed {}, {} runs, version {}, results {}", study.seed, study.runs, study.version, study.sha256), fmt::format("시드 {}, 실행 {}회, 버전 {}, 결과 {}", study.seed, study.runs, study.version, study.sha256)});

  if (const Text precision = precision_words(study); !precision.en.empty()) answer.end(), answer.text(precision);

  Sheet differences(book, {"differences", "차이"});
  differences.widths({50, 28, 30, 14, 14, 14, 14, 14, 10, 10, 14, 14, 14, 14, 14});
  differences.header({{"meaning", "뜻"}, {"metric", "지표"}, {"option", "안"}, {"mean", "평균"}, {"baseline's mean", "기준 평균"}, {"difference", "차이"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}, {"p, adjusted", "보정 p"}, {"pairs", "짝"}, {"verdict", "판정"},
                      {"P(better)", "더 나을 확률"}, {"its 95 % low", "확률의 95 % 하한"}, {"its 95 % high", "확률의 95 % 상한"}, {"P(the same)", "같을 확률"}});
  for (const DecisionRow& row : study.answer.rows) {
    differences.text(metric_label(row.metric));
    differences.text(row.metric);
    differences.text(study.options[row.option].title);
    if (!row.comparison) {
      differences.text(row.why_none);
      differences.end();
      continue;
    }
    const Comparison& c = *row.comparison;
    differences.number(row.of_option.mean);
    differences.number(row.of_baseline.mean);
    differences.number(c.mean_difference);
    differences.number(c.interval ? std::optional(c.interval->low) : std::nullopt);
    differences.number(c.interval ? std::optional(c.interval->high) : std::nullopt);
    differences.number(c.p_adjusted);
    differences.number(double(c.n));
    differences.text(verdict_words(c.verdict));
    for (const double share : {c.wins, c.wins_interval.low, c.wins_interval.high, c.ties}) differences.number(share);
    differences.end();
  }

  add_tornado(book, study);
  add_sensitivity(book, study);
  add_plan(book, study);
  add_worths(book, study);
  add_break_even(book, study);

  Sheet metrics(book, {"metrics", "지표"});
  metrics.widths({50, 34, 14, 30, 8, 16, 16, 16, 16, 16, 16});
  metrics.header({{"meaning", "뜻"}, {"metric", "지표"}, {"unit", "단위"}, {"option", "안"}, {"runs", "실행 수"}, {"mean", "평균"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}, {"5th percentile", "5백분위"}, {"median", "중앙값"}, {"95th percentile", "95백분위"}});
  for (const MetricTable& table : study.tables)
    for (std::size_t option = 0; option < study.options.size(); ++option) {
      if (!table.has(option)) continue;
      const Spread of = spread(table.column(option));
      metrics.text(metric_label(table.name));
      metrics.text(table.name);
      metrics.text(unit_words(table.unit));
      metrics.text(study.options[option].title);
      metrics.number(double(of.n));
      metrics.number(of.mean);
      metrics.number(of.ci95_low);
      metrics.number(of.ci95_high);
      metrics.number(of.p05);
      metrics.number(of.p50);
      metrics.number(of.p95);
      metrics.end();
    }

  Sheet inputs(book, {"inputs", "입력"});
  inputs.widths({50, 14, 14, 14, 18, 60, 50});
  inputs.header({{"input", "입력"}, {"low", "하한"}, {"mid", "중간"}, {"high", "상한"}, {"unit", "단위"}, {"source", "근거"}, {"field", "항목"}});
  for (const StudyInputRow& input : study.inputs) {
    std::string paths;
    for (const std::string& path : input.paths) paths += (paths.empty() ? "" : ", ") + path;
    inputs.text(input.label);
    inputs.number(input.low);
    inputs.number(input.mid);
    inputs.number(input.high);
    inputs.text(input.unit);
    inputs.text(input.source);
    inputs.text(paths);
    inputs.end();
  }
  book.commit();
}

}  // namespace dure::analysis
