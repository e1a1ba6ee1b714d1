#pragma once
// When supply comes that has to be asked for.
#include <string>

#include "sim/random.h"

namespace dure {
class Grid;
class Region;
}

namespace dure::sim {

/// Seconds of the run from which a site has its supply.
///
///   months = lead + again_months n,   P(n refusals) = p (1 - p)^n
///
/// lead: triangular between the region's grid_months low, mid and high. p: straight between the region's grid_pass low, mid and high at
/// `pass_level`; a site below `assessed_from_mw` is not assessed (n = 0) and has the lead of small sites instead. Rounded to a day, at most
/// 50 years: p = 0 never passes. Stream "grid/REGION/SITE": a request elsewhere has its own luck, and a higher p never a later day.
/// Source: korea/regions.csv. Throws ScenarioError where the region lacks what is needed.
double supplied_from_s(const ::dure::Grid& grid, const ::dure::Region& region, const std::string& site, double contracted_mw, double requested_s, Seed seed);

}  // namespace dure::sim
