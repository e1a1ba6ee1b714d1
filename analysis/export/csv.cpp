#include <fmt/format.h>

#include <fstream>

#include "analysis/export/export.h"
#include "analysis/export/headlines.h"
#include "analysis/export/tables.h"
#include "analysis/export/text_file.h"
#include "analysis/report/words.h"
#include "sim/csv_text.h"

namespace dure::analysis {
namespace fs = std::filesystem;
using google::protobuf::FieldDescriptor;
using sim::csv_text;
namespace {

std::string cell(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : std::string(); }

std::string cell(const Rows& rows, int column, const FieldDescriptor* field) {
  if (rows.empty(column)) return {};
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return csv_text(rows.text(column));
    case FieldDescriptor::CPPTYPE_DOUBLE: return fmt::format("{}", rows.number(column));
    default: return fmt::format("{}", rows.integer(column));
  }
}

}  // namespace

std::vector<fs::path> export_csv(const fs::path& out, const fs::path& to) {
  std::vector<fs::path> files;
  const auto file = [&](const std::string& name) {
    files.push_back(to / name);
    return TextFile(files.back());
  };
  {
    const Headlines found = read_headlines(out);
    TextFile metrics = file("metrics.csv");
    metrics.line(std::string(found.study ? "option," : "") + "metric,unit,value,n,p05,p50,p95,ci95_low,ci95_high,meaning_en,meaning_ko,reason_en,reason_ko");
    for (const Headline& row : found.rows) {
      const sim::Text label = metric_label(row.metric);
      metrics.line(fmt::format("{}{},{},{},{},{},{},{},{},{},{},{},{},{}", found.study ? csv_text(row.option) + "," : "", csv_text(row.metric), csv_text(row.unit), cell(row.value), row.n, cell(row.p05), cell(row.p50), cell(row.p95), cell(row.ci95_low),
                               cell(row.ci95_high), csv_text(label.en), csv_text(label.ko), csv_text(row.reason.en), csv_text(row.reason.ko)));
    }
    metrics.commit();
  }
  if (!fs::exists(out / "results.sqlite")) return files;
  const Database database(out / "results.sqlite");
  const std::vector<ResultTable> tables = tables_of(database);
  TextFile columns = file("columns.csv");
  columns.line("table,column,unit,meaning_en,meaning_ko");
  for (const ResultTable& table : tables) {
    std::string header, select;
    for (int i = 0; i < table.row->field_count(); ++i) {
      const FieldDescriptor* column = table.row->field(i);
      columns.line(fmt::format("{},{},{},{},{}", table.name, column->name(), csv_text(unit(column)), csv_text(meaning(column).en), csv_text(meaning(column).ko)));
      header += (i > 0 ? "," : "") + column->name();
    }
    TextFile csv = file(table.name + ".csv");
    csv.line(header);
    std::string line;
    for (Rows rows = database.rows("SELECT " + header + " FROM " + table.name + " ORDER BY rowid"); rows.next();) {
      line.clear();
      for (int i = 0; i < table.row->field_count(); ++i) {
        if (i > 0) line += ',';
        line += cell(rows, i, table.row->field(i));
      }
      csv.line(line);
    }
    csv.commit();
  }
  columns.commit();
  return files;
}

}  // namespace dure::analysis
