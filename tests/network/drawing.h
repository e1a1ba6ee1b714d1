#pragma once
// Small networks drawn by hand.
#include <functional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/ids.h"
#include "sim/network/backbone.h"

namespace dure::sim {

struct DrawnLine {
  std::string name, a, b;
  double gbps = 10;
  double rtt_ms = 1;
  std::string cut_from = "", cut_until = "";
};
struct DrawnRegion {
  std::string region, city;
  double demand_share = 0;
};

inline Backbone drawn(const std::vector<DrawnLine>& lines, const std::vector<DrawnRegion>& regions = {}, const std::vector<SiteAccess>& sites = {}) {
  std::vector<::dure::Link> links;
  for (const auto& line : lines) {
    ::dure::Link link;
    link.set_link(line.name);
    link.set_a(line.a);
    link.set_b(line.b);
    link.set_gbps(line.gbps);
    link.set_rtt_ms(line.rtt_ms);
    if (!line.cut_from.empty()) link.set_cut_from(line.cut_from);
    if (!line.cut_until.empty()) link.set_cut_until(line.cut_until);
    links.push_back(link);
  }
  std::vector<::dure::Region> of;
  for (const auto& one : regions) {
    ::dure::Region region;
    region.set_region(one.region);
    region.set_city(one.city);
    region.set_demand_share(one.demand_share);
    of.push_back(region);
  }
  return Backbone(of, links, sites);
}

/// "s-d d-b", or "none".
inline std::string names(const Backbone& net, const std::optional<std::vector<LineId>>& path) {
  if (!path) return "none";
  std::string text;
  for (const LineId line : *path) text += (text.empty() ? "" : " ") + net.lines()[index(line)].name;
  return text;
}

/// Field path of the ScenarioError that it throws.
inline std::string refused(const std::function<void()>& act) {
  try {
    act();
  } catch (const ScenarioError& error) {
    return error.path;
  }
  return "accepted";
}

}  // namespace dure::sim
