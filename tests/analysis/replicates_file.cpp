// replicates.nc: what is written is read back, regions and gaps included.
#include "analysis/study/replicates_file.h"

#include <doctest/doctest.h>
#include <netcdf.h>

#include <cmath>

#include "tests/support/content.h"
#include "tests/support/temp_folder.h"

using namespace dure;
using namespace dure::analysis;
using dure::test::content;
using dure::test::TempFolder;

namespace {

MetricTable table(const std::string& name, const std::string& unit, const Eigen::MatrixXd& values, std::vector<std::uint32_t> replicates) {
  MetricTable out{name, unit, values, std::move(replicates), {}};
  out.why_none.assign(std::size_t(values.cols()), std::nullopt);
  return out;
}

}  // namespace

TEST_CASE("replicates file: metric, option, region, replicate, with units and names in both languages") {
  const TempFolder folder;
  const std::vector<NamedOption> options = {{"a", {"A", "가"}}, {"b", {"B", "나"}}};
  Eigen::MatrixXd country(3, 2), honam(3, 2), jeju(2, 2);
  country << 1, 2, 3, 4, 5, 6;
  honam << 10, 20, 30, 40, 50, 60;
  jeju << 7, 0, 9, 0;
  std::vector<MetricTable> tables = {table("wait_s.mean", "s", country, {0, 1, 2}), table("jobs.submitted", "jobs", country, {0, 1, 2}), table("wait_s.mean@honam", "s", honam, {0, 1, 2}), table("wait_s.mean@jeju", "s", jeju, {0, 2})};
  tables[3].why_none[1] = sim::Text{"none", "없음"};  // option b has no site there
  write_replicates(folder / "one.nc", options, tables, "study", 7);
  write_replicates(folder / "two.nc", options, tables, "study", 7);
  CHECK(content(folder / "one.nc") == content(folder / "two.nc"));

  int file = 0, variable = 0, dimensions = 0, ids[NC_MAX_VAR_DIMS];
  REQUIRE(nc_open((folder / "one.nc").c_str(), NC_NOWRITE, &file) == NC_NOERR);
  REQUIRE(nc_inq_varid(file, "wait_s_mean", &variable) == NC_NOERR);
  REQUIRE(nc_inq_var(file, variable, nullptr, nullptr, &dimensions, ids, nullptr) == NC_NOERR);
  REQUIRE(dimensions == 3);
  std::size_t sizes[3];
  for (int d = 0; d < 3; ++d) nc_inq_dimlen(file, ids[d], &sizes[d]);
  CHECK(sizes[0] == 2);
  CHECK(sizes[1] == 3);  // the country, Honam, Jeju
  CHECK(sizes[2] == 3);
  double values[18];
  nc_get_var_double(file, variable, values);
  CHECK(values[0] == 1);        // a, all, 0
  CHECK(values[3] == 10);       // a, honam, 0
  CHECK(values[3 + 9 + 2] == 60);  // b, honam, 2
  CHECK(values[6] == 7);        // a, jeju, 0
  CHECK(std::isnan(values[7]));  // a, jeju, 1: no value
  CHECK(std::isnan(values[6 + 9]));
  std::size_t length = 0;
  CHECK(nc_inq_attlen(file, variable, "long_name_ko", &length) == NC_NOERR);
  CHECK(nc_inq_varid(file, "wait_s_mean@honam", &variable) != NC_NOERR);
  nc_close(file);

  const Replicates back = read_replicates(folder / "one.nc");
  CHECK(back.seed == 7);
  const auto same = [&](const char* name) {
    const MetricTable *was = find(tables, name), *is = find(back.tables, name);
    REQUIRE(is != nullptr);
    CHECK(is->unit == was->unit);
    CHECK(is->values == was->values);
    CHECK(is->replicates == was->replicates);
  };
  for (const char* name : {"wait_s.mean", "jobs.submitted", "wait_s.mean@honam", "wait_s.mean@jeju"}) same(name);
  CHECK_FALSE(find(back.tables, "wait_s.mean@jeju")->has(1));
  CHECK(find(back.tables, "jobs.submitted@honam") == nullptr);
}
