#pragma once
// Parts of a study's page beyond the paired differences: by region, by month, break-even values, who comes first how often.
#include "analysis/report/page.h"
#include "analysis/report/study_page.h"

namespace dure::analysis {

/// A table for each decision metric that regions have too: region x option. Nothing where none has.
void regions_section(Page& page, const StudyFindings& study);

/// Utilisation month by month, a line for each option, where it decides. Nothing otherwise.
void months_section(Page& page, const StudyFindings& study);

void break_even_section(Page& page, const StudyFindings& study);

/// Why a line has no number: it never comes to the baseline or the mark, or is there everywhere.
sim::Text why_no_break_even(const StudyBreakEven& found, const StudyBreakEven::Line& line);

/// Where the lines meet the baseline, in a sentence; empty without an axis.
sim::Text break_even_sentence(const StudyFindings& study);

/// That the wanted precision was not reached, and what was; empty where it was, or where none was wanted.
sim::Text precision_sentence(const StudyFindings& study);

/// Which of four options or more come first how often; where one is recommended, all in order with their means. Empty for two.
sim::Text rank_sentence(const StudyFindings& study);

}  // namespace dure::analysis
