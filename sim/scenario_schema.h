#pragma once
// What the schema says about its fields, and small tools to read and write messages by name.
#include <google/protobuf/message.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace dure::sim {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;

/// The options of sim/options.proto on one field.
struct FieldFacts {
  std::string unit, source, en, ko, trust, refers_to, table_of, form, one_of;
  std::optional<double> min, max, low, high;
  bool required = false;
  bool key = false;
};
FieldFacts facts(const FieldDescriptor* field);

std::string range_text(const FieldFacts& facts);           // "0..5000", "0..", "..5", ""
Text unit_and_range(const FieldDescriptor* field);         // "MW, 0..5000"; empty if it has neither
Text in_brackets(const Text& facts);                       // " (MW, 0..5000)", behind a sentence; empty of nothing
std::string number_text(double value);                     // shortest that reads back: 40, 0.05, 1.3e10
std::string type_text(const FieldDescriptor* field);       // "number", "whole number", "text", "true or false", "date", ...
Text wanted_text(const FieldDescriptor* field);            // the same as a noun phrase in both languages
std::optional<std::string> default_text(const FieldDescriptor* field);
std::string room_of(const Descriptor* type);  // "inventory", or "scenario" for the table of contents

const FieldDescriptor* key_field(const Descriptor* type);   // nullptr if it has none
std::string key_of(const Message& message);                 // empty if it has none or it is unset
const OneofDescriptor* only_oneof(const Descriptor* type);  // of a message that is nothing but one choice
std::vector<std::string> field_names(const Descriptor* type);
std::vector<const Descriptor*> message_types(const Descriptor* root);  // root and all below it, in order of appearance
bool is_path(const FieldDescriptor* field);                            // a file name: (table_of), or (form) = "path"
void change_paths(Message& message, const std::function<std::string(const std::string&)>& change);  // every file name set in it

/// A value as it stands in a table cell or behind `--set`.
/// Returns what is wrong with it; a list is written "a;b;c".
struct Problem {
  std::string code;
  Text message;
  Text help;
};
std::optional<Problem> set_value(Message& message, const FieldDescriptor* field, std::string_view text);
std::string value_text(const Message& message, const FieldDescriptor* field, int index = -1);  // unquoted
std::string quote(std::string_view text);                                                      // "..." for text format, UTF-8 kept

/// "Did you mean" for a name that is no field of `type`.
Text field_suggestion(std::string_view name, const Descriptor* type);

/// Steps of "site[honam].pue".
struct Step {
  std::string name;
  std::optional<std::string> key;
};
std::optional<std::vector<Step>> parse_path(std::string_view path);  // empty if malformed
std::string join_path(const std::string& head, const FieldDescriptor* field, const Message& owner, int index);

}  // namespace dure::sim
