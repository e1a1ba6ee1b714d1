#include "sim/scenario_table.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "sim/scenario_diagnostic.h"
#include "sim/scenario_schema.h"

namespace dure::sim {
namespace {

struct Cell {
  std::string text;
  Place place;
};
using Row = std::vector<Cell>;

/// libcsv is fed a byte at a time, so that the place of each cell is known when it is handed over.
class Splitter {
 public:
  Splitter(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  /// False if a quote is astray; `bad` is then the place.
  bool split(std::vector<Row>& rows, Place& bad) {
    csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    const std::unique_ptr<csv_parser, void (*)(csv_parser*)> guard(&parser, csv_free);
    rows_ = &rows;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      at_ = i;
      if (csv_parse(&parser, &text_[i], 1, on_cell, on_row, this) != 1) {
        bad = place(line_begin_, i, i + 1);
        return false;
      }
      if (row_ended_)
        row_begun_ = row_ended_ = false;
      else if (text_[i] != '\n' && text_[i] != '\r' && text_[i] != ' ' && text_[i] != '\t')
        row_begun_ = true;
      if (text_[i] != '\n') continue;
      ++line_;
      line_begin_ = i + 1;
      if (row_begun_) continue;  // inside a quoted cell
      cell_begin_ = i + 1;
      cell_line_ = line_;
      cell_line_begin_ = line_begin_;
    }
    at_ = text_.size();
    if (csv_fini(&parser, on_cell, on_row, this) != 0) {
      bad = place(cell_line_begin_, cell_begin_, cell_begin_ + 1);
      bad.line = cell_line_;
      return false;
    }
    return true;
  }

 private:
  Place place(std::size_t line_begin, std::size_t begin, std::size_t end) const {
    return {file_, line_, static_cast<int>(count_characters(text_.substr(line_begin, begin - line_begin))) + 1,
            std::max(1, static_cast<int>(count_characters(text_.substr(begin, end - begin))))};
  }
  static void on_cell(void* bytes, std::size_t length, void* self) {
    auto& s = *static_cast<Splitter*>(self);
    std::size_t begin = s.cell_begin_;
    std::size_t end = s.at_;
    while (begin < end && (s.text_[begin] == ' ' || s.text_[begin] == '\t')) ++begin;
    while (end > begin && (s.text_[end - 1] == ' ' || s.text_[end - 1] == '\t')) --end;
    const std::size_t eol = s.text_.find('\n', begin);
    Place where = s.place(s.cell_line_begin_, begin, std::min(end, eol));
    where.line = s.cell_line_;
    s.row_.push_back({std::string(static_cast<const char*>(bytes), length), where});
    s.cell_begin_ = s.at_ + 1;
    s.cell_line_ = s.line_;
    s.cell_line_begin_ = s.line_begin_;
  }
  static void on_row(int, void* self) {
    auto& s = *static_cast<Splitter*>(self);
    if (!s.row_.empty()) s.rows_->push_back(std::move(s.row_));
    s.row_.clear();
    s.row_ended_ = true;
  }

  const std::string& file_;
  std::string_view text_;
  std::vector<Row>* rows_ = nullptr;
  Row row_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::size_t line_begin_ = 0;
  std::size_t cell_begin_ = 0;
  int cell_line_ = 1;
  std::size_t cell_line_begin_ = 0;
  bool row_begun_ = false;
  bool row_ended_ = false;
};

}  // namespace

std::vector<TableRow> read_table(const std::string& file, const Place& named_at, const Message& prototype, std::vector<Error>& errors,
                                 UnknownColumns unknown) {
  const auto fail = [&errors](const char* code, Place where, Text message, Text help = {}) {
    errors.emplace_back(Exit::kInvalid, code, std::move(message), std::move(where), std::move(help));
  };
  const std::optional<std::string> read = read_file(file);
  if (!read) {
    fail("E0113", named_at, {fmt::format("cannot read table `{}`", file), fmt::format("표 `{}`을(를) 읽을 수 없습니다", file)},
         {"the path is taken from the folder of the file that names it", "경로는 이를 적은 파일이 있는 폴더를 기준으로 합니다"});
    return {};
  }
  const std::string& text = *read;
  if (file.ends_with(".txtpb")) {
    const Announced announced = announced_type(file, text);
    if (announced.type != prototype.GetDescriptor()->full_name()) {
      const std::string& wanted = prototype.GetDescriptor()->full_name();
      fail("E0121", announced.type.empty() ? Place{file, 1, 0, 0} : announced.place,
           {fmt::format("the file is no {}", wanted), fmt::format("{} 파일이 아닙니다", wanted)},
           {fmt::format("its first line must be `# proto-message: {}`", wanted), fmt::format("첫 줄이 `# proto-message: {}`여야 합니다", wanted)});
      return {};
    }
    std::vector<TableRow> one(1);
    one.front().message.reset(prototype.New());
    one.front().trail.place = {file, 1, 1, 1};
    read_text(file, text, *one.front().message, one.front().trail, errors);
    return one;
  }
  if (!is_utf8(text)) {
    fail("E0118", {file, first_line_not_utf8(text), 0, 0}, {"the table is not UTF-8", "표가 UTF-8이 아닙니다"},
         {"save it as \"CSV UTF-8\"", "\"CSV UTF-8\" 형식으로 저장하십시오"});
    return {};
  }
  std::string_view body = text;
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  std::vector<Row> rows;
  Place bad;
  if (!Splitter(file, body).split(rows, bad)) {
    fail("E0114", bad, {"a quote is astray in this row", "이 행의 따옴표가 맞지 않습니다"},
         {"a cell begins and ends with a quote; a quote inside is doubled", "칸 전체를 따옴표로 묶고, 안의 따옴표는 두 번 쓰십시오"});
    return {};
  }
  if (rows.empty()) {
    fail("E0115", {file, 0, 0, 0}, {"the table is empty", "표가 비어 있습니다"},
         {"its first line names the columns", "첫 줄에 열 이름을 쓰십시오"});
    return {};
  }
  const Descriptor* type = prototype.GetDescriptor();
  std::vector<const FieldDescriptor*> columns;
  bool header_good = true;
  for (const Cell& cell : rows.front()) {
    const FieldDescriptor* field = type->FindFieldByName(cell.text);
    if (field == nullptr && unknown == UnknownColumns::kPassedOver) {
    } else if (field == nullptr || field->message_type() != nullptr) {
      fail("E0115", cell.place,
           {fmt::format("unknown column `{}` in a table of {}", cell.text, type->name()),
            fmt::format("{} 표에 `{}`(이)라는 열은 없습니다", type->name(), cell.text)},
           field_suggestion(cell.text, type));
      field = nullptr;
      header_good = false;
    } else if (std::find(columns.begin(), columns.end(), field) != columns.end()) {
      fail("E0115", cell.place,
           {fmt::format("column `{}` stands twice", cell.text), fmt::format("열 `{}`이(가) 두 번 나옵니다", cell.text)},
           {"remove one", "하나를 지우십시오"});
      field = nullptr;
    }
    columns.push_back(field);
  }
  std::vector<TableRow> found;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const Row& row = rows[r];
    if (row.size() != columns.size()) {
      Place where = row.front().place;
      const Place& last = row.back().place;
      if (last.line == where.line) where.length = last.column + last.length - where.column;
      fail("E0114", where,
           {fmt::format("{} cells, but the header has {} columns", row.size(), columns.size()),
            fmt::format("칸이 {}개인데 머리글의 열은 {}개입니다", row.size(), columns.size())},
           {"put quotes around a cell that holds a comma", "쉼표가 든 칸은 따옴표로 묶으십시오"});
      continue;
    }
    TableRow made{std::unique_ptr<Message>(prototype.New()), {}};
    made.trail.place = row.front().place;
    made.trail.damaged = !header_good;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (columns[c] == nullptr || row[c].text.empty()) continue;
      if (const auto problem = set_value(*made.message, columns[c], row[c].text)) {
        fail(problem->code.c_str(), row[c].place, problem->message, problem->help);
        made.trail.damaged = true;
        continue;
      }
      Trail cell;
      cell.place = row[c].place;
      const int values = columns[c]->is_repeated() ? made.message->GetReflection()->FieldSize(*made.message, columns[c]) : 1;
      made.trail.parts[columns[c]->number()].assign(static_cast<std::size_t>(values), cell);
    }
    found.push_back(std::move(made));
  }
  return found;
}

}  // namespace dure::sim
