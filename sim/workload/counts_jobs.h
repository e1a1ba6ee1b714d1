#pragma once
#include <vector>

#include "sim/workload/counts_log.h"

namespace dure::sim {

/// Jobs told from the counts of one tenant, as far as counts tell them. Times in steps of the log.
struct SeenJobs {
  struct Batch {  // submitted between this step and the one before
    int step = 0;
    std::vector<int> cards;
  };
  struct Run {
    int cards = 0;
    int from = 0;         // first step at which it was seen running
    int until = 0;        // first step at which it was gone; if not `ended`, the last of which we know
    bool ended = false;
  };
  struct Waiting {
    int cards = 0;
    int since = 0;
  };
  std::vector<Batch> batches;    // in order of time
  std::vector<Run> ended;        // and those last seen before the monitor went off
  std::vector<Run> running;      // at the end
  std::vector<Waiting> waiting;  // at the end, in order of submission
};

/// Explains what changed from one sample to the next, up to step `until`, by the fewest events: cards that leave the queue have started; of
/// the rest of the change of running cards, less means ends, more means jobs that were submitted and started. Large and other jobs
/// are told apart. Of several jobs that could have ended the fewest are taken and of those the youngest: run times with a
/// falling hazard make that the likeliest. Where no set of jobs adds up, one is split.
SeenJobs jobs_seen(const TenantSeries& tenant, int until);

}  // namespace dure::sim
