#include "sim/engine/clock.h"

#include <simgrid/kernel/resource/Action.hpp>
#include <simgrid/kernel/resource/Model.hpp>
#include <simgrid/s4u.hpp>

#include <algorithm>
#include <csignal>
#include <limits>
#include <set>

#include "sim/error.h"

namespace dure::sim {
namespace s4u = simgrid::s4u;

namespace {

// Options of SimGrid 3.32 that the run depends on; docs/rooms/engine.md says why.
std::vector<std::string> options() {
  return {"dure",
          "--log=root.thres:critical",
          "--cfg=network/model:CM02",
          "--cfg=network/TCP-gamma:0",
          "--cfg=network/crosstraffic:0",
          "--cfg=network/latency-factor:1",
          "--cfg=network/bandwidth-factor:1",
          "--cfg=surf/precision:1e-6",
          "--cfg=contexts/stack-size:16",
          "--cfg=contexts/guard-size:0"};
}

// run_until stops this close to where it was asked to stop.
constexpr double kSamePointInTime_s = 1e-5;
constexpr double kEndless_s = std::numeric_limits<double>::infinity();

// The ends of a flow pass through SimGrid's completion signal, which is global like the engine itself.
std::vector<const s4u::Activity*>* ended_now = nullptr;
// SimGrid stops run_until when an activity stands in this set; we put the ended ones there to be called back at once.
std::set<s4u::Activity*> stop;

}  // namespace

struct Clock::Inside {
  std::vector<std::string> arguments = options();
  std::unique_ptr<s4u::Engine> engine;
  s4u::NetZone* world = nullptr;                 // holds zones only: SimGrid wants hosts and zones apart
  s4u::NetZone* backbone = nullptr;              // lines, and two hosts for the ends of each path
  std::vector<s4u::Host*> nodes;
  std::vector<s4u::Host*> storages;              // by site
  std::vector<s4u::NetZone*> sites;
  std::vector<s4u::Link*> lines;
  std::vector<std::pair<s4u::Host*, s4u::Host*>> paths;
  std::vector<int> site_of;                      // by node
  struct Flow {
    s4u::CommPtr comm;                           // 3.32 crashes if a running activity is let go; its data is the flow's place, from 1
    FlowId id = 0;                               // serial number, then place; 0: nobody's
    std::uint32_t owner = 0;
    double left_at_cut_bytes = 0;                // taken before SimGrid forgets it
  };
  std::vector<Flow> flows;                       // places are used again
  std::vector<std::uint32_t> free_places;
  std::size_t alive = 0;
  std::vector<const s4u::Activity*> ended;
  std::vector<Ended> report;
  std::vector<s4u::CommPtr> cancelled;           // kept until their end has been seen, so that no new flow has their address
  std::uint32_t last_serial = 0;
  double now_s = 0;                              // at or ahead of SimGrid's clock; ahead only while SimGrid has nothing to end
  double quiet_until_s = 0;                      // no flow ends before; 0: to be asked again, since flows or lines changed

  /// When SimGrid will next have something to do, as long as nobody changes a flow or a line.
  double next_end_s() {
    if (quiet_until_s > 0) return quiet_until_s;
    if (alive == 0) return quiet_until_s = kEndless_s;
    catch_up();
    quiet_until_s = kEndless_s;
    for (auto* model : engine->get_all_models()) {
      const double left_s = model->next_occurring_event(now_s);
      if (left_s >= 0) quiet_until_s = std::min(quiet_until_s, now_s + left_s);
    }
    return quiet_until_s;
  }
  void catch_up() {
    if (now_s > s4u::Engine::get_clock() + kSamePointInTime_s) engine->run_until(now_s);
    now_s = s4u::Engine::get_clock();
  }

  FlowId start(s4u::Host* from, s4u::Host* to, double bytes, double limit_bytes_per_s, std::uint32_t owner) {
    catch_up();
    // A flow with a limit is a load. It crosses its site's storage line alone, so it only slows down the others there; one more flow over several
    // lines may speed a third one up.
    if (quiet_until_s > 0) quiet_until_s = limit_bytes_per_s > 0 ? std::min(quiet_until_s, now_s + bytes / limit_bytes_per_s) : 0;
    if (free_places.empty()) {
      free_places.push_back(static_cast<std::uint32_t>(flows.size()));
      flows.emplace_back();
    }
    const std::uint32_t place = free_places.back();
    free_places.pop_back();
    ++alive;
    Flow& flow = flows[place];
    flow.id = FlowId(++last_serial) << 32 | place;
    flow.owner = owner;
    flow.comm = s4u::Comm::sendto_init();  // size first: with both ends known it starts
    flow.comm->set_data(reinterpret_cast<void*>(std::uintptr_t(place) + 1));
    flow.comm->set_payload_size(static_cast<std::uint64_t>(bytes));
    flow.comm->set_source(from)->set_destination(to);  // starts it
    if (limit_bytes_per_s > 0) newest_action().set_bound(limit_bytes_per_s);  // 3.32 forgets Comm::set_rate of a sendto
    stop.erase(flow.comm.get());  // being without an end host for a moment counts as a veto
    return flow.id;
  }
  /// Frees the place; the activity is kept until its end has been seen.
  void release(Flow& flow) {
    quiet_until_s = 0;
    flow.comm->set_data(nullptr);
    cancelled.push_back(std::move(flow.comm));
    free_places.push_back(static_cast<std::uint32_t>(&flow - flows.data()));
    flow = {};
    --alive;
  }

  /// What SimGrid shares links for, of the flow just started. Flows are the only activities, so the model with actions is
  /// the network's.
  simgrid::kernel::resource::Action& newest_action() {
    for (auto* model : engine->get_all_models())
      if (auto* actions = model->get_started_action_set(); !actions->empty()) return actions->back();
    check_failed("a flow was started", __FILE__, __LINE__, "SimGrid has no action for a flow that was started");
  }

  /// No time passes, but SimGrid takes away what was failed or cancelled. Without it the flow would hold its share until
  /// the next event, and 3.32 would let a flow on a dead line arrive.
  void settle() {
    if (alive > 0 || !cancelled.empty()) engine->run_until(s4u::Engine::get_clock());
  }
  void collect() {
    for (const s4u::Activity* activity : ended) {
      const auto place = reinterpret_cast<std::uintptr_t>(activity->get_data<void>());
      if (place == 0) continue;  // cancelled
      Flow& flow = flows[place - 1];
      const bool failed = flow.comm->get_state() != s4u::Activity::State::FINISHED;
      report.push_back({flow.id, flow.owner, failed, failed ? flow.left_at_cut_bytes : 0.0});
      release(flow);
    }
    ended.clear();
    stop.clear();
  }
};

Clock::Clock() : inside_(std::make_unique<Inside>()) {
  SIM_CHECK(ended_now == nullptr, "one clock a process");
  std::vector<char*> argv;
  for (std::string& argument : inside_->arguments) argv.push_back(argument.data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  struct sigaction on_interrupt = {};  // SimGrid takes Ctrl-C for itself; it stays with whoever had it
  ::sigaction(SIGINT, nullptr, &on_interrupt);
  inside_->engine = std::make_unique<s4u::Engine>(&argc, argv.data());
  ::sigaction(SIGINT, &on_interrupt, nullptr);
  inside_->engine->track_vetoed_activities(&stop);
  inside_->world = s4u::create_full_zone("world");
  inside_->backbone = s4u::create_full_zone("backbone");
  inside_->backbone->set_parent(inside_->world);
  ended_now = &inside_->ended;
  s4u::Comm::on_completion_cb([](const s4u::Activity& activity) {
    if (ended_now == nullptr) return;
    ended_now->push_back(&activity);
    stop.insert(const_cast<s4u::Activity*>(&activity));
  });
}

Clock::~Clock() {
  for (const auto& flow : inside_->flows)
    if (flow.id != 0 && flow.comm->get_state() == s4u::Activity::State::STARTED) flow.comm->cancel();
  ended_now = nullptr;
  stop.clear();
}

Clock::Line Clock::add_line(const std::string& name, double bytes_per_s, double latency_s) {
  auto* line = inside_->backbone->create_link(name, bytes_per_s);
  line->set_latency(latency_s);
  inside_->lines.push_back(line);
  return Line(inside_->lines.size() - 1);
}

Clock::Path Clock::add_path(const std::vector<Line>& lines) {
  const std::string name = "path-" + std::to_string(inside_->paths.size());
  auto* from = inside_->backbone->create_host(name + "-from", 1e9);
  auto* to = inside_->backbone->create_host(name + "-to", 1e9);
  std::vector<s4u::LinkInRoute> route;
  for (const Line line : lines) route.emplace_back(inside_->lines[std::size_t(line)]);
  inside_->backbone->add_route(from->get_netpoint(), to->get_netpoint(), nullptr, nullptr, route, true);
  inside_->paths.emplace_back(from, to);
  return Path(inside_->paths.size() - 1);
}

Clock::Node Clock::add_node(int site, Line storage, int cards) {
  auto& in = *inside_;
  while (in.sites.size() <= std::size_t(site)) {
    const std::string name = "site-" + std::to_string(in.sites.size());
    auto* zone = s4u::create_star_zone(name);
    zone->set_parent(in.world);
    auto* host = zone->create_host(name + "-storage", 1e9);
    zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, std::vector<s4u::LinkInRoute>{}, true);
    in.sites.push_back(zone);
    in.storages.push_back(host);
  }
  auto* zone = in.sites[std::size_t(site)];
  auto* host = zone->create_host("node-" + std::to_string(in.nodes.size()), 1e9)->set_core_count(cards);
  zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {s4u::LinkInRoute(in.lines[std::size_t(storage)])}, true);
  in.nodes.push_back(host);
  in.site_of.push_back(site);
  return Node(in.nodes.size() - 1);
}

void Clock::seal() {
  inside_->backbone->seal();
  for (auto* zone : inside_->sites) zone->seal();
  inside_->world->seal();
  for (auto* host : inside_->nodes) host->turn_off();
}

double Clock::now_s() const { return inside_->now_s; }

const std::vector<Clock::Ended>& Clock::advance(double until_s) {
  auto& in = *inside_;
  in.report.clear();
  in.collect();  // of a cut at this instant
  if (!in.report.empty()) return in.report;
  if (in.cancelled.empty() && until_s < in.next_end_s() - kSamePointInTime_s) {
    if (until_s > in.now_s + kSamePointInTime_s) in.now_s = until_s;
    return in.report;
  }
  while (in.report.empty() && until_s > now_s() + kSamePointInTime_s) {
    in.engine->run_until(until_s);
    in.now_s = s4u::Engine::get_clock();
    in.quiet_until_s = 0;
    in.collect();
  }
  in.cancelled.clear();
  return in.report;
}

void Clock::node_on(Node node) {
  inside_->catch_up();
  inside_->nodes[std::size_t(node)]->turn_on();
}
void Clock::node_off(Node node) {
  inside_->catch_up();
  inside_->quiet_until_s = 0;
  inside_->nodes[std::size_t(node)]->turn_off();
}
void Clock::cut(Line line) {
  inside_->catch_up();
  for (auto& flow : inside_->flows)
    if (flow.id != 0) flow.left_at_cut_bytes = flow.comm->get_remaining();
  inside_->quiet_until_s = 0;
  inside_->lines[std::size_t(line)]->turn_off();
  inside_->settle();
}
void Clock::mend(Line line) {
  inside_->catch_up();
  inside_->quiet_until_s = 0;
  inside_->lines[std::size_t(line)]->turn_on();
}

Clock::FlowId Clock::send(Path path, double bytes, std::uint32_t owner) {
  const auto& [from, to] = inside_->paths[std::size_t(path)];
  return inside_->start(from, to, bytes, 0, owner);
}

Clock::FlowId Clock::load(Node node, double bytes, double limit_bytes_per_s, std::uint32_t owner) {
  auto& in = *inside_;
  auto* storage = in.storages[std::size_t(in.site_of[std::size_t(node)])];
  return in.start(storage, in.nodes[std::size_t(node)], bytes, limit_bytes_per_s, owner);
}

void Clock::cancel(FlowId id) {
  const auto place = static_cast<std::uint32_t>(id);
  if (id == 0 || place >= inside_->flows.size() || inside_->flows[place].id != id) return;
  inside_->catch_up();
  const s4u::CommPtr comm = inside_->flows[place].comm;
  inside_->release(inside_->flows[place]);
  comm->cancel();
  inside_->settle();
}

std::size_t Clock::flows() const { return inside_->alive; }

}  // namespace dure::sim
