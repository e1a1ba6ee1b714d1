#pragma once
// Third-party files lie in the folder named by DURE_DATA. A test that needs them and cannot have them says so and returns:
//   const auto data = dure::test::third_party("philly/philly.csv.gz");
//   if (!data) return;
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

namespace dure::test {

/// The line that ./check looks for and counts.
inline void say_skipped(const std::string& why) {
  const auto* test = doctest::getContextOptions()->currentTest;
  std::cout << "skipped: " << (test == nullptr ? "" : std::string(test->m_name) + ": ") << why << std::endl;
}

/// The path of a file or folder below DURE_DATA. None where the variable is not set: a name that it lacks fails the test.
inline std::optional<std::filesystem::path> third_party(const std::string& name) {
  const char* folder = std::getenv("DURE_DATA");
  if (folder == nullptr || *folder == '\0') {
    say_skipped("DURE_DATA is not set");
    return {};
  }
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  INFO(path.string());
  REQUIRE(std::filesystem::exists(path));
  return path;
}

}  // namespace dure::test
