#pragma once
// A study as a spreadsheet.
#include <filesystem>

#include "analysis/report/study_page.h"

namespace dure::analysis {

/// Sheets: the answer; options against the baseline by decision metrics; every metric of every option (mean, interval, quantiles);
/// the inputs with their ranges and sources. Headings in the language of `study`. Names are text, never formulas. Throws sim::Error (exit 5).
void write_workbook(const std::filesystem::path& file, const StudyFindings& study);

}  // namespace dure::analysis
