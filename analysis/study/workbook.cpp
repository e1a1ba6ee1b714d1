#include "analysis/study/workbook.h"

#include <fmt/format.h>
#include <xlsxwriter.h>

#include <cmath>

#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;
namespace {

/// A sheet that is filled row by row.
class Sheet {
 public:
  Sheet(lxw_workbook* book, const Text& title, bool korean, lxw_format* bold) : sheet_(workbook_add_worksheet(book, (korean ? title.ko : title.en).c_str())), korean_(korean), bold_(bold) {}
  void header(const std::vector<Text>& titles) {
    for (const Text& title : titles) text(title, bold_);
    end();
    worksheet_freeze_panes(sheet_, row_, 0);
  }
  void text(const std::string& value, lxw_format* format = nullptr) { worksheet_write_string(sheet_, row_, column_++, value.c_str(), format); }
  void text(const Text& value, lxw_format* format = nullptr) { text(korean_ ? value.ko : value.en, format); }
  void number(double value) {
    if (std::isfinite(value)) worksheet_write_number(sheet_, row_, column_, value, nullptr);
    ++column_;
  }
  void number(const std::optional<double>& value) {
    if (value) number(*value);
    else ++column_;
  }
  void end() {
    ++row_;
    column_ = 0;
  }
  void widths(std::initializer_list<double> columns) {
    lxw_col_t at = 0;
    for (const double width : columns) {
      worksheet_set_column(sheet_, at, at, width, nullptr);
      ++at;
    }
  }

 private:
  lxw_worksheet* sheet_;
  bool korean_;
  lxw_format* bold_;
  lxw_row_t row_ = 0;
  lxw_col_t column_ = 0;
};

Text verdict(const Comparison& comparison) {
  switch (comparison.verdict) {
    case Verdict::kBetter: return {"better", "나음"};
    case Verdict::kWorse: return {"worse", "못함"};
    case Verdict::kEqual: return {"no difference", "차이 없음"};
    case Verdict::kCannotTell: break;
  }
  return {"cannot tell", "구별 못 함"};
}

}  // namespace

void write_workbook(const std::filesystem::path& file, const StudyFindings& study) {
  const std::filesystem::path beside = file.string() + ".part";
  lxw_workbook* book = workbook_new(beside.c_str());
  // The clock on the wall would make every file another.
  lxw_doc_properties properties = {};
  properties.created = 1767225600;  // 2026-01-01
  workbook_set_properties(book, &properties);
  lxw_format* bold = workbook_add_format(book);
  format_set_bold(bold);

  Sheet answer(book, {"answer", "답"}, study.korean, bold);
  answer.widths({100});
  if (!study.question.en.empty()) {
    answer.text(study.question, bold);
    answer.end();
  }
  answer.text(study.sentence), answer.end();
  if (const Text most = depends_most(study); !most.en.empty()) answer.text(most), answer.end();
  if (!study.depends.en.empty()) answer.text(study.depends), answer.end();
  answer.text(Text{fmt::format("seed {}, {} runs, version {}, results {}", study.seed, study.runs, study.version, study.sha256), fmt::format("씨앗 {}, 실행 {}회, 버전 {}, 결과 {}", study.seed, study.runs, study.version, study.sha256)});

  Sheet differences(book, {"differences", "차이"}, study.korean, bold);
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
    differences.text(verdict(c));
    differences.end();
  }

  Sheet metrics(book, {"metrics", "지표"}, study.korean, bold);
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

  Sheet inputs(book, {"inputs", "입력"}, study.korean, bold);
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
  const lxw_error status = workbook_close(book);
  std::error_code failure;
  if (status == LXW_NO_ERROR) std::filesystem::rename(beside, file, failure);
  if (status != LXW_NO_ERROR || failure)
    throw sim::Error(sim::Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file.string(), status != LXW_NO_ERROR ? lxw_strerror(status) : failure.message().c_str()), fmt::format("{}을(를) 쓸 수 없습니다: {}", file.string(), status != LXW_NO_ERROR ? lxw_strerror(status) : failure.message().c_str())}, {},
                     {"free space or choose another folder; the shards are kept", "공간을 비우거나 다른 폴더를 고르십시오. 조각은 남아 있습니다"});
}

}  // namespace dure::analysis
