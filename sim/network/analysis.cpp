#include "sim/network/analysis.h"

#include <boost/graph/betweenness_centrality.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <boost/graph/connected_components.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>
#include <boost/property_map/function_property_map.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "sim/ids.h"

namespace dure::sim {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
struct Pipe {
  std::int64_t capacity = 0;
  std::int64_t left = 0;
  Traits::edge_descriptor back;
};
using Pipes = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Pipe>;

// One way; push-relabel wants the way back as an edge of its own without capacity.
void add_pipe(Pipes& pipes, std::size_t a, std::size_t b, std::int64_t capacity) {
  const auto forth = boost::add_edge(a, b, Pipe{capacity, capacity, {}}, pipes).first;
  const auto back = boost::add_edge(b, a, Pipe{0, 0, {}}, pipes).first;
  pipes[forth].back = back;
  pipes[back].back = forth;
}

/// Max-flow in whole bytes per second from all of `from` to all of `to`.
double flow(const Backbone& net, const std::vector<std::size_t>& from, const std::vector<std::size_t>& to) {
  const std::size_t places = net.places().size();
  Pipes pipes(places + 2);
  std::int64_t endless = 1;
  for (const Line& line : net.lines()) {
    if (!line.up) continue;
    const std::int64_t capacity = std::llround(line.bytes_per_s);
    endless += capacity;
    add_pipe(pipes, index(line.a), index(line.b), capacity);
    add_pipe(pipes, index(line.b), index(line.a), capacity);
  }
  for (const std::size_t place : from) add_pipe(pipes, places, place, endless);
  for (const std::size_t place : to) add_pipe(pipes, place, places + 1, endless);
  return double(boost::push_relabel_max_flow(pipes, places, places + 1, boost::get(&Pipe::capacity, pipes), boost::get(&Pipe::left, pipes),
                                             boost::get(&Pipe::back, pipes), boost::get(boost::vertex_index, pipes)));
}

int parts(const Backbone& net) {
  std::vector<int> part(net.places().size());
  return part.empty() ? 0 : boost::connected_components(net.graph(), part.data());
}

std::vector<std::size_t> demand_cities(const Backbone& net) {
  std::set<std::size_t> cities;
  for (std::size_t region = 0; region < net.regions(); ++region) cities.insert(index(net.region_city(region)));
  return {cities.begin(), cities.end()};
}

// Cards and demand outside the part with most demand (most cards among equals).
Loss loss(const Backbone& rest, std::optional<PlaceId> gone) {
  const auto& places = rest.places();
  std::vector<int> part(places.size());
  const int count = boost::connected_components(rest.graph(), part.data());
  std::vector<std::pair<double, int>> kept(std::size_t(count), {0.0, 0});  // demand, cards
  int cards = 0;
  double demand = 0;
  for (std::size_t place = 0; place < places.size(); ++place) {
    cards += places[place].cards;
    demand += places[place].demand_share;
    if (gone && index(*gone) == place) continue;
    kept[std::size_t(part[place])].second += places[place].cards;
    kept[std::size_t(part[place])].first += places[place].demand_share;
  }
  const auto best = *std::max_element(kept.begin(), kept.end());
  return {"", !gone, cards - best.second, demand - best.first};
}

}  // namespace

double max_flow_bytes_per_s(const Backbone& net, PlaceId from, PlaceId to) { return flow(net, {index(from)}, {index(to)}); }

std::optional<double> bisection_bytes_per_s(const Backbone& net) {
  const auto cities = demand_cities(net);
  if (cities.size() < 2 || cities.size() > 16) return std::nullopt;
  std::optional<double> least;
  for (std::uint32_t half = 1; half < (1U << cities.size()); ++half) {
    if (std::size_t(std::popcount(half)) != cities.size() / 2) continue;
    std::vector<std::size_t> from, to;
    for (std::size_t city = 0; city < cities.size(); ++city) (half >> city & 1U ? from : to).push_back(cities[city]);
    const double cut = flow(net, from, to);
    if (!least || cut < *least) least = cut;
  }
  return least;
}

// By trial: networks have tens of lines, and parallel lines need no special care.
std::vector<LineId> bridges(const Backbone& net) {
  const int whole = parts(net);
  std::vector<LineId> found;
  for (std::size_t line = 0; line < net.lines().size(); ++line)
    if (net.lines()[line].up && parts(net.without(LineId(line))) > whole) found.push_back(LineId(line));
  return found;
}

std::vector<PlaceId> articulation_points(const Backbone& net) {
  std::vector<std::size_t> points;
  boost::articulation_points(net.graph(), std::back_inserter(points));
  std::sort(points.begin(), points.end());
  std::vector<PlaceId> found;
  for (const std::size_t point : points) found.push_back(PlaceId(point));
  return found;
}

std::vector<Loss> single_losses(const Backbone& net) {
  std::vector<Loss> losses;
  for (std::size_t line = 0; line < net.lines().size(); ++line) {
    if (!net.lines()[line].up) continue;
    losses.push_back(loss(net.without(LineId(line)), std::nullopt));
    losses.back().name = net.lines()[line].name;
  }
  for (std::size_t place = 0; place < net.places().size(); ++place) {
    losses.push_back(loss(net.without(PlaceId(place)), PlaceId(place)));
    losses.back().name = net.places()[place].name;
  }
  std::stable_sort(losses.begin(), losses.end(), [](const Loss& a, const Loss& b) {
    return std::tie(b.cards, b.demand_share, a.name) < std::tie(a.cards, a.demand_share, b.name);
  });
  return losses;
}

Betweenness betweenness(const Backbone& net) {
  const auto graph = net.graph();
  Betweenness share{std::vector<double>(net.places().size()), std::vector<double>(net.lines().size())};
  // A latency of zero would leave the order of places open, so a picosecond is added to each line.
  const auto latency = boost::make_function_property_map<Backbone::Graph::edge_descriptor>(
      [&](const Backbone::Graph::edge_descriptor& edge) { return std::llround(net.lines()[index(graph[edge])].latency_s * 1e9) * 1000 + 1; });
  std::map<Backbone::Graph::edge_descriptor, double> of_edge;
  boost::associative_property_map edge_share(of_edge);
  boost::brandes_betweenness_centrality(
      graph, boost::centrality_map(boost::make_iterator_property_map(share.of_place.begin(), boost::get(boost::vertex_index, graph)))
                 .edge_centrality_map(edge_share)
                 .weight_map(latency)
                 .vertex_index_map(boost::get(boost::vertex_index, graph)));
  const double n = double(net.places().size());
  if (n > 2)
    for (double& of : share.of_place) of /= (n - 1) * (n - 2) / 2;
  const auto [begin, end] = boost::edges(graph);
  for (auto edge = begin; edge != end; ++edge) share.of_line[index(graph[*edge])] = of_edge[*edge] / (n * (n - 1) / 2);
  return share;
}

NetworkSummary summarise(const Backbone& net) {
  NetworkSummary summary;
  std::vector<std::size_t> ends;
  for (std::size_t place = 0; place < net.places().size(); ++place)
    if (net.places()[place].is_site) ends.push_back(place);
  if (ends.size() < 2) ends = demand_cities(net);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    for (std::size_t j = i + 1; j < ends.size(); ++j) {
      SitePair pair{PlaceId(ends[i]), PlaceId(ends[j]), {}, 0, 0, 0};
      if (const auto path = net.path(pair.a, pair.b)) {
        pair.path = *path;
        pair.width_bytes_per_s = net.width_bytes_per_s(*path);
        pair.latency_s = net.latency_s(*path);
        pair.max_flow_bytes_per_s = max_flow_bytes_per_s(net, pair.a, pair.b);
      }
      summary.pairs.push_back(std::move(pair));
    }
  }
  summary.bisection_bytes_per_s = bisection_bytes_per_s(net);
  summary.bridges = bridges(net);
  summary.articulation_points = articulation_points(net);
  summary.losses = single_losses(net);
  summary.betweenness = betweenness(net);
  return summary;
}

}  // namespace dure::sim
