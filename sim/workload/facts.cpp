#include "sim/workload/facts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "sim/units.h"

namespace dure::sim {

std::size_t WorkloadFacts::hours() const { return std::size_t(std::ceil(horizon_s_ / kHour_s)); }

void WorkloadFacts::add(const Job& job, double start_s, double active_fraction) {
  const double cards = job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards;
  const double card_s = cards * job.work_s;
  if (!run_s_.empty()) {
    const double gap_s = job.submit_s - last_submit_s_;
    gap_s_ += gap_s;
    gap_square_s2_ += gap_s * gap_s;
    short_gaps_ += gap_s <= 10;
  }
  last_submit_s_ = job.submit_s;
  run_s_.push_back(float(job.work_s));
  queue_s_.push_back(float(start_s - job.submit_s));
  one_card_jobs_ += job.cards == 1;
  card_s_ += card_s;
  active_card_s_ += card_s * active_fraction;
  if (job.cards >= 8) node_card_s_ += card_s;
  size_[job.cards].jobs += 1;
  size_[job.cards].card_s += card_s;
  tenant_card_s_[job.tenant] += card_s;
  outcome_jobs_[std::size_t(job.outcome)] += 1;
  outcome_card_s_[std::size_t(job.outcome)] += card_s;

  if (job.submit_s < horizon_s_) submissions_[std::size_t(job.submit_s / kHour_s)] += 1;
  const double end_s = std::min(horizon_s_, start_s + job.work_s);
  for (double now_s = start_s; now_s < end_s;) {
    const double hour = std::floor(now_s / kHour_s);
    const double until_s = std::min(end_s, (hour + 1) * kHour_s);
    busy_card_s_[std::size_t(hour)] += cards * (until_s - now_s);
    now_s = until_s;
  }
}

double WorkloadFacts::mean_busy_cards() const {
  const auto from = busy_card_s_.begin() + std::ptrdiff_t(skip_s_ / kHour_s);
  return std::accumulate(from, busy_card_s_.end(), 0.0) / (horizon_s_ - skip_s_);
}

double WorkloadFacts::hourly_variance_over_mean() const {
  double sum = 0, square = 0;
  for (const double n : submissions_) {
    sum += n;
    square += n * n;
  }
  const double mean = sum / double(submissions_.size());
  return (square / double(submissions_.size()) - mean * mean) / mean;
}

double WorkloadFacts::gap_cv() const {
  const double n = double(jobs() - 1);
  return std::sqrt(std::max(0.0, n * gap_square_s2_ / (gap_s_ * gap_s_) - 1));
}

double WorkloadFacts::largest_tenants_share(std::size_t n) const {
  std::vector<double> shares;
  for (const auto& [tenant, card_s] : tenant_card_s_) shares.push_back(card_s / card_s_);
  std::sort(shares.begin(), shares.end(), std::greater<>());
  return std::accumulate(shares.begin(), shares.begin() + std::ptrdiff_t(std::min(n, shares.size())), 0.0);
}

double WorkloadFacts::share_of_jobs(int from_cards, int to_cards) const {
  double sum = 0;
  for (auto size = size_.lower_bound(from_cards); size != size_.end() && size->first <= to_cards; ++size) sum += size->second.jobs;
  return sum / double(jobs());
}

double WorkloadFacts::share_of_card_time(int from_cards, int to_cards) const {
  double sum = 0;
  for (auto size = size_.lower_bound(from_cards); size != size_.end() && size->first <= to_cards; ++size) sum += size->second.card_s;
  return sum / card_s_;
}

double WorkloadFacts::quantile(std::vector<float> values, double p) {
  if (values.empty()) return 0;
  const auto at = values.begin() + std::ptrdiff_t(p * double(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double WorkloadFacts::peak_over_trough(const std::vector<double>& hourly, double from_s) const {
  std::array<double, 24> by_hour{};
  for (std::size_t i = std::size_t(from_s / kHour_s); i < hourly.size(); ++i) by_hour[i % 24] += hourly[i];
  const auto [low, high] = std::minmax_element(by_hour.begin(), by_hour.end());
  return *high / *low;
}

}  // namespace dure::sim
