#pragma once
// Rows of a batch system's accounting: submitted, started, ended, and how. Helios and Acme are written this way.
#include "sim/workload/trace_time.h"

namespace dure::sim {

/// Columns: job_id, gpu_num, state, submit_time, start_time, end_time, duration (s).
struct AccountingRules {
  double ahead_of_utc_s = 0;                 // of the clock on which times with a zone are put,
  LogClock* clock = nullptr;                 // or that clock
  bool duration_may_include_queue = false;  // "duration" may also count from the submission
};

/// The row's job without tenant and class, or none if the row is dropped; `book` counts which and why.
///
/// Run time = end_time - start_time. Refused: job_id twice, a state nobody knows, GPUs below zero, no submit time, a start
/// before the submission, an end before the start, a duration more than a second off (clocks are rounded to one).
std::optional<TraceJob> read_accounting(const TraceCsv& csv, TraceBook& book, const AccountingRules& rules);

}  // namespace dure::sim
