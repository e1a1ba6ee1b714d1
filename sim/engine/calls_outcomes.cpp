// What became of calls, grants and teams: rows and metrics.
#include <algorithm>
#include <set>

#include "sim/engine/calls.h"
#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
/// Contests that came to their last stage: whether the team with most skill of its own (bought skill apart) among all that applied stood there with the lowest loss, as it is and
/// not as it was evaluated; and the card-time of teams that were cut before.
Calls::Contest Calls::contest_outcome() const {
  Contest outcome;
  for (std::size_t last = 0; last < rounds_.size(); ++last) {
    if (!rounds_[last].is_last_stage || rounds_[last].ends_s > run_.horizon_s) continue;
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
    if (projects_[number].credit) {
      projects_[number].credit->settle(run_.horizon_s - 1, used_card_s(project));
      projects_[number].credit->stop(run_.horizon_s);
      credit_issued_card_s_ += project.credit->issued_card_s();
      credit_expired_card_s_ += project.credit->expired_card_s();
    }
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
      grant && grant->data_ready_s >= 0 ? std::optional<double>(grant->data_ready_s) : none, used_s / kHour_s);
}

namespace {

const Text kNobodyApplies = {"no projects in this run: nobody applies", "과제가 없는 실행이라 신청이 없습니다"};

void add(Summary& summary, std::string name, const char* unit, std::optional<double> value, const Text& why_not) {
  summary.metrics.push_back({std::move(name), unit, value, value ? Text{} : why_not});
}

/// Gini coefficient of card-time per application over groups of applicants; a group of which nobody applied is none.
struct Groups {
  explicit Groups(std::size_t n) : card_s(n, 0), applied(n, 0), granted(n, 0) {}
  void count(std::size_t group, double used_card_s, bool is_granted) {
    card_s[group] += used_card_s;
    ++applied[group];
    granted[group] += is_granted;
  }
  std::optional<double> success(std::size_t group) const { return applied[group] > 0 ? std::optional(granted[group] / applied[group]) : std::nullopt; }
  std::optional<double> inequality() const {
    std::vector<double> per_application;
    for (std::size_t group = 0; group < card_s.size(); ++group)
      if (applied[group] > 0) per_application.push_back(card_s[group] / applied[group]);
    return per_application.empty() ? std::nullopt : std::optional(gini(per_application));
  }
  std::vector<double> card_s, applied, granted;
};

}  // namespace

double Calls::card_s_within(const Grant& grant) const { return grant.cards * std::max(0.0, std::min(grant.end_s, run_.horizon_s) - grant.start_s); }

void Calls::add_capability_metrics(Summary& summary) const {
  const Text no_capability = {"no model of what teams make of their compute in this run", "컴퓨팅으로 만든 모델의 성능 모형이 이 실행에 없습니다"};
  std::optional<double> best, models, flop;
  if (capability_ && applicants_) {
    models = flop = 0;
    for (const Project& project : projects_) {
      *flop += flop_of(project);
      if (const double loss = loss_of(project); loss > 0) {
        best = std::min(best.value_or(loss), loss);
        *models += loss <= capability_->threshold_loss();
      }
    }
  }
  add(summary, "capability.best_loss", "nats/token", best, capability_ ? Text{"nobody trained a model", "모델을 학습한 과제가 없습니다"} : no_capability);
  add(summary, "capability.models", "models", models, no_capability);
  add(summary, "capability.effective_flop", "FLOP", flop, no_capability);
  const Contest contest = contest_outcome();
  const Text no_contest = {"no contest came to the end of its last stage", "마지막 단계를 마친 경연이 없습니다"};
  add(summary, "contest.best_team_won", "share", contest.held > 0 ? std::optional(contest.won_by_best / contest.held) : std::nullopt, no_contest);
  add(summary, "contest.card_hours_cut_teams", "card-hours", contest.any ? std::optional(contest.cut_card_s / kHour_s) : std::nullopt, no_contest);
}

/// Who got how much, by group of applicants. Card-time of a group is counted over its applications, for groups differ in size.
void Calls::add_group_metrics(Summary& summary) const {
  Groups kinds(kTenantKinds), groups(kTenantGroups), regions(run_.names.regions.size());
  std::map<TenantId, double> by_tenant;
  std::set<TenantId> firms;
  for (const Project& project : projects_) {
    const Application& application = project.application;
    const ProjectStanding* standing = walk_.standing(application.project);
    const bool granted = project.grant || !project.earlier.empty();
    const double used_s = granted && standing != nullptr ? standing->used_card_s : 0;
    kinds.count(std::size_t(application.kind), used_s, granted);
    groups.count(std::size_t(group_of(application.kind)), used_s, granted);
    regions.count(index(application.region), used_s, granted);
    by_tenant[application.tenant] += used_s;
    if (used_s > 0 && group_of(application.kind) != TenantGroup::kAcademia) firms.insert(application.tenant);
  }
  const bool on = applicants_ != nullptr;
  std::vector<double> tenants;
  for (const auto& [tenant, used_s] : by_tenant) tenants.push_back(used_s);
  add(summary, "fairness.gini_tenant", "ratio", tenants.empty() ? std::nullopt : std::optional(gini(tenants)), kNobodyApplies);
  add(summary, "fairness.gini_region", "ratio", on ? regions.inequality() : std::nullopt, kNobodyApplies);
  add(summary, "fairness.gini_kind", "ratio", on ? kinds.inequality() : std::nullopt, kNobodyApplies);
  add(summary, "projects.firms_served", "firms", on ? std::optional(double(firms.size())) : std::nullopt, kNobodyApplies);
  const Text none_applied = on ? Text{"nobody of this group applied", "이 집단의 신청이 없습니다"} : kNobodyApplies;
  for (std::size_t group = 0; group < kTenantGroups; ++group)
    add(summary, "projects.granted_share." + std::string(kTenantGroupNames[group]), "share", groups.success(group), none_applied);
  if (regions.applied.size() > 1)
    for (std::size_t region = 0; region < regions.applied.size(); ++region)
      add(summary, at_region("projects.granted_share", run_.names.regions[region]), "share", regions.success(region), on ? Text{"nobody of this region applied", "이 권역의 신청이 없습니다"} : kNobodyApplies);
  // Home of most applicants against the rest of the country.
  std::size_t largest = 0;
  for (std::size_t region = 1; region < run_.region_share.size(); ++region)
    if (run_.region_share[region] > run_.region_share[largest]) largest = region;
  Groups sides(2);
  for (std::size_t region = 0; region < regions.applied.size(); ++region) {
    const std::size_t side = region == largest ? 0 : 1;
    sides.applied[side] += regions.applied[region];
    sides.granted[side] += regions.granted[region];
  }
  add(summary, "projects.granted_share.largest_region", "share", sides.success(0), none_applied);
  add(summary, "projects.granted_share.other_regions", "share", sides.success(1), none_applied);
}

void Calls::add_grant_metrics(Summary& summary) const {
  const bool on = applicants_ != nullptr;
  double granted_s = given_back_card_s_, used_s = 0;
  for (const Project& project : projects_) {
    const ProjectStanding* standing = walk_.standing(project.application.project);
    if (standing != nullptr) used_s += standing->used_card_s;
    for (const Grant& grant : project.earlier) granted_s += card_s_within(grant);
    if (project.grant) granted_s += card_s_within(*project.grant);
  }
  const bool calls = on && (!rounds_.empty() || programme_->rounds_after_end() > 0);
  const Text no_calls = {"no calls in this run", "공모가 없는 실행입니다"};
  add(summary, "calls.held", "calls", calls ? std::optional(double(rounds_.size())) : std::nullopt, no_calls);
  add(summary, "calls.after_end", "calls", calls ? std::optional(double(programme_->rounds_after_end())) : std::nullopt, no_calls);
  add(summary, "grants.card_hours", "card-hours", on ? std::optional(granted_s / kHour_s) : std::nullopt, kNobodyApplies);
  add(summary, "grants.unused_card_hours", "card-hours", on ? std::optional(std::max(0.0, granted_s - used_s) / kHour_s) : std::nullopt, kNobodyApplies);
  const bool reclaims = run_.scenario.programme().has_reclaim_idle();
  const Text no_reclaim = {"idle cards are not reclaimed in this run", "이 실행에서는 유휴 카드를 회수하지 않습니다"};
  add(summary, "reclaim.card_hours", "card-hours", reclaims ? std::optional(reclaimed_card_s_ / kHour_s) : std::nullopt, no_reclaim);
  add(summary, "reclaim.projects", "projects", reclaims ? std::optional(double(reclaimed_from_)) : std::nullopt, no_reclaim);
  add(summary, "reclaim.granted_again", "projects", reclaims ? std::optional(double(granted_again_)) : std::nullopt, no_reclaim);
  const bool credits = run_.scenario.programme().has_credits();
  const Text no_credits = {"grants do not expire by the period in this run", "이 실행의 배정은 기간마다 소멸하지 않습니다"};
  add(summary, "credits.issued_card_hours", "card-hours", credits ? std::optional(credit_issued_card_s_ / kHour_s) : std::nullopt, no_credits);
  add(summary, "credits.expired_card_hours", "card-hours", credits ? std::optional(credit_expired_card_s_ / kHour_s) : std::nullopt, no_credits);
  const bool responds = on && applicants_->response();
  const Text no_response = {"applicants do not answer to price or refusal in this run", "이 실행의 신청자는 가격이나 탈락에 반응하지 않습니다"};
  const auto answers = on ? applicants_->answers() : Applicants::Answers{};
  add(summary, "applicants.priced_out", "projects", responds ? std::optional(double(answers.priced_out)) : std::nullopt, no_response);
  add(summary, "applicants.gave_up", "projects", responds ? std::optional(double(answers.gave_up)) : std::nullopt, no_response);
  add(summary, "applicants.excess_cards", "cards", responds ? std::optional(answers.excess_cards) : std::nullopt, no_response);
}

void Calls::add_metrics(Summary& summary) {
  const bool on = applicants_ != nullptr;
  double granted = 0, finished = 0;
  std::vector<double> used;
  for (const Project& project : projects_) {
    granted += project.grant.has_value();
    finished += project.closed;
    const ProjectStanding* standing = walk_.standing(project.application.project);
    used.push_back(project.grant && standing != nullptr ? standing->used_card_s : 0);
  }
  add_capability_metrics(summary);
  add_grant_metrics(summary);
  add(summary, "fairness.gini_card_hours", "ratio", on && !used.empty() ? std::optional(gini(used)) : std::nullopt, kNobodyApplies);
  add_group_metrics(summary);
  add(summary, "projects.applied", "projects", on ? std::optional(double(projects_.size())) : std::nullopt, kNobodyApplies);
  add(summary, "projects.granted", "projects", on ? std::optional(granted) : std::nullopt, kNobodyApplies);
  add(summary, "projects.granted_share", "share", projects_.empty() ? std::nullopt : std::optional(granted / double(projects_.size())), kNobodyApplies);
  add(summary, "projects.finished", "projects", on ? std::optional(finished) : std::nullopt, kNobodyApplies);
}

}  // namespace dure::sim
