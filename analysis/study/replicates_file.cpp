#include "analysis/study/replicates_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "analysis/netcdf_file.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

constexpr const char* kCountry = "all";

/// A metric with what is known of it by region; the whole country first. Where nothing is known: null.
struct Variable {
  std::string metric, unit;
  std::vector<const MetricTable*> by_region;
};
struct Layout {
  std::vector<std::string> regions = {kCountry};
  std::vector<Variable> variables;
};

Layout layout(std::span<const MetricTable> tables) {
  Layout out;
  for (const MetricTable& table : tables) {
    const sim::RegionalName name = sim::regional_name(table.name);
    const std::string region(name.region.empty() ? kCountry : name.region);
    const auto at = std::size_t(std::find(out.regions.begin(), out.regions.end(), region) - out.regions.begin());
    if (at == out.regions.size()) out.regions.push_back(region);
    auto variable = std::find_if(out.variables.begin(), out.variables.end(), [&](const Variable& known) { return known.metric == name.metric; });
    if (variable == out.variables.end()) variable = out.variables.insert(variable, {std::string(name.metric), table.unit, {}});
    variable->by_region.resize(std::max(variable->by_region.size(), at + 1), nullptr);
    variable->by_region[at] = &table;
  }
  for (Variable& variable : out.variables) variable.by_region.resize(out.regions.size(), nullptr);
  return out;
}

std::string variable_name(std::string metric) {
  std::replace(metric.begin(), metric.end(), '.', '_');
  return metric;
}

}  // namespace

void write_replicates(const std::filesystem::path& file, std::span<const NamedOption> options, std::span<const MetricTable> tables, const std::string& study, std::uint64_t seed) {
  std::set<std::uint32_t> all;
  for (const MetricTable& table : tables) all.insert(table.replicates.begin(), table.replicates.end());
  const std::vector<std::uint32_t> replicates(all.begin(), all.end());
  const Layout here = layout(tables);
  NetcdfFile out(file, NetcdfFile::For::kWriting);
  const std::vector<int> dimensions = {out.dimension("option", options.size()), out.dimension("region", here.regions.size()), out.dimension("replicate", std::max<std::size_t>(1, replicates.size()))};
  out.attribute(NC_GLOBAL, "Conventions", "CF-1.8");
  out.attribute(NC_GLOBAL, "title", study);
  const auto number = static_cast<unsigned long long>(seed);
  out.write(nc_put_att_ulonglong(out.id(), NC_GLOBAL, "seed", NC_UINT64, 1, &number));
  const int option = out.variable("option", NC_STRING, {dimensions[0]}, "", {"option of the study", "연구의 안"});
  const int region = out.variable("region", NC_STRING, {dimensions[1]}, "", {"region; all: the whole country", "권역(all은 전국)"});
  const int replicate = out.variable("replicate", NC_UINT, {dimensions[2]}, "", {"replicate, the same luck and inputs for every option", "반복(모든 안에 같은 난수와 입력)"});
  std::vector<int> variables;
  for (const Variable& one : here.variables) {
    const Text words = metric_meaning(one.metric);
    const int variable = out.variable(variable_name(one.metric), NC_DOUBLE, dimensions, one.unit.empty() ? "1" : one.unit, {words.en.empty() ? one.metric : words.en, words.ko.empty() ? one.metric : words.ko});
    out.write(nc_def_var_fill(out.id(), variable, NC_FILL, &kNone));
    out.attribute(variable, "metric", one.metric);
    variables.push_back(variable);
  }
  out.write(nc_enddef(out.id()));
  std::vector<std::string> names;
  for (const NamedOption& each : options) names.push_back(each.name);
  out.strings(option, names);
  out.strings(region, here.regions);
  const std::vector<unsigned> numbers(replicates.begin(), replicates.end());
  if (!numbers.empty()) out.write(nc_put_var_uint(out.id(), replicate, numbers.data()));
  for (std::size_t v = 0; v < here.variables.size(); ++v) {
    std::vector<double> values(options.size() * here.regions.size() * std::max<std::size_t>(1, replicates.size()), kNone);
    for (std::size_t r = 0; r < here.regions.size(); ++r) {
      const MetricTable* table = here.variables[v].by_region[r];
      for (std::size_t o = 0; table != nullptr && o < options.size(); ++o)
        for (std::size_t row = 0; table->has(o) && row < table->replicates.size(); ++row) {
          const auto at = std::size_t(std::lower_bound(replicates.begin(), replicates.end(), table->replicates[row]) - replicates.begin());
          values[(o * here.regions.size() + r) * replicates.size() + at] = table->values(Eigen::Index(row), Eigen::Index(o));
        }
    }
    out.write(nc_put_var_double(out.id(), variables[v], values.data()));
  }
  out.commit();
}

namespace {

/// A metric of one region (or of the country) as it was handed to write_replicates.
MetricTable table_of(const std::string& name, const std::string& unit, const std::vector<double>& values, std::size_t options, const std::vector<unsigned>& replicates) {
  const std::size_t count = replicates.size();
  MetricTable table;
  table.name = name;
  table.unit = unit;
  table.why_none.assign(options, std::nullopt);
  for (std::size_t o = 0; o < options; ++o)
    if (std::all_of(values.begin() + std::ptrdiff_t(o * count), values.begin() + std::ptrdiff_t((o + 1) * count), [](double value) { return std::isnan(value); }))
      table.why_none[o] = Text{"its runs have no such metric", "이 안의 실행에는 이 지표가 없습니다"};
  std::vector<std::size_t> whole;
  for (std::size_t r = 0; r < count; ++r) {
    bool complete = true;
    for (std::size_t o = 0; o < options; ++o) complete = complete && (table.why_none[o] || !std::isnan(values[o * count + r]));
    if (complete) whole.push_back(r);
  }
  table.values = Eigen::MatrixXd::Zero(Eigen::Index(whole.size()), Eigen::Index(options));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    table.replicates.push_back(replicates[whole[i]]);
    for (std::size_t o = 0; o < options; ++o)
      if (!table.why_none[o]) table.values(Eigen::Index(i), Eigen::Index(o)) = values[o * count + whole[i]];
  }
  return table;
}

}  // namespace

Replicates read_replicates(const std::filesystem::path& file) {
  const NetcdfFile in(file, NetcdfFile::For::kReading);
  Replicates found;
  found.study = in.attribute(NC_GLOBAL, "title");
  unsigned long long seed = 0;
  in.read(nc_get_att_ulonglong(in.id(), NC_GLOBAL, "seed", &seed));
  found.seed = seed;
  int dimension = 0, variable = 0;
  std::size_t options = 0, count = 0;
  in.read(nc_inq_dimid(in.id(), "option", &dimension));
  in.read(nc_inq_dimlen(in.id(), dimension, &options));
  in.read(nc_inq_dimid(in.id(), "replicate", &dimension));
  in.read(nc_inq_dimlen(in.id(), dimension, &count));
  std::vector<char*> names(options, nullptr);
  in.read(nc_inq_varid(in.id(), "option", &variable));
  in.read(nc_get_var_string(in.id(), variable, names.data()));
  for (const char* each : names) found.options.push_back({each, both(each)});
  nc_free_string(options, names.data());
  std::size_t region_count = 0;
  in.read(nc_inq_dimid(in.id(), "region", &dimension));
  in.read(nc_inq_dimlen(in.id(), dimension, &region_count));
  std::vector<char*> region_names(region_count, nullptr);
  in.read(nc_inq_varid(in.id(), "region", &variable));
  in.read(nc_get_var_string(in.id(), variable, region_names.data()));
  const std::vector<std::string> regions(region_names.begin(), region_names.end());
  nc_free_string(region_count, region_names.data());
  std::vector<unsigned> replicates(count);
  in.read(nc_inq_varid(in.id(), "replicate", &variable));
  in.read(nc_get_var_uint(in.id(), variable, replicates.data()));
  int variables = 0;
  in.read(nc_inq_nvars(in.id(), &variables));
  for (int v = 0; v < variables; ++v) {
    std::size_t length = 0;
    if (nc_inq_attlen(in.id(), v, "metric", &length) != NC_NOERR) continue;  // a coordinate
    const std::string metric = in.attribute(v, "metric");
    std::string unit = in.attribute(v, "units");
    if (unit == "1") unit.clear();
    std::vector<double> values(options * regions.size() * count);
    in.read(nc_get_var_double(in.id(), v, values.data()));
    for (std::size_t r = 0; r < regions.size(); ++r) {
      std::vector<double> here;  // option x replicate
      for (std::size_t o = 0; o < options; ++o) {
        const auto from = values.begin() + std::ptrdiff_t((o * regions.size() + r) * count);
        here.insert(here.end(), from, from + std::ptrdiff_t(count));
      }
      if (r > 0 && std::all_of(here.begin(), here.end(), [](double value) { return std::isnan(value); })) continue;  // nothing is told of that region
      found.tables.push_back(table_of(r == 0 ? metric : sim::at_region(metric, regions[r]), unit, here, options, replicates));
    }
  }
  return found;
}

}  // namespace dure::analysis
