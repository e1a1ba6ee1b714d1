#pragma once
#include <filesystem>

namespace dure::analysis {

/// Writes OUT/report.html: one offline page, in Korean and English, of the run in the folder `out`.
///
/// Reads what the run wrote and nothing else: run.json, summary.json, results.sqlite (tables as in sim/results.proto),
/// inputs/scenario.txtpb and inputs/assumptions.json. Rows of jobs are summed here, never put on the page, so the page
/// stays small: below 1.5 MB without data. The same files give the same bytes. Written to a temporary name, synced, renamed.
///
/// Throws sim::Error: exit 3 if a file of the run is missing or cannot be read, exit 5 if the page cannot be written.
void write_report(const std::filesystem::path& out);

}  // namespace dure::analysis
