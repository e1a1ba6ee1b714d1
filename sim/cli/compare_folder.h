#pragma once
// What `dure compare` reads of a folder, and whether two of them may be paired.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "analysis/study/replicates_file.h"

namespace dure::sim {

struct ComparedFolder {
  std::string name;  // as the user wrote it
  analysis::Replicates replicates;
  std::map<std::uint32_t, std::map<std::string, double>> inputs;  // by replicate: the values drawn for all its options; none of a run
};

/// Throws Error (exit 3) for a folder that holds no replicates, and says what it is instead.
ComparedFolder compared_folder(const std::string& name);

/// Throws Error (exit 3) where a replicate that both have had another seed or other inputs: its difference would be theirs, not the options'.
void must_pair(const ComparedFolder& a, const ComparedFolder& b);

}  // namespace dure::sim
