#include "sim/workload/batching.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "sim/units.h"

namespace dure::sim {
namespace {

double cards_of(const Job& job) { return job.share_milli > 0 ? job.share_milli / 1000.0 : job.cards; }

constexpr double kStretch = 2;   // S
constexpr int kAlike_log2 = 4;   // run times within a factor of 16: of several tenants' jobs short ones would be held up by long ones

/// Jobs gathered so far.
struct Gathered {
  TenantId tenant{};   // of the first
  bool one_tenant = true;
  double first_s = 0, last_s = 0;
  double card_s = 0, square_card_s = 0, card_s2 = 0, run_s = 0, square_cards = 0, estimate_card_s = 0, widest_cards = 0;
  std::array<std::int32_t, kOutcomes> jobs{};
  std::array<double, kOutcomes> card_s_of{};

  void add(const Job& job) {
    const double cards = cards_of(job), job_card_s = cards * job.work_s;
    if (jobs == decltype(jobs){}) first_s = job.submit_s, tenant = job.tenant;
    one_tenant = one_tenant && job.tenant == tenant;
    last_s = job.submit_s;
    card_s += job_card_s;
    square_card_s += cards * job_card_s;
    card_s2 += job_card_s * job.work_s;
    run_s += job.work_s;
    square_cards += cards * cards;
    estimate_card_s += cards * job.estimate_s;
    widest_cards = std::max(widest_cards, cards);
    ++jobs[std::size_t(job.outcome)];
    card_s_of[std::size_t(job.outcome)] += job_card_s;
  }
  double side_by_side() const { return card_s / (kStretch * (last_s - first_s + card_s2 / card_s)); }
  double job_cards() const { return square_card_s / card_s; }   // of the mean card-second
};

std::int64_t hour_of(const Job& job) { return std::int64_t(std::floor(job.submit_s / kHour_s)); }

int power_of_two_near(double value, int at_most) {
  int power = 1;
  while (power * 2 <= at_most && power * std::sqrt(2.0) < value) power *= 2;
  return power;
}

}  // namespace

void Batching::merge(std::vector<Job>& jobs, int most_cards) const {
  std::vector<Batch> made;
  merge_into(jobs, made, most_cards);
  hand_in(jobs, made);
}

void Batching::hand_in(std::vector<Job>& jobs, const std::vector<Batch>& made) const {
  for (Job& job : jobs)
    if (job.batch != 0) job.batch = population_.batches.add(made[job.batch - 1]);
}

void Batching::merge_into(std::vector<Job>& jobs, std::vector<Batch>& made, int most_cards) const {
  std::vector<Small> small;
  std::vector<Job> merged;
  for (auto from = jobs.cbegin(); from != jobs.cend();) {
    const auto hour_end = std::find_if(from, jobs.cend(), [hour = hour_of(*from)](const Job& job) { return hour_of(job) != hour; });
    const std::size_t before = merged.size();
    small.clear();
    for (; from != hour_end; ++from)
      if (from->cards < limits_[index(from->job_class)].small_below && from->work_s > 0) small.push_back(small_of(*from));
      else merged.push_back(*from);
    std::sort(small.begin(), small.end(), [](const Small& a, const Small& b) { return a.alike(b) ? a.job < b.job : a.key() < b.key(); });
    const std::span<const Small> all(small);
    for (std::size_t alike = 0, to; alike < all.size(); alike = to) {
      for (to = alike + 1; to < all.size() && all[to].alike(all[alike]);) ++to;
      merge_alike(all.subspan(alike, to - alike), most_cards, merged, made);
    }
    std::stable_sort(merged.begin() + std::ptrdiff_t(before), merged.end(), [](const Job& a, const Job& b) { return a.submit_s < b.submit_s; });
  }
  jobs = std::move(merged);
}

Batching::Small Batching::small_of(const Job& job) const {
  if (rules_.tell_tenants_apart || job.project != kNoProject) return {&job, std::uint32_t(job.tenant), 0};
  return {&job, std::uint32_t(population_.tenants[index(job.tenant)].kind), std::ilogb(job.work_s) / kAlike_log2};
}

/// Jobs that have everything in common, in order of submission.
void Batching::merge_alike(std::span<const Small> jobs, int most_cards, std::vector<Job>& merged, std::vector<Batch>& made) const {
  const bool sliced = jobs.front().job->share_milli > 0;
  const double widest = sliced ? 1 : std::min(most_cards, limits_[index(jobs.front().job->job_class)].widest);
  for (std::size_t next = 0; next < jobs.size();) {
    const std::size_t from = next;
    Gathered batch;
    batch.add(*jobs[next++].job);
    while (next < jobs.size()) {
      Gathered more = batch;
      more.add(*jobs[next].job);
      if (!rules_.limit_tenants && more.side_by_side() > std::max(widest, more.widest_cards)) break;
      batch = more;
      ++next;
    }
    Job& job = merged.emplace_back(*jobs[from].job);
    if (next - from == 1) continue;
    const double most = rules_.limit_tenants ? batch.widest_cards : std::max(widest, batch.widest_cards);
    double cards;
    if (sliced) {
      const int share_milli = job.share_milli;
      const int slices = std::clamp(int(std::ceil(batch.side_by_side() * 1000 / share_milli)), 1, std::max(1, int(1000 * most) / share_milli));
      job.share_milli = slices * share_milli;
      if (job.share_milli == 1000) job.share_milli = 0;
      cards = cards_of(job);
    } else {
      cards = job.cards = power_of_two_near(std::max(batch.side_by_side(), batch.job_cards()), int(most));
    }
    job.work_s = batch.card_s / cards;
    job.estimate_s = std::max(1.0, batch.estimate_card_s / cards);
    job.outcome = Outcome(std::max_element(batch.card_s_of.begin(), batch.card_s_of.end()) - batch.card_s_of.begin());
    Batch& parts = made.emplace_back(Batch{.jobs = batch.jobs, .one_tenant = batch.one_tenant});
    for (std::size_t outcome = 0; outcome < kOutcomes; ++outcome) parts.card_s_share[outcome] = float(batch.card_s_of[outcome] / batch.card_s);
    parts.at_once = float(batch.run_s / job.work_s);
    parts.square_cards = float(batch.square_cards);
    parts.job_cards = float(batch.job_cards());
    parts.job_s = float(batch.card_s2 / batch.card_s);
    job.batch = std::uint32_t(made.size());
  }
}

bool HourlyBatches::next_hour(std::vector<Job>& jobs, std::vector<Batch>& made) {
  if (!has_ahead_) return false;
  hour_.clear();
  for (const std::int64_t hour = hour_of(ahead_); has_ahead_ && hour_of(ahead_) == hour; has_ahead_ = jobs_->next(ahead_)) hour_.push_back(ahead_);
  batching_.merge_into(hour_, made);
  jobs.insert(jobs.end(), hour_.begin(), hour_.end());
  return true;
}

bool HourlyBatches::next(Job& job) {
  if (at_ == ready_.size()) {
    ready_.clear();
    made_.clear();
    at_ = 0;
    if (!next_hour(ready_, made_)) return false;
    batching_.hand_in(ready_, made_);
  }
  job = ready_[at_++];
  return true;
}

}  // namespace dure::sim
