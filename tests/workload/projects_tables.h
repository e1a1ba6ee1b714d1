#pragma once
// The tables of platforms/workload as messages, for tests of this room alone (a run reads them through the door).
#include <google/protobuf/text_format.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/workload/job_classes.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim::testing {

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

template <class Row>
void read_table(const std::string& path, google::protobuf::RepeatedPtrField<Row>* rows) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("no table " + path);
  const auto names = csv_cells(line);
  while (std::getline(file, line)) {
    const auto cells = csv_cells(line);
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto* field = Row::descriptor()->FindFieldByName(names.at(i));
      if (!field) throw std::runtime_error(path + ": no field " + names[i]);
      const bool is_text = field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING;
      text += names[i] + ": " + (is_text ? "\"" + cells[i] + "\"" : cells[i]) + "\n";
    }
    if (!google::protobuf::TextFormat::ParseFromString(text, rows->Add())) throw std::runtime_error(path + ": " + line);
  }
}

inline dure::Projects platform_projects() {
  dure::Projects spec;
  read_table("platforms/workload/archetypes.csv", spec.mutable_archetype());
  read_table("platforms/workload/job_patterns.csv", spec.mutable_job_pattern());
  return spec;
}

inline std::vector<JobClass> platform_job_classes() {
  google::protobuf::RepeatedPtrField<dure::JobClassSpec> specs;
  read_table("platforms/workload/job_classes.csv", &specs);
  return make_job_classes(specs);
}

}  // namespace dure::sim::testing
