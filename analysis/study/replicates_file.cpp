#include "analysis/study/replicates_file.h"

#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Error;
using sim::Exit;
using sim::Text;
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Calls of the library by the file they are about.
class File {
 public:
  explicit File(std::filesystem::path path) : path_(std::move(path)) {}
  ~File() {
    if (id >= 0) nc_close(id);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int id = -1;

  void write(int status) const {
    if (status == NC_NOERR) return;
    throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", path_.string(), nc_strerror(status)), fmt::format("{}을(를) 쓸 수 없습니다: {}", path_.string(), nc_strerror(status))}, {},
                {"free space or choose another folder; the shards are kept", "공간을 비우거나 다른 폴더를 고르십시오. 조각은 남아 있습니다"});
  }
  void read(int status) const {
    if (status == NC_NOERR) return;
    throw Error(Exit::kInvalid, "E0303", {fmt::format("{} holds no replicates: {}", path_.string(), nc_strerror(status)), fmt::format("{}에 반복 결과가 없습니다: {}", path_.string(), nc_strerror(status))}, {},
                {"give a folder that `dure study` or `dure run -n` wrote", "`dure study`나 `dure run -n`이 만든 폴더를 주십시오"});
  }
  void text(int variable, const char* name, const std::string& value) const { write(nc_put_att_text(id, variable, name, value.size(), value.data())); }
  std::string text(int variable, const char* name) const {
    std::size_t length = 0;
    read(nc_inq_attlen(id, variable, name, &length));
    std::string value(length, ' ');
    read(nc_get_att_text(id, variable, name, value.data()));
    return value;
  }

 private:
  std::filesystem::path path_;
};

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
  const std::filesystem::path beside = file.string() + ".part";
  {
    File out(beside);
    out.write(nc_create(beside.c_str(), NC_NETCDF4 | NC_CLOBBER, &out.id));
    int dimensions[3];
    out.write(nc_def_dim(out.id, "option", options.size(), &dimensions[0]));
    out.write(nc_def_dim(out.id, "region", here.regions.size(), &dimensions[1]));
    out.write(nc_def_dim(out.id, "replicate", std::max<std::size_t>(1, replicates.size()), &dimensions[2]));
    out.text(NC_GLOBAL, "Conventions", "CF-1.8");
    out.text(NC_GLOBAL, "title", study);
    const auto number = static_cast<unsigned long long>(seed);
    out.write(nc_put_att_ulonglong(out.id, NC_GLOBAL, "seed", NC_UINT64, 1, &number));
    int option = 0, region = 0, replicate = 0;
    out.write(nc_def_var(out.id, "option", NC_STRING, 1, &dimensions[0], &option));
    out.text(option, "long_name", "option of the study");
    out.text(option, "long_name_ko", "연구의 안");
    out.write(nc_def_var(out.id, "region", NC_STRING, 1, &dimensions[1], &region));
    out.text(region, "long_name", "region; all: the whole country");
    out.text(region, "long_name_ko", "권역(all은 전국)");
    out.write(nc_def_var(out.id, "replicate", NC_UINT, 1, &dimensions[2], &replicate));
    out.text(replicate, "long_name", "replicate, the same luck and inputs for every option");
    out.text(replicate, "long_name_ko", "반복(모든 안에 같은 운과 입력)");
    std::vector<int> variables;
    for (const Variable& one : here.variables) {
      int variable = 0;
      out.write(nc_def_var(out.id, variable_name(one.metric).c_str(), NC_DOUBLE, 3, dimensions, &variable));
      out.write(nc_def_var_fill(out.id, variable, NC_FILL, &kNone));
      const Text words = metric_meaning(one.metric);
      out.text(variable, "metric", one.metric);
      out.text(variable, "units", one.unit.empty() ? "1" : one.unit);
      out.text(variable, "long_name", words.en.empty() ? one.metric : words.en);
      out.text(variable, "long_name_ko", words.ko.empty() ? one.metric : words.ko);
      variables.push_back(variable);
    }
    out.write(nc_enddef(out.id));
    std::vector<const char*> names;
    for (const NamedOption& each : options) names.push_back(each.name.c_str());
    out.write(nc_put_var_string(out.id, option, names.data()));
    std::vector<const char*> regions;
    for (const std::string& each : here.regions) regions.push_back(each.c_str());
    out.write(nc_put_var_string(out.id, region, regions.data()));
    const std::vector<unsigned> numbers(replicates.begin(), replicates.end());
    if (!numbers.empty()) out.write(nc_put_var_uint(out.id, replicate, numbers.data()));
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
      out.write(nc_put_var_double(out.id, variables[v], values.data()));
    }
    const int closing = out.id;
    out.id = -1;
    out.write(nc_close(closing));
  }
  std::error_code failure;
  std::filesystem::rename(beside, file, failure);
  if (failure) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file.string(), failure.message()), fmt::format("{}을(를) 쓸 수 없습니다: {}", file.string(), failure.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
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
  File in(file);
  in.read(nc_open(file.c_str(), NC_NOWRITE, &in.id));
  Replicates found;
  found.study = in.text(NC_GLOBAL, "title");
  unsigned long long seed = 0;
  in.read(nc_get_att_ulonglong(in.id, NC_GLOBAL, "seed", &seed));
  found.seed = seed;
  int dimension = 0, variable = 0;
  std::size_t options = 0, count = 0;
  in.read(nc_inq_dimid(in.id, "option", &dimension));
  in.read(nc_inq_dimlen(in.id, dimension, &options));
  in.read(nc_inq_dimid(in.id, "replicate", &dimension));
  in.read(nc_inq_dimlen(in.id, dimension, &count));
  std::vector<char*> names(options, nullptr);
  in.read(nc_inq_varid(in.id, "option", &variable));
  in.read(nc_get_var_string(in.id, variable, names.data()));
  for (const char* each : names) found.options.push_back({each, both(each)});
  nc_free_string(options, names.data());
  std::size_t region_count = 0;
  in.read(nc_inq_dimid(in.id, "region", &dimension));
  in.read(nc_inq_dimlen(in.id, dimension, &region_count));
  std::vector<char*> region_names(region_count, nullptr);
  in.read(nc_inq_varid(in.id, "region", &variable));
  in.read(nc_get_var_string(in.id, variable, region_names.data()));
  const std::vector<std::string> regions(region_names.begin(), region_names.end());
  nc_free_string(region_count, region_names.data());
  std::vector<unsigned> replicates(count);
  in.read(nc_inq_varid(in.id, "replicate", &variable));
  in.read(nc_get_var_uint(in.id, variable, replicates.data()));
  int variables = 0;
  in.read(nc_inq_nvars(in.id, &variables));
  for (int v = 0; v < variables; ++v) {
    std::size_t length = 0;
    if (nc_inq_attlen(in.id, v, "metric", &length) != NC_NOERR) continue;  // a coordinate
    const std::string metric = in.text(v, "metric");
    std::string unit = in.text(v, "units");
    if (unit == "1") unit.clear();
    std::vector<double> values(options * regions.size() * count);
    in.read(nc_get_var_double(in.id, v, values.data()));
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
