#pragma once
// A published serving figure predicted from the inputs printed with it.
#include <optional>
#include <string>
#include <vector>

#include "sim/workload/serving.h"
#include "sim/workload/training_case.h"

namespace dure {
class ServingCase;
}

namespace dure::sim {

struct ServingPrediction {
  double computed = 0;                 // in the unit of the metric
  std::vector<Text> assumed;
  std::optional<Text> skipped;
  FoundServing found;
};

/// Predicts the metric of a case: `output_tokens_per_s` (all cards), `node_decode_tokens_per_s` (a node of `gpus` cards whose prompts are
/// computed elsewhere), `daily_output_tokens_b`. Reads neither its name nor notes.
///
/// Only a missing model shape or card skips a row. One rule for all rows, listed under `assumed`: prompts of 256 tokens and answers of 400
/// (chat); a batch that is not printed is the largest with 50 ms between tokens; 8 key and value heads; the layout with most output; a node
/// too small for the model is one of several over which its experts are spread; what else of the shape is missing follows from the count of parameters.
ServingPrediction predict(const ::dure::ServingCase& row, const AcceleratorTable& cards, const StackTable& stacks);

}  // namespace dure::sim
