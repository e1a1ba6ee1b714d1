#pragma once
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "analysis/report/database.h"
#include "sim/error.h"

namespace dure::analysis {

/// A table of results.sqlite and the message that says what its columns are.
struct ResultTable {
  std::string name;  // "card_hours" of CardHoursRow
  const google::protobuf::Descriptor* row = nullptr;
  std::int64_t rows = 0;
};
std::vector<ResultTable> tables_of(const Database& database);

sim::Text meaning(const google::protobuf::FieldDescriptor* column);
std::string unit(const google::protobuf::FieldDescriptor* column);

}  // namespace dure::analysis
