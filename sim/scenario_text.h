#pragma once
// Protobuf text format with a place for every value, and every mistake at once.
//
// protobuf's own TextFormat stops at the first mistake and points behind it. This reader stands on protobuf's Tokenizer and
// reflection, accepts the same language (without extensions, which a scenario has none of), and goes on after a mistake; a
// test holds both to the same messages.
#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace dure::sim {

/// Where a message's parts came from: the same tree as the message.
///
/// `place` of a value is the value itself, of a message its field name. `note` is the comment that ends the line.
struct Trail {
  Place place;
  std::string note;
  bool damaged = false;                     // something in it could not be read: what is missing may not be missing
  std::map<int, std::vector<Trail>> parts;  // field number -> one a value

  const Trail* find(int field_number, int index = 0) const;
  Trail& put(int field_number, Trail part);  // the one and only value of a field
};

/// Reads `text` into `message`, whose parts must be unset. Mistakes are appended to `errors`.
/// `first_line` numbers the lines from there; `first_column` is added to columns of the first line (a --set value).
void read_text(const std::string& file, std::string_view text, google::protobuf::Message& message, Trail& trail, std::vector<Error>& errors,
               int first_line = 1, int first_column = 1);

/// The type a file names in `# proto-message: dure.Scenario`, empty if it names none, with the line it stands in.
struct Announced {
  std::string type;
  Place place;
};
/// The bytes of a file; empty if it cannot be read or is larger than a gigabyte.
std::optional<std::string> read_file(const std::string& file);
int first_line_not_utf8(std::string_view text);

Announced announced_type(const std::string& file, std::string_view text);

}  // namespace dure::sim
