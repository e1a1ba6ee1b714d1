#pragma once
// What rules with grants have in common.
#include <string>

#include "sim/calendar.h"
#include "sim/job.h"

namespace dure::sim {

/// The second of a date in the run. Throws ScenarioError at `path` if the date lies before the run.
double begins(const std::string& date, const Calendar& calendar, const std::string& path);

/// A project's jobs hold at most its cards at once.
bool within_grant(const Job& job, int cards_granted, double cards_in_use);

}  // namespace dure::sim
