#include "sim/workload/steady.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "sim/units.h"
#include "sim/workload/tenants.h"

namespace dure::sim {
namespace {

struct SizeShare {
  int cards;
  double weight;
};
/// Shares of jobs in per cent, assumed: one card 60, a node 17, a thousand cards one job in two thousand.
constexpr SizeShare kDefaultMix[] = {{1, 60},   {2, 8},     {4, 8},      {8, 17},    {16, 3},     {32, 1.8},
                                     {64, 1.2}, {128, 0.6}, {256, 0.25}, {512, 0.1}, {1024, 0.05}};

std::vector<SizeShare> mix_of(const ::dure::Steady& config) {
  std::vector<SizeShare> mix;
  for (const ::dure::SizeWeight& size : config.size())
    if (size.weight() > 0) mix.push_back({size.cards(), size.weight()});
  if (config.size_size() == 0)
    for (const SizeShare& size : kDefaultMix)
      if (size.cards <= config.max_cards()) mix.push_back(size);
  if (mix.empty())
    throw ScenarioError("workload.steady.size",
                        {"every size has weight 0: there is no job to draw", "모든 크기의 weight가 0이라 작업을 뽑을 수 없습니다"},
                        {"give at least one size a weight above 0", "적어도 한 크기의 weight를 0보다 크게 하십시오"});
  return mix;
}

}  // namespace

Steady::Steady(const ::dure::Steady& config, Seed seed, Supply supply, double horizon_s, std::span<const double> region_share,
               Population& population)
    : law_(config.run_time()),
      sigma_(config.run_sigma()),
      estimate_excess_(config.estimate_excess()),
      cancelled_share_(config.cancelled_share()),
      failed_share_(config.failed_share()),
      job_class_(job_class_named(population, config.job_class(), "workload.steady.job_class")),
      horizon_s_(horizon_s),
      steps_(std::move(supply.steps)),
      arrivals_(seed, "workload/steady/arrivals"),
      jobs_(seed, "workload/steady/jobs") {
  if (cancelled_share_ + failed_share_ > 1)
    throw ScenarioError("workload.steady.failed_share",
                        {"cancelled_share and failed_share sum to more than 1", "cancelled_share와 failed_share의 합이 1을 넘습니다"},
                        {"lower one of them", "둘 중 하나를 낮추십시오"});
  std::vector<double> weights;
  double all = 0;
  for (const auto& [cards, weight] : mix_of(config)) {
    if (cards > supply.largest_job_cards)
      throw ScenarioError(
          config.size_size() > 0 ? fmt::format("workload.steady.size[{}]", cards) : "workload.steady.max_cards",
          {fmt::format("a job of {} cards fits no site: the largest pool has {}", cards, supply.largest_job_cards),
           fmt::format("카드 {}장 작업이 들어갈 센터가 없습니다: 가장 큰 풀이 {}장입니다", cards, supply.largest_job_cards)},
          {fmt::format("set max_cards: {} or list smaller sizes", supply.largest_job_cards),
           fmt::format("max_cards: {}로 하거나 더 작은 크기를 적으십시오", supply.largest_job_cards)});
    cards_.push_back(cards);
    weights.push_back(weight);
    mean_cards_ += weight * cards;
    all += weight;
  }
  mean_cards_ /= all;
  pick_size_ = boost::random::discrete_distribution<int, double>(weights.begin(), weights.end());

  double supply_card_s = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const double from_s = std::clamp(steps_[i].from_s, 0.0, horizon_s);
    const double to_s = i + 1 < steps_.size() ? std::clamp(steps_[i + 1].from_s, 0.0, horizon_s) : horizon_s;
    supply_card_s += steps_[i].cards * (to_s - from_s);
  }
  if (!(supply_card_s > 0))
    throw ScenarioError("workload.steady",
                        {"no card is in service within the horizon, so no load can be offered to it",
                         "기간 안에 서비스 중인 카드가 없어 부하를 줄 수 없습니다"},
                        {"let a tranche arrive earlier or lengthen the horizon", "카드 묶음을 앞당기거나 기간을 늘리십시오"});
  const double jobs = config.jobs_per_year() * horizon_s / kYear_s;
  card_s_per_arrival_ = supply_card_s / jobs;
  mean_run_s_ = config.offered_load() * card_s_per_arrival_ / mean_cards_;

  const std::vector<double> shares = zipf_shares(config.tenants(), config.tenant_exponent());
  pick_tenant_ = boost::random::discrete_distribution<int, double>(shares.begin(), shares.end());
  tenant_region_ = regions_by_share(shares, region_share);
  first_tenant_ = std::uint32_t(population.tenants.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    population.tenants.push_back({fmt::format("tenant-{}", i + 1), TenantKind::kOther, tenant_region_[i]});
}

double Steady::draw_run_s() {
  switch (law_) {
    case ::dure::EXPONENTIAL:
      return jobs_.exponential_s(mean_run_s_);
    case ::dure::FIXED:
      return mean_run_s_;
    case ::dure::LOGNORMAL:
      break;
  }
  return mean_run_s_ * std::exp(jobs_.normal(-0.5 * sigma_ * sigma_, sigma_));
}

bool Steady::next(Job& job) {
  // Arrivals are a unit Poisson process in card-seconds of supply: walk the steps until enough of it has passed.
  double left_card_s = arrivals_.exponential_s(card_s_per_arrival_);
  for (;; ++step_) {
    if (step_ >= steps_.size() || now_s_ >= horizon_s_) return false;
    const double cards = steps_[step_].cards;
    const double end_s = step_ + 1 < steps_.size() ? std::min(steps_[step_ + 1].from_s, horizon_s_) : horizon_s_;
    now_s_ = std::max(now_s_, steps_[step_].from_s);
    if (end_s <= now_s_) continue;
    const double step_card_s = cards * (end_s - now_s_);
    if (left_card_s < step_card_s) {
      now_s_ += left_card_s / cards;
      break;
    }
    left_card_s -= step_card_s;
    now_s_ = end_s;
  }
  const auto tenant = static_cast<std::uint32_t>(pick_tenant_(jobs_));
  job.tenant = TenantId{first_tenant_ + tenant};
  job.project = kNoProject;
  job.job_class = job_class_;
  job.region = tenant_region_[tenant];
  job.submit_s = now_s_;
  job.work_s = draw_run_s();
  job.estimate_s = std::max(1.0, job.work_s * (1 + estimate_excess_ * jobs_.uniform()));
  job.cards = cards_[static_cast<std::size_t>(pick_size_(jobs_))];
  job.share_milli = 0;
  job.card_type = kAnyCardType;
  job.outcome = outcome_of(jobs_.uniform(), cancelled_share_, failed_share_);
  job.may_spill = true;
  return true;
}

}  // namespace dure::sim
