#include "analysis/report/page.h"

#include <cmath>

#include "analysis/report/words.h"

namespace dure::analysis {

std::string in_both(const Text& text) {
  if (text.en == text.ko) return escape_html(text.en);
  return "<span lang=\"en\">" + escape_html(text.en) + "</span><span lang=\"ko\">" + escape_html(text.ko) + "</span>";
}

namespace {

std::string cell_html(const Cell& cell, const Column& column) {
  if (const auto* number = std::get_if<double>(&cell)) {
    const double step = std::pow(10.0, -column.decimals);  // what is less is neither 0 nor worth an exponent; the CSV has it
    return *number > 0 && *number < 0.5 * step ? "&lt; " + exact(step, column.decimals) : exact(*number, column.decimals);
  }
  if (const auto* named = std::get_if<Name>(&cell)) return "<bdi>" + in_both(named->text) + "</bdi>";
  const Text& reason = std::get<Nothing>(cell).reason;
  return "<span class=\"none\">" + (reason.en.empty() ? "–" : in_both(reason)) + "</span>";
}

std::string cell_csv(const Cell& cell) {
  if (const auto* number = std::get_if<double>(&cell)) return machine(*number);
  if (const auto* named = std::get_if<Name>(&cell)) return csv_field(named->key);
  return {};
}

}  // namespace

std::string Table::html() const {
  std::string out = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-labelledby=\"" + id + "-caption\"><table id=\"" + id + "\"><caption id=\"" + id +
                    "-caption\">" + in_both(caption) + "</caption><thead><tr>";
  for (const Column& column : columns) {
    out += column.number ? "<th scope=\"col\" class=\"num\">" : "<th scope=\"col\">";
    out += in_both(column.title);
    if (!column.unit.empty() && column.unit != column.title.en) out += " <span class=\"unit\">" + in_both(unit_words(column.unit)) + "</span>";
    out += "</th>";
  }
  out += "</tr></thead><tbody>";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string css = columns[i].number ? " class=\"num\"" : "";
      const std::string text = cell_html(row[i], columns[i]);
      out += i == 0 ? "<th scope=\"row\"" + css + ">" + text + "</th>" : "<td" + css + ">" + text + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string Table::csv() const {
  std::string out = "\xEF\xBB\xBF";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string unit = columns[i].unit.empty() ? "" : " [" + columns[i].unit + "]";
    out += (i == 0 ? "" : ",") + csv_field(columns[i].id + unit);
  }
  out += "\r\n";
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) out += (i == 0 ? "" : ",") + cell_csv(row[i]);
    out += "\r\n";
  }
  return out;
}

std::string Table::csv_link() const {
  return "<a class=\"csv\" download=\"" + id + ".csv\" href=\"data:text/csv;charset=utf-8;base64," + base64(csv()) + "\">CSV<span class=\"away\">: " +
         in_both(caption) + "</span></a>";
}

void Page::section(const std::string& id, Text title) {
  if (!sections_.empty()) body_ += "</section>\n";
  body_ += "<section id=\"" + id + "\" aria-labelledby=\"" + id + "-title\"><h2 id=\"" + id + "-title\">" + in_both(title) + "</h2>\n";
  sections_.push_back({id, std::move(title)});
}

void Page::paragraph(const Text& text, std::string_view css_class) {
  body_ += css_class.empty() ? "<p>" : "<p class=\"" + std::string(css_class) + "\">";
  body_ += in_both(text) + "</p>\n";
}

void Page::heading(const Text& text) { body_ += "<h3>" + in_both(text) + "</h3>\n"; }

void Page::figure(const Figure& figure) {
  const std::string& id = figure.table.id;
  tables_.emplace_back(id, figure.table.caption);
  body_ += "<figure aria-labelledby=\"" + id + "-finding\"><h3 id=\"" + id + "-finding\">" + in_both(figure.finding) + "</h3>\n";
  body_ += "<p class=\"measure\">" + in_both(figure.unit) + "</p>\n";
  const bool drawn = !figure.chart.is_null();
  if (drawn) {
    body_ += "<div class=\"chart\" data-chart=\"" + id + "\"></div>\n";
    nlohmann::json chart = figure.chart;
    chart["id"] = id;
    charts_.push_back(std::move(chart));
  }
  // Open until the script has drawn the chart, so that nothing is missing without it.
  body_ += "<details open" + std::string(drawn ? " data-with-chart=\"\"" : "") + "><summary>" + in_both({"Figures as a table", "수치 표"}) + "</summary>" + figure.table.html() + "</details>\n";
  body_ += "<figcaption>" + in_both({"Source: ", "출처: "}) + in_both(figure.source) + " <span class=\"csv\">· </span>" + figure.table.csv_link() + "</figcaption></figure>\n";
}

void Page::table(const Table& table) {
  tables_.emplace_back(table.id, table.caption);
  body_ += table.html() + "<p class=\"below\">" + table.csv_link() + "</p>\n";
}

std::string json_for_script(const nlohmann::json& json) {
  const std::string plain = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  out.reserve(plain.size());
  for (const char c : plain) {  // inside JSON these three stand in strings only
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else out += c;
  }
  return out;
}

nlohmann::json text_json(const Text& text) { return text.en == text.ko ? nlohmann::json(text.en) : nlohmann::json{{"en", text.en}, {"ko", text.ko}}; }

}  // namespace dure::analysis
