#include "sim/workload/counts_jobs.h"

#include <algorithm>

namespace dure::sim {
namespace {

/// `total` new cards as `jobs` jobs or, where that cannot be, as near to it as it can: equal parts, whole servers, powers of two.
std::vector<int> sizes_of(int total, int jobs, bool large) {
  if (total <= 0) return {};
  jobs = std::clamp(jobs, 1, large ? std::max(1, total / kLargeJobCards) : total);
  if (!large) jobs = std::max(jobs, (total + kLargeJobCards - 2) / (kLargeJobCards - 1));
  const int unit = large && total % kLargeJobCards == 0 ? kLargeJobCards : 1;
  std::vector<int> sizes;
  if (total % jobs == 0 || large) {
    for (int i = 0; i < jobs; ++i) sizes.push_back((total / unit / jobs + (i < total / unit % jobs)) * unit);
    return sizes;
  }
  for (int left = total; jobs > 0; --jobs) {
    int size = 4;
    while (size > 1 && size > left - (jobs - 1)) size /= 2;
    if (jobs == 1) size = left;
    sizes.push_back(size);
    left -= size;
  }
  return sizes;
}

bool is_large(int cards) { return cards >= kLargeJobCards; }

/// Walks the samples of one tenant.
class Reading {
 public:
  void begin(const TenantSample& sample, int step) {
    for (const SeenJobs::Run& run : seen_.running) seen_.ended.push_back(run);
    seen_.running.clear();
    seen_.waiting.clear();
    const auto put = [&](int large, int all, int jobs, auto& list) {
      const std::vector<int> big = sizes_of(large, std::min(jobs, large / kLargeJobCards), true);
      for (const int cards : big) list.push_back({cards, step});
      for (const int cards : sizes_of(all - large, jobs - int(big.size()), false)) list.push_back({cards, step});
    };
    put(sample.large_running_cards, sample.running_cards, sample.running_jobs, seen_.running);
    put(sample.large_waiting_cards, sample.waiting_cards, sample.waiting_jobs, seen_.waiting);
    see_until(step);
  }

  void go_on(const TenantSample& before, const TenantSample& now, int step) {
    SeenJobs::Batch batch{step, {}};
    const int more_jobs = now.running_jobs + now.waiting_jobs - before.running_jobs - before.waiting_jobs;
    for (const bool large : {true, false}) {
      int running = now.large_running_cards - before.large_running_cards;
      int waiting = now.large_waiting_cards - before.large_waiting_cards;
      if (!large) {
        running = now.running_cards - before.running_cards - running;
        waiting = now.waiting_cards - before.waiting_cards - waiting;
      }
      if (waiting < 0) {
        for (const SeenJobs::Waiting& job : taken(seen_.waiting, -waiting, large, [](const SeenJobs::Waiting& a, const SeenJobs::Waiting& b) { return a.since < b.since; })) {
          seen_.running.push_back({job.cards, step});
          running -= job.cards;
        }
      } else {
        for (const int cards : sizes_of(waiting, now.waiting_jobs - before.waiting_jobs, large)) {
          seen_.waiting.push_back({cards, step});
          batch.cards.push_back(cards);
        }
      }
      if (running < 0) {
        for (SeenJobs::Run job : taken(seen_.running, -running, large, [](const SeenJobs::Run& a, const SeenJobs::Run& b) { return a.from > b.from; })) {
          job.until = step;
          job.ended = true;
          seen_.ended.push_back(job);
        }
      } else {
        for (const int cards : sizes_of(running, more_jobs - int(batch.cards.size()), large)) {
          seen_.running.push_back({cards, step});
          batch.cards.push_back(cards);
        }
      }
    }
    if (!batch.cards.empty()) seen_.batches.push_back(std::move(batch));
    see_until(step);
  }

  SeenJobs finish() {
    std::stable_sort(seen_.waiting.begin(), seen_.waiting.end(), [](const auto& a, const auto& b) { return a.since < b.since; });
    return std::move(seen_);
  }

 private:
  void see_until(int step) {
    for (SeenJobs::Run& run : seen_.running) run.until = step;
  }

  /// Takes jobs of `total` cards out of the list: the fewest that add up, those `sooner` preferred; if none do, in that order, the last one split.
  template <class Job, class Sooner>
  static std::vector<Job> taken(std::vector<Job>& list, int total, bool large, Sooner sooner) {
    std::vector<Job> these, others;
    for (const Job& job : list) (is_large(job.cards) == large ? these : others).push_back(job);
    std::stable_sort(these.begin(), these.end(), sooner);
    std::vector<std::optional<std::vector<std::size_t>>> fewest(std::size_t(total) + 1);  // by sum: places of the jobs
    fewest[0].emplace();
    for (std::size_t i = 0; i < these.size(); ++i)
      for (int sum = total; sum >= these[i].cards; --sum) {
        const auto& less = fewest[std::size_t(sum - these[i].cards)];
        auto& best = fewest[std::size_t(sum)];
        if (!less || (best && best->size() <= less->size() + 1)) continue;
        best = *less;
        best->push_back(i);
      }
    std::vector<Job> out, left;
    std::vector<bool> goes(these.size(), false);
    if (fewest[std::size_t(total)])
      for (const std::size_t i : *fewest[std::size_t(total)]) goes[i] = true;
    int missing = fewest[std::size_t(total)] ? 0 : total;
    for (std::size_t i = 0; i < these.size(); ++i) {
      if (goes[i] || (missing > 0 && these[i].cards <= missing)) {
        if (!goes[i]) missing -= these[i].cards;
        out.push_back(these[i]);
      } else if (missing > 0) {
        out.push_back(these[i]);
        out.back().cards = missing;
        left.push_back(these[i]);
        left.back().cards -= missing;
        missing = 0;
      } else {
        left.push_back(these[i]);
      }
    }
    left.insert(left.end(), others.begin(), others.end());
    list = std::move(left);
    return out;
  }

  SeenJobs seen_;
};

}  // namespace

SeenJobs jobs_seen(const TenantSeries& tenant, int until) {
  Reading reading;
  const std::optional<TenantSample>* before = nullptr;
  for (int step = 0; step < until; ++step) {
    const std::optional<TenantSample>& now = tenant.samples[std::size_t(step)];
    if (!now) {
      before = nullptr;
      continue;
    }
    if (before == nullptr)
      reading.begin(*now, step);
    else
      reading.go_on(**before, *now, step);
    before = &now;
  }
  return reading.finish();
}

}  // namespace dure::sim
