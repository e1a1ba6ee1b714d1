#pragma once
// A workbook of Excel, filled row by row, written under another name and put in place at the end.
#include <xlsxwriter.h>

#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"

namespace dure::analysis {

class Workbook {
 public:
  Workbook(std::filesystem::path file, bool korean);
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;
  void commit();  // throws sim::Error (exit 5)

 private:
  friend class Sheet;
  std::filesystem::path beside() const { return file_.string() + ".part"; }
  std::filesystem::path file_;
  bool korean_;
  lxw_workbook* book_;
  lxw_format* bold_;
};

class Sheet {
 public:
  Sheet(Workbook& book, const sim::Text& title) : book_(book), sheet_(workbook_add_worksheet(book.book_, (book.korean_ ? title.ko : title.en).c_str())) {}
  void header(const std::vector<sim::Text>& titles) {
    for (const sim::Text& title : titles) bold(title);
    end();
    worksheet_freeze_panes(sheet_, row_, 0);
  }
  void bold(const sim::Text& value) { put(book_.korean_ ? value.ko : value.en, book_.bold_); }
  void text(const std::string& value) { put(value, nullptr); }
  void text(const sim::Text& value) { put(book_.korean_ ? value.ko : value.en, nullptr); }
  void number(double value) {
    if (std::isfinite(value)) worksheet_write_number(sheet_, row_, column_, value, nullptr);
    ++column_;
  }
  void number(const std::optional<double>& value) {
    if (value) number(*value);
    else ++column_;
  }
  void none() { ++column_; }
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
  void put(const std::string& value, lxw_format* format) { worksheet_write_string(sheet_, row_, column_++, value.c_str(), format); }
  Workbook& book_;
  lxw_worksheet* sheet_;
  lxw_row_t row_ = 0;
  lxw_col_t column_ = 0;
};

}  // namespace dure::analysis
