#pragma once
// The kinds of case files `dure validate` knows. To add one: write its function and its row in validate_kinds().
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "analysis/validation/score.h"
#include "sim/power/power_case.h"
#include "sim/workload/training_case.h"

namespace dure::sim {

/// What models need besides a row: the tables under platforms/.
struct ValidationTables {
  AcceleratorTable cards;
  StackTable stacks;
  PowerTables power;
};
ValidationTables read_validation_tables(const std::string& platforms);

/// A kind of case file, known by its columns: most of those in the header are fields of its row.
struct CaseKind {
  const char* name;
  const google::protobuf::Descriptor* row;
  /// Predicts every row of `file`. Throws ScenarioErrors with line and remedy if it is broken.
  std::vector<analysis::ScoredCase> (*score)(const std::string& file, const ValidationTables& tables);
};
const std::vector<CaseKind>& case_kinds();

/// What a fit of the constants marked in stacks.csv found.
struct StackFit {
  struct Constant {
    std::string stack, column;
    double before = 0, after = 0;
  };
  std::vector<Constant> constants;
  std::vector<double> errors_pct;            // of the fitted cases, |ln|, signed
  std::vector<double> row_left_out_pct;      // each under constants fitted without it
  std::vector<double> stack_left_out_pct;    // ... without its stack
  StackTable stacks;
};
/// Fits to the headline rows of the training files among `files`, of at most 8,192 cards. Layouts are searched again between two rounds.
StackFit fit_stacks(const std::vector<std::string>& files, const ValidationTables& tables);
std::string stacks_csv(const StackTable& stacks);

/// The table of training cases and its sums in Markdown, between the two marks of `page` (docs/rooms/training.md).
/// `held_out`: cases that no fit has seen (platforms/cases/heldout).
std::string training_page(const std::string& page, const std::vector<analysis::ScoredCase>& cases, const StackFit& fit, const std::vector<analysis::ScoredCase>& held_out);

/// The same for cases of one other kind (docs/rooms/serving.md).
std::string kind_page(const std::string& page, const std::vector<analysis::ScoredCase>& cases);

/// The kind of `file` by its header. Throws Error (exit 3) if it is of none.
const CaseKind& kind_of(const std::string& file);

}  // namespace dure::sim
