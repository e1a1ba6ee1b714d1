#pragma once
// A small reader for tests: rows of a CSV table as messages, column names being field names. Empty cells stay unset.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace dure::test {

using CsvRow = std::vector<std::string>;

/// All rows, the header first. Quoted cells may hold commas, quotes ("") and line ends.
inline std::vector<CsvRow> read_csv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::stringstream whole;
  whole << file.rdbuf();
  const std::string text = whole.str();
  std::vector<CsvRow> rows;
  CsvRow row;
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"')
        cell += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        cell += text[++i];
      else
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',' || c == '\n') {
      row.push_back(cell);
      cell.clear();
      if (c == '\n') {
        rows.push_back(row);
        row.clear();
      }
    } else if (c != '\r') {
      cell += c;
    }
  }
  if (!cell.empty() || !row.empty()) {
    row.push_back(cell);
    rows.push_back(row);
  }
  return rows;
}

template <class M>
std::vector<M> read_table(const std::string& path) {
  using google::protobuf::FieldDescriptor;
  const std::vector<CsvRow> rows = read_csv(path);
  std::vector<M> messages;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].size() != rows[0].size())
      throw std::runtime_error(path + ": row " + std::to_string(r + 1) + " has another number of cells than the header");
    M message;
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const FieldDescriptor* field = M::descriptor()->FindFieldByName(rows[0][c]);
      if (field == nullptr) throw std::runtime_error(path + ": no field is called " + rows[0][c]);
      const std::string& cell = rows[r][c];
      if (cell.empty()) continue;
      const auto* reflection = message.GetReflection();
      std::size_t used = cell.size();
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_STRING:
          reflection->SetString(&message, field, cell);
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          reflection->SetDouble(&message, field, std::stod(cell, &used));
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          reflection->SetInt32(&message, field, std::stoi(cell, &used));
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          if (cell != "true" && cell != "false") throw std::runtime_error(path + ": " + cell + " is neither true nor false");
          reflection->SetBool(&message, field, cell == "true");
          break;
        default:
          throw std::runtime_error(path + ": no rule for the type of " + field->name());
      }
      if (used != cell.size()) throw std::runtime_error(path + ": \"" + cell + "\" is no number");
    }
    messages.push_back(message);
  }
  return messages;
}

/// Appends the rows of a table to a repeated field.
template <class M>
void add_table(google::protobuf::RepeatedPtrField<M>* to, const std::string& path) {
  for (const M& message : read_table<M>(path)) *to->Add() = message;
}

}  // namespace dure::test
