#include "sim/network/backbone.h"

#include <boost/graph/connected_components.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

#include <boost/property_map/function_property_map.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "sim/error.h"
#include "sim/ids.h"
#include "sim/units.h"

namespace dure::sim {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

/// Length of a route, compared in the order of its members. Latency in whole nanoseconds, so that two routes whose
/// latencies are sums of the same figures in another order are equal.
struct Length {
  std::int64_t latency_ns = 0;
  std::vector<std::uint32_t> ranks;  // of the names of its lines
  bool operator<(const Length& other) const {
    if (latency_ns != other.latency_ns) return latency_ns < other.latency_ns;
    if (ranks.size() != other.ranks.size()) return ranks.size() < other.ranks.size();
    return ranks < other.ranks;
  }
};

Length operator+(Length route, const Length& line) {
  route.latency_ns += line.latency_ns;
  route.ranks.insert(route.ranks.end(), line.ranks.begin(), line.ranks.end());
  return route;
}

}  // namespace

Backbone::Backbone(std::span<const ::dure::Region> regions, std::span<const ::dure::Link> links, std::span<const SiteAccess> sites) {
  for (const auto& link : links) {
    const std::string field = "link[" + link.link() + "]";
    if (link.a() == link.b())
      throw ScenarioError(field + ".b",
                          {"line " + link.link() + " joins " + link.a() + " to itself", "회선 " + link.link() + "의 두 끝이 모두 " + link.a() + "입니다"},
                          {"name another city at one end, or remove the line", "한쪽 도시를 바꾸거나 회선을 지우세요"});
    const PlaceId a = place_of(link.a(), false);
    const PlaceId b = place_of(link.b(), false);
    add_line(link.link(), a, b, link.gbps(), link.rtt_ms());
    if (!link.has_cut_from()) {
      if (link.has_cut_until())
        throw ScenarioError(field + ".cut_until", {"the cut of line " + link.link() + " has an end and no beginning",
                                                   "회선 " + link.link() + "의 단선에 복구일만 있고 시작일이 없습니다"},
                            {"give cut_from too", "cut_from도 적으세요"});
      continue;
    }
    Cut cut{LineId(lines_.size() - 1), parse_date(link.cut_from()), std::nullopt};
    if (link.has_cut_until()) {
      cut.until = parse_date(link.cut_until());
      if (*cut.until <= cut.from)
        throw ScenarioError(field + ".cut_until", {"the cut of line " + link.link() + " ends before it begins",
                                                   "회선 " + link.link() + "의 복구일이 단선 시작일보다 늦지 않습니다"},
                            {"cut_until is the day of repair, after cut_from", "cut_until은 cut_from 뒤의 복구일입니다"});
    }
    cuts_.push_back(cut);
  }
  std::map<std::string, std::size_t, std::less<>> region_number;
  for (const auto& region : regions) {
    region_number.emplace(region.region(), region_city_.size());
    const PlaceId place = place_of(region.city(), false);
    region_city_.push_back(place);
    places_[index(place)].demand_share += region.demand_share();
  }
  for (const SiteAccess& site : sites) {
    const auto region = region_number.find(site.region);
    if (region == region_number.end())
      throw ScenarioError("site[" + site.site + "].region",
                          {"site " + site.site + " stands in region \"" + site.region + "\", which the scenario does not have",
                           "센터 " + site.site + "의 권역 \"" + site.region + "\"이(가) 시나리오에 없습니다"},
                          {"add the region, or name one that exists", "권역을 추가하거나 있는 권역을 적으세요"});
    const PlaceId place = place_of(site.site, true);
    places_[index(place)].cards = site.cards;
    site_place_.push_back(place);
    add_line("access/" + site.site, place, region_city_[region->second], site.access_gbps, regions[region->second].access_rtt_ms());
  }
  std::vector<std::uint32_t> by_name(lines_.size());
  std::iota(by_name.begin(), by_name.end(), 0U);
  std::stable_sort(by_name.begin(), by_name.end(), [&](auto x, auto y) { return lines_[x].name < lines_[y].name; });
  name_rank_.resize(lines_.size());
  for (std::uint32_t rank = 0; rank < by_name.size(); ++rank) name_rank_[by_name[rank]] = rank;
  check_reach(regions, sites);
}

PlaceId Backbone::place_of(const std::string& name, bool is_site) {
  for (std::size_t place = 0; place < places_.size(); ++place)
    if (places_[place].name == name && places_[place].is_site == is_site) return PlaceId(place);
  places_.push_back({name, is_site, 0, 0});
  return PlaceId(places_.size() - 1);
}

void Backbone::add_line(std::string name, PlaceId a, PlaceId b, double gbps, double rtt_ms) {
  lines_.push_back({std::move(name), a, b, bytes_per_s_from_gbps(gbps), rtt_ms / 1000 / 2, true});
}

void Backbone::check_reach(std::span<const ::dure::Region> regions, std::span<const SiteAccess> sites) const {
  if (regions.empty()) return;
  std::vector<int> component(places_.size());
  boost::connected_components(graph(), component.data());
  const bool several_cities = std::any_of(region_city_.begin(), region_city_.end(), [&](PlaceId city) { return city != region_city_[0]; });
  for (std::size_t i = 0; i < region_city_.size(); ++i) {
    const PlaceId place = region_city_[i];
    const std::string field = "region[" + regions[i].region() + "].city";
    const std::string& name = places_[index(place)].name;
    const bool linked = std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
      return (line.a == place || line.b == place) && !places_[index(line.a)].is_site && !places_[index(line.b)].is_site;
    });
    if (several_cities && !linked)
      throw ScenarioError(field,
                          {"no line leads to " + name + ", the city of region " + regions[i].region(),
                           "권역 " + regions[i].region() + "의 도시 " + name + "에 닿는 회선이 없습니다"},
                          {"add a link with " + name + " at one end, or name a city that has one", name + "을(를) 잇는 회선을 추가하거나 회선이 있는 도시를 적으세요"});
    if (component[index(place)] != component[index(region_city_[0])])
      throw ScenarioError(field,
                          {"region " + regions[i].region() + " (" + name + ") cannot be reached from region " + regions[0].region() + " (" +
                               places_[index(region_city_[0])].name + ")",
                           "권역 " + regions[i].region() + "(" + name + ")은(는) 권역 " + regions[0].region() + "(" +
                               places_[index(region_city_[0])].name + ")에서 갈 수 없습니다"},
                          {"add a link that joins the two parts of the backbone", "끊어진 두 부분을 잇는 회선을 추가하세요"});
  }
  (void)sites;  // a site is joined to its region's city, so it is reached with it
}

std::optional<PlaceId> Backbone::city(std::string_view name) const {
  for (std::size_t place = 0; place < places_.size(); ++place)
    if (!places_[place].is_site && places_[place].name == name) return PlaceId(place);
  return std::nullopt;
}

std::optional<PlaceId> Backbone::site(std::string_view name) const {
  for (std::size_t place = 0; place < places_.size(); ++place)
    if (places_[place].is_site && places_[place].name == name) return PlaceId(place);
  return std::nullopt;
}

Backbone::Graph Backbone::graph() const {
  Graph graph(places_.size());
  for (std::size_t line = 0; line < lines_.size(); ++line)
    if (lines_[line].up) boost::add_edge(index(lines_[line].a), index(lines_[line].b), LineId(line), graph);
  return graph;
}

std::optional<std::vector<LineId>> Backbone::path(PlaceId from, PlaceId to) const {
  if (from == to) return std::vector<LineId>{};
  const Graph all = graph();
  std::vector<double> width(places_.size());
  const auto capacity = boost::make_function_property_map<Graph::edge_descriptor>(
      [&](const Graph::edge_descriptor& edge) { return lines_[index(all[edge])].bytes_per_s; });
  // Dijkstra over widths: a route is as wide as its narrowest line, and wider is nearer.
  boost::dijkstra_shortest_paths(all, index(from),
                                 boost::weight_map(capacity)
                                     .distance_map(boost::make_iterator_property_map(width.begin(), boost::get(boost::vertex_index, all)))
                                     .distance_compare(std::greater<double>())
                                     .distance_combine([](double a, double b) { return std::min(a, b); })
                                     .distance_inf(0.0)
                                     .distance_zero(kEndless));
  if (width[index(to)] <= 0) return std::nullopt;
  return least_latency(from, to, width[index(to)]);
}

std::optional<std::vector<LineId>> Backbone::fastest_path(PlaceId from, PlaceId to) const {
  if (from == to) return std::vector<LineId>{};
  return least_latency(from, to, 0);
}

std::optional<std::vector<LineId>> Backbone::least_latency(PlaceId from, PlaceId to, double least_bytes_per_s) const {
  Graph wide(places_.size());
  for (std::size_t line = 0; line < lines_.size(); ++line)
    if (lines_[line].up && lines_[line].bytes_per_s >= least_bytes_per_s)
      boost::add_edge(index(lines_[line].a), index(lines_[line].b), LineId(line), wide);
  const auto length = boost::make_function_property_map<Graph::edge_descriptor>([&](const Graph::edge_descriptor& edge) {
    const std::size_t line = index(wide[edge]);
    return Length{std::llround(lines_[line].latency_s * 1e9), {name_rank_[line]}};
  });
  const Length endless{std::numeric_limits<std::int64_t>::max(), {}};
  std::vector<Length> distance(places_.size());
  boost::dijkstra_shortest_paths(wide, index(from),
                                 boost::weight_map(length)
                                     .distance_map(boost::make_iterator_property_map(distance.begin(), boost::get(boost::vertex_index, wide)))
                                     .distance_compare(std::less<Length>())
                                     .distance_combine([&](const Length& route, const Length& line) {
                                       return route.latency_ns == endless.latency_ns ? endless : route + line;
                                     })
                                     .distance_inf(endless)
                                     .distance_zero(Length{}));
  if (distance[index(to)].latency_ns == endless.latency_ns) return std::nullopt;
  std::vector<LineId> lines_of_rank(lines_.size());
  for (std::size_t line = 0; line < lines_.size(); ++line) lines_of_rank[name_rank_[line]] = LineId(line);
  std::vector<LineId> path;
  for (const std::uint32_t rank : distance[index(to)].ranks) path.push_back(lines_of_rank[rank]);
  return path;
}

double Backbone::width_bytes_per_s(std::span<const LineId> path) const {
  double width = kEndless;
  for (const LineId line : path) width = std::min(width, lines_[index(line)].bytes_per_s);
  return width;
}

double Backbone::latency_s(std::span<const LineId> path) const {
  double sum_s = 0;
  for (const LineId line : path) sum_s += lines_[index(line)].latency_s;
  return sum_s;
}

void Backbone::set_up(LineId line, bool up) { lines_[index(line)].up = up; }

Backbone Backbone::without(LineId line) const {
  Backbone rest = *this;
  rest.set_up(line, false);
  return rest;
}

Backbone Backbone::without(PlaceId place) const {
  Backbone rest = *this;
  for (Line& line : rest.lines_)
    if (line.a == place || line.b == place) line.up = false;
  return rest;
}

}  // namespace dure::sim
