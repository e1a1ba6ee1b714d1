#include <google/protobuf/descriptor.h>

#include "analysis/export/export.h"
#include "analysis/export/headlines.h"
#include "analysis/export/sheet.h"
#include "analysis/export/tables.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace fs = std::filesystem;
using google::protobuf::FieldDescriptor;
namespace {

void headlines_sheet(Workbook& book, const Headlines& found) {
  Sheet sheet(book, {"headlines", "요약"});
  sheet.widths({50, 34, found.study ? 20.0 : 14.0, 14, 16, 8, 16, 16, 16, 16, 16, 60});
  std::vector<sim::Text> header = {{"meaning", "뜻"}, {"metric", "지표"}};
  if (found.study) header.push_back({"option", "안"});
  for (const sim::Text& each : std::vector<sim::Text>{{"unit", "단위"}, {"value", "값"}, {"runs", "실행 수"}, {"5th percentile", "5백분위"}, {"median", "중앙값"}, {"95th percentile", "95백분위"}, {"95 % low", "95 % 하한"}, {"95 % high", "95 % 상한"}, {"why there is none", "값이 없는 이유"}}) header.push_back(each);
  sheet.header(header);
  for (const Headline& row : found.rows) {
    sheet.text(metric_label(row.metric));
    sheet.text(row.metric);
    if (found.study) sheet.text(row.option);
    sheet.text(unit_words(row.unit));
    for (const std::optional<double>& value : {row.value, std::optional(double(row.n)), row.p05, row.p50, row.p95, row.ci95_low, row.ci95_high}) sheet.number(value);
    sheet.text(row.reason);
    sheet.end();
  }
}

void columns_sheet(Workbook& book, const std::vector<ResultTable>& tables) {
  Sheet sheet(book, {"columns", "열 설명"});
  sheet.widths({16, 26, 14, 110, 12});
  sheet.header({{"table", "표"}, {"column", "열"}, {"unit", "단위"}, {"meaning", "뜻"}, {"rows", "행 수"}});
  for (const ResultTable& table : tables)
    for (int i = 0; i < table.row->field_count(); ++i) {
      const FieldDescriptor* column = table.row->field(i);
      sheet.text(table.name);
      sheet.text(column->name());
      sheet.text(unit_words(unit(column)));
      sheet.text(meaning(column));
      sheet.number(double(table.rows));
      sheet.end();
    }
}

void table_sheet(Workbook& book, const Database& database, const ResultTable& table) {
  Sheet sheet(book, {table.name, table.name});
  std::string names;
  std::vector<sim::Text> header;
  for (int i = 0; i < table.row->field_count(); ++i) {
    const std::string& name = table.row->field(i)->name();
    names += (i > 0 ? "," : "") + name;
    header.push_back({name, name});
  }
  sheet.header(header);
  for (Rows rows = database.rows("SELECT " + names + " FROM " + table.name + " ORDER BY rowid"); rows.next();) {
    for (int i = 0; i < table.row->field_count(); ++i)
      if (rows.empty(i)) sheet.none();
      else if (table.row->field(i)->cpp_type() == FieldDescriptor::CPPTYPE_STRING) sheet.text(std::string(rows.text(i)));
      else sheet.number(rows.number(i));
    sheet.end();
  }
}

}  // namespace

Workbooks export_xlsx(const fs::path& out, const fs::path& to, bool korean) {
  Workbooks written{{to / "results.xlsx"}, {}};
  Workbook book(written.files.front(), korean);
  headlines_sheet(book, read_headlines(out));
  if (fs::exists(out / "results.sqlite")) {
    const Database database(out / "results.sqlite");
    const std::vector<ResultTable> tables = tables_of(database);
    columns_sheet(book, tables);
    for (const ResultTable& table : tables)
      if (table.rows <= kSheetRows) table_sheet(book, database, table);
      else written.too_long.push_back(table.name);
  }
  book.commit();
  return written;
}

}  // namespace dure::analysis
