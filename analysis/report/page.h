#pragma once
// The parts a page is built of. Everything that goes in as Text or key is plain text; it is escaped here and only here.
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "analysis/report/format.h"

namespace dure::analysis {

/// Both languages, each marked with its `lang`; once, if they are the same.
std::string in_both(const Text& text);

/// What stands in a cell. A key with its name in each language; a number; or nothing, with the reason why.
struct Name {
  std::string key;
  Text text;
};
struct Nothing {
  Text reason;
};
using Cell = std::variant<Nothing, double, Name>;
inline Cell name(const std::string& key, Text text) { return Name{key, std::move(text)}; }
inline Cell name(const std::string& key) { return Name{key, both(key)}; }

struct Column {
  std::string id;     // name of the column in the CSV
  Text title;
  std::string unit;   // "" for names
  int decimals = 0;
  bool number = true;
};
inline Column name_column(std::string id, Text title) { return {std::move(id), std::move(title), "", 0, false}; }

/// A table that reads as HTML and as CSV. The first column heads its row.
struct Table {
  std::string id;  // of the element and of the CSV file; lower case, digits, dashes
  Text caption;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;

  std::string html() const;
  std::string csv() const;       // with a byte-order mark, lines end in CR LF
  std::string csv_link() const;  // a link that holds the file itself
};

/// A chart: its finding is its title, its figures stand in a table below it.
struct Figure {
  Text finding;
  Text unit;
  Text source;
  nlohmann::json chart;  // what analysis/report/web/src/charts.ts draws; null if there is no chart
  Table table;
};

/// Sections in order, and what the charts need.
class Page {
 public:
  /// Opens the next section; what is added goes there.
  void section(const std::string& id, Text title);
  void paragraph(const Text& text, std::string_view css_class = {});
  void heading(const Text& text);
  void figure(const Figure& figure);
  void table(const Table& table);  // a table of its own, with its CSV
  void html(const std::string& safe) { body_ += safe; }

  struct Section {
    std::string id;
    Text title;
  };
  const std::vector<Section>& sections() const { return sections_; }
  const nlohmann::json& charts() const { return charts_; }
  const std::vector<std::pair<std::string, Text>>& tables() const { return tables_; }
  std::string body() const { return body_ + (sections_.empty() ? "" : "</section>\n"); }

 private:
  std::vector<Section> sections_;
  std::vector<std::pair<std::string, Text>> tables_;  // id, caption
  nlohmann::json charts_ = nlohmann::json::array();
  std::string body_;
};

/// JSON that may stand inside a script element.
std::string json_for_script(const nlohmann::json& json);
nlohmann::json text_json(const Text& text);

}  // namespace dure::analysis
