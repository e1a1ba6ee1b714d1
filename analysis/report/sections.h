#pragma once
// The page, section by section. Each function adds one section with its charts and tables; what the run lacks is said, never drawn as 0.
#include "analysis/report/page.h"
#include "analysis/report/run_data.h"

namespace dure::analysis {

void add_at_a_glance(Page& page, const RunData& run);
void add_waterfall(Page& page, const RunData& run);
void add_over_time(Page& page, const RunData& run);
void add_procurement(Page& page, const RunData& run);
void add_regions(Page& page, const RunData& run);
void add_service(Page& page, const RunData& run);
void add_workload(Page& page, const RunData& run);
void add_power(Page& page, const RunData& run);
void add_money(Page& page, const RunData& run);
void add_network(Page& page, const RunData& run);
void add_assumptions(Page& page, const RunData& run);
void add_method(Page& page, const RunData& run);
void add_data(Page& page, const RunData& run);

/// One sentence: how much of what was announced became productive, and where the most of the rest went.
Text waterfall_finding(const RunData& run);

}  // namespace dure::analysis
