#pragma once
#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <string_view>
#include <vector>

#include "sim/job.h"
#include "sim/workload/workload.pb.h"

namespace dure::sim {

/// The scenario's classes of jobs, in its order: JobClassId is the index. GB become bytes. Throws ScenarioError for a name
/// given twice.
std::vector<JobClass> make_job_classes(const google::protobuf::RepeatedPtrField<dure::JobClassSpec>& specs);

}  // namespace dure::sim
