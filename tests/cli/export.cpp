// What `dure export` writes, read back by other readers and held against results.sqlite and summary.json.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/netcdf_file.h"
#include "analysis/report/database.h"
#include "tests/cli/says.h"
#include "tests/support/csv.h"
#include "tests/support/study_text.h"

using namespace dure::test;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

double metric(const fs::path& out, const std::string& name) { return json::parse(content(out / "summary.json"))["metrics"][name]["value"]; }

std::size_t column(const CsvRow& header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  REQUIRE(found != header.end());
  return std::size_t(found - header.begin());
}

}  // namespace

TEST_CASE("export: a run as CSV, Excel, NetCDF and IAMC says what its tables say") {
  const TempFolder folder;
  const fs::path out = folder / "run", to = out / "export";
  REQUIRE(dure_says({"run", "scenarios/base.txtpb", "--set", "horizon_s=604800", "-o", out, "-q"}).exit == 0);
  const Said said = dure_says({"export", out, "--format", "csv,xlsx,netcdf,iamc", "--json"});
  INFO(said.err);
  REQUIRE(said.exit == 0);
  const json files = json::parse(said.out)["files"];
  for (const std::string file : files) CHECK(fs::file_size(file) > 3);

  const dure::analysis::Database database(out / "results.sqlite");
  auto count = database.rows("SELECT COUNT(*), SUM(cards) FROM jobs");
  REQUIRE(count.next());
  const auto jobs = read_csv(to / "jobs.csv");
  CHECK(jobs.size() == std::size_t(count.integer(0)) + 1);
  double cards = 0;
  for (std::size_t row = 1; row < jobs.size(); ++row) cards += std::stod(jobs[row][column(jobs[0], "cards")]);
  CHECK(cards == doctest::Approx(count.number(1)));
  const auto columns = read_csv(to / "columns.csv");
  CHECK(std::all_of(columns.begin(), columns.end(), [](const CsvRow& row) { return row.size() == 5 && !row[3].empty() && !row[4].empty(); }));
  CHECK(content(to / "results.xlsx").substr(0, 2) == "PK");

  const dure::analysis::NetcdfFile file(to / "results.nc", dure::analysis::NetcdfFile::For::kReading);
  int variable = 0, dimensions = 0;
  REQUIRE(nc_inq_varid(file.id(), "card_hours", &variable) == NC_NOERR);
  REQUIRE(nc_inq_varndims(file.id(), variable, &dimensions) == NC_NOERR);
  CHECK(dimensions == 4);
  std::size_t cells = 1;
  for (const char* each : {"day", "site", "card", "state"}) {
    int dimension = 0;
    std::size_t length = 0;
    REQUIRE(nc_inq_dimid(file.id(), each, &dimension) == NC_NOERR);
    REQUIRE(nc_inq_dimlen(file.id(), dimension, &length) == NC_NOERR);
    cells *= length;
  }
  std::vector<double> card_hours(cells);
  REQUIRE(nc_get_var_double(file.id(), variable, card_hours.data()) == NC_NOERR);
  double sum = 0;
  for (const double each : card_hours) sum += each;
  CHECK(sum == doctest::Approx(metric(out, "card_hours.nominal")));
  REQUIRE(nc_inq_varid(file.id(), "metric_card_hours_nominal", &variable) == NC_NOERR);
  double value = 0;
  REQUIRE(nc_get_var_double(file.id(), variable, &value) == NC_NOERR);
  CHECK(value == metric(out, "card_hours.nominal"));

  const auto rows = read_csv(to / "results_iamc.csv");
  double everywhere = 0, regions = 0, energy = 0;
  for (std::size_t row = 1; row < rows.size(); ++row) {
    CHECK(rows[row].size() == rows[0].size());
    double whole = 0;
    for (std::size_t year = 5; year < rows[row].size(); ++year)
      if (!rows[row][year].empty()) whole += std::stod(rows[row][year]);
    if (rows[row][3].starts_with("AI Compute|Card Hours|")) (rows[row][2] == "All regions" ? everywhere : regions) += whole * 1e6;
    if (rows[row][2] == "All regions" && rows[row][3] == "Electricity Consumption|AI Data Centers") energy += whole * 1e6;
  }
  CHECK(everywhere == doctest::Approx(metric(out, "card_hours.nominal")));
  CHECK(regions == doctest::Approx(everywhere));
  const json facility = json::parse(content(out / "summary.json"))["metrics"]["energy_kwh.facility"]["value"];
  if (facility.is_number()) CHECK(energy == doctest::Approx(facility.get<double>()));
}

TEST_CASE("export: a study's summaries and differences; its results.sqlite holds every run") {
  const TempFolder folder;
  const fs::path out = folder / "out", to = folder / "to";
  REQUIRE(dure_says({"study", study_file(folder, kTwoOptions + kOneInput + "replicates: 4"), "-o", out, "-q"}).exit == 0);
  const dure::analysis::Database database(out / "results.sqlite");
  auto runs = database.rows("SELECT COUNT(*), SUM(purpose = 'tornado') FROM runs");
  REQUIRE(runs.next());
  CHECK(runs.integer(0) == 8 + 6);
  CHECK(runs.integer(1) == 6);
  auto mean = database.rows("SELECT AVG(value), (SELECT mean FROM summaries WHERE option = 'easy' AND metric = 'wait_s.mean') FROM metrics JOIN runs USING (run) WHERE option = 'easy' AND purpose = 'replicate' AND metric = 'wait_s.mean'");
  REQUIRE(mean.next());
  CHECK(mean.number(0) == doctest::Approx(mean.number(1)));
  const Said said = dure_says({"export", out, "--format", "csv,xlsx,netcdf,iamc", "-o", to, "--lang", "ko"});
  INFO(said.err);
  REQUIRE(said.exit == 0);
  for (const char* file : {"metrics.csv", "runs.csv", "inputs.csv", "summaries.csv", "differences.csv", "results.xlsx", "replicates.nc", "results_iamc.csv"}) CHECK(fs::exists(to / file));
  const auto differences = read_csv(to / "differences.csv");
  REQUIRE(differences.size() == 2);
  const json summary = json::parse(content(out / "summary.json"));
  CHECK(std::stod(differences[1][column(differences[0], "difference")]) == doctest::Approx(summary["differences"][0]["difference"].get<double>()));
  CHECK(content(to / "results_iamc.csv").find("|95th Percentile") != std::string::npos);
}

TEST_CASE("export: what is no folder of results is refused, an unknown format too") {
  const TempFolder folder;
  CHECK(dure_says({"export", folder / "absent"}).exit == 3);
  CHECK(dure_says({"export", folder / "absent", "--format", "parquet"}).exit == 2);
  const Said said = dure_says({"export", folder / "absent", "--lang", "ko"});
  CHECK(said.err.find("결과가 없습니다") != std::string::npos);
}

TEST_CASE("check: a study is checked with its scenarios and metrics") {
  const TempFolder folder;
  CHECK(dure_says({"check", study_file(folder, kTwoOptions)}).exit == 0);
  CHECK(dure_says({"check", study_file(folder, kTwoOptions + "decision { metric: \"wait_s.meen\" better: LOWER }")}).exit == 3);
  const Said said = dure_says({"check", study_file(folder, kTwoOptions + "option { option: \"third\" set: \"workload.steady.size[0].cards=4096\" }"), "--lang", "en"});
  CHECK(said.exit == 3);
}

TEST_CASE("explain: fields of studies") {
  CHECK(dure_says({"explain", "plan.probability"}).out.find("dure.Study") != std::string::npos);
  CHECK(dure_says({"explain", "UncertainInput"}).exit == 0);
}
