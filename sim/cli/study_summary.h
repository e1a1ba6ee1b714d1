#pragma once
#include <nlohmann/json_fwd.hpp>

#include "analysis/report/study_page.h"

namespace dure::sim {

/// Adds to the summary of a study what it found beyond metrics and differences: the others beside the best, precision, tornado,
/// sensitivity, plan, worth of knowing and waiting. Nothing of what the study did not ask for.
void add_findings(nlohmann::ordered_json& summary, const analysis::StudyFindings& found);

}  // namespace dure::sim
