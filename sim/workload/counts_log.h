#pragma once
#include <vector>

#include "sim/workload/trace.h"

namespace dure::sim {

/// Jobs of so many cards are counted apart (the file's *_noless_8): a whole server or more.
inline constexpr int kLargeJobCards = 8;

/// What a cluster's monitor counted of one tenant at one moment.
struct TenantSample {
  int quota_cards = 0;
  int running_cards = 0, waiting_cards = 0;
  int running_jobs = 0, waiting_jobs = 0;
  int large_running_cards = 0, large_waiting_cards = 0;  // the part of jobs of kLargeJobCards or more
};

struct TenantSeries {
  std::string name;
  std::vector<std::optional<TenantSample>> samples;  // by step; none: not recorded
};

/// Counts of every tenant on one grid of times.
struct CountsLog {
  Date first_day;           // step 0 is 00:00 of this day
  double interval_s = 0;
  std::vector<TenantSeries> tenants;  // in order of first appearance; all of one length
  TraceReport report;
};

/// Reads counts in the columns of the Helios "vc sequence" files, plain or gzip.
///
/// A row is one tenant at one moment. The interval is the smallest gap between two moments; a moment off its grid is refused.
/// Where all tenants have nothing running and nothing waiting for 6 hours or more the monitor is taken to have been off: those rows are
/// dropped and counted. A large part above its whole, or more jobs than cards, is cut and noted. Refused with file and line: negative
/// counts, cards without a job, a tenant twice at one moment.
CountsLog read_counts_log(const std::filesystem::path& file);

}  // namespace dure::sim
