#pragma once
// Rows of a table as messages, every mistake at once.
#include <string>
#include <vector>

#include "sim/scenario.h"
#include "sim/scenario_diagnostic.h"
#include "sim/scenario_table.h"

namespace dure::sim {

/// Throws ScenarioErrors with line and remedy if `file` is broken or a required cell is empty.
template <typename Row>
std::vector<Row> rows_of(const std::string& file, UnknownColumns unknown) {
  std::vector<Error> errors;
  std::vector<Row> rows;
  for (const TableRow& each : read_table(file, {file, 0, 0, 0}, Row(), errors, unknown)) {
    const auto& row = static_cast<const Row&>(*each.message);
    check_fields(row, each.trail, errors);
    rows.push_back(row);
  }
  if (!errors.empty()) throw ScenarioErrors(std::move(errors), {});
  return rows;
}

}  // namespace dure::sim
