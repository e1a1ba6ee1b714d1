#pragma once
// Uncertain inputs of a study: which numbers of its options they change, and whether they may.
#include "sim/scenario_schema.h"
#include "sim/scenario_study.h"

namespace dure::sim {

/// The field of a scenario that a path names, whichever elements it is in; null if there is none.
const FieldDescriptor* field_at(const std::vector<Step>& steps);

/// Reads the inputs of `out.study` into `out.inputs`. Every option must be there: ranges are tried on what each of them has.
void read_inputs(LoadedStudy& out, std::vector<Error>& errors);

}  // namespace dure::sim
