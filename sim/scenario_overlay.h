#pragma once
// Laying one description over another: `extends`, tables below what is written out, `--set` on top.
#include <filesystem>
#include <string>
#include <vector>

#include "sim/scenario_text.h"

namespace dure::sim {

/// Lays `from` over `to`; `from` is used up.
///
/// A value replaces a value. A message joins field by field. A repeated field whose messages have a (key) joins element by element:
/// the same key joins, a new key is added at the end. Other lists are replaced whole. Another case of a oneof replaces the old one.
void overlay(google::protobuf::Message& to, Trail& to_trail, google::protobuf::Message& from, Trail from_trail);

/// Elements of one file or table that share a key are a mistake (E0111), not an overlay.
void refuse_twins(const google::protobuf::Message& message, const Trail& trail, std::vector<Error>& errors);

/// Makes the file names in `message` good from the working directory: ${NAME} of the environment is expanded, and a relative
/// path is taken from `folder`, where the file that names it lies.
void resolve_paths(google::protobuf::Message& message, const Trail& trail, const std::filesystem::path& folder, std::vector<Error>& errors);

/// Replaces every (table_of) field by the rows of its table, below the elements that are written out.
void expand_tables(google::protobuf::Message& message, Trail& trail, std::vector<std::string>& files, std::vector<Error>& errors);

/// One `--set PATH=VALUE`, shown in messages as line `number` of the file "--set".
///
/// VALUE is a value as in a table cell; `{ ... }` for a message; `none` takes a message out; the name of a case, for a message
/// that is one choice ("scheduler=fcfs").
struct Setting {
  std::string text;
  int number = 1;
};
void apply(const Setting& setting, google::protobuf::Message& root, Trail& trail, std::vector<Error>& errors);
/// Whether it matters for `message` which of the two comes last: then that one overwrites the other.
bool overwrite_each_other(const Setting& a, const Setting& b, const google::protobuf::Message& message, const Trail& trail);
bool names_table(const Setting& setting, const google::protobuf::Descriptor* root);  // to be set before tables are read

}  // namespace dure::sim
