#pragma once
#include "sim/cli/context.h"
#include "sim/cli/study_folder.h"
#include "sim/launch/rounds.h"

namespace dure::sim {

/// Makes everything a study leaves from its shards: summary.json, compare.csv, replicates.nc, results.sqlite, study.xlsx, report.html,
/// manifest.json and run.json's last word. Counts for itself: a shard that is missing is an error, a run that was refused is marked.
struct StudyEnd {
  std::size_t runs = 0, refused = 0;
  std::string sha256;  // of all results in the order of tasks
  Text question, sentence, depends_most;
  std::optional<bool> precision_reached;  // where one was wanted
  Text first_refusal;  // "option replicate: why"; empty where none was refused
};
StudyEnd finish_study(StudyFolder& folder, const LoadedStudy& study, std::uint64_t seed, const Rounds& rounds, const Context& context);

}  // namespace dure::sim
