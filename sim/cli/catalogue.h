#pragma once
// What a scenario can hold, read from the schema: `explain`, `models` and the reference page say it in three forms.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "sim/cli/context.h"
#include "sim/scenario_schema.h"

namespace dure::sim {

/// One message of the schema.
struct Part {
  const Descriptor* type = nullptr;
  std::string path;                         // where a scenario has it: "scheduler.easy_backfill", "site[NAME]"; empty for rows of results
  std::string name;                         // the field that holds it: "easy_backfill"
  const OneofDescriptor* choice = nullptr;  // it is one case of this
  std::string table;                        // the field that takes a CSV of it, if any
  Text about;
};

/// Every message a scenario can hold, in order of appearance; with `everything` those of a study and the rows of results.sqlite too.
std::vector<Part> all_parts(bool everything);

Text about(const Descriptor* type);
std::string explain_field(const Part& part, const FieldDescriptor* field, const Context& context);
std::string explain_part(const Part& part, const Context& context);  // its fields, a line each
nlohmann::json field_json(const Part& part, const FieldDescriptor* field);
nlohmann::json part_json(const Part& part);

/// Pages for docs/reference.
std::string fields_page();
std::string errors_page();

}  // namespace dure::sim
