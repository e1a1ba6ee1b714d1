#pragma once
#include <limits>
#include <memory>
#include <span>
#include <tuple>
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
/// as its jobs did. Where no rule tells tenants apart, jobs of all tenants of a kind in a region are merged whose run times lie
/// within the same factor of 16. S (kStretch) is how much longer than its jobs a batch may be before it is made wider. It is submitted with
/// its first job. A job without company stays as it is, and so does every job of a node or more. Slices of a card are merged
/// with slices, into a multiple of their size, a card at most. Tolerances: docs/decisions/planning-fidelity.md.
class Batching {
 public:
  struct Limit {
    int small_below = 8;   // cards: those of the smallest node that the class may use
    int widest = 8;        // cards of a batch
  };
  struct Rules {
    bool limit_tenants = false;      // no batch may ask for more cards at once than its jobs did
    bool tell_tenants_apart = true;  // no batch has jobs of two tenants
  };
  /// `limits` by class. `population` says of what kind tenants are, and gets what the batches are made of.
  Batching(std::vector<Limit> limits, Rules rules, Population& population) : limits_(std::move(limits)), rules_(rules), population_(population) {}

  /// `jobs` are in order of submission and stay so. No batch gets more than `most_cards`.
  void merge(std::vector<Job>& jobs, int most_cards = std::numeric_limits<int>::max()) const;
  /// The same, but the population does not know the batches yet: Job::batch is a place in `made`, from 1.
  void merge_into(std::vector<Job>& jobs, std::vector<Batch>& made, int most_cards = std::numeric_limits<int>::max()) const;
  void hand_in(std::vector<Job>& jobs, const std::vector<Batch>& made) const;

 private:
  /// A job that may be merged. Those that are alike become batches.
  struct Small {
    const Job* job;
    std::uint32_t owner;      // tenant, or kind of tenant
    int run_log;              // of run times that are merged with each other; 0 of one tenant's: all are
    auto key() const { return std::tuple(owner, run_log, job->project, job->job_class, job->region, job->card_type, job->card_choice, job->may_spill, job->share_milli); }
    bool alike(const Small& other) const { return key() == other.key(); }
  };
  Small small_of(const Job& job) const;
  void merge_alike(std::span<const Small> jobs, int most_cards, std::vector<Job>& merged, std::vector<Batch>& made) const;

  std::vector<Limit> limits_;
  Rules rules_;
  Population& population_;
};

/// A source, its small jobs merged; each hour is looked at in one go.
class HourlyBatches final : public Source {
 public:
  HourlyBatches(std::unique_ptr<Source> jobs, const Batching& batching) : jobs_(std::move(jobs)), batching_(batching), has_ahead_(jobs_->next(ahead_)) {}
  bool next(Job& job) override;
  /// Adds the jobs of the next hour that has any, and what their batches are made of; false: there are no more.
  bool next_hour(std::vector<Job>& jobs, std::vector<Batch>& made);
  const Batching& batching() const { return batching_; }

 private:
  std::unique_ptr<Source> jobs_;
  const Batching& batching_;
  Job ahead_;               // the first job of the hours to come
  bool has_ahead_;
  std::vector<Job> hour_;
  std::vector<Job> ready_;
  std::vector<Batch> made_;
  std::size_t at_ = 0;
};

}  // namespace dure::sim
