#pragma once
// Rows of a table as messages, every mistake at once.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "sim/scenario_diagnostic.h"
#include "sim/scenario_schema.h"
#include "sim/scenario_table.h"

namespace dure::sim {

/// Throws ScenarioErrors with line and remedy if `file` is broken or a required cell is empty.
template <typename Row>
std::vector<Row> rows_of(const std::string& file, UnknownColumns unknown) {
  std::vector<Error> errors;
  std::vector<Row> rows;
  for (const TableRow& each : read_table(file, {file, 0, 0, 0}, Row(), errors, unknown)) {
    const auto& row = static_cast<const Row&>(*each.message);
    const auto* type = row.GetDescriptor();
    for (int i = 0; i < type->field_count() && !each.trail.damaged; ++i)
      if (facts(type->field(i)).required && !row.GetReflection()->HasField(row, type->field(i)))
        errors.emplace_back(Exit::kInvalid, "E0116",
                            Text{fmt::format("this row has no {}", type->field(i)->name()), fmt::format("이 행에 {} 값이 없습니다", type->field(i)->name())}, each.trail.place,
                            Text{"every row needs it: fill the cell or remove the row", "모든 행에 필요합니다. 칸을 채우거나 행을 지우십시오"});
    rows.push_back(row);
  }
  if (!errors.empty()) throw ScenarioErrors(std::move(errors), {});
  return rows;
}

}  // namespace dure::sim
