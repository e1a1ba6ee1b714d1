#include "sim/scenario_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "sim/options.pb.h"
#include "sim/scenario.pb.h"
#include "sim/scenario_diagnostic.h"
#include "sim/unit_words.h"

namespace dure::sim {
namespace proto = ::dure;

FieldFacts facts(const FieldDescriptor* field) {
  const auto& o = field->options();
  const auto number = [&o](const auto& option) {
    return o.HasExtension(option) ? std::optional<double>(o.GetExtension(option)) : std::nullopt;
  };
  return {.unit = o.GetExtension(proto::unit),
          .source = o.GetExtension(proto::source),
          .en = o.GetExtension(proto::en),
          .ko = o.GetExtension(proto::ko),
          .trust = o.GetExtension(proto::trust),
          .refers_to = o.GetExtension(proto::refers_to),
          .table_of = o.GetExtension(proto::table_of),
          .form = o.GetExtension(proto::form),
          .one_of = o.GetExtension(proto::one_of),
          .min = number(proto::min),
          .max = number(proto::max),
          .low = number(proto::low),
          .high = number(proto::high),
          .required = o.GetExtension(proto::required),
          .key = o.GetExtension(proto::key)};
}

std::string number_text(double value) {
  std::string plain = fmt::format("{}", value + 0.0);  // shortest that reads back; + 0.0 drops the sign of zero
  if (!std::isfinite(value)) return plain;
  if (plain.ends_with(".0")) plain.erase(plain.size() - 2);
  if (plain.find('e') == std::string::npos && std::fabs(value) < 1e7) return plain;
  for (int digits = 0; digits < 17; ++digits) {
    std::string text = fmt::format("{:.{}e}", value, digits);  // 1.3e+10
    if (std::strtod(text.c_str(), nullptr) != value) continue;
    const std::size_t e = text.find('e');
    const std::string exponent = std::to_string(std::stoi(text.substr(e + 1)));
    text = text.substr(0, e + 1) + exponent;
    return text.size() < plain.size() || plain.find('e') != std::string::npos ? text : plain;
  }
  return plain;
}

std::string range_text(const FieldFacts& f) {
  if (!f.min && !f.max) return "";
  return (f.min ? number_text(*f.min) : "") + ".." + (f.max ? number_text(*f.max) : "");
}

Text unit_and_range(const FieldDescriptor* field) {
  const FieldFacts f = facts(field);
  const std::string range = range_text(f);
  const std::string between = f.unit.empty() || range.empty() ? "" : ", ";
  return {f.unit + between + range, unit_words(f.unit).ko + between + range};
}

Text in_brackets(const Text& facts) {
  if (facts.en.empty()) return {};
  return {" (" + facts.en + ")", " (" + facts.ko + ")"};
}

std::string type_text(const FieldDescriptor* field) {
  if (facts(field).form == "date") return "date";
  if (is_path(field)) return "path";
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "number";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return "whole number";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "whole number, 0 or more";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_ENUM: {
      std::string names;
      for (int i = 0; i < field->enum_type()->value_count(); ++i) names += (i ? " | " : "") + field->enum_type()->value(i)->name();
      return names;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return field->message_type()->name();
  }
  return "";
}

Text wanted_text(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return {"a number", "숫자"};
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return {"a whole number", "정수"};
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return {"a whole number, 0 or more", "0 이상의 정수"};
    case FieldDescriptor::CPPTYPE_BOOL:
      return {"true or false", "true 또는 false"};
    case FieldDescriptor::CPPTYPE_STRING:
      if (facts(field).form == "date") return {"a date in quotes, \"2026-03-31\"", "따옴표로 묶은 날짜(\"2026-03-31\")"};
      return {"text in quotes", "따옴표로 묶은 글"};
    case FieldDescriptor::CPPTYPE_ENUM:
      return {"one of " + type_text(field), type_text(field) + " 중 하나"};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return {"a block { ... }", "블록 { ... }"};
  }
  return {};
}

std::optional<std::string> default_text(const FieldDescriptor* field) {
  if (field->is_repeated() || !field->has_default_value()) return {};
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return number_text(field->default_value_double());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return number_text(field->default_value_float());
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(field->default_value_int32());
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(field->default_value_int64());
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(field->default_value_uint32());
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(field->default_value_uint64());
    case FieldDescriptor::CPPTYPE_BOOL:
      return field->default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_STRING:
      return field->default_value_string();
    case FieldDescriptor::CPPTYPE_ENUM:
      return field->default_value_enum()->name();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return {};
  }
  return {};
}

std::string room_of(const Descriptor* type) {
  std::string name = type->file()->name();  // "sim/inventory/inventory.proto"
  name = name.substr(name.find('/') + 1);
  const auto slash = name.find('/');
  return slash == std::string::npos ? name.substr(0, name.find('.')) : name.substr(0, slash);
}

const FieldDescriptor* key_field(const Descriptor* type) {
  for (int i = 0; i < type->field_count(); ++i)
    if (type->field(i)->options().GetExtension(proto::key)) return type->field(i);
  return nullptr;
}

std::string key_of(const Message& message) {
  const FieldDescriptor* field = key_field(message.GetDescriptor());
  return field != nullptr && message.GetReflection()->HasField(message, field) ? value_text(message, field) : "";
}

const OneofDescriptor* only_oneof(const Descriptor* type) { return type->real_oneof_decl_count() == 1 ? type->oneof_decl(0) : nullptr; }

std::vector<std::string> field_names(const Descriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->field_count(); ++i) names.push_back(type->field(i)->name());
  return names;
}

std::vector<const Descriptor*> message_types(const Descriptor* root) {
  std::vector<const Descriptor*> found{root};
  for (std::size_t at = 0; at < found.size(); ++at)
    for (int i = 0; i < found[at]->field_count(); ++i) {
      const Descriptor* below = found[at]->field(i)->message_type();
      if (below != nullptr && std::find(found.begin(), found.end(), below) == found.end()) found.push_back(below);
    }
  return found;
}

bool is_path(const FieldDescriptor* field) {
  return field->options().HasExtension(proto::table_of) || field->options().GetExtension(proto::form) == "path";
}

void change_paths(Message& message, const std::function<std::string(const std::string&)>& change) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->message_type() != nullptr) {
        change_paths(field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i) : *reflection->MutableMessage(&message, field), change);
      } else if (is_path(field)) {
        const std::string path = change(value_text(message, field, i));
        field->is_repeated() ? reflection->SetRepeatedString(&message, field, i, path) : reflection->SetString(&message, field, path);
      }
    }
  }
}

namespace {

Problem wrong_type(const FieldDescriptor* field, std::string_view text) {
  const Text wanted = wanted_text(field);
  const Text more = in_brackets(unit_and_range(field));
  return {"E0104",
          {fmt::format("`{}` wants {}, not `{}`", field->name(), wanted.en, text),
           fmt::format("`{}`에는 {} 와야 하는데 `{}`이(가) 있습니다", field->name(), with_particle(wanted.ko, "이", "가"), text)},
          {fmt::format("write {}{}", wanted.en, more.en), fmt::format("{} 쓰십시오{}", with_particle(wanted.ko, "을", "를"), more.ko)}};
}

template <typename Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if constexpr (std::is_floating_point_v<Number>)
    if (failure == std::errc::result_out_of_range) value = HUGE_VAL;  // refused later as not finite
  return (failure == std::errc{} || (std::is_floating_point_v<Number> && failure == std::errc::result_out_of_range)) &&
         end == text.data() + text.size();
}

std::optional<Problem> set_one(Message& message, const FieldDescriptor* field, std::string_view text) {
  const auto* reflection = message.GetReflection();
  const bool add = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      if (!read_number(text, value)) return wrong_type(field, text);
      add ? reflection->AddDouble(&message, field, value) : reflection->SetDouble(&message, field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_FLOAT: {
      double value = 0;
      if (!read_number(text, value)) return wrong_type(field, text);
      add ? reflection->AddFloat(&message, field, static_cast<float>(value))
          : reflection->SetFloat(&message, field, static_cast<float>(value));
      return {};
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      std::int32_t value = 0;
      if (!read_number(text, value)) return wrong_type(field, text);
      add ? reflection->AddInt32(&message, field, value) : reflection->SetInt32(&message, field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      std::int64_t value = 0;
      if (!read_number(text, value)) return wrong_type(field, text);
      add ? reflection->AddInt64(&message, field, value) : reflection->SetInt64(&message, field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      std::uint32_t value = 0;
      if (!read_number(text, value)) return wrong_type(field, text);
      add ? reflection->AddUInt32(&message, field, value) : reflection->SetUInt32(&message, field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      std::uint64_t value = 0;
      if (!read_number(text, value)) return wrong_type(field, text);
      add ? reflection->AddUInt64(&message, field, value) : reflection->SetUInt64(&message, field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool yes = text == "true" || text == "1";
      if (!yes && text != "false" && text != "0") return wrong_type(field, text);
      add ? reflection->AddBool(&message, field, yes) : reflection->SetBool(&message, field, yes);
      return {};
    }
    case FieldDescriptor::CPPTYPE_STRING:
      add ? reflection->AddString(&message, field, std::string(text)) : reflection->SetString(&message, field, std::string(text));
      return {};
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field->enum_type()->FindValueByName(std::string(text));
      if (int number = 0; value == nullptr && read_number(text, number)) value = field->enum_type()->FindValueByNumber(number);
      if (value == nullptr) {
        std::vector<std::string> names;
        for (int i = 0; i < field->enum_type()->value_count(); ++i) names.push_back(field->enum_type()->value(i)->name());
        const auto near = nearest(text, names);
        return Problem{"E0105",
                       {fmt::format("`{}` is no value of `{}`", text, field->name()),
                        fmt::format("`{}`은(는) `{}`의 값이 아닙니다", text, field->name())},
                       {near ? fmt::format("did you mean `{}`?", *near) : "one of " + type_text(field),
                        near ? fmt::format("`{}`을(를) 뜻하셨습니까?", *near) : type_text(field) + " 중 하나를 쓰십시오"}};
      }
      add ? reflection->AddEnum(&message, field, value) : reflection->SetEnum(&message, field, value);
      return {};
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return wrong_type(field, text);
  }
  return {};
}

}  // namespace

std::optional<Problem> set_value(Message& message, const FieldDescriptor* field, std::string_view text) {
  if (!field->is_repeated()) return set_one(message, field, text);
  message.GetReflection()->ClearField(&message, field);
  while (!text.empty()) {
    const std::size_t end = text.find(';');
    if (auto problem = set_one(message, field, text.substr(0, end))) return problem;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return {};
}

std::string value_text(const Message& message, const FieldDescriptor* field, int index) {
  const auto* r = message.GetReflection();
  const bool many = field->is_repeated();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return number_text(many ? r->GetRepeatedDouble(message, field, index) : r->GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fmt::format("{}", many ? r->GetRepeatedFloat(message, field, index) : r->GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(many ? r->GetRepeatedInt32(message, field, index) : r->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(many ? r->GetRepeatedInt64(message, field, index) : r->GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(many ? r->GetRepeatedUInt32(message, field, index) : r->GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(many ? r->GetRepeatedUInt64(message, field, index) : r->GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? r->GetRepeatedBool(message, field, index) : r->GetBool(message, field)) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_STRING:
      return many ? r->GetRepeatedString(message, field, index) : r->GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return (many ? r->GetRepeatedEnum(message, field, index) : r->GetEnum(message, field))->name();
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "";
  }
  return "";
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

Text field_suggestion(std::string_view name, const Descriptor* type) {
  if (const auto near = nearest(name, field_names(type))) {
    const FieldDescriptor* field = type->FindFieldByName(*near);
    const Text more = in_brackets(unit_and_range(field));
    return {fmt::format("did you mean `{}`?{}", *near, more.en), fmt::format("`{}`을(를) 뜻하셨습니까?{}", *near, more.ko)};
  }
  std::string owners;
  int found = 0;
  for (const Descriptor* other : message_types(proto::Scenario::descriptor()))
    if (other != type && other->FindFieldByName(std::string(name)) != nullptr && ++found <= 2)
      owners += (owners.empty() ? "" : ", ") + other->name();
  if (found > 0 && found <= 2)
    return {fmt::format("`{}` belongs to {}", name, owners), fmt::format("`{}`은(는) {}의 항목입니다", name, owners)};
  return {fmt::format("`dure explain {}` lists its fields", type->name()),
          fmt::format("`dure explain {}`로 항목을 볼 수 있습니다", type->name())};
}

std::optional<std::vector<Step>> parse_path(std::string_view path) {
  std::vector<Step> steps;
  while (true) {
    Step step;
    const std::size_t end = path.find_first_of(".[");
    step.name = path.substr(0, end);
    if (step.name.empty() || step.name.find(']') != std::string::npos) return {};
    path.remove_prefix(std::min(end, path.size()));
    if (!path.empty() && path.front() == '[') {
      const std::size_t close = path.find(']');
      if (close == std::string_view::npos) return {};
      step.key = std::string(path.substr(1, close - 1));
      path.remove_prefix(close + 1);
    }
    steps.push_back(std::move(step));
    if (path.empty()) return steps;
    if (path.front() != '.') return {};
    path.remove_prefix(1);
  }
}

std::string join_path(const std::string& head, const FieldDescriptor* field, const Message& owner, int index) {
  std::string path = head + (head.empty() ? "" : ".") + field->name();
  if (!field->is_repeated()) return path;
  std::string key = field->message_type() != nullptr ? key_of(owner.GetReflection()->GetRepeatedMessage(owner, field, index)) : "";
  return path + "[" + (key.empty() ? std::to_string(index) : key) + "]";
}

}  // namespace dure::sim
