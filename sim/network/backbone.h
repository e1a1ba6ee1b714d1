#pragma once
#include <boost/graph/adjacency_list.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/calendar.h"
#include "sim/network/network.pb.h"

namespace dure::sim {

enum class PlaceId : std::uint32_t {};  // a city or a site of the backbone
enum class LineId : std::uint32_t {};   // an edge of the backbone

/// A data centre as the network sees it.
struct SiteAccess {
  std::string site;
  std::string region;      // it joins this region's city
  double access_gbps = 100;
  int cards = 0;           // what an outage would take away; 0 where that is not asked
};

struct NetworkPlace {
  std::string name;          // of the city or site
  bool is_site = false;
  int cards = 0;
  double demand_share = 0;   // of the regions whose city it is
};

struct Line {
  std::string name;          // of the link; "access/<site>" for a site's own line
  PlaceId a{};
  PlaceId b{};
  double bytes_per_s = 0;    // each direction
  double latency_s = 0;      // one way
  bool up = true;
};

/// A cut of the scenario: the line is down from the first day to before the second; without it, for good.
struct Cut {
  LineId line{};
  Date from;
  std::optional<Date> until;
};

/// The network between cities and sites. Cities are the vertices that links name, regions point to a city, and a site
/// joins its region's city by an access line. Lines carry `bytes_per_s` each way and `latency_s` = round trip / 2;
/// two cities may be joined by several lines.
///
/// A route is the widest path: the largest least capacity on the way, then the smallest latency, then the fewest lines,
/// then names in alphabetical order; so it never depends on the order of the rows.
class Backbone {
 public:
  /// Throws ScenarioError: a line from a city to itself, a region whose city has no line, a site in an unknown region, a
  /// region or site that cannot be reached.
  Backbone(std::span<const ::dure::Region> regions, std::span<const ::dure::Link> links, std::span<const SiteAccess> sites);

  const std::vector<NetworkPlace>& places() const { return places_; }
  const std::vector<Line>& lines() const { return lines_; }
  const std::vector<Cut>& cuts() const { return cuts_; }   // as the scenario dates them
  std::optional<PlaceId> city(std::string_view name) const;
  std::optional<PlaceId> site(std::string_view name) const;
  std::size_t regions() const { return region_city_.size(); }
  PlaceId region_city(std::size_t region) const { return region_city_[region]; }  // in the order given
  PlaceId site_place(std::size_t site) const { return site_place_[site]; }        // in the order given

  /// Lines of the widest route; empty if from == to; none if no line that is up leads there.
  std::optional<std::vector<LineId>> path(PlaceId from, PlaceId to) const;
  /// Lines of the route of least latency.
  std::optional<std::vector<LineId>> fastest_path(PlaceId from, PlaceId to) const;
  double width_bytes_per_s(std::span<const LineId> path) const;  // infinity for no lines
  double latency_s(std::span<const LineId> path) const;

  /// The same network with a line or a place out of service, or a line back in it. Ids stay.
  Backbone without(LineId line) const;
  Backbone without(PlaceId place) const;  // all its lines are down
  void set_up(LineId line, bool up);

  /// Undirected multigraph of the lines that are up; the edge property is the LineId.
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property, LineId>;
  Graph graph() const;

 private:
  PlaceId place_of(const std::string& name, bool is_site);
  void add_line(std::string name, PlaceId a, PlaceId b, double gbps, double rtt_ms);
  void check_reach(std::span<const ::dure::Region> regions, std::span<const SiteAccess> sites) const;
  std::optional<std::vector<LineId>> least_latency(PlaceId from, PlaceId to, double least_bytes_per_s) const;

  std::vector<NetworkPlace> places_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> name_rank_;  // of each line among all names
  std::vector<Cut> cuts_;
  std::vector<PlaceId> region_city_;
  std::vector<PlaceId> site_place_;
};

}  // namespace dure::sim
