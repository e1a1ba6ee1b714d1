#pragma once
#include <string>
#include <vector>

namespace dure::sim {

/// What a program said until its end.
struct CommandSaid {
  int exit = -1;  // 127: there is no such program; 128 + n: ended by signal n
  std::string out, err;
};

/// Runs a program of PATH with these words, without a shell, and waits for it.
CommandSaid run_command(const std::vector<std::string>& words);

}  // namespace dure::sim
