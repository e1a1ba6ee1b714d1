#pragma once
// A CSV file into a repeated message field by column name, for tests of rooms that may not open the door.
#include <doctest/doctest.h>
#include <google/protobuf/message.h>

#include <fstream>
#include <string>
#include <vector>

namespace dure::test {

inline std::vector<std::string> csv_cells(const std::string& line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char letter : line) {
    if (letter == '"')
      quoted = !quoted;
    else if (letter == ',' && !quoted)
      cells.emplace_back();
    else
      cells.back() += letter;
  }
  return cells;
}

/// Appends the rows of `path` (from the root of the repository) to the repeated field `field` of `message`.
inline void load_table(google::protobuf::Message& message, const std::string& field, const std::string& path) {
  using google::protobuf::FieldDescriptor;
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.good(), path);
  const auto* const into = message.GetDescriptor()->FindFieldByName(field);
  REQUIRE(into != nullptr);
  std::string line;
  std::getline(file, line);
  const auto columns = csv_cells(line);
  while (std::getline(file, line)) {
    const auto cells = csv_cells(line);
    REQUIRE_MESSAGE(cells.size() == columns.size(), path << ": " << line);
    auto& row = *message.GetReflection()->AddMessage(&message, into);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (cells[i].empty()) continue;
      const auto* const column = row.GetDescriptor()->FindFieldByName(columns[i]);
      REQUIRE_MESSAGE(column != nullptr, path << ": no field for column " << columns[i]);
      const auto* const set = row.GetReflection();
      switch (column->cpp_type()) {
        case FieldDescriptor::CPPTYPE_DOUBLE:
          set->SetDouble(&row, column, std::stod(cells[i]));
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          set->SetInt32(&row, column, std::stoi(cells[i]));
          break;
        case FieldDescriptor::CPPTYPE_BOOL:
          set->SetBool(&row, column, cells[i] == "true" || cells[i] == "1");
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          set->SetString(&row, column, cells[i]);
          break;
        default:
          FAIL("a column type that no table has");
      }
    }
  }
}

}  // namespace dure::test
