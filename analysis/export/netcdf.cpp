#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "analysis/export/export.h"
#include "analysis/export/headlines.h"
#include "analysis/netcdf_file.h"
#include "analysis/report/database.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace fs = std::filesystem;
using sim::Text;
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> names_of(const Database& database, const std::string& sql) {
  std::vector<std::string> names;
  for (Rows rows = database.rows(sql); rows.next();) names.emplace_back(rows.text(0));
  return names;
}

std::size_t place(const std::vector<std::string>& names, std::string_view name) { return std::size_t(std::lower_bound(names.begin(), names.end(), name) - names.begin()); }

std::int64_t count(const Database& database, const std::string& sql) {
  Rows rows = database.rows(sql);
  rows.next();
  return rows.empty(0) ? 0 : rows.integer(0) + 1;
}

/// An axis of names or of numbers from 0.
struct Axis {
  int dimension = 0, variable = 0;
  std::vector<std::string> names;
};
Axis names_axis(const NetcdfFile& file, const char* name, std::vector<std::string> names, const Text& meaning) {
  const int dimension = file.dimension(name, std::max<std::size_t>(1, names.size()));
  return {dimension, file.variable(name, NC_STRING, {dimension}, "", meaning), std::move(names)};
}

}  // namespace

std::vector<fs::path> export_netcdf(const fs::path& out, const fs::path& to) {
  const Headlines found = read_headlines(out);
  if (fs::exists(out / "replicates.nc")) {
    fs::copy_file(out / "replicates.nc", to / "replicates.nc", fs::copy_options::overwrite_existing);
    return {to / "replicates.nc"};
  }
  const Database database(out / "results.sqlite");
  NetcdfFile file(to / "results.nc", NetcdfFile::For::kWriting);
  file.attribute(NC_GLOBAL, "Conventions", "CF-1.8");
  file.attribute(NC_GLOBAL, "title", found.name);
  Rows first = database.rows("SELECT MIN(date) FROM card_hours");
  const std::string from = first.next() && !first.empty(0) ? std::string(first.text(0)) : "1970-01-01";
  const auto days = std::size_t(count(database, "SELECT MAX(day) FROM card_hours")), hours = std::size_t(count(database, "SELECT MAX(hour) FROM power"));
  const Axis site = names_axis(file, "site", names_of(database, "SELECT DISTINCT site FROM (SELECT site FROM card_hours UNION SELECT site FROM power) ORDER BY site"), {"site", "센터"});
  const Axis card = names_axis(file, "card", names_of(database, "SELECT DISTINCT card FROM card_hours ORDER BY card"), {"card type", "카드 종류"});
  const Axis state = names_axis(file, "state", names_of(database, "SELECT DISTINCT state FROM card_hours ORDER BY state"), {"state of the cards", "카드 상태"});
  const int day = file.dimension("day", std::max<std::size_t>(1, days)), hour = file.dimension("hour", std::max<std::size_t>(1, hours));
  const int day_axis = file.variable("day", NC_INT, {day}, "days since " + from + " 00:00:00 +09:00", {"day of the run", "일차"});
  const int hour_axis = file.variable("hour", NC_INT, {hour}, "hours since " + from + " 00:00:00 +09:00", {"hour of the run", "시각"});
  const auto values = [&](const char* name, const std::vector<int>& dimensions, const char* unit, const Text& meaning) {
    const int variable = file.variable(name, NC_DOUBLE, dimensions, unit, meaning);
    file.write(nc_def_var_deflate(file.id(), variable, 1, 1, 4));
    file.write(nc_def_var_fill(file.id(), variable, NC_FILL, &kNone));
    return variable;
  };
  const int card_hours = values("card_hours", {day, site.dimension, card.dimension, state.dimension}, "h", {"card-hours by day, site, card type and state", "일·센터·카드·상태별 카드시간"});
  const int it = values("it_kwh", {hour, site.dimension}, "kWh", {"energy of nodes, fabric and storage", "IT 전력량"});
  const int facility = values("facility_kwh", {hour, site.dimension}, "kWh", {"energy at the meter", "시설 전력량"});
  const int pue = values("pue", {hour, site.dimension}, "1", {"facility over IT energy", "PUE"});
  std::vector<std::pair<int, double>> metrics;
  for (const Headline& row : found.rows) {
    std::string name = row.metric;
    std::replace(name.begin(), name.end(), '.', '_');
    const int variable = file.variable("metric_" + name, NC_DOUBLE, {}, row.unit.empty() ? "1" : row.unit, metric_label(row.metric));
    file.attribute(variable, "metric", row.metric);
    if (!row.reason.en.empty()) file.attribute(variable, "comment", row.reason.en);
    metrics.emplace_back(variable, row.value.value_or(kNone));
  }
  file.write(nc_enddef(file.id()));

  for (const Axis* axis : {&site, &card, &state}) file.strings(axis->variable, axis->names);
  const auto numbers = [&](int variable, std::size_t length) {
    std::vector<int> from_zero(length);
    for (std::size_t i = 0; i < length; ++i) from_zero[i] = int(i);
    if (length > 0) file.write(nc_put_var_int(file.id(), variable, from_zero.data()));
  };
  numbers(day_axis, days);
  numbers(hour_axis, hours);
  std::vector<double> cells(std::max<std::size_t>(1, days) * std::max<std::size_t>(1, site.names.size()) * std::max<std::size_t>(1, card.names.size()) * std::max<std::size_t>(1, state.names.size()), 0.0);
  for (Rows rows = database.rows("SELECT day, site, card, state, card_hours FROM card_hours"); rows.next();)
    cells[((std::size_t(rows.integer(0)) * site.names.size() + place(site.names, rows.text(1))) * card.names.size() + place(card.names, rows.text(2))) * state.names.size() + place(state.names, rows.text(3))] += rows.number(4);
  file.write(nc_put_var_double(file.id(), card_hours, cells.data()));
  std::vector<double> of_it(std::max<std::size_t>(1, hours) * std::max<std::size_t>(1, site.names.size()), kNone), of_facility = of_it, of_pue = of_it;
  for (Rows rows = database.rows("SELECT hour, site, it_kwh, facility_kwh, pue FROM power"); rows.next();) {
    const std::size_t at = std::size_t(rows.integer(0)) * site.names.size() + place(site.names, rows.text(1));
    of_it[at] = rows.maybe(2).value_or(kNone);
    of_facility[at] = rows.maybe(3).value_or(kNone);
    of_pue[at] = rows.maybe(4).value_or(kNone);
  }
  file.write(nc_put_var_double(file.id(), it, of_it.data()));
  file.write(nc_put_var_double(file.id(), facility, of_facility.data()));
  file.write(nc_put_var_double(file.id(), pue, of_pue.data()));
  for (const auto& [variable, value] : metrics) file.write(nc_put_var_double(file.id(), variable, &value));
  file.commit();
  return {to / "results.nc"};
}

}  // namespace dure::analysis
