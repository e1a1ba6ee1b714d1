// Logs that cannot be replayed: loaded and run as the command does, refused with file and line.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sim/engine/run.h"
#include "sim/launch/child.h"
#include "sim/scenario.h"
#include "tests/support/content.h"

using namespace dure::sim;
using dure::test::content;
namespace fs = std::filesystem;

namespace {
/// What the reader is told, with the folder the tests run in taken out; from a child.
std::string told(const fs::path& file, Language language) {
  return in_child([&]() -> std::string {
    const Loaded loaded = load_scenario(file.string());
    try {
      run_scenario(loaded.scenario, {});
    } catch (const Error& error) {
      std::string said = std::to_string(int(error.exit_code)) + "\n" + render(loaded.explained(error), {language, false});
      const std::string here = fs::current_path().string() + "/";
      for (std::size_t at; (at = said.find(here)) != std::string::npos;) said.erase(at, here.size());
      return said;
    }
    return "accepted";
  });
}
}  // namespace

// To write the expected texts anew after changing a message: DURE_REGENERATE=1 test_engine, then read the difference.
TEST_CASE("broken logs: a job larger than any site, impossible times, an id twice, too large a share and broken gzip end the run with code 3, file and line") {
  for (const char* name : {"too_large", "negative_duration", "id_twice", "ended_before_start", "wrong_duration", "share_too_large", "cut_short", "no_gzip"}) {
    CAPTURE(name);
    const fs::path file = fs::path("tests/broken/traces") / (std::string(name) + ".txtpb");
    for (const auto& [language, ending] : {std::pair{Language::kEnglish, ".en.txt"}, std::pair{Language::kKorean, ".ko.txt"}}) {
      const std::string said = told(file, language);
      const fs::path golden = fs::path(file).replace_extension(ending);
      if (std::getenv("DURE_REGENERATE") != nullptr) std::ofstream(golden, std::ios::binary) << said;
      CHECK(said.starts_with("3\n"));
      CHECK(said == content(golden));
    }
  }
}
