#pragma once
// The answers of kinds of study that are no comparison, in a sentence or two.
#include "analysis/report/study_page.h"

namespace dure::analysis {

/// What a plan chose and against whom; or what it found short of a choice: who is still in, or how often the limits held at best. Empty without a plan.
sim::Text plan_sentence(const StudyFindings& study);

/// What waiting is worth, and what knowing everything beforehand would be, each with its interval; empty where neither is known.
sim::Text waiting_sentence(const StudyFindings& study);

}  // namespace dure::analysis
