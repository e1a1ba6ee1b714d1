#pragma once
// A published training figure predicted from the inputs printed with it.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/workload/layout_search.h"

namespace dure {
class TrainingCase;
}

namespace dure::sim {

/// What a prediction rests on.
struct TrainingPrediction {
  double computed = 0;                 // in the unit of the metric
  double at_peak = 0;                  // the same metric if the card ran 6 N + full attention at its peak: the yardstick of a constant MFU
  std::vector<Text> assumed;           // "micro_batch 1": what was searched or defaulted
  std::optional<Text> skipped;         // why there is no prediction
  Layout layout;
  StepTime time;
  std::string stack;
};

/// The accelerators of the catalogue by name.
using AcceleratorTable = std::map<std::string, Accelerator>;

/// Keeps the layouts that a search has found, so that a fit does not search again for each try.
using LayoutCache = std::map<const ::dure::TrainingCase*, Layout>;

/// Predicts the metric of a case. Reads neither its name nor notes.
///
/// A missing model shape, sequence length, card or operand of the metric skips a row, and so does what cannot be: sizes that do not multiply
/// to the cards or do not divide what they divide, a precision the card lacks, a model that does not fit. The rest, when missing, is searched
/// or defaulted by one rule for all rows (docs/rooms/training.md, "What a case leaves out").
TrainingPrediction predict(const ::dure::TrainingCase& row, const AcceleratorTable& cards, const StackTable& stacks, LayoutCache* cache = nullptr);

/// Whether errors of this metric belong to the headline: step time, tokens/s, minutes.
bool headline_metric(const std::string& metric);

}  // namespace dure::sim
