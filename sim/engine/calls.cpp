#include "sim/engine/calls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

Calls::Calls(RunState& run, JobWalk& walk, Programme& programme, Backbone& backbone, std::vector<Clock::Line> lines, Outlook& outlook)
    : run_(run), walk_(walk), programme_(programme), backbone_(backbone), outlook_(outlook), lines_(std::move(lines)),
      region_choice_(run.scenario.region_choice()), rounds_(programme.rounds()), granted_(run.pools.size(), 0) {
  for (std::size_t pool = 0; pool < run.pools.size(); ++pool) supply_.push_back(public_supply(run.fleet, PoolId(pool)));
  if (run.scenario.workload().has_projects()) {
    times_ = make_model_times(run);
    applicants_ = std::make_unique<Applicants>(run.scenario.workload().projects(), run.population, demand_regions(run.scenario), run.seed, run.calendar, times_);
  }
  std::size_t parts = 1;
  for (const Round& round : rounds_) parts = std::max(parts, round.part + 1);
  granted_of_part_.assign(parts, 0);
  const bool contest = std::any_of(rounds_.begin(), rounds_.end(), [](const Round& round) { return round.continues.has_value(); });
  if (run.scenario.programme().has_capability() || contest) {
    capability_.emplace(run.scenario.programme().capability(), run.seed);
    for (const JobClass& job_class : run.population.job_classes)
      trains_.push_back(std::find(capability_->job_classes().begin(), capability_->job_classes().end(), job_class.name) != capability_->job_classes().end());
    walk.job_ended = [this](const ActiveJob& job) {
      if (!trains_[index(job.job.job_class)]) return;
      const proto::CardType& card = run_.scenario.card(int(index(run_.fleet.pool(job.pool).card)));
      const double peak = 1e12 * (card.has_bf16_tflops() ? card.bf16_tflops() : card.fp16_tflops());
      projects_[index(job.job.project)].training_flop += peak * job.productive_card_s;
    };
  }
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

// ---- calls ----

std::vector<Application> Calls::applications(std::size_t number) {
  const Round& round = rounds_[number];
  std::vector<Application> all;
  if (round.continues)
    for (const Project& project : projects_)
      if (project.round == *round.continues && project.grant) {
        Application& team = all.emplace_back(project.application);
        team.loss = loss_of(project);
        team.continues = true;
      }
  if (!applicants_ || round.newcomers == 0) return all;
  for (const Application& application : applicants_->call(int(number), round.decided_s, round.newcomers)) {
    SIM_CHECK(index(application.project) == projects_.size(), "projects are numbered in order of application");
    Project& project = projects_.emplace_back();
    project.application = application;
    project.call = round.call;
    project.round = number;
    project.left_bytes = application.dataset_bytes;
    all.push_back(application);
  }
  return all;
}

/// Cards the round may grant: what its part has left of its share of the public cards in service, or, if it borrows, what nobody was granted.
int Calls::offer(const Round& round) const {
  int in_service = 0, free = 0;
  for (std::size_t i = 0; i < run_.pools.size(); ++i)
    if (run_.fleet.pools()[i].partition == kOpenToAll) {
      in_service += run_.pools[i].cards.free().cards_in_service();
      free += std::max(0, run_.pools[i].cards.free().cards_in_service() - granted_[i]);
    }
  const int own = int(round.share * in_service + 1e-9) - granted_of_part_[round.part];
  return std::min(round.cards_on_offer, round.borrows ? free : std::clamp(own, 0, free));
}

/// How long the work of a grant of so many cards takes on this type of card, on a scale that is the same for all types: the work on
/// named models that suits the grant, else by peaks where run times are counted on a card type.
double Calls::relative_run_time(CardTypeId card, int cards) const {
  double sum_s = 0;
  if (times_)
    for (std::size_t job_class = 0; job_class < run_.population.job_classes.size(); ++job_class)
      if (const auto work = times_->work(JobClassId(job_class), cards); work && !times_->by_the_clock(*work))
        sum_s += times_->run_s(*work, card, cards).value_or(std::numeric_limits<double>::infinity());
  return sum_s > 0 ? sum_s : outlook_.relative_peak_time(card);
}

void Calls::on_call(std::uint32_t number) {
  Round round = rounds_[number];
  round.cards_on_offer = offer(round);
  last_round_ = int(number);
  grant_all(number, round, applications(number));
}

void Calls::grant_all(std::size_t number, const Round& round, std::span<const Application> applications) {
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
      if (!region_choice_.asks_any()) continue;
      const Project& project = projects_[index(application.project)];
      const bool has_data = project.grant && project.left_bytes < 1 && run_.fleet.pool(project.grant->pool).site == facts.site;
      outlook_.describe(choices.back(), application.region, has_data ? 0 : application.dataset_bytes);
      if (region_choice_.asks_run()) choices.back().run_s = relative_run_time(facts.card, cards);
    }
    double fastest = std::numeric_limits<double>::infinity();
    for (const PoolChoice& choice : choices) fastest = std::min(fastest, choice.run_s);
    if (fastest > 0 && std::isfinite(fastest))  // what the fastest card would do within the term
      for (PoolChoice& choice : choices) choice.run_s *= application.months * kYear_s / 12 / fastest;
    const auto pool = region_choice_.for_grant(application.region, cards, choices);
    if (pool) granted_[index(*pool)] += cards;
    return pool;
  };
  Random jury(run_.seed, "programme/jury/" + round.call);
  for (const Grant& grant : programme_.decide(round, applications, seat, jury)) {
    Project& project = projects_[index(grant.project)];
    if (project.grant) project.earlier.push_back(*project.grant);
    project.grant = grant;
    project.grant->number = int(project.earlier.size());
    project.round = number;
    project.closed = false;
    granted_of_part_[round.part] += grant.cards;
    run_.timers.set(std::max(run_.now_s, grant.start_s), Event::kGrantStart, std::uint32_t(grant.project));
  }
}

void Calls::on_grant_start(std::uint32_t number) {
  Project& project = projects_[number];
  const Grant& grant = *project.grant;
  ProjectStanding& standing = walk_.open_project(grant.project);
  if (!project.earlier.empty() && run_.fleet.pool(project.earlier.back().pool).site != run_.fleet.pool(grant.pool).site) project.left_bytes = project.application.dataset_bytes;
  standing.is_open = true;
  standing.cards_granted = grant.cards;
  standing.pool = grant.pool;
  standing.data_ready = project.left_bytes < 1;
  if (standing.data_ready) project.data_ready_s = run_.now_s;
  project.window_from_s = run_.now_s;
  project.window_card_s = 0;
  add_source(applicants_->work(project.application, grant, run_.now_s, run_.fleet.pool(grant.pool).card));
  if (grant.end_s < run_.horizon_s) run_.timers.set(grant.end_s, Event::kGrantEnd, number, std::uint32_t(grant.number));
  if (!standing.data_ready) send(number);
}

void Calls::on_grant_end(std::uint32_t number) {
  Project& project = projects_[number];
  if (project.closed) return;
  if (project.flow != 0) {
    run_.clock.cancel(project.flow);
    flow_project_.erase(project.flow);
    project.flow = 0;
  }
  walk_.close_project(ProjectId(number));
  project.closed = true;
  granted_[index(project.grant->pool)] -= project.grant->cards;
  granted_of_part_[rounds_[project.round].part] -= project.grant->cards;
  released_flop_ = std::max(released_flop_, flop_of(project));
  const double used_s = used_card_s(project);
  project.used_card_s.push_back(used_s);
  if (paid) paid(project.application, *project.grant, used_s);
}

double Calls::used_card_s(const Project& project) const {
  const ProjectStanding* standing = walk_.standing(project.application.project);
  return standing == nullptr ? 0 : standing->used_card_s - std::accumulate(project.used_card_s.begin(), project.used_card_s.end(), 0.0);
}

// ---- what teams make of it ----

double Calls::flop_of(const Project& project) const {
  return capability_ ? capability_->flop(project.training_flop, capability_->skill(project.application.tenant, project.application.merit)) : 0;
}

double Calls::loss_of(const Project& project) const { return capability_ ? capability_->loss(flop_of(project), released_flop_) : 0; }

// ---- idle cards ----

void Calls::on_day() {
  if (!run_.scenario.programme().has_reclaim_idle()) return;
  const proto::ReclaimIdle& rule = run_.scenario.programme().reclaim_idle();
  for (std::uint32_t number = 0; number < projects_.size(); ++number) {
    const ProjectStanding* standing = walk_.standing(ProjectId(number));
    if (projects_[number].grant && !projects_[number].closed && standing != nullptr && standing->is_open) projects_[number].window_card_s += double(standing->in_use) * 1e-9 * kDay_s;
  }
  if (++days_ < int(rule.window_days())) return;
  days_ = 0;
  const int before = std::accumulate(granted_.begin(), granted_.end(), 0);
  for (std::uint32_t number = 0; number < projects_.size(); ++number) reclaim(number);
  regrant(before - std::accumulate(granted_.begin(), granted_.end(), 0));
}

/// Takes back what a project has not used, if it has used little. Its running jobs go on; it may hold fewer from now on.
void Calls::reclaim(std::uint32_t number) {
  const proto::ReclaimIdle& rule = run_.scenario.programme().reclaim_idle();
  Project& project = projects_[number];
  ProjectStanding* standing = walk_.standing(ProjectId(number));
  if (!project.grant || project.closed || standing == nullptr || !standing->is_open) return;
  const double watched_s = run_.now_s - project.window_from_s, used = watched_s > 0 ? project.window_card_s / watched_s : 0;
  project.window_from_s = run_.now_s;
  project.window_card_s = 0;
  Grant& grant = *project.grant;
  if (run_.now_s - grant.start_s < rule.grace_days() * kDay_s || !standing->data_ready || watched_s < kDay_s || used >= rule.below() * grant.cards) return;
  const int per_node = std::max(1, run_.fleet.pool(grant.pool).cards_per_node);
  const int keeps = std::min(grant.cards, std::max(1, int(std::ceil(rule.keeps() * used / per_node))) * per_node);
  const int back = grant.cards - keeps;
  if (back <= 0) return;
  grant.cards = standing->cards_granted = keeps;
  granted_[index(grant.pool)] -= back;
  granted_of_part_[rounds_[project.round].part] -= back;
  reclaimed_card_s_ += back * (std::min(grant.end_s, run_.horizon_s) - run_.now_s);
  ++reclaimed_from_;
}

/// Offers reclaimed cards to those whom the last call refused.
void Calls::regrant(int cards) {
  if (cards <= 0 || last_round_ < 0 || rounds_[std::size_t(last_round_)].continues) return;
  std::vector<Application> refused;
  for (const Project& project : projects_)
    if (project.round == std::size_t(last_round_) && !project.grant) refused.push_back(project.application);
  if (refused.empty()) return;
  Round round = rounds_[std::size_t(last_round_)];
  round.decided_s = run_.now_s;
  round.cards_on_offer = cards;
  const std::size_t before = std::size_t(std::count_if(projects_.begin(), projects_.end(), [](const Project& each) { return each.grant.has_value(); }));
  grant_all(std::size_t(last_round_), round, refused);
  granted_again_ += int(std::size_t(std::count_if(projects_.begin(), projects_.end(), [](const Project& each) { return each.grant.has_value(); })) - before);
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
  outlook_.lines_changed();
  run_.clock.cut(lines_[std::size_t(line)]);  // flows on it fail, and come back through on_flow_end
}

void Calls::on_mend(std::uint32_t cut) {
  const LineId line = backbone_.cuts()[cut].line;
  backbone_.set_up(line, true);
  outlook_.lines_changed();
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

/// Contests that came to their last stage: whether the team with most skill among all that applied stood there with the lowest loss, as it is and
/// not as it was evaluated; and the card-time of teams that were cut before.
Calls::Contest Calls::contest_outcome() const {
  Contest outcome;
  for (std::size_t last = 0; last < rounds_.size(); ++last) {
    const bool ends = rounds_[last].continues && std::none_of(rounds_.begin(), rounds_.end(), [&](const Round& each) { return each.continues == last; });
    if (!ends) continue;
    std::vector<std::size_t> stages{last};
    while (rounds_[stages.back()].continues) stages.push_back(*rounds_[stages.back()].continues);
    const Project *best = nullptr, *winner = nullptr;
    double most_skill = 0, least_loss = 0;
    for (const Project& project : projects_) {
      if (std::find(stages.begin(), stages.end(), project.round) == stages.end()) continue;
      outcome.any = true;
      const double skill = capability_->skill(project.application.tenant, project.application.merit), loss = loss_of(project);
      if (best == nullptr || skill > most_skill) best = &project, most_skill = skill;
      if (project.round == last && project.grant && loss > 0 && (winner == nullptr || loss < least_loss)) winner = &project, least_loss = loss;
      if (const ProjectStanding* standing = walk_.standing(project.application.project); project.round != last && project.grant && standing != nullptr) outcome.cut_card_s += standing->used_card_s;
    }
    if (winner == nullptr) continue;
    ++outcome.held;
    outcome.won_by_best += winner == best;
  }
  return outcome;
}

void Calls::write_rows() {
  for (std::uint32_t number = 0; number < projects_.size(); ++number) {
    const Project& project = projects_[number];
    const ProjectStanding* standing = walk_.standing(ProjectId(number));
    if (project.grant && !project.closed && paid && standing != nullptr) paid(project.application, *project.grant, used_card_s(project));
    if (project.flow != 0)
      run_.recorder->flow(project.sent_s, {}, "data_set", backbone_.places()[std::size_t(from_of(project))].name,
                          run_.names.pool_site[index(project.grant->pool)], project.left_bytes, std::int64_t(number));
    if (run_.recorder->grants() == nullptr) continue;
    std::vector<const Grant*> grants;
    for (const Grant& grant : project.earlier) grants.push_back(&grant);
    if (project.grant) grants.push_back(&*project.grant);
    if (grants.empty()) write_row(number, nullptr, 0);
    for (std::size_t i = 0; i < grants.size(); ++i) write_row(number, grants[i], i < project.used_card_s.size() ? project.used_card_s[i] : used_card_s(project));
  }
}

/// An application and a grant it got; none: refused.
void Calls::write_row(std::uint32_t number, const Grant* grant, double used_s) {
  const Project& project = projects_[number];
  const Application& application = project.application;
  const std::optional<double> none;
  run_.recorder->grants()->insert(
      std::int64_t(number), std::string_view(project.call), std::string_view(run_.population.tenants[index(application.tenant)].name),
      kTenantKindNames[std::size_t(application.kind)], std::string_view(run_.names.regions[index(application.region)]),
      grant ? std::string_view(run_.names.pool_site[index(grant->pool)]) : std::string_view(), std::int64_t(application.cards),
      std::int64_t(grant ? grant->cards : 0), grant ? std::optional<double>(grant->start_s) : none,
      grant ? std::optional<double>(grant->end_s) : none, application.dataset_bytes / kGB_bytes,
      project.data_ready_s >= 0 ? std::optional<double>(project.data_ready_s) : none, used_s / kHour_s);
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
  const Text no_capability = {"no model of what teams make of their compute in this run", "컴퓨팅으로 만든 모델의 성능 모형이 이 실행에 없습니다"};
  const auto made = [&](const char* name, const char* unit, std::optional<double> value, const Text& why) { summary.metrics.push_back({name, unit, value, value ? Text{} : why}); };
  std::optional<double> best, models;
  if (capability_ && on) {
    models = 0;
    for (const Project& project : projects_)
      if (const double loss = loss_of(project); loss > 0) {
        best = std::min(best.value_or(loss), loss);
        *models += loss <= capability_->threshold_loss();
      }
  }
  made("capability.best_loss", "nats/token", best, capability_ ? Text{"nobody trained a model", "모형을 학습한 과제가 없습니다"} : no_capability);
  made("capability.models", "models", models, no_capability);
  const Contest contest = contest_outcome();
  const Text no_contest = {"no contest came to its last stage", "마지막 단계에 이른 경연이 없습니다"};
  made("contest.best_team_won", "share", contest.held > 0 ? std::optional(contest.won_by_best / contest.held) : std::nullopt, no_contest);
  made("contest.card_hours_cut_teams", "card-hours", contest.any ? std::optional(contest.cut_card_s / kHour_s) : std::nullopt, no_contest);
  const bool reclaims = run_.scenario.programme().has_reclaim_idle();
  const Text no_reclaim = {"idle cards are not reclaimed in this run", "이 실행에서는 유휴 카드를 회수하지 않습니다"};
  made("reclaim.card_hours", "card-hours", reclaims ? std::optional(reclaimed_card_s_ / kHour_s) : std::nullopt, no_reclaim);
  made("reclaim.projects", "projects", reclaims ? std::optional(double(reclaimed_from_)) : std::nullopt, no_reclaim);
  made("reclaim.granted_again", "projects", reclaims ? std::optional(double(granted_again_)) : std::nullopt, no_reclaim);
  add("fairness.gini_card_hours", "ratio", on && !used.empty() ? gini(used) : 0, on && !used.empty());
  add("projects.applied", "projects", double(projects_.size()), on);
  add("projects.granted", "projects", granted, on);
  add("projects.finished", "projects", finished, on);
}

}  // namespace dure::sim
