#pragma once
#include <vector>

#include "sim/job.h"
#include "sim/tenant.h"

namespace dure::sim {

/// A stream of jobs in order of submission.
class Source {
 public:
  virtual ~Source() = default;
  /// Fills in the next job (all fields but `id`); false when there are no more. Times never go back.
  virtual bool next(Job& job) = 0;
};

/// Batches of jobs that are in the run, by Job::batch; places are used again.
class Batches {
 public:
  std::uint32_t add(const Batch& batch) {
    if (free_.empty()) {
      batches_.push_back(batch);
      return std::uint32_t(batches_.size() - 1);
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    batches_[place] = batch;
    return place;
  }
  void remove(std::uint32_t place) { free_.push_back(place); }
  const Batch& operator[](std::uint32_t place) const { return batches_[place]; }

 private:
  std::vector<Batch> batches_{1};   // place 0 is nobody's
  std::vector<std::uint32_t> free_;
};

/// Who is in the run; filled by the sources, read by the recorder.
struct Population {
  std::vector<Tenant> tenants;
  std::vector<JobClass> job_classes;
  Batches batches;
};

}  // namespace dure::sim
