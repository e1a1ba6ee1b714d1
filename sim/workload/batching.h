#pragma once
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "sim/workload/source.h"

namespace dure::sim {

/// Merges small jobs into batches of the same card-time: planning fidelity.
///
/// Jobs of fewer cards than a node that have tenant, project, class, region and card type in common and are submitted within
/// the same clock hour become one job, or several if they are too many for one. Of jobs i with c_i cards, T_i seconds of
/// work, submitted at t_i:
///
///   C = sum c_i T_i                                    card-time; the batch has exactly as much
///   D = (last t_i - first t_i) + sum c_i T_i^2 / C     how long they are under way
///   n = C / (S D), to the nearest power of two         its cards, not fewer than its jobs have on average (by card-time)
///   T = C / n                                          its work
///
/// So short jobs follow each other on few cards and long ones run side by side, and a batch leaves as many holes in a node
/// as its jobs did. S (kStretch) is how much longer than its jobs a batch may be before it is made wider. It is submitted with
/// its first job. A job without company stays as it is, and so does every job of a node or more. Slices of a card are merged
/// with slices, into a multiple of their size, a card at most. Tolerances: docs/decisions/planning-fidelity.md.
class Batching {
 public:
  struct Limit {
    int small_below = 8;   // cards: those of the smallest node that the class may use
    int widest = 8;        // cards of a batch
  };
  /// `limits` by class. `no_wider_than_jobs`: where rules limit the cards of a tenant, no batch may ask for more at once
  /// than its jobs did. `batches` gets what the batches are made of.
  Batching(std::vector<Limit> limits, bool no_wider_than_jobs, Batches& batches) : limits_(std::move(limits)), no_wider_than_jobs_(no_wider_than_jobs), batches_(batches) {}

  /// `jobs` are in order of submission and stay so. No batch gets more than `most_cards`.
  void merge(std::vector<Job>& jobs, int most_cards = std::numeric_limits<int>::max()) const;

 private:
  void merge_alike(std::span<const Job* const> jobs, int most_cards, std::vector<Job>& merged) const;

  std::vector<Limit> limits_;
  bool no_wider_than_jobs_;
  Batches& batches_;
};

/// A source, its small jobs merged; each hour is looked at in one go.
class HourlyBatches final : public Source {
 public:
  HourlyBatches(std::unique_ptr<Source> jobs, const Batching& batching) : jobs_(std::move(jobs)), batching_(batching), has_ahead_(jobs_->next(ahead_)) {}
  bool next(Job& job) override;

 private:
  std::unique_ptr<Source> jobs_;
  const Batching& batching_;
  Job ahead_;               // the first job of the hours to come
  bool has_ahead_;
  std::vector<Job> ready_;
  std::size_t at_ = 0;
};

}  // namespace dure::sim
