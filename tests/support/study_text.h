#pragma once
// A small study for tests, in a file of its own.
#include <fstream>
#include <string>

#include "sim/scenario_study.h"
#include "tests/support/temp_folder.h"

namespace dure::test {

/// tiny.txtpb cut to a day, so that a run takes milliseconds; `more` goes into the study.
inline std::string study_text(const std::string& more) {
  return "# proto-message: dure.Study\nname: \"test\"\nscenario: \"" + (std::filesystem::current_path() / "scenarios/tiny.txtpb").string() + "\"\nset: \"horizon_s=86400\"\n" + more;
}
inline const std::string kTwoOptions =
    "option { option: \"fcfs\" set: \"scheduler=fcfs\" }\noption { option: \"easy\" set: \"scheduler=easy_backfill\" }\ndecision { metric: \"wait_s.mean\" better: LOWER }\n";
inline const std::string kOneInput = "input { input: \"faults\" path: \"reliability.faults_per_1000_node_days\" }\n";

/// Written to `folder`/study.txtpb.
inline std::string study_file(const TempFolder& folder, const std::string& more) {
  const std::string file = folder / "study.txtpb";
  std::ofstream(file) << study_text(more);
  return file;
}

}  // namespace dure::test
