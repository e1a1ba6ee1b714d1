#include "sim/workload/phases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/units.h"
#include "sim/workload/estimate.h"
#include "sim/workload/tenants.h"

namespace dure::sim {
namespace {

constexpr double kBusiestLane = 0.97;  // a chain needs a pause between its runs

PhaseShares shares_of(const dure::JobPattern& spec) {
  return {spec.explore(), spec.fine_tune(), spec.pre_train(), spec.distil(), spec.rl_post_train(), spec.serve()};
}

}  // namespace

JobSize::JobSize(const dure::JobPattern& spec, int cards_per_server)
    : median_(spec.cards_median()),
      grant_share_(spec.grant_share()),
      sigma_(spec.cards_sigma()),
      sliced_share_(spec.sliced_share()),
      slice_milli_(spec.slice_milli()),
      cards_per_server_(cards_per_server) {}

double JobSize::median(int granted) const { return std::max(median_, grant_share_ * granted); }

int JobSize::rounded_up(double cards, int granted) const {
  const int server = cards_per_server_;
  int size = 1;
  while (size < cards && size < server) {
    const int larger = std::min(2 * size, server);
    if (larger > granted) return size;
    size = larger;
  }
  if (cards <= server) return size;
  return server * static_cast<int>(std::min(std::ceil(cards / server), double(granted / server)));
}

JobSize::Draw JobSize::draw(int granted, Random& random) const {
  if (sliced_share_ > 0 && random.chance(sliced_share_)) return {1, slice_milli_};
  const double drawn = sigma_ > 0 ? median(granted) * std::exp(sigma_ * random.normal(0, 1)) : median(granted);
  return {rounded_up(drawn, granted), 0};
}

std::vector<JobSize::Size> JobSize::sizes(int granted) const {
  if (sigma_ == 0) return {{rounded_up(median(granted), granted), 1}};
  std::vector<Size> all;
  double below = 0;
  for (int size = 1, largest = rounded_up(1e9, granted);;) {
    const double to_here = size == largest ? 1.0 : normal_cdf(std::log(size / median(granted)) / sigma_);
    all.push_back({size, to_here - below});
    below = to_here;
    if (size == largest) return all;
    size = rounded_up(size + 1e-6, granted);
  }
}

double JobSize::mean_cards(int granted) const {
  double mean = 0;
  for (const Size& each : sizes(granted)) mean += each.cards * each.share;
  return sliced_share_ * slice_milli_ / 1000.0 + (1 - sliced_share_) * mean;
}

std::shared_ptr<const WorkPlan> make_work_plan(const dure::Projects& spec, const Population& population, std::shared_ptr<const ModelTimes> times) {
  WorkPlan plan{.patterns = {},
                .rhythm = Rhythm({spec.hour_weight().data(), std::size_t(spec.hour_weight_size())},
                                 {spec.weekday_weight().data(), std::size_t(spec.weekday_weight_size())}),
                .intensity = spec.intensity(),
                .day_sigma = std::sqrt(std::log1p(spec.day_cv() * spec.day_cv())),
                .burst_gap_s = spec.burst_gap_s(),
                .estimate_excess_log_median = std::log(spec.estimate_excess_median()),
                .estimate_excess_sigma = spec.estimate_excess_sigma(),
                .estimates_are_round = spec.estimates_are_round(),
                .hold_back = spec.hold_back(),
                .queue_ahead_s = spec.queue_ahead_h() * kHour_s,
                .hold_back_slack = spec.hold_back_slack(),
                .times = std::move(times)};
  PhaseShares sum{};
  for (const auto& row : spec.job_pattern()) {
    const PhaseShares share = shares_of(row);
    for (std::size_t p = 0; p < kPhases; ++p) sum[p] += share[p];
    if (row.long_cancelled_share() + row.long_failed_share() > 1)
      throw ScenarioError(fmt::format("workload.projects.job_pattern[{}].long_failed_share", row.job_class()),
                          {fmt::format("job pattern \"{}\": cancelled and failed shares of real runs sum to more than 1", row.job_class()),
                           fmt::format("작업 양상 \"{}\": 본 실행의 취소 비율과 실패 비율의 합이 1을 넘습니다", row.job_class())});
    plan.patterns.push_back(
        {job_class_named(population, row.job_class(), fmt::format("workload.projects.job_pattern[{}].job_class", row.job_class())), share,
         JobSize(row, spec.cards_step()), RunTime(row), row.short_failed_share(), row.long_cancelled_share(), row.long_failed_share(),
         row.chained(), row.burst_jobs()});
  }
  if (plan.patterns.empty())
    throw ScenarioError(
        "workload.projects.job_pattern",
        {"projects have no job_pattern, so they would submit nothing", "과제에 job_pattern이 없어 아무 작업도 내지 않습니다"},
        {"set job_pattern_table: \"platforms/workload/job_patterns.csv\"",
         "job_pattern_table: \"platforms/workload/job_patterns.csv\"를 쓰십시오"});
  for (std::size_t p = 0; p < kPhases; ++p)
    if (std::abs(sum[p] - 1) > 1e-6)
      throw ScenarioError(
          "workload.projects.job_pattern",
          {fmt::format("the job patterns share {:.4g} of the card-time of phase {}; the shares must sum to 1", sum[p], kPhaseNames[p]),
           fmt::format("{} 단계의 카드시간 비중 합이 {:.4g}입니다. 합이 1이어야 합니다", kPhaseNames[p], sum[p])});
  return std::make_shared<const WorkPlan>(std::move(plan));
}

ProjectWork::ProjectWork(std::shared_ptr<const WorkPlan> plan, const PhaseShares& phases, const Application& application,
                         const Grant& grant, double ready_s, Seed seed, const Calendar& calendar, CardTypeId card, std::shared_ptr<const int> cards_left,
                         const Batching* batching)
    : plan_(std::move(plan)),
      calendar_(calendar),
      random_(seed, grant.number == 0 ? fmt::format("project/{}/work", application.draw) : fmt::format("project/{}/work/{}", application.draw, grant.number)),
      granted_(application.need > 0 ? std::min(grant.cards, application.need) : grant.cards),
      grant_cards_(grant.cards),
      batching_(batching),
      cards_left_(std::move(cards_left)),
      card_(card),
      end_s_(grant.end_s),
      plan_of_cards_(std::max(grant.cards, grant.at_once), plan_->queue_ahead_s, plan_->hold_back_slack),
      now_s_(std::max(ready_s, grant.start_s)),
      day_end_s_(now_s_),
      ready_until_s_(now_s_) {
  made_.tenant = application.tenant;
  made_.project = application.project;
  made_.region = application.region;
  made_.card_type = application.card_type;
  const double term_s = std::max(0.0, end_s_ - now_s_);
  double passed = 0;
  for (std::size_t p = 0; p < kPhases; ++p) {
    passed += phases[p];
    phase_end_s_[p] = p + 1 == kPhases ? end_s_ : now_s_ + std::min(1.0, passed) * term_s;
  }
  if (granted_ < 1 || now_s_ >= end_s_) {
    phase_ = kPhases;
    return;
  }
  while (phase_end_s_[phase_] <= now_s_) ++phase_;
  if (plan_->times)
    for (const Pattern& pattern : plan_->patterns) sized_.push_back(sized(pattern, card_));
  begin_phase();
}

std::vector<ProjectWork::Sized> ProjectWork::sized(const Pattern& pattern, CardTypeId card) const {
  std::vector<Sized> all;
  const auto work = plan_->times->work(pattern.job_class, granted_);
  if (!work) return all;
  const auto sizes = pattern.size.sizes(granted_);
  const auto smallest_that = [&](int asked, auto holds) {
    for (const auto& size : sizes)
      if (size.cards >= asked && holds(size.cards)) return size.cards;
    return sizes.back().cards;
  };
  for (const auto& size : sizes) {
    if (plan_->times->by_the_clock(*work)) {
      const int cards = smallest_that(1, [&](int n) { return plan_->times->carries(*work, card, n); });
      all.push_back({size.cards, size.share, cards, pattern.run_time});
      continue;
    }
    const int cards = smallest_that(size.cards, [&](int n) { return plan_->times->run_s(*work, card, n).has_value(); });
    const auto run_s = plan_->times->run_s(*work, card, cards);
    if (!run_s) return {};  // the grant is not a whole number of servers that the model fits on: drawn from the pattern
    all.push_back({size.cards, size.share, cards, pattern.run_time.with_real_median(*run_s)});
  }
  return all;
}

ProjectWork::Means ProjectWork::means(const Pattern& pattern, const std::vector<Sized>& sizes) const {
  const double sliced = pattern.size.sliced_share();
  Means made{sliced * pattern.size.slice_cards() * pattern.run_time.mean_s(), sliced * pattern.run_time.mean_s()};
  for (const Sized& each : sizes) {
    made.card_s += (1 - sliced) * each.share * each.cards * each.run_time.mean_s();
    made.run_s += (1 - sliced) * each.share * each.run_time.mean_s();
  }
  return made;
}

const ProjectWork::Sized& ProjectWork::sized_as(std::size_t pattern, int asked) const {
  const auto& all = sized_[pattern];
  return *std::find_if(all.begin(), all.end() - 1, [&](const Sized& each) { return each.asked >= asked; });
}

void ProjectWork::begin_phase() {
  open_.clear();
  lanes_.clear();
  for (const Pattern& pattern : plan_->patterns) {
    const double busy_cards = plan_->intensity * granted_ * pattern.share[phase_];
    if (busy_cards <= 0) continue;
    const auto number = std::size_t(&pattern - plan_->patterns.data());
    if (!sized_.empty() && !sized_[number].empty()) {
      const auto counted_on = plan_->times->counted_on();
      const auto counted = counted_on ? sized(pattern, *counted_on) : sized_[number];
      const Means here = means(pattern, sized_[number]), there = counted.empty() ? here : means(pattern, counted);
      if (!pattern.chained) {
        open_.push_back({&pattern, busy_cards / (there.card_s * pattern.burst_jobs), random_.exponential_s(1)});
        continue;
      }
      // n lanes of run and pause: n E[cards D] / (E[D] + pause) = busy cards, counted where the work is counted.
      const int lanes = std::max(1, static_cast<int>(std::ceil(busy_cards * there.run_s / (kBusiestLane * there.card_s))));
      const double pause_s = lanes * there.card_s / busy_cards - there.run_s;
      for (int lane = 0; lane < lanes; ++lane) {
        const bool running = random_.chance(here.run_s / (here.run_s + pause_s));
        const double rest_s = running ? sized_as(number, pattern.size.draw(granted_, random_).cards).run_time.residual_s(random_) : 0;
        lanes_.push_back({&pattern, pause_s, now_s_ + rest_s + random_.exponential_s(pause_s)});
      }
      continue;
    }
    const double mean_cards = pattern.size.mean_cards(granted_);
    const double run_s = pattern.run_time.mean_s();
    if (!pattern.chained) {
      open_.push_back({&pattern, busy_cards / (mean_cards * run_s * pattern.burst_jobs), random_.exponential_s(1)});
      continue;
    }
    const int lanes = std::max(1, static_cast<int>(std::ceil(busy_cards / (kBusiestLane * mean_cards))));
    const double duty = busy_cards / (lanes * mean_cards);
    const double pause_s = run_s * (1 - duty) / duty;
    for (int lane = 0; lane < lanes; ++lane) {
      const double rest_s = random_.chance(duty) ? pattern.run_time.residual_s(random_) : 0;
      lanes_.push_back({&pattern, pause_s, now_s_ + rest_s + random_.exponential_s(pause_s)});
    }
  }
}

void ProjectWork::plan_on(int cards_left) {
  plan_of_cards_.lose(grant_cards_ - cards_left, cards_left);
  grant_cards_ = cards_left;
  granted_ = std::min(granted_, cards_left);
  std::erase_if(wanted_, [&](const Job& job) { return job.cards > cards_left; });
  ready_.erase(std::remove_if(ready_.begin() + std::ptrdiff_t(at_), ready_.end(), [&](const Job& job) { return job.cards > cards_left; }), ready_.end());
  for (std::size_t p = 0; p < sized_.size(); ++p) sized_[p] = sized(plan_->patterns[p], card_);
  begin_phase();
}

void ProjectWork::fill_day() {
  if (cards_left_ && *cards_left_ < grant_cards_) plan_on(*cards_left_);
  if (now_s_ >= day_end_s_) {
    day_end_s_ = (std::floor(now_s_ / kDay_s) + 1) * kDay_s;
    const double sigma = plan_->day_sigma;
    day_factor_ = std::exp(sigma * random_.normal(0, 1) - sigma * sigma / 2);
  }
  const double until_s = std::min(day_end_s_, phase_end_s_[phase_]);
  const double day_start_s = day_end_s_ - kDay_s;
  const Rhythm& rhythm = plan_->rhythm;
  const double from = rhythm.share_before(now_s_ - day_start_s);
  const double width = rhythm.share_before(until_s - day_start_s) - from;
  const double seconds = kDay_s * width * rhythm.weekday_weight(calendar_.weekday(now_s_)) * day_factor_;

  for (Open& open : open_) {
    const double passes = open.bursts_per_s * seconds;
    double at = open.until_next;
    for (; at < passes; at += random_.exponential_s(1)) add_burst(open, day_start_s + rhythm.second_at(from + width * at / passes));
    open.until_next = at - passes;
  }
  for (Lane& lane : lanes_)
    while (lane.next_s < until_s) {
      add(*lane.pattern, lane.next_s);
      lane.next_s += wanted_.back().work_s + random_.exponential_s(lane.pause_s);
    }
  now_s_ = until_s;
  if (now_s_ >= phase_end_s_[phase_]) {
    while (phase_ < kPhases && phase_end_s_[phase_] <= now_s_) ++phase_;
    if (phase_ < kPhases) begin_phase();
  }
  hand_in();
}

void ProjectWork::hand_in() {
  const auto earlier = [](const Job& a, const Job& b) { return a.submit_s < b.submit_s; };
  std::stable_sort(wanted_.begin(), wanted_.end(), earlier);
  auto drawn = std::find_if(wanted_.begin(), wanted_.end(), [&](const Job& job) { return job.submit_s >= now_s_; });
  if (batching_ != nullptr) {
    std::vector<Job> merged(wanted_.begin(), drawn);
    batching_->merge(merged, grant_cards_);
    wanted_.erase(wanted_.begin() + std::ptrdiff_t(merged.size()), drawn);
    drawn = std::copy(merged.begin(), merged.end(), wanted_.begin());
  }
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  if (plan_->hold_back) {
    for (auto job = wanted_.begin(); job != drawn; ++job) plan_of_cards_.want(*job, ready_);
    plan_of_cards_.advance(now_s_, ready_);
    std::stable_sort(ready_.begin(), ready_.end(), earlier);
    ready_until_s_ = now_s_ - plan_->queue_ahead_s;
  } else {
    ready_.insert(ready_.end(), wanted_.begin(), drawn);
    ready_until_s_ = now_s_;
  }
  wanted_.erase(wanted_.begin(), drawn);
}

void ProjectWork::add_burst(const Open& open, double submit_s) {
  int jobs = 1;
  if (open.pattern->burst_jobs > 1) jobs += static_cast<int>(std::log1p(-random_.uniform()) / std::log1p(-1 / open.pattern->burst_jobs));
  for (; jobs > 0; --jobs) {
    if (submit_s < end_s_) add(*open.pattern, submit_s);
    if (jobs > 1 && plan_->burst_gap_s > 0) submit_s += random_.exponential_s(plan_->burst_gap_s);
  }
}

void ProjectWork::add(const Pattern& pattern, double submit_s) {
  Job& job = wanted_.emplace_back(made_);
  JobSize::Draw size = pattern.size.draw(granted_, random_);
  const RunTime* run_time = &pattern.run_time;
  if (const auto number = std::size_t(&pattern - plan_->patterns.data()); size.share_milli == 0 && !sized_.empty() && !sized_[number].empty()) {
    const Sized& on_its_cards = sized_as(number, size.cards);
    size.cards = on_its_cards.cards;
    run_time = &on_its_cards.run_time;
  }
  const RunTime::Draw run = run_time->draw(random_);
  const double excess = std::exp(plan_->estimate_excess_log_median + plan_->estimate_excess_sigma * random_.normal(0, 1));
  job.job_class = pattern.job_class;
  job.submit_s = submit_s;
  job.work_s = run.work_s;
  job.estimate_s = run.work_s * (1 + excess);
  if (plan_->estimates_are_round) job.estimate_s = round_estimate_s(job.estimate_s);
  job.cards = size.cards;
  job.share_milli = size.share_milli;
  const double end = random_.uniform();
  if (run.early)
    job.outcome = end < pattern.early_failed_share ? Outcome::kFailed : Outcome::kCompleted;
  else
    job.outcome = outcome_of(end, pattern.real_cancelled_share, pattern.real_failed_share);
}

bool ProjectWork::next(Job& job) {
  while (phase_ < kPhases && (at_ == ready_.size() || ready_[at_].submit_s >= ready_until_s_)) fill_day();
  if (at_ == ready_.size()) return false;
  job = ready_[at_++];
  return true;
}

}  // namespace dure::sim
