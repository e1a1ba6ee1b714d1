#pragma once
// What the runs of a study say to its question.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/study/paired.h"
#include "analysis/study/ranks.h"
#include "analysis/study/table.h"

namespace dure::analysis {

struct NamedOption {
  std::string name;
  sim::Text title;
};

struct DecisionMetric {
  std::string metric;
  Better better = Better::kLower;
};

/// An option beside the baseline, by one decision metric. Without a value on either side there is a reason and no comparison.
struct DecisionRow {
  std::size_t decision = 0, option = 0;
  std::string metric, unit;
  Spread of_option, of_baseline;
  std::optional<Comparison> comparison;
  sim::Text why_none;
};

/// An option beside the best one, by the first decision metric: differences are option less best. kWorse: told from the best.
struct Beside {
  std::size_t option = 0;
  double mean = 0;
  Comparison comparison;
};

/// All options against the baseline by all decision metrics, judged as one family.
struct Answer {
  std::vector<DecisionRow> rows;       // option-major within each decision metric
  std::optional<Ranks> ranks;          // by the first decision metric, over the options that have it
  std::vector<std::size_t> ranked;     // which options those are
  std::optional<std::size_t> best;     // best mean of the first decision metric
  double best_mean = 0;                // of the first decision metric, in `unit`
  std::string unit;
  std::vector<Beside> beside;          // the others against the best: Holm among these pairs; of the pair with the baseline the verdict of `rows`
  bool recommended = false;            // the best is told from every other option
  Eigen::Index replicates = 0;         // pairs behind the first decision metric
};
Answer answer(std::span<const NamedOption> options, std::size_t baseline, std::span<const DecisionMetric> decisions, std::span<const MetricTable> tables, sim::Seed seed);

/// The answer in one sentence or two, with its figure and its interval.
sim::Text sentence(const Answer& answer, std::span<const NamedOption> options, std::size_t baseline, std::span<const DecisionMetric> decisions);

/// better, worse, no difference, cannot tell.
sim::Text verdict_words(Verdict verdict);

/// A value of a metric as a reader wants it: KRW, per cent, hours, kWh, cards.
sim::Text in_unit(double value, std::string_view unit);
/// The same as a difference, always with its sign.
sim::Text signed_in_unit(double value, std::string_view unit);

}  // namespace dure::analysis
