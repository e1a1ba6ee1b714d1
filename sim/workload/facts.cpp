#include "sim/workload/facts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "sim/units.h"

namespace dure::sim {

std::size_t WorkloadFacts::hours() const { return std::size_t(std::ceil(horizon_s_ / kHour_s)); }

void WorkloadFacts::submitted(double submit_s) {
  if (last_submit_s_ >= 0) {
    const double gap_s = submit_s - last_submit_s_;
    gap_s_ += gap_s;
    gap_square_s2_ += gap_s * gap_s;
    short_gaps_ += gap_s <= 10;
    ++gaps_;
  }
  last_submit_s_ = submit_s;
  if (submit_s < horizon_s_) submissions_[std::size_t(submit_s / kHour_s)] += 1;
}

void WorkloadFacts::held(double from_s, double until_s, double cards) {
  until_s = std::min(until_s, horizon_s_);
  if (until_s <= from_s) return;
  const auto first = std::size_t(from_s / kHour_s);
  const auto last = std::min(std::size_t(until_s / kHour_s), part_card_s_.size() - 1);
  if (first == last) {
    part_card_s_[first] += cards * (until_s - from_s);
    return;
  }
  part_card_s_[first] += cards * (double(first + 1) * kHour_s - from_s);
  part_card_s_[last] += cards * (until_s - double(last) * kHour_s);
  change_[first + 1] += cards;
  change_[last] -= cards;
}

void WorkloadFacts::ended(const Job& job, Outcome outcome, double wait_s, double run_s, double active_fraction) {
  const double card_s = run_s * (job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards);
  run_s_.push_back(float(run_s));
  queue_s_.push_back(float(wait_s));
  one_card_jobs_ += job.cards == 1;
  card_s_ += card_s;
  active_card_s_ += card_s * active_fraction;
  if (job.cards >= 8) node_card_s_ += card_s;
  Size& size = size_[job.cards];
  size.jobs += 1;
  size.card_s += card_s;
  if (index(job.tenant) >= tenant_card_s_.size()) tenant_card_s_.resize(index(job.tenant) + 1);
  tenant_card_s_[index(job.tenant)] += card_s;
  outcome_jobs_[std::size_t(outcome)] += 1;
  outcome_card_s_[std::size_t(outcome)] += card_s;
}

std::vector<double> WorkloadFacts::busy_card_s() const {
  std::vector<double> busy = part_card_s_;
  double cards = 0;
  for (std::size_t hour = 0; hour < busy.size(); ++hour) busy[hour] += (cards += change_[hour]) * kHour_s;
  return busy;
}

double WorkloadFacts::mean_busy_cards() const {
  const std::vector<double> busy = busy_card_s();
  return std::accumulate(busy.begin() + std::ptrdiff_t(skip_s_ / kHour_s), busy.end(), 0.0) / (horizon_s_ - skip_s_);
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
  const double n = double(gaps_);
  return std::sqrt(std::max(0.0, n * gap_square_s2_ / (gap_s_ * gap_s_) - 1));
}

double WorkloadFacts::largest_tenants_share(std::size_t n) const {
  std::vector<double> shares;
  for (const double card_s : tenant_card_s_) shares.push_back(card_s / card_s_);
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
