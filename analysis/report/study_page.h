#pragma once
// The page of a study: one sentence, who is better at what, how sure, and what it depends on.
#include <filesystem>

#include "analysis/study/answer.h"
#include "analysis/study/break_even.h"
#include "analysis/study/morris.h"
#include "analysis/study/plan.h"
#include "analysis/study/replication.h"
#include "analysis/study/sobol_indices.h"
#include "analysis/study/tornado.h"
#include "analysis/study/waiting.h"

namespace dure::analysis {

struct StudyInputRow {
  std::string name;
  sim::Text label;
  std::string unit, source;
  std::vector<std::string> paths;
  double low = 0, mid = 0, high = 0;
};

/// A tornado of the first decision metric: of an option alone, or of its difference from the baseline.
struct StudyTornado {
  std::string metric, unit;
  std::size_t option = 0;
  bool of_difference = false;
  Tornado tornado;
};

struct StudyIndices {
  std::string metric, unit;
  std::size_t option = 0;
  bool of_difference = false;
  std::vector<MorrisEffect> morris;  // one of the two
  SobolIndices sobol;
  std::size_t runs = 0;
};

/// What a plan chose, and by which limits.
struct StudyPlan {
  PlanDecision decision;
  std::vector<PlanLimit> limits;
  double probability = 0, confidence = 0;
  long budget_runs = 0;
};

/// What knowing more would be worth, and waiting for it; in the unit of the first decision metric.
struct StudyWaiting {
  std::string unit;
  Worth perfect;                                      // of everything that differs between replicates
  std::vector<std::pair<std::size_t, Worth>> inputs;  // of one input each, most first
  std::optional<std::size_t> wait;                    // the option that waits
  std::optional<Worth> waiting;
};

/// Where options that differ in one number alone are as good as the baseline, or come to a mark, by the first decision metric.
struct StudyBreakEven {
  struct Line {
    sim::Text title;
    std::optional<BreakEven> at;
    bool everywhere = false;  // at every value tried, so that none is the answer
  };
  sim::Text axis;
  std::string unit, metric_unit;
  double low = 0, high = 0;  // of the axis
  std::vector<Line> lines;   // those without the baseline
  std::optional<double> mark = {};  // what the metric is held against in place of the baseline
};

struct StudyFindings {
  std::string name;
  sim::Text question, depends;
  bool korean = true;
  std::uint64_t seed = 1;
  std::string version, sha256;
  std::vector<NamedOption> options;
  std::vector<std::string> option_files;
  std::size_t baseline = 0;
  std::vector<DecisionMetric> decisions;
  std::vector<StudyInputRow> inputs;
  std::vector<MetricTable> tables;
  Answer answer;
  sim::Text sentence;
  std::optional<StudyTornado> tornado;
  std::optional<StudyIndices> indices;
  std::optional<StudyPlan> plan;
  std::optional<StudyWaiting> waiting;
  std::optional<StudyBreakEven> break_even;
  std::optional<Replication> precision;
  std::size_t runs = 0;
  std::vector<std::pair<std::string, sim::Text>> refused;  // "option, replicate": why
};

/// What the answer depends on most, in a sentence: the widest bar of the tornado. Empty without one.
sim::Text depends_most(const StudyFindings& study);
/// The same beside the answer; empty where it is the answer.
sim::Text also_depends_most(const StudyFindings& study);

/// A study in the list of answers; its page lies in a folder of its name.
struct StudyLine {
  std::string name;
  sim::Text question, sentence, depends_most;
  std::size_t runs = 0, refused = 0;
};

/// One page that lists the answers of several studies. Throws sim::Error (exit 5).
void write_index_page(const std::filesystem::path& file, const std::vector<StudyLine>& studies, bool korean);

/// Writes the page. Throws sim::Error (exit 5).
void write_study_page(const std::filesystem::path& file, const StudyFindings& study);

}  // namespace dure::analysis
