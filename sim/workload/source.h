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

/// Who is in the run; filled by the sources, read by the recorder.
struct Population {
  std::vector<Tenant> tenants;
  std::vector<JobClass> job_classes;
};

}  // namespace dure::sim
