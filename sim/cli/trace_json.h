#pragma once
#include <nlohmann/json.hpp>

#include "sim/workload/trace.h"

namespace dure::sim {

/// What a reader of a log kept, dropped, noted and assumed, in both languages: trace_report.json, and `dure import --json`.
nlohmann::ordered_json trace_json(const TraceReport& report);

}  // namespace dure::sim
