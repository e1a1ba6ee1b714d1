#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sim/scenario.h"
#include "sim/scenario_codes.h"
#include "tests/support/content.h"

using namespace dure::sim;
using dure::test::content;
namespace fs = std::filesystem;

// To write the expected texts anew after changing a message: DURE_REGENERATE=1 test_doors, then read the difference.
TEST_CASE("door: every broken file is answered as expected, in both languages") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("tests/broken"))
    if (entry.path().extension() == ".txtpb") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 10);
  for (const fs::path& file : files) {
    CAPTURE(file);
    try {
      load_scenario(file.string());
      FAIL("accepted");
    } catch (const ScenarioErrors& errors) {
      CHECK(errors.exit_code == Exit::kInvalid);
      for (const Error& error : errors.all) {
        CHECK(find_code(error.code) != nullptr);
        CHECK(error.place.has_value());
        CHECK_FALSE(error.message.ko.empty());
        CHECK(error.help.en.empty() == error.help.ko.empty());
      }
      for (const auto& [language, ending] : {std::pair{Language::kEnglish, ".en.txt"}, std::pair{Language::kKorean, ".ko.txt"}}) {
        const fs::path golden = fs::path(file).replace_extension(ending);
        const std::string said = render(errors, {language, false});
        if (std::getenv("DURE_REGENERATE") != nullptr) std::ofstream(golden, std::ios::binary) << said;
        CHECK(said == content(golden));
      }
    }
  }
}

TEST_CASE("door: whatever a scenario is cut off to, the answer is a scenario or mistakes with places") {
  const std::string whole = content("tests/doors/data/base.txtpb");
  const fs::path file = fs::temp_directory_path() / ("dure-door-cut." + std::to_string(getpid()) + ".txtpb");
  for (std::size_t length = 0; length < whole.size(); length += 3) {
    std::ofstream(file, std::ios::binary) << whole.substr(0, length);
    try {
      load_scenario(file.string());
    } catch (const ScenarioErrors& errors) {
      CHECK(errors.all.front().place.has_value());
    }
  }
  for (std::size_t at = 0; at < whole.size(); at += 5) {  // and with any character replaced
    std::string changed = whole;
    changed[at] = "}{\"#[<;-\x01"[at % 9];
    std::ofstream(file, std::ios::binary) << changed;
    try {
      load_scenario(file.string());
    } catch (const ScenarioErrors& errors) {
      CHECK_FALSE(render(errors, {}).empty());
    }
  }
  fs::remove(file);
}
