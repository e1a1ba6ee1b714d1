#pragma once
// The results of a run or a study as files that other programs read. Tables and columns are those of results.sqlite; their meaning
// and units come from sim/results.proto and sim/study_results.proto.
#include <filesystem>
#include <vector>

#include "sim/error.h"

namespace dure::analysis {

/// Every table as TABLE.csv (UTF-8 with a byte order mark, RFC 4180), metrics.csv, and columns.csv: what each column is, in both languages.
std::vector<std::filesystem::path> export_csv(const std::filesystem::path& out, const std::filesystem::path& to);

/// results.xlsx: metrics, the meaning of columns, and a sheet for each table of at most kSheetRows rows.
inline constexpr std::int64_t kSheetRows = 100'000;
struct Workbooks {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> too_long;  // tables that no sheet holds
};
Workbooks export_xlsx(const std::filesystem::path& out, const std::filesystem::path& to, bool korean);

/// results.nc (NetCDF-4, CF names): card_hours(day, site, card, state), it_kwh and facility_kwh and pue (hour, site), and every metric as a
/// scalar. What several runs found is replicates.nc already and is copied.
std::vector<std::filesystem::path> export_netcdf(const std::filesystem::path& out, const std::filesystem::path& to);

/// results_iamc.csv: model, scenario, region, variable, unit and a column a calendar year, the format of the Integrated Assessment Modeling
/// Consortium (https://www.iamconsortium.org). A run: card-hours by state and energy by region and year, the public budget by year. Several
/// runs: every metric over the whole horizon under its last year, the option as scenario; mean, 5th and 95th percentile.
std::vector<std::filesystem::path> export_iamc(const std::filesystem::path& out, const std::filesystem::path& to);

}  // namespace dure::analysis
