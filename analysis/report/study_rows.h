#pragma once
// What a study found beyond its differences, row by row, as files for programs have it: summary.json, results.sqlite, study.xlsx.
#include <optional>
#include <string>
#include <vector>

#include "analysis/report/study_page.h"

namespace dure::analysis {

/// One index of one input: first, total (Sobol); mu, mu_star, sigma (Morris).
struct IndexRow {
  std::size_t input = 0;
  std::string index, unit;
  double value = 0;
  Interval interval;
};
std::vector<IndexRow> index_rows(const StudyFindings& study);

/// What became of an option of a plan: chosen, in, costs_more (than option `because_of`), costs_the_same (as it, named first), breaks_limits (`because_of` most often).
struct EliminationRow {
  std::size_t option = 0;
  std::string state, because_of;
  std::optional<int> after;  // replicates
  double mean = 0, met_share = 0;
};
std::vector<EliminationRow> elimination_rows(const StudyFindings& study);
sim::Text elimination_words(std::string_view state);

/// waiting (name: the option that waits), everything, input (name: the input).
struct WorthRow {
  std::string what, name;
  Worth worth;
};
std::vector<WorthRow> worth_rows(const StudyFindings& study);

/// The wanted half-width, what was got, and whether that is enough, in a sentence; empty where none was wanted.
sim::Text precision_words(const StudyFindings& study);

}  // namespace dure::analysis
