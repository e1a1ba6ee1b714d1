#include "sim/workload/counts_source.h"

#include <boost/random/poisson_distribution.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/units.h"
#include "sim/workload/data_path.h"
#include "sim/workload/tenants.h"

namespace dure::sim {
namespace {

const Text kBeforeFit{"before fit_from", "fit_from 이전"};
const Text kAfterFit{"of the run's first day or later: its quota alone is read", "실행 첫날 이후: 쿼터만 읽음"};

/// Quotas of one tenant wherever they change, in the run's seconds; what stands on the run's first day holds from before it.
std::vector<QuotaStep> quotas_of(const TenantSeries& tenant, int from, double interval_s) {
  std::vector<QuotaStep> steps;
  for (std::size_t step = 0; step < tenant.samples.size(); ++step) {
    const auto& sample = tenant.samples[step];
    if (!sample || (!steps.empty() && steps.back().cards == sample->quota_cards)) continue;
    const double from_s = (double(step) - from) * interval_s;
    if (from_s <= 0) steps.clear();
    steps.push_back({std::max(0.0, from_s), sample->quota_cards});
  }
  return steps;
}

}  // namespace

CountsBefore read_counts(const ::dure::TenantCounts& config, const std::filesystem::path& base, const Calendar& calendar) {
  CountsBefore counts{read_counts_log(data_path(config.file(), base, "workload.tenant_counts.file")), 0, {}};
  CountsLog& log = counts.log;
  const Calendar counted(log.first_day);
  const double run_s = counted.at_s(calendar.first_day());
  const double from_s = config.has_fit_from() ? std::max(0.0, counted.at_s(parse_date(config.fit_from()))) : 0;
  const std::size_t steps = log.tenants[0].samples.size();
  if (!(run_s > from_s) || run_s > double(steps) * log.interval_s)
    throw ScenarioError("workload.tenant_counts.fit_from",
                        {fmt::format("no day is left to fit: the counts go from {} to {} and the run begins on {}", to_string(counted.date(from_s)),
                                     to_string(counted.date(double(steps - 1) * log.interval_s)), to_string(calendar.first_day())),
                         fmt::format("추정에 쓸 날이 없습니다. 집계는 {}부터 {}까지이고 실행은 {}에 시작합니다", to_string(counted.date(from_s)),
                                     to_string(counted.date(double(steps - 1) * log.interval_s)), to_string(calendar.first_day()))},
                        {"set start_date to a day after some of the counts, the day after the last at most", "start_date를 집계 첫날 뒤, 마지막 날의 다음 날까지로 하십시오"});
  counts.until = int(run_s / log.interval_s);
  const int from = int(from_s / log.interval_s);

  std::size_t before = 0, after = 0;
  double card_s = 0;
  for (TenantSeries& tenant : log.tenants) {
    counts.quota.push_back(quotas_of(tenant, counts.until, log.interval_s));
    for (std::size_t step = 0; step < steps; ++step) {
      auto& sample = tenant.samples[step];
      if (!sample) continue;
      if (int(step) >= from && int(step) < counts.until) {
        card_s += sample->running_cards * log.interval_s;
        continue;
      }
      ++(int(step) < from ? before : after);
      sample.reset();
    }
    tenant.samples.resize(std::size_t(counts.until));
  }
  if (before > 0) log.report.dropped.push_back({kBeforeFit, before});
  if (after > 0) log.report.dropped.push_back({kAfterFit, after});
  log.report.kept -= before + after;
  log.report.card_hours = hours_from_s(card_s);
  return counts;
}

CountsSource::CountsSource(const ::dure::TenantCounts& config, CountsBefore counts, Seed seed, double horizon_s, int largest_job_cards,
                           std::span<const double> region_share, Population& population)
    : fit_(fit_counts(counts.log, counts.until, {config.level_half_life_days(), config.mix_half_life_days(), config.keenness()})),
      interval_s_(counts.log.interval_s),
      horizon_s_(horizon_s),
      estimate_excess_(config.estimate_excess()),
      keenness_(config.keenness()),
      level_walk_(config.level_walk()),
      largest_job_cards_(largest_job_cards),
      job_class_(job_class_named(population, config.job_class(), "workload.tenant_counts.job_class")),
      first_tenant_(std::uint32_t(population.tenants.size())) {
  std::vector<double> cards;
  for (const TenantDemand& demand : fit_.tenants) cards.push_back(demand.running_cards);
  const std::vector<RegionId> regions = regions_by_share(cards, region_share);
  for (std::size_t i = 0; i < fit_.tenants.size(); ++i) {
    const TenantDemand& demand = fit_.tenants[i];
    Member& member = members_.emplace_back(seed, demand.name);
    member.region = regions[i];
    member.quota = counts.quota[i];
    member.most_cards = demand.most_cards;
    if (!demand.batches.empty()) member.pick_batch = boost::random::discrete_distribution<int, double>(demand.batch_weight.begin(), demand.batch_weight.end());
    population.tenants.push_back({demand.name, TenantKind::kOther, regions[i], counts.quota[i]});
  }
  begin();
}

int CountsSource::quota_at(const Member& member, double time_s) {
  int cards = 0;
  for (const QuotaStep& step : member.quota)
    if (step.from_s <= time_s) cards = step.cards;
  return cards;
}

void CountsSource::reckon(Member& member, double now_s) const {
  const int quota = quota_at(member, now_s);
  const auto start = [&](double at_s) {
    while (!member.waiting.empty() && (member.running_cards + member.waiting.front().first <= quota || member.waiting.front().first > quota)) {
      const auto [cards, run_s] = member.waiting.front();
      member.waiting.pop_front();
      member.waiting_cards -= cards;
      if (cards > quota) continue;  // the quota fell below it: it would never start
      member.running_cards += cards;
      member.running.emplace(at_s + run_s, cards);
    }
  };
  while (!member.running.empty() && member.running.top().first <= now_s) {
    const auto [end_s, cards] = member.running.top();
    member.running.pop();
    member.running_cards -= cards;
    start(end_s);
  }
  start(now_s);
}

void CountsSource::submit(std::size_t tenant, int cards, double submit_s, double run_s) {
  Member& member = members_[tenant];
  cards = std::min({cards, quota_at(member, submit_s), largest_job_cards_});
  if (cards <= 0) return;
  member.waiting.emplace_back(cards, run_s);
  member.waiting_cards += cards;
  Job& job = jobs_.emplace_back();
  job.tenant = TenantId{first_tenant_ + std::uint32_t(tenant)};
  job.project = kNoProject;
  job.job_class = job_class_;
  job.region = member.region;
  job.submit_s = submit_s;
  job.work_s = run_s;
  job.estimate_s = std::max(1.0, run_s * (1 + estimate_excess_ * member.chance.uniform()));
  job.cards = cards;
  job.card_type = kAnyCardType;
}

void CountsSource::begin() {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const TenantDemand& demand = fit_.tenants[i];
    for (const SeenJobs::Run& run : demand.seen.running)
      submit(i, run.cards, 0, demand.run_time(run.cards).draw_s(members_[i].chance, (run.until + 1 - run.from) * interval_s_));
    for (const SeenJobs::Waiting& job : demand.seen.waiting) submit(i, job.cards, 0, demand.run_time(job.cards).draw_s(members_[i].chance));
  }
}

void CountsSource::wander(Member& member, double busiest_day_cards, double now_s) const {
  const double quota = quota_at(member, now_s);
  const double level = keenness_ * member.most_cards + member.chance.normal(0, level_walk_ * quota);
  member.most_cards = std::clamp(level, 0.0, std::max(quota, busiest_day_cards)) / keenness_;
}

void CountsSource::step() {
  const double now_s = steps_++ * interval_s_;
  const double of_day_s = std::fmod(now_s, kDay_s);
  const double hour = fit_.hour_weight[std::size_t(of_day_s / kHour_s)];
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    const TenantDemand& demand = fit_.tenants[i];
    reckon(member, now_s);
    if (level_walk_ > 0 && of_day_s < interval_s_) wander(member, demand.busiest_day_cards, now_s);
    const double missing = member.most_cards - member.running_cards - member.waiting_cards;
    const double mean = demand.batches_per_step * hour * missing;
    if (!(mean > 0)) continue;
    for (int left = boost::random::poisson_distribution<int>(mean)(member.chance); left > 0; --left) {
      const double submit_s = now_s + interval_s_ * member.chance.uniform();
      for (const int cards : demand.batches[std::size_t(member.pick_batch(member.chance))])
        submit(i, cards, submit_s, demand.run_time(cards).draw_s(member.chance));
    }
  }
  std::stable_sort(jobs_.begin(), jobs_.end(), [](const Job& a, const Job& b) { return a.submit_s < b.submit_s; });
}

bool CountsSource::next(Job& job) {
  while (at_ == jobs_.size()) {
    if (steps_ * interval_s_ >= horizon_s_) return false;
    jobs_.clear();
    at_ = 0;
    step();
  }
  const JobId id = job.id;
  job = jobs_[at_++];
  job.id = id;
  return job.submit_s <= horizon_s_;
}

}  // namespace dure::sim
