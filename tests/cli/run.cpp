// What `dure run` leaves behind.
#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "tests/cli/says.h"
#include "tests/support/temp_folder.h"

using namespace dure::test;
namespace fs = std::filesystem;

namespace {

/// Every file below `folder`, by its name from there.
std::map<std::string, std::string> files(const fs::path& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) all[entry.path().lexically_relative(folder).string()] = content(entry.path().string());
  return all;
}

}  // namespace

TEST_CASE("run: two runs of one scenario and seed leave the same bytes, wherever the checkout and the results lie, but for run.json") {
  const TempFolder temp;
  fs::create_directories(temp / "elsewhere");
  for (const char* folder : {"scenarios", "platforms"}) fs::copy(folder, temp / "elsewhere" / folder, fs::copy_options::recursive);
  for (const std::string name : {"tiny", "regional"}) {
    CAPTURE(name);
    const std::string week = name == "tiny" ? "seed=1" : "end_date=2025-01-08";  // before the first call, before most cards
    REQUIRE(dure_says({"run", "-q", "scenarios/" + name + ".txtpb", "--set", week, "-o", temp / name}).exit == 0);
    const auto move = [&] { fs::current_path(temp / "elsewhere" / "scenarios"); };
    REQUIRE(dure_says({"run", "-q", name + ".txtpb", "--set", week, "-o", "../../again/" + name}, "", "C.UTF-8", move).exit == 0);
    auto first = files(temp / name), second = files(temp / "again" / name);
    CHECK(first.size() >= 7);
    CHECK(first["run.json"] != second["run.json"]);  // the clock on the wall
    first.erase("run.json");
    second.erase("run.json");
    REQUIRE(first.size() == second.size());
    for (const auto& [file, bytes] : first) {
      CAPTURE(file);
      CHECK((second[file] == bytes));
    }
  }
}
