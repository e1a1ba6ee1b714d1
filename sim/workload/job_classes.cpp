#include "sim/workload/job_classes.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.h"
#include "sim/units.h"

namespace dure::sim {

std::vector<JobClass> make_job_classes(const google::protobuf::RepeatedPtrField<dure::JobClassSpec>& specs) {
  std::vector<JobClass> classes;
  for (const auto& spec : specs) {
    if (std::any_of(classes.begin(), classes.end(), [&](const JobClass& known) { return known.name == spec.job_class(); }))
      throw ScenarioError(fmt::format("job_class[{}]", spec.job_class()),
                          {fmt::format("job class \"{}\" is given twice", spec.job_class()),
                           fmt::format("작업 부류 \"{}\"이(가) 두 번 나옵니다", spec.job_class())});
    JobClass& made = classes.emplace_back();
    made.name = spec.job_class();
    made.active_fraction = spec.active_fraction();
    made.activity = spec.activity();
    made.staging_bytes_per_card = spec.staging_gb_per_card() * kGB_bytes;
    made.checkpoint_bytes_per_card = spec.checkpoint_gb_per_card() * kGB_bytes;
    made.partition = spec.partition();
    made.rank = spec.rank();
  }
  return classes;
}

}  // namespace dure::sim
