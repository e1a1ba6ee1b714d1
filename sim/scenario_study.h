#pragma once
// The door in for studies: options, uncertain inputs and what decides, each option a checked scenario of its own.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/scenario.h"
#include "sim/study.pb.h"

namespace dure::sim {

/// An input that varies from replicate to replicate.
struct StudyInput {
  std::string name;
  Text label;
  std::string unit;                // of its first field; "ratio" for a factor
  std::vector<std::string> paths;  // as written
  bool factor = false;
  ::dure::InputLaw law = ::dure::TWO_PIECE;
  double low = 0, mid = 0, high = 0;
  std::vector<double> levels, weights;
  std::string source;
};

struct StudyOption {
  std::string name;
  Text title;
  Loaded loaded;
  // of a sweep that asks for a break-even
  std::optional<double> along = {};  // value on that axis
  Text line = {};                    // what the options of one line share: all but that value
  std::string path = {};             // where the study describes it: "option[easy]", or the sweep's last axis
  std::vector<std::string> sets = {};  // its own and those of axes, laid over the study's: what it is compared by
};

/// Where on the command line `place` stands, a place in an option whose first `in_study` --set come from the study's file; none if it does not.
std::optional<Place> on_command_line(const std::optional<Place>& place, int in_study);

/// The axis of numbers along which a break-even is wanted.
struct BreakEvenAxis {
  Text title;
  std::string unit;
};

struct StudyDecision {
  std::string metric;
  bool higher_is_better = false;
};

/// A checked study. Sweeps have become options; the baseline is one of them, always.
struct LoadedStudy {
  ::dure::Study study;
  std::string file;
  std::string name;
  Text question;
  std::vector<StudyOption> options;
  std::size_t baseline = 0;
  std::vector<StudyInput> inputs;
  std::vector<StudyDecision> decisions;
  std::optional<BreakEvenAxis> break_even;
  Trail trail;
  Sources sources;

  std::size_t option(std::string_view name) const;
  Error located(Error error) const;  // its path is a path of the study
};

/// Reads and checks a study, its scenarios included. Throws ScenarioErrors. `sets` are applied to every option, last.
LoadedStudy load_study(const std::string& file, const std::vector<std::string>& sets = {});

/// The scenario of an option with each input at its value, in the order of `inputs`; no values: as the option has it.
/// A whole-number field takes the nearest; a factor passes over fields that are not set and have no default.
::dure::Scenario with_inputs(const StudyOption& option, std::span<const StudyInput> inputs, std::span<const double> values);

/// SHA-256 of the study and of every option's fingerprint.
std::string fingerprint(const LoadedStudy& study);

/// What a file says it is: "dure.Scenario", "dure.Study", or empty.
std::string kind_of_file(const std::string& file);

}  // namespace dure::sim
