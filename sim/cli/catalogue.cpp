#include "sim/cli/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/options.pb.h"
#include "sim/results.pb.h"
#include "sim/scenario.pb.h"
#include "sim/study.pb.h"
#include "sim/study_results.pb.h"

namespace dure::sim {
namespace proto = ::dure;

Text about(const Descriptor* type) {
  return {type->options().GetExtension(proto::about_en), type->options().GetExtension(proto::about_ko)};
}

namespace {

/// A file's message and every message below it that is not there yet.
void add_file(std::vector<Part>& parts, const Descriptor* file) {
  Part root;
  root.type = file;
  root.about = about(root.type);
  parts.push_back(root);
  for (std::size_t at = parts.size() - 1; at < parts.size(); ++at) {
    for (int i = 0; i < parts[at].type->field_count(); ++i) {
      const FieldDescriptor* field = parts[at].type->field(i);
      const Descriptor* below = field->message_type();
      if (below == nullptr || std::any_of(parts.begin(), parts.end(), [below](const Part& p) { return p.type == below; })) continue;
      Part part;
      part.type = below;
      part.name = field->name();
      part.path = parts[at].path + (parts[at].path.empty() ? "" : ".") + field->name();
      if (field->is_repeated()) part.path += key_field(below) != nullptr ? "[NAME]" : "[0]";
      part.choice = field->real_containing_oneof();
      for (int j = 0; j < parts[at].type->field_count(); ++j)
        if (facts(parts[at].type->field(j)).table_of == field->name()) part.table = parts[at].type->field(j)->name();
      part.about = about(below);
      if (part.about.en.empty()) part.about = {facts(field).en, facts(field).ko};
      if (const OneofDescriptor* choice = only_oneof(below); part.about.en.empty() && choice != nullptr) {
        std::string cases;
        for (int j = 0; j < choice->field_count(); ++j) cases += (j ? ", " : "") + choice->field(j)->name();
        part.about = {"one of " + cases, cases + " 중 하나"};
      }
      parts.push_back(part);
    }
  }
}

}  // namespace

std::vector<Part> all_parts(bool everything) {
  std::vector<Part> parts;
  add_file(parts, proto::Scenario::descriptor());
  if (!everything) return parts;
  add_file(parts, proto::Study::descriptor());
  for (const auto* file : {proto::JobsRow::descriptor()->file(), proto::RunsRow::descriptor()->file()})
    for (int i = 0; i < file->message_type_count(); ++i) {
      Part part;
      part.type = file->message_type(i);
      part.name = part.type->name();
      part.about = about(part.type);
      parts.push_back(part);
    }
  return parts;
}

namespace {

/// "MW, 0..5000, default 40"
std::string short_facts(const FieldDescriptor* field, const Context& context) {
  std::string out = context.say(unit_and_range(field));
  const auto add = [&out](const std::string& more) { out += (out.empty() ? "" : ", ") + more; };
  if (const auto value = default_text(field)) add(fmt::format("{} {}", context.say("default", "기본값"), *value));
  if (facts(field).required) add(context.say("required", "필수"));
  if (field->is_repeated()) add(context.say("a list", "목록"));
  return out;
}

}  // namespace

namespace {

Text type_words(const FieldDescriptor* field) {
  const std::string en = type_text(field);
  for (const Text& known : {Text{"number", "숫자"},
                            {"whole number", "정수"},
                            {"whole number, 0 or more", "0 이상의 정수"},
                            {"text", "글"},
                            {"true or false", "참(true) 또는 거짓(false)"},
                            {"date", "날짜"},
                            {"path", "파일 경로"}})
    if (known.en == en) return known;
  return {en, en};
}

}  // namespace

std::string explain_field(const Part& part, const FieldDescriptor* field, const Context& context) {
  const FieldFacts f = facts(field);
  std::string out = context.paint("1", part.type->name() + "." + field->name()) + "\n";
  if (!f.en.empty()) out += fmt::format("  {}\n  {}\n", context.say(Text{f.en, f.ko}), context.language == Language::kKorean ? f.en : f.ko);
  const auto line = [&](const char* en, const char* ko, const std::string& value) {
    if (value.empty()) return;
    const std::string label = context.say(en, ko);
    out += "  " + label + std::string(static_cast<std::size_t>(std::max(1, 14 - display_width(label))), ' ') + value + "\n";
  };
  line("type", "종류", context.say(type_words(field)));
  line("unit", "단위", f.unit);
  line("range", "범위", range_text(f));
  line("one of", "선택지", f.one_of);
  line("default", "기본값", default_text(field).value_or(""));
  if (f.low || f.high) line("uncertainty", "불확실 범위", (f.low ? number_text(*f.low) : "") + ".." + (f.high ? number_text(*f.high) : ""));
  line("source", "출처", f.source);
  line("confidence", "신뢰도", f.trust);
  if (f.required) line("required", "필수", context.say("yes", "예"));
  if (f.key) line("key", "키", context.say("names its message in a list", "목록에서 이 메시지의 이름"));
  line("refers to", "가리키는 것", f.refers_to);
  line("rows of", "행의 종류", f.table_of);
  if (const auto* values = field->enum_type())
    for (int i = 0; i < values->value_count(); ++i) {
      const auto& o = values->value(i)->options();
      line("value", "값",
           fmt::format("{}  {}", values->value(i)->name(),
                       context.say(Text{o.GetExtension(proto::value_en), o.GetExtension(proto::value_ko)})));
    }
  const std::string room = room_of(part.type);
  if (room == "results" || room == "study_results")
    line("table", "결과 표", part.type->name());
  else if (room == "study")
    line("file", "파일", context.say("a study (# proto-message: dure.Study)", "연구(# proto-message: dure.Study)"));
  else if (field->message_type() == nullptr)
    line("set with", "설정 예", fmt::format("--set {}{}{}=...", part.path, part.path.empty() ? "" : ".", field->name()));
  return out;
}

std::string explain_part(const Part& part, const Context& context) {
  std::string out = context.paint("1", part.type->name()) + "  " + context.say(part.about) + "\n";
  if (!part.path.empty()) out += fmt::format("  {}\n", part.path);
  if (!part.table.empty()) out += fmt::format("  {} {}\n", context.say("rows of the CSV named by", "행으로 읽는 CSV:"), part.table);
  out += "\n";
  int width = 0;
  for (const std::string& name : field_names(part.type)) width = std::max(width, static_cast<int>(name.size()));
  for (int i = 0; i < part.type->field_count(); ++i) {
    const FieldDescriptor* field = part.type->field(i);
    const FieldFacts f = facts(field);
    Text words{f.en, f.ko};
    if (words.en.empty() && field->message_type() != nullptr) words = about(field->message_type());
    out += fmt::format("  {:<{}}  {}", field->name(), width, context.say(words));
    if (const std::string more = short_facts(field, context); !more.empty()) out += " (" + more + ")";
    out += "\n";
  }
  return out;
}

nlohmann::json field_json(const Part& part, const FieldDescriptor* field) {
  const FieldFacts f = facts(field);
  nlohmann::json out = {{"message", part.type->name()},
                        {"field", field->name()},
                        {"type", type_text(field)},
                        {"en", f.en},
                        {"ko", f.ko},
                        {"unit", f.unit},
                        {"source", f.source},
                        {"trust", f.trust},
                        {"required", f.required},
                        {"list", field->is_repeated()}};
  if (!part.path.empty() || part.type == proto::Scenario::descriptor())
    out["path"] = part.path + (part.path.empty() ? "" : ".") + field->name();
  if (f.min) out["min"] = *f.min;
  if (f.max) out["max"] = *f.max;
  if (f.low) out["low"] = *f.low;
  if (f.high) out["high"] = *f.high;
  if (const auto value = default_text(field)) out["default"] = *value;
  return out;
}

nlohmann::json part_json(const Part& part) {
  nlohmann::json fields = nlohmann::json::array();
  for (int i = 0; i < part.type->field_count(); ++i) fields.push_back(field_json(part, part.type->field(i)));
  nlohmann::json out = {{"message", part.type->name()},
                        {"room", room_of(part.type)},
                        {"path", part.path},
                        {"about", {{"en", part.about.en}, {"ko", part.about.ko}}},
                        {"fields", std::move(fields)}};
  if (part.choice != nullptr) out["choice_of"] = part.choice->containing_type()->name() + "." + part.choice->name();
  if (!part.table.empty()) out["table"] = part.table;
  return out;
}

}  // namespace dure::sim
