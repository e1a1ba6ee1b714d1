#include "analysis/study/workbook.h"

#include <fmt/format.h>

#include "analysis/export/sheet.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;
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
  answer.text(Text{fmt::format("seed {}, {} runs, version {}, results {}", study.seed, study.runs, study.version, study.sha256), fmt::format("씨앗 {}, 실행 {}회, 버전 {}, 결과 {}", study.seed, study.runs, study.version, study.sha256)});

  Sheet differences(book, {"differences", "차이"});
  differences.widths({50, 28, 30, 14, 14, 14, 14, 14, 10, 10, 14});
  differences.header({{"meaning", "뜻"}, {"metric", "지표"}, {"option", "안"}, {"mean", "평균"}, {"baseline's mean", "기준 평균"}, {"difference", "차이"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}, {"p, adjusted", "보정 p"}, {"pairs", "짝"}, {"verdict", "판정"}});
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
    differences.end();
  }

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
