#pragma once
// CSV tables: the header names fields, a row is a message.
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "sim/scenario_text.h"

namespace dure::sim {

/// One message of a table, with the place of each cell.
struct TableRow {
  std::unique_ptr<google::protobuf::Message> message;
  Trail trail;
};

/// What to do with a column that names no field: a table of ours has none, a table of somebody else may.
enum class UnknownColumns { kRefused, kPassedOver };

/// Reads `file`, whose rows are messages like `prototype`.
///
/// Comma-separated, first row the names of fields, quotes around cells that hold commas or quotes, LF or CRLF, a byte-order mark is
/// skipped. An empty cell leaves its field unset; a list is written a;b;c. Mistakes are appended to `errors`; rows with mistakes are left
/// out or marked damaged. A file that ends in .txtpb is one such message in text format. `named_at` is where the scenario names the table.
std::vector<TableRow> read_table(const std::string& file, const Place& named_at, const google::protobuf::Message& prototype,
                                 std::vector<Error>& errors, UnknownColumns unknown = UnknownColumns::kRefused);

}  // namespace dure::sim
