#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/network/backbone.h"

namespace dure::sim {

/// Most bytes per second that can go from one place to another over all lines at once: max-flow (push-relabel), which is
/// the capacity of the least cut between them.
double max_flow_bytes_per_s(const Backbone& net, PlaceId from, PlaceId to);

/// Least capacity to cut to split the regions' cities into two halves (n/2 rounded down), other cities standing where
/// they cost least. None with fewer than two cities, or more than 16: all halvings are tried.
std::optional<double> bisection_bytes_per_s(const Backbone& net);

/// Lines and places without which the network falls apart.
std::vector<LineId> bridges(const Backbone& net);
std::vector<PlaceId> articulation_points(const Backbone& net);

/// What losing one line or one place takes away: cards and demand outside the part where most demand lives, what is lost
/// itself included. (Most cards, where no demand is given.)
struct Loss {
  std::string name;
  bool is_line = true;
  int cards = 0;
  double demand_share = 0;
};
/// Every line and place, worst first (cards, then demand, then name): "what single thing takes most cards away?"
std::vector<Loss> single_losses(const Backbone& net);

/// Share of all pairs' quickest ways that pass through, ends apart: Brandes betweenness over latency, 0 to 1.
struct Betweenness {
  std::vector<double> of_place;  // by PlaceId
  std::vector<double> of_line;   // by LineId
};
Betweenness betweenness(const Backbone& net);

/// What `dure network` prints.
struct SitePair {
  PlaceId a{};
  PlaceId b{};
  std::vector<LineId> path;        // widest
  double width_bytes_per_s = 0;    // of that path: one flow alone
  double latency_s = 0;
  double max_flow_bytes_per_s = 0;  // over all ways
};
struct NetworkSummary {
  std::vector<SitePair> pairs;     // of all sites; of all regions' cities where there are fewer than two sites
  std::optional<double> bisection_bytes_per_s;
  std::vector<LineId> bridges;
  std::vector<PlaceId> articulation_points;
  std::vector<Loss> losses;        // worst first
  Betweenness betweenness;
};
NetworkSummary summarise(const Backbone& net);

}  // namespace dure::sim
