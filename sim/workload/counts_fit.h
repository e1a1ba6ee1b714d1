#pragma once
#include <array>
#include <string>
#include <vector>

#include "sim/random.h"
#include "sim/workload/counts_jobs.h"

namespace dure::sim {

/// How long jobs of one kind run: the rate at which they end, constant within each band of age (piecewise exponential).
///
///   h_k = (ends in band k + n) / (time spent in band k + n / h0_k)     n = kPriorEnds; h0_k: ends over time, of all tenants
///
/// Jobs that still ran, or ran when the monitor went off, count with the time they were seen (occurrence over exposure; Aalen, Borgan,
/// Gjessing 2008, chapter 5). Ages in seconds.
class RunTimeHazard {
 public:
  static constexpr std::array<double, 6> kAge_s = {0, 600, 3600, 21600, 86400, 259200};  // bands from here to the next
  using Bands = std::array<double, kAge_s.size()>;
  static constexpr double kPriorEnds = 3;

  RunTimeHazard() = default;
  RunTimeHazard(const Bands& ends, const Bands& time_s, const Bands& prior_per_s);
  double mean_s() const;                                // integral of the survival
  double draw_s(Random& chance, double age_s = 0) const;  // what is left to run at that age
  double per_s(std::size_t band) const { return per_s_[band]; }

 private:
  Bands per_s_{};
};

/// How much the days of the fit count: a sample counts half after each half-life; 0: all alike.
struct Memory {
  double level_days = 0;  // for cards running and waiting
  double mix_days = 0;    // for sizes, run times, the share that runs
  double keenness = 0.9;  // p
};

/// What one tenant asks for.
///
/// It would have at most K cards of work running and waiting, has D on average, and sends batches of jobs the faster the more is missing:
///
///   batches per step = c h(hour) (K - d)+          d: cards running and waiting now
///   D = R + W,   K = D / p,   c = s p / (1 - p) / (tau m)
///
/// R: running cards, W: waiting cards, averages of late; s: share of R in R + W; tau: mean run time of a card in steps; m: mean cards of a
/// batch; h: rhythm of the day, of mean 1. The last equation is Little's law: at the level D what arrives keeps s D cards running, whatever D
/// is. It is the finite-source model of telephone traffic (Engset 1918) in cards: a tenant that already waits sends less. Batches are drawn
/// from those seen.
struct TenantDemand {
  std::string name;
  double running_cards = 0;      // R
  double waiting_cards = 0;      // W
  double most_cards = 0;         // K
  double busiest_day_cards = 0;  // running and waiting, mean of that day
  double batches_per_step = 0;   // c, for each card missing
  std::vector<std::vector<int>> batches;
  std::vector<double> batch_weight;  // of each of them
  RunTimeHazard small, large;        // of jobs below kLargeJobCards and of others
  SeenJobs seen;                     // what runs and waits at the end of the fit

  const RunTimeHazard& run_time(int cards) const { return cards < kLargeJobCards ? small : large; }
};

struct CountsFit {
  std::vector<TenantDemand> tenants;
  std::array<double, 24> hour_weight{};  // h
};

/// Fits every tenant of the log to its samples before step `until`; no later one is looked at.
CountsFit fit_counts(const CountsLog& log, int until, const Memory& memory);

}  // namespace dure::sim
