#include "analysis/export/tables.h"

#include <cctype>

#include "sim/options.pb.h"
#include "sim/results.pb.h"
#include "sim/study_results.pb.h"

namespace dure::analysis {
namespace {

std::string table_name(const google::protobuf::Descriptor* row) {
  std::string name;
  for (const char letter : row->name().substr(0, row->name().size() - 3)) {  // without "Row"
    if (std::isupper(static_cast<unsigned char>(letter)) != 0 && !name.empty()) name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return name;
}

}  // namespace

std::vector<ResultTable> tables_of(const Database& database) {
  std::vector<ResultTable> tables;
  for (const auto* file : {::dure::JobsRow::descriptor()->file(), ::dure::RunsRow::descriptor()->file()})
    for (int i = 0; i < file->message_type_count(); ++i) {
      const std::string name = table_name(file->message_type(i));
      if (!database.has_table(name)) continue;
      Rows count = database.rows("SELECT COUNT(*) FROM " + name);
      count.next();
      tables.push_back({name, file->message_type(i), count.integer(0)});
    }
  return tables;
}

sim::Text meaning(const google::protobuf::FieldDescriptor* column) { return {column->options().GetExtension(::dure::en), column->options().GetExtension(::dure::ko)}; }
std::string unit(const google::protobuf::FieldDescriptor* column) { return column->options().GetExtension(::dure::unit); }

}  // namespace dure::analysis
