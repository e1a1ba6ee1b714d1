#include "sim/engine/calls.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/engine/sources.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

std::vector<DemandRegion> demand_regions(const proto::Scenario& scenario) {
  std::vector<DemandRegion> regions;
  for (const proto::Region& region : scenario.region()) regions.push_back({region.region(), region.demand_share()});
  return regions;
}

Calls::Calls(RunState& run, JobWalk& walk, Programme& programme, Backbone& backbone, std::vector<Clock::Line> lines)
    : run_(run), walk_(walk), programme_(programme), backbone_(backbone), lines_(std::move(lines)),
      region_choice_(run.scenario.region_choice()), rounds_(programme.rounds()), granted_(run.pools.size(), 0) {
  for (std::size_t pool = 0; pool < run.pools.size(); ++pool) supply_.push_back(public_supply(run.fleet, PoolId(pool)));
  if (run.scenario.workload().has_projects())
    applicants_ = std::make_unique<Applicants>(run.scenario.workload().projects(), run.population, demand_regions(run.scenario), run.seed, run.calendar, make_model_times(run));
  for (std::size_t round = 0; round < rounds_.size(); ++round)
    if (rounds_[round].decided_s >= 0 && rounds_[round].decided_s < run.horizon_s) run.timers.set(rounds_[round].decided_s, Event::kCall, std::uint32_t(round));
}

/// Every route a data set may need, with all lines up and in every state of cuts that the scenario dates: SimGrid wants
/// routes before the run.
void Calls::prepare_paths() {
  if (!applicants_) return;
  struct Change { double at_s; LineId line; bool up; };
  std::vector<Change> changes;
  for (std::size_t i = 0; i < backbone_.cuts().size(); ++i) {
    const Cut& cut = backbone_.cuts()[i];
    const double from_s = run_.calendar.at_s(cut.from);
    const double until_s = cut.until ? run_.calendar.at_s(*cut.until) : std::numeric_limits<double>::infinity();
    changes.push_back({from_s, cut.line, false});
    if (std::isfinite(until_s)) changes.push_back({until_s, cut.line, true});
    if (until_s > 0 && from_s < run_.horizon_s) {
      run_.timers.set(std::max(0.0, from_s), Event::kLineCut, std::uint32_t(i));
      if (until_s < run_.horizon_s) run_.timers.set(until_s, Event::kLineMend, std::uint32_t(i));
    }
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.at_s < b.at_s; });
  Backbone state = backbone_;
  auto add_all = [&] {
    for (int region = 0; region < run_.scenario.region_size(); ++region)
      for (int site = 0; site < run_.scenario.site_size(); ++site) {
        const auto path = state.path(state.region_city(std::size_t(region)), state.site_place(std::size_t(site)));
        if (!path || paths_.contains(*path)) continue;
        std::vector<Clock::Line> lines;
        for (const LineId line : *path) lines.push_back(lines_[std::size_t(line)]);
        paths_.emplace(*path, run_.clock.add_path(lines));
      }
  };
  add_all();
  for (const Change& change : changes) {
    state.set_up(change.line, change.up);
    add_all();
  }
}

void Calls::on_call(std::uint32_t number) {
  Round round = rounds_[number];
  const std::vector<Application> applications = applicants_ ? applicants_->call(int(number), round.decided_s) : std::vector<Application>{};
  for (const Application& application : applications) {
    SIM_CHECK(index(application.project) == projects_.size(), "projects are numbered in order of application");
    projects_.push_back({application, round.call, {}, -1, 0, application.dataset_bytes, 0, false});
  }
  const Seat seat = [&](const Application& application, int cards) -> std::optional<PoolId> {
    std::vector<PoolChoice> choices;
    for (std::size_t i = 0; i < run_.pools.size(); ++i) {
      const PoolFacts& facts = run_.fleet.pools()[i];
      if (facts.partition != kOpenToAll) continue;
      if (application.card_type != kAnyCardType && application.card_type != facts.card) continue;
      const int in_service = run_.pools[i].cards.free().cards_in_service();
      // Cards that will be there for the whole term: a rental that ends, or a tranche that retires, carries no grant beyond.
      const double term_s = application.months * kYear_s / 12;
      const int room = int(std::min(double(in_service), least_supply(supply_[i], run_.now_s, run_.now_s + term_s))) - granted_[i];
      if (room < cards) continue;
      choices.push_back({PoolId(i), run_.fleet.site(facts.site).region, room >= cards, room >= cards, double(granted_[i]), in_service, std::max(0, room)});
    }
    const auto pool = region_choice_.for_grant(application.region, cards, choices);
    if (pool) granted_[index(*pool)] += cards;
    return pool;
  };
  int on_offer = 0;
  for (std::size_t i = 0; i < run_.pools.size(); ++i)
    if (run_.fleet.pools()[i].partition == kOpenToAll) on_offer += std::max(0, run_.pools[i].cards.free().cards_in_service() - granted_[i]);
  round.cards_on_offer = std::min(round.cards_on_offer, on_offer);
  Random jury(run_.seed, "programme/jury/" + round.call);
  for (const Grant& grant : programme_.decide(round, applications, seat, jury)) {
    Project& project = projects_[index(grant.project)];
    project.grant = grant;
    run_.timers.set(std::max(run_.now_s, grant.start_s), Event::kGrantStart, std::uint32_t(grant.project));
  }
}

void Calls::on_grant_start(std::uint32_t number) {
  Project& project = projects_[number];
  const Grant& grant = *project.grant;
  ProjectStanding& standing = walk_.open_project(grant.project);
  standing.is_open = true;
  standing.cards_granted = grant.cards;
  standing.pool = grant.pool;
  standing.data_ready = project.left_bytes < 1;
  if (standing.data_ready) project.data_ready_s = run_.now_s;
  add_source(applicants_->work(project.application, grant, run_.now_s, run_.fleet.pool(grant.pool).card));
  if (grant.end_s < run_.horizon_s) run_.timers.set(grant.end_s, Event::kGrantEnd, number);
  if (!standing.data_ready) send(number);
}

void Calls::on_grant_end(std::uint32_t number) {
  Project& project = projects_[number];
  if (project.flow != 0) {
    run_.clock.cancel(project.flow);
    flow_project_.erase(project.flow);
    project.flow = 0;
  }
  walk_.close_project(ProjectId(number));
  project.closed = true;
  granted_[index(project.grant->pool)] -= project.grant->cards;
  if (paid) paid(project.application, *project.grant, walk_.standing(ProjectId(number))->used_card_s);
}

// ---- data sets ----

PlaceId Calls::from_of(const Project& project) const { return backbone_.region_city(index(project.application.region)); }
PlaceId Calls::to_of(const Project& project) const { return backbone_.site_place(index(run_.fleet.pool(project.grant->pool).site)); }

std::optional<Clock::Path> Calls::route(PlaceId from, PlaceId to) {
  const auto lines = backbone_.path(from, to);
  if (!lines) return {};
  return paths_.at(*lines);
}

void Calls::send(std::uint32_t number) {
  Project& project = projects_[number];
  const auto path = route(from_of(project), to_of(project));
  if (!path) return;  // cut off: it goes on when a line is mended
  project.sent_s = run_.now_s;
  project.flow = run_.clock.send(*path, project.left_bytes);
  flow_project_.emplace(project.flow, number);
}

bool Calls::on_flow_end(const Clock::Ended& ended) {
  const auto found = flow_project_.find(ended.flow);
  if (found == flow_project_.end()) return false;
  const std::uint32_t number = found->second;
  flow_project_.erase(found);
  Project& project = projects_[number];
  project.flow = 0;
  const double sent_bytes = project.left_bytes - ended.remaining_bytes;
  run_.recorder->flow(project.sent_s, run_.now_s, "data_set", backbone_.places()[std::size_t(from_of(project))].name,
                      run_.names.pool_site[index(project.grant->pool)], sent_bytes, std::int64_t(number));
  project.left_bytes = ended.remaining_bytes;
  if (ended.failed) {
    send(number);
    return true;
  }
  project.left_bytes = 0;
  project.data_ready_s = run_.now_s;
  walk_.data_arrived(ProjectId(number));
  return true;
}

void Calls::on_cut(std::uint32_t cut) {
  const LineId line = backbone_.cuts()[cut].line;
  backbone_.set_up(line, false);
  run_.clock.cut(lines_[std::size_t(line)]);  // flows on it fail, and come back through on_flow_end
}

void Calls::on_mend(std::uint32_t cut) {
  const LineId line = backbone_.cuts()[cut].line;
  backbone_.set_up(line, true);
  run_.clock.mend(lines_[std::size_t(line)]);
  run_.timers.set(run_.now_s, Event::kSendOn, 0);
}

void Calls::on_send_on() {
  for (std::uint32_t number = 0; number < projects_.size(); ++number) {
    const Project& project = projects_[number];
    const bool stalled = project.grant && !project.closed && project.left_bytes >= 1 && project.flow == 0 && project.grant->start_s <= run_.now_s;
    if (stalled) send(number);
  }
}

// ---- results ----

void Calls::write_rows() {
  for (std::uint32_t number = 0; number < projects_.size(); ++number) {
    const Project& project = projects_[number];
    const ProjectStanding* standing = walk_.standing(ProjectId(number));
    if (project.grant && !project.closed && paid && standing != nullptr) paid(project.application, *project.grant, standing->used_card_s);
    if (project.flow != 0)
      run_.recorder->flow(project.sent_s, {}, "data_set", backbone_.places()[std::size_t(from_of(project))].name,
                          run_.names.pool_site[index(project.grant->pool)], project.left_bytes, std::int64_t(number));
    if (run_.recorder->grants() == nullptr) continue;
    const Application& application = project.application;
    const bool granted = project.grant.has_value();
    const std::optional<double> none;
    run_.recorder->grants()->insert(
        std::int64_t(number), std::string_view(project.call), std::string_view(run_.population.tenants[index(application.tenant)].name),
        kTenantKindNames[std::size_t(application.kind)], std::string_view(run_.names.regions[index(application.region)]),
        granted ? std::string_view(run_.names.pool_site[index(project.grant->pool)]) : std::string_view(), std::int64_t(application.cards),
        std::int64_t(granted ? project.grant->cards : 0), granted ? std::optional<double>(project.grant->start_s) : none,
        granted ? std::optional<double>(project.grant->end_s) : none, application.dataset_bytes / kGB_bytes,
        project.data_ready_s >= 0 ? std::optional<double>(project.data_ready_s) : none, granted && standing != nullptr ? standing->used_card_s / kHour_s : 0.0);
  }
}

void Calls::add_metrics(Summary& summary) {
  const bool on = applicants_ != nullptr;
  const Text absent = {"no projects in this run: nobody applies", "과제가 없는 실행이라 신청이 없습니다"};
  auto add = [&](const char* name, const char* unit, double value, bool is_there) {
    summary.metrics.push_back({name, unit, is_there ? std::optional<double>(value) : std::nullopt, is_there ? Text{} : absent});
  };
  double granted = 0;
  double finished = 0;
  std::vector<double> used;
  for (std::uint32_t number = 0; number < projects_.size(); ++number) {
    granted += projects_[number].grant.has_value();
    finished += projects_[number].closed;
    const ProjectStanding* standing = walk_.standing(ProjectId(number));
    used.push_back(projects_[number].grant && standing != nullptr ? standing->used_card_s : 0);
  }
  add("fairness.gini_card_hours", "ratio", on && !used.empty() ? gini(used) : 0, on && !used.empty());
  add("projects.applied", "projects", double(projects_.size()), on);
  add("projects.granted", "projects", granted, on);
  add("projects.finished", "projects", finished, on);
}

}  // namespace dure::sim
