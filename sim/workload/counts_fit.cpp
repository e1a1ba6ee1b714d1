#include "sim/workload/counts_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/units.h"

namespace dure::sim {
namespace {

using Bands = RunTimeHazard::Bands;
constexpr std::size_t kBands = RunTimeHazard::kAge_s.size();

double band_end_s(std::size_t band) { return band + 1 < kBands ? RunTimeHazard::kAge_s[band + 1] : 1e300; }

/// Ends and time spent by age, of small and of large jobs.
struct Exposure {
  std::array<Bands, 2> ends{}, time_s{};

  void add(const SeenJobs::Run& run, double interval_s, const auto& weight) {
    const std::size_t kind = run.cards < kLargeJobCards ? 0 : 1;
    const double seen_s = (run.until - run.from) * interval_s;
    for (std::size_t band = 0; band < kBands; ++band) {
      const double from_s = RunTimeHazard::kAge_s[band], until_s = std::min(seen_s, band_end_s(band));
      if (until_s > from_s) time_s[kind][band] += weight(run.from + (from_s + until_s) / 2 / interval_s) * (until_s - from_s);
    }
    if (!run.ended) return;
    // It ended some time in the last interval: half of it earlier on average.
    const double age_s = std::max(0.0, seen_s - interval_s / 2);
    const auto band = std::size_t(std::upper_bound(RunTimeHazard::kAge_s.begin(), RunTimeHazard::kAge_s.end(), age_s) - RunTimeHazard::kAge_s.begin() - 1);
    ends[kind][band] += weight(run.until);
  }
  void add(const Exposure& other) {
    for (std::size_t kind = 0; kind < 2; ++kind)
      for (std::size_t band = 0; band < kBands; ++band) {
        ends[kind][band] += other.ends[kind][band];
        time_s[kind][band] += other.time_s[kind][band];
      }
  }
};

/// Batches by hour over samples by hour, a little smoothed, of mean 1; flat if nothing was seen.
std::array<double, 24> rhythm_of(const CountsLog& log, const std::vector<SeenJobs>& seen, int until) {
  const auto hour = [&](int step) { return std::size_t(std::fmod(step * log.interval_s, kDay_s) / kHour_s); };
  std::array<double, 24> batches{}, samples{}, rate{}, smooth{};
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (const SeenJobs::Batch& batch : seen[i].batches)
      batches[hour(batch.step)] += 1;
    for (int step = 0; step < until; ++step) samples[hour(step)] += log.tenants[i].samples[std::size_t(step)].has_value();
  }
  for (std::size_t h = 0; h < 24; ++h) rate[h] = samples[h] > 0 ? batches[h] / samples[h] : 0;
  for (std::size_t h = 0; h < 24; ++h) smooth[h] = (rate[(h + 23) % 24] + 2 * rate[h] + rate[(h + 1) % 24]) / 4;
  const double mean = std::accumulate(smooth.begin(), smooth.end(), 0.0) / 24;
  for (double& weight : smooth) weight = mean > 0 ? weight / mean : 1;
  return smooth;
}

/// The highest mean of a day of cards running and waiting; days of which less than half was recorded do not count.
double busiest_day_cards(const TenantSeries& tenant, int until, double interval_s) {
  const int day = std::max(1, int(kDay_s / interval_s));
  double busiest = 0;
  for (int from = 0; from < until; from += day) {
    double cards = 0;
    int seen = 0;
    for (int step = from; step < std::min(until, from + day); ++step)
      if (const auto& sample = tenant.samples[std::size_t(step)]) {
        cards += sample->running_cards + sample->waiting_cards;
        ++seen;
      }
    if (2 * seen >= day) busiest = std::max(busiest, cards / seen);
  }
  return busiest;
}

/// Sets the rate so that Little's law gives back the averages.
void set_rate(TenantDemand& demand, double running_share, double keenness, double interval_s) {
  double all = 0, cards = 0, card_steps = 0;
  for (std::size_t i = 0; i < demand.batches.size(); ++i) {
    all += demand.batch_weight[i];
    for (const int size : demand.batches[i]) {
      cards += demand.batch_weight[i] * size;
      card_steps += demand.batch_weight[i] * size * demand.run_time(size).mean_s() / interval_s;
    }
  }
  demand.most_cards = (demand.running_cards + demand.waiting_cards) / keenness;
  if (all > 0) demand.batches_per_step = running_share * keenness / (1 - keenness) * all / card_steps;
}

}  // namespace

RunTimeHazard::RunTimeHazard(const Bands& ends, const Bands& time_s, const Bands& prior_per_s) {
  for (std::size_t band = 0; band < kBands; ++band) per_s_[band] = (ends[band] + kPriorEnds) / (time_s[band] + kPriorEnds / prior_per_s[band]);
}

double RunTimeHazard::mean_s() const {
  double survives = 1, mean_s = 0;
  for (std::size_t band = 0; band < kBands; ++band) {
    const double through = band + 1 < kBands ? std::exp(-per_s_[band] * (kAge_s[band + 1] - kAge_s[band])) : 0;
    mean_s += survives * (1 - through) / per_s_[band];
    survives *= through;
  }
  return mean_s;
}

double RunTimeHazard::draw_s(Random& chance, double age_s) const {
  double left = chance.exponential_s(1);  // of the integral of the hazard
  double at_s = age_s;
  for (std::size_t band = 0; band < kBands; ++band) {
    if (at_s >= band_end_s(band)) continue;
    const double through = per_s_[band] * (band_end_s(band) - at_s);
    if (left < through) return at_s + left / per_s_[band] - age_s;
    left -= through;
    at_s = band_end_s(band);
  }
  return at_s - age_s;
}

CountsFit fit_counts(const CountsLog& log, int until, const Memory& memory) {
  const auto weight = [&](double half_life_days) {
    return [&, half_life_days](double step) { return half_life_days > 0 ? std::exp2((step - until) * log.interval_s / kDay_s / half_life_days) : 1.0; };
  };
  const auto level = weight(memory.level_days), mix = weight(memory.mix_days);
  std::vector<SeenJobs> seen;
  std::vector<Exposure> exposure(log.tenants.size());
  Exposure all;
  for (std::size_t i = 0; i < log.tenants.size(); ++i) {
    seen.push_back(jobs_seen(log.tenants[i], until));
    for (const auto* runs : {&seen[i].ended, &seen[i].running})
      for (const SeenJobs::Run& run : *runs) exposure[i].add(run, log.interval_s, mix);
    all.add(exposure[i]);
  }
  std::array<Bands, 2> prior{};
  for (std::size_t kind = 0; kind < 2; ++kind)
    for (std::size_t band = 0; band < kBands; ++band)  // half an end in a day of running, where hardly any was seen
      prior[kind][band] = (all.ends[kind][band] + 0.5) / (all.time_s[kind][band] + 0.5 * kDay_s);

  CountsFit fit;
  fit.hour_weight = rhythm_of(log, seen, until);
  for (std::size_t i = 0; i < log.tenants.size(); ++i) {
    TenantDemand& demand = fit.tenants.emplace_back();
    demand.name = log.tenants[i].name;
    demand.small = RunTimeHazard(exposure[i].ends[0], exposure[i].time_s[0], prior[0]);
    demand.large = RunTimeHazard(exposure[i].ends[1], exposure[i].time_s[1], prior[1]);
    demand.busiest_day_cards = busiest_day_cards(log.tenants[i], until, log.interval_s);
    double level_sum = 0, running = 0, running_or_waiting = 0;
    for (int step = 0; step < until; ++step)
      if (const auto& sample = log.tenants[i].samples[std::size_t(step)]) {
        level_sum += level(step);
        demand.running_cards += level(step) * sample->running_cards;
        demand.waiting_cards += level(step) * sample->waiting_cards;
        running += mix(step) * sample->running_cards;
        running_or_waiting += mix(step) * (sample->running_cards + sample->waiting_cards);
      }
    if (level_sum > 0) {
      demand.running_cards /= level_sum;
      demand.waiting_cards /= level_sum;
    }
    for (const SeenJobs::Batch& batch : seen[i].batches) {
      demand.batches.push_back(batch.cards);
      demand.batch_weight.push_back(mix(batch.step));
    }
    set_rate(demand, running_or_waiting > 0 ? running / running_or_waiting : 0, memory.keenness, log.interval_s);
    demand.seen = std::move(seen[i]);
  }
  return fit;
}

}  // namespace dure::sim
