#include <fmt/format.h>

#include <map>

#include "sim/cli/catalogue.h"
#include "sim/scenario_codes.h"

namespace dure::sim {
namespace {

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string code_words(const std::string& text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

const std::vector<std::string>& rooms() {
  static const std::vector<std::string> kRooms{"scenario",   "inventory",   "network", "workload",  "programme",
                                               "scheduling", "reliability", "power",   "economics", "study",    "results", "study_results"};
  return kRooms;
}

void part_section(const Part& part, std::string& out) {
  out += fmt::format("### {}\n\n{}{}  \n{}\n\n", part.type->name(), part.about.en,
                     part.path.empty() ? "" : fmt::format(" (`{}`)", part.path), part.about.ko);
  if (!part.table.empty()) out += fmt::format("Rows of the CSV that `{}` names.\n\n", part.table);
  if (part.type->field_count() == 0) {
    out += "No fields.\n\n";
    return;
  }
  out += "| field | type | unit | range | default | meaning | 뜻 | source | confidence |\n|---|---|---|---|---|---|---|---|---|\n";
  for (int i = 0; i < part.type->field_count(); ++i) {
    const FieldDescriptor* field = part.type->field(i);
    const FieldFacts f = facts(field);
    std::string type = type_text(field);
    if (field->is_repeated()) type = "list of " + type;
    if (f.key) type += ", key";
    if (f.required) type += ", required";
    if (!f.refers_to.empty()) type += ", names a `" + f.refers_to + "`";
    if (!f.one_of.empty()) type += ": " + f.one_of;
    if (!f.table_of.empty()) type += ", CSV of `" + f.table_of + "`";
    Text words{f.en, f.ko};
    if (words.en.empty() && field->message_type() != nullptr) words = about(field->message_type());
    std::string range = range_text(f);
    if (f.low && f.high) range += fmt::format(" (likely {}..{})", number_text(*f.low), number_text(*f.high));
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n", field->name(), cell(type), cell(f.unit), range,
                       code_words(default_text(field).value_or("")), cell(words.en), cell(words.ko), cell(f.source), f.trust);
  }
  out += "\n";
}

}  // namespace

std::string fields_page() {
  std::string out =
      "# Fields\n\nWritten by `dure explain --reference docs/reference` from the schema (`sim/**/*.proto`); do not edit.\n"
      "Every field of a scenario and of a study, and every column of `results.sqlite`, by room. 시나리오와 연구의 모든 항목, 결과 표의 모든 열.\n\n";
  std::map<std::string, std::string> by_room;
  for (const Part& part : all_parts(true)) part_section(part, by_room[room_of(part.type)]);
  for (const std::string& room : rooms())
    if (by_room.count(room) != 0) out += fmt::format("## {}\n\n{}", room, by_room[room]);
  return out;
}

std::string errors_page() {
  std::string out =
      "# Error codes\n\nWritten by `dure explain --reference docs/reference`; do not edit. `dure explain CODE` shows one.\n\n";
  for (const CodeFacts& facts : all_codes())
    out += fmt::format("## {} {}\n\n{}\n\n{} {}\n{} {}\n\n    {}\n\n", facts.code, facts.title.en, facts.title.ko, facts.meaning.en,
                       facts.remedy.en, facts.meaning.ko, facts.remedy.ko, facts.example);
  return out;
}

}  // namespace dure::sim
