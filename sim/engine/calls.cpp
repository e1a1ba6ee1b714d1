#include "sim/engine/calls.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "sim/engine/check_programme.h"
#include "sim/engine/futures.h"
#include "sim/engine/sources.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {
constexpr int kServer_cards = 8;   // grants are whole servers of so many, korea/demand_rounds.csv
}

std::vector<DemandRegion> demand_regions(const proto::Scenario& scenario) {
  std::vector<DemandRegion> regions;
  for (const proto::Region& region : scenario.region()) regions.push_back({region.region(), region.demand_share()});
  return regions;
}

Calls::Calls(RunState& run, JobWalk& walk, const Programme& programme, Backbone& backbone, std::vector<Clock::Line> lines, Outlook& outlook)
    : run_(run), walk_(walk), programme_(&programme), backbone_(backbone), outlook_(outlook), lines_(std::move(lines)), region_choice_(run.scenario.region_choice()),
      rounds_(programme.rounds()), granted_(run.pools.size(), 0), people_(run.scenario.programme().people()),
      market_krw_per_card_s_(run.scenario.programme().user_price().market_price_krw_per_card_hour() / kHour_s) {
  check_programme(run.scenario, run.fleet);
  for (std::size_t pool = 0; pool < run.pools.size(); ++pool) supply_.push_back(public_supply(run.fleet, PoolId(pool)));
  if (run.scenario.workload().has_projects()) {
    times_ = make_model_times(run);
    applicants_ = std::make_unique<Applicants>(run.scenario.workload().projects(), run.population, demand_regions(run.scenario), run.seed, run.calendar, times_);
    check_applicants(run.scenario, *applicants_, programme);
  }
  count_parts();
  const bool contest = std::any_of(rounds_.begin(), rounds_.end(), [](const Round& round) { return round.is_contest; });
  if (run.scenario.programme().has_capability() || contest) {
    capability_.emplace(run.scenario.programme().capability(), run.seed);
    for (const JobClass& job_class : run.population.job_classes)
      trains_.push_back(std::find(capability_->job_classes().begin(), capability_->job_classes().end(), job_class.name) != capability_->job_classes().end());
    walk.job_ended = [this](const ActiveJob& job) {
      if (!trains_[index(job.job.job_class)]) return;
      const proto::CardType& card = run_.scenario.card(int(index(run_.fleet.pool(job.pool).card)));
      const double peak = 1e12 * (card.has_bf16_tflops() ? card.bf16_tflops() : card.fp16_tflops()) * capability_->card_efficiency(card.card());
      projects_[index(job.job.project)].training_flop += peak * job.productive_card_s;
    };
  }
  for (std::size_t round = 0; round < rounds_.size(); ++round)
    if (rounds_[round].decided_s >= 0 && rounds_[round].decided_s < run.horizon_s) run.timers.set(rounds_[round].decided_s, Event::kCall, std::uint32_t(round));
}

void Calls::count_parts() {
  std::size_t parts = std::max(std::size_t(1), granted_of_part_.size());
  for (const Round& round : rounds_) parts = std::max(parts, round.part + 1);
  granted_of_part_.resize(parts, 0);
  last_round_.resize(parts);
}

void Calls::become(const Future& now, double from_s) {
  programme_ = now.programme.get();
  rounds_ = now.rounds;
  supply_ = now.cards;
  count_parts();
  run_.timers.drop_if([&](const Timers::Timer& timer) { return timer.at_s >= from_s && timer.event() == Event::kCall; });
  for (std::size_t round = 0; round < rounds_.size(); ++round)
    if (rounds_[round].decided_s >= from_s && rounds_[round].decided_s < run_.horizon_s) run_.timers.set(rounds_[round].decided_s, Event::kCall, std::uint32_t(round));
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
  Applicants::Prices prices{};
  for (std::size_t kind = 0; kind < kTenantKinds; ++kind) prices[std::size_t(group_of(TenantKind(kind)))] = programme_->price_share(round, TenantKind(kind));
  for (const Application& application : applicants_->call(int(number), round.decided_s, round.newcomers, prices, round.kinds)) {
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
  last_round_[round.part] = number;
  const std::vector<Application> all = applications(number);
  grant_all(number, round, all);
  if (applicants_)
    for (const Application& application : all) applicants_->answered(application, projects_[index(application.project)].grant && projects_[index(application.project)].round == number);
}

bool Calls::runs_on(const Application& application, CardTypeId id) const {
  const proto::CardType& card = run_.scenario.card(int(index(id)));
  if (card.software_coverage() >= 1) return true;
  return Random(run_.seed, fmt::format("coverage/{}/{}", application.draw, card.card())).uniform() < card.software_coverage();
}

int Calls::counted_on(PoolId pool, int at_most, double until_s) {
  const auto least = [&](const std::vector<std::vector<SupplyStep>>& supply) { return int(std::min(double(at_most), least_supply(supply[index(pool)], run_.now_s, until_s))); };
  if (run_.futures != nullptr) run_.futures->agree([&](const Future& future) { return least(future.cards); });
  return least(supply_);
}

void Calls::grant_all(std::size_t number, const Round& round, std::span<const Application> applications) {
  std::vector<int> at_most(run_.pools.size());
  for (std::size_t i = 0; i < at_most.size(); ++i) at_most[i] = grantable(PoolId(i));
  Loan loan = loan_of(number, round);
  const Seat seat = [&](const Application& application, int budget, double term_end_s) -> std::optional<PoolId> {
    const int cards = cards_of(application, budget);
    const double end_s = std::min(term_end_s, round.ends_s);
    if (!loan.carries(cards, end_s)) return {};
    std::vector<PoolChoice> choices;
    for (std::size_t i = 0; i < run_.pools.size(); ++i) {
      const PoolFacts& facts = run_.fleet.pools()[i];
      if (facts.partition != kOpenToAll) continue;
      if (application.card_type != kAnyCardType && application.card_type != facts.card) continue;
      if (!runs_on(application, facts.card)) continue;
      // Cards that will be there for the whole term: a rental that ends, or a tranche that retires, carries no grant beyond.
      const int room = counted_on(PoolId(i), at_most[i], end_s) - granted_[i];
      if (room < cards) continue;
      choices.push_back({PoolId(i), run_.fleet.site(facts.site).region, room >= cards, room >= cards, double(granted_[i]), at_most[i], std::max(0, room)});
      if (!region_choice_.asks_any()) continue;
      const Project& project = projects_[index(application.project)];
      const bool has_data = project.grant && project.left_bytes < 1 && run_.fleet.pool(project.grant->pool).site == facts.site;
      outlook_.describe(choices.back(), application.region, has_data ? 0 : application.dataset_bytes);
      if (region_choice_.asks_run()) choices.back().run_s = relative_run_time(facts.card, cards);
    }
    double fastest = std::numeric_limits<double>::infinity();
    for (const PoolChoice& choice : choices) fastest = std::min(fastest, choice.run_s);
    if (fastest > 0 && std::isfinite(fastest))  // what the fastest card would do within the term
      for (PoolChoice& choice : choices) choice.run_s *= (end_s - run_.now_s) / fastest;
    const auto pool = region_choice_.for_grant(application.region, cards, choices);
    if (pool) {
      granted_[index(*pool)] += cards;
      loan.granted += cards;
    }
    return pool;
  };
  Random jury(run_.seed, "programme/jury/" + round.call);
  for (const Grant& grant : programme_->decide(round, applications, seat, jury)) {
    Project& project = projects_[index(grant.project)];
    if (project.grant && !project.closed) on_grant_end(std::uint32_t(grant.project), std::uint32_t(project.grant->number));
    if (project.grant) project.earlier.push_back(*project.grant);
    project.grant = grant;
    project.grant->cards = cards_of(project.application, grant.cards);
    project.grant->end_s = std::min(grant.end_s, round.ends_s);
    project.grant->number = int(project.earlier.size());
    project.round = number;
    project.closed = false;
    support(project, grant.cards);
    if (run_.scenario.programme().has_credits()) {
      project.credit.emplace(run_.scenario.programme().credits(), run_.calendar, *project.grant);
      project.grant->at_once = int(run_.scenario.programme().credits().burst() * project.grant->cards);
    }
    granted_of_part_[round.part] += project.grant->cards;
    run_.timers.set(std::max(run_.now_s, grant.start_s), Event::kGrantStart, std::uint32_t(grant.project));
  }
}

int Calls::cards_of(const Application& application, int budget) const {
  if (!people_.pays()) return budget;
  return people_.cards(budget, kServer_cards, Random(run_.seed, fmt::format("people/{}", application.draw)).uniform());
}

/// What a team has for people and data beside its own: what this budget has left over from cards, and what it won in its last contest.
void Calls::support(Project& project, int budget_cards) {
  const double krw_per_card = (std::min(project.grant->end_s, run_.horizon_s) - project.grant->start_s) * market_krw_per_card_s_;
  const double people_krw = (budget_cards - project.grant->cards) * krw_per_card;
  if (const auto won = won_krw_.find(project.application.tenant); won != won_krw_.end() && project.earlier.empty()) {
    project.prize_krw = won->second;   // spent in one contest, all its stages
    won_krw_.erase(won);
  }
  project.bought_skill = people_.skill(people_krw + project.prize_krw, budget_cards * krw_per_card);
  if (people_krw > 0 && supported) supported(project.application, "people and data", people_krw);
}

bool Calls::admits(const Job& job, int granted, double in_use) {
  if (job.project == kNoProject || index(job.project) >= projects_.size()) return programme_->admits(job, granted, in_use);
  Project& project = projects_[index(job.project)];
  if (!project.credit) return programme_->admits(job, granted, in_use);
  const double used = held_card_s(project);
  project.credit->settle(run_.now_s, used);
  return project.credit->has_some(used) && programme_->admits(job, std::max(granted, project.grant->at_once), in_use);
}

/// Card-time of its jobs under its last grant, those under way included.
double Calls::held_card_s(const Project& project) const { return used_card_s(project) + walk_.running_card_s(project.application.project); }

void Calls::on_grant_start(std::uint32_t number) {
  Project& project = projects_[number];
  const Grant& grant = *project.grant;
  ProjectStanding& standing = walk_.open_project(grant.project);
  if (!project.earlier.empty() && run_.fleet.pool(project.earlier.back().pool).site != run_.fleet.pool(grant.pool).site) project.left_bytes = project.application.dataset_bytes;
  standing.is_open = true;
  standing.cards_granted = grant.cards;
  standing.pool = grant.pool;
  standing.data_ready = project.left_bytes < 1;
  if (standing.data_ready) project.grant->data_ready_s = run_.now_s;
  project.window_from_s = run_.now_s;
  project.window_held_card_s = 0;
  project.window_waiting_card_s = 0;
  if (capability_)   // what others have released by now is not to be done again
    for (const auto& [tenant, flop] : released_flop_)
      if (tenant != project.application.tenant) project.head_start_flop = std::max(project.head_start_flop, flop);
  if (run_.scenario.programme().has_reclaim_idle()) project.cards_left = std::make_shared<int>(grant.cards);
  add_source(applicants_->work(project.application, grant, run_.now_s, run_.fleet.pool(grant.pool).card, project.cards_left, run_.batching.get()));
  if (grant.end_s < run_.horizon_s) run_.timers.set(grant.end_s, Event::kGrantEnd, number, std::uint32_t(grant.number));
  if (!standing.data_ready) send(number);
}

void Calls::on_grant_end(std::uint32_t number, std::uint32_t grant) {
  Project& project = projects_[number];
  if (project.closed || std::uint32_t(project.grant->number) != grant) return;
  if (project.flow != 0) {
    run_.clock.cancel(project.flow);
    flow_project_.erase(project.flow);
    project.flow = 0;
  }
  walk_.close_project(ProjectId(number));
  project.closed = true;
  granted_[index(project.grant->pool)] -= project.grant->cards;
  granted_of_part_[rounds_[project.round].part] -= project.grant->cards;
  if (capability_) released_flop_[project.application.tenant] = std::max(released_flop_[project.application.tenant], flop_of(project));
  const double used_s = used_card_s(project);
  project.used_card_s.push_back(used_s);
  close_credit(project, used_s);
  if (const double krw = rounds_[project.round].winner_payment_krw; krw > 0) {
    won_krw_[project.application.tenant] += krw;
    if (supported) supported(project.application, "winner of a contest", krw);
  }
  if (paid) paid(project.application, *project.grant, used_s);
}

void Calls::end_terms() {
  for (std::size_t number = 0; number < projects_.size(); ++number)
    if (const auto& grant = projects_[number].grant; grant && !projects_[number].closed && grant->end_s <= run_.now_s)
      on_grant_end(std::uint32_t(number), std::uint32_t(grant->number));
}

void Calls::close_credit(Project& project, double used_s) {
  if (!project.credit) return;
  project.credit->close(used_s);
  credit_issued_card_s_ += project.credit->issued_card_s();
  credit_expired_card_s_ += project.credit->expired_card_s();
  project.credit.reset();
}

double Calls::used_card_s(const Project& project) const {
  const ProjectStanding* standing = walk_.standing(project.application.project);
  return standing == nullptr ? 0 : standing->used_card_s - std::accumulate(project.used_card_s.begin(), project.used_card_s.end(), 0.0);
}

// ---- what teams make of it ----

double Calls::skill_of(const Project& project) const { return capability_->skill(project.application.tenant, project.application.merit) * project.bought_skill; }

double Calls::flop_of(const Project& project) const {
  return capability_ ? capability_->flop(project.training_flop, skill_of(project)) : 0;
}

double Calls::loss_of(const Project& project) const { return capability_ ? capability_->loss(flop_of(project), project.head_start_flop) : 0; }

// ---- idle cards ----

void Calls::on_day() {
  if (run_.scenario.programme().has_credits())
    for (Project& project : projects_)
      if (project.credit && !project.closed && walk_.standing(project.application.project) != nullptr) {
        project.credit->settle(run_.now_s, held_card_s(project));
        walk_.recheck(project.application.project);
      }
  if (!run_.scenario.programme().has_reclaim_idle()) return;
  const proto::ReclaimIdle& rule = run_.scenario.programme().reclaim_idle();
  for (std::uint32_t number = 0; number < projects_.size(); ++number) {
    const ProjectStanding* standing = walk_.standing(ProjectId(number));
    if (projects_[number].grant && !projects_[number].closed && standing != nullptr && standing->is_open) projects_[number].window_waiting_card_s += walk_.waiting_cards(ProjectId(number)) * kDay_s;
  }
  if (++days_ < rule.window_days()) return;  // the first midnight at or after its end
  days_ = 0;
  const std::vector<int> before = granted_of_part_;
  for (std::uint32_t number = 0; number < projects_.size(); ++number) reclaim(number);
  for (std::size_t part = 0; part < before.size(); ++part) regrant(part, before[part] - granted_of_part_[part]);
}

/// Takes back what a project has not used, if it has used little. Its running jobs go on; it may hold fewer from now on.
void Calls::reclaim(std::uint32_t number) {
  const proto::ReclaimIdle& rule = run_.scenario.programme().reclaim_idle();
  Project& project = projects_[number];
  ProjectStanding* standing = walk_.standing(ProjectId(number));
  if (!project.grant || project.closed || standing == nullptr || !standing->is_open) return;
  const double watched_s = run_.now_s - project.window_from_s, held_s = held_card_s(project);
  const double used = watched_s > 0 ? (held_s - project.window_held_card_s + project.window_waiting_card_s) / watched_s : 0;
  project.window_from_s = run_.now_s;
  project.window_held_card_s = held_s;
  project.window_waiting_card_s = 0;
  if (project.credit && !project.credit->has_some(held_s)) return;   // it stands idle because it may not start
  Grant& grant = *project.grant;
  if (run_.now_s - grant.start_s < rule.grace_days() * kDay_s || !standing->data_ready || watched_s < kDay_s || used >= rule.below() * grant.cards) return;
  const int per_node = std::max(1, run_.fleet.pool(grant.pool).cards_per_node);
  const int keeps = std::min(grant.cards, std::max(1, int(std::ceil(rule.keeps() * used / per_node))) * per_node);
  const int back = grant.cards - keeps;
  if (back <= 0) return;
  grant.cards = *project.cards_left = keeps;
  if (project.credit) {
    project.credit->cut(keeps);
    grant.at_once = int(run_.scenario.programme().credits().burst() * keeps);
  }
  walk_.cut(ProjectId(number), keeps);
  granted_[index(grant.pool)] -= back;
  granted_of_part_[rounds_[project.round].part] -= back;
  given_back_card_s_ += back * (run_.now_s - grant.start_s);
  reclaimed_card_s_ += back * (std::min(grant.end_s, run_.horizon_s) - run_.now_s);
  ++reclaimed_from_;
}

/// Offers reclaimed cards to those whom the last call refused.
void Calls::regrant(std::size_t part, int cards) {
  if (cards <= 0 || !last_round_[part] || rounds_[*last_round_[part]].is_contest) return;
  const std::size_t last = *last_round_[part];
  std::vector<Application> refused;
  for (const Project& project : projects_)
    if (project.round == last && !project.grant) refused.push_back(project.application);
  if (refused.empty()) return;
  Round round = rounds_[last];
  round.decided_s = run_.now_s;
  round.cards_on_offer = std::min(cards, offer(rounds_[last]));
  const std::size_t before = std::size_t(std::count_if(projects_.begin(), projects_.end(), [](const Project& each) { return each.grant.has_value(); }));
  grant_all(last, round, refused);
  for (const Application& application : refused)
    if (projects_[index(application.project)].grant) applicants_->answered(application, true);
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
  project.grant->data_ready_s = run_.now_s;
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

}  // namespace dure::sim
