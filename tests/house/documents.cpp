// What the documents promise: links lead somewhere, and the scenarios they print are good.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/scenario.h"
#include "tests/support/third_party.h"

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<fs::path> documents() {
  std::vector<fs::path> found = {"README.md", "README.ko.md"};
  for (const char* folder : {"docs", "platforms"})
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (entry.path().extension() == ".md") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// What stands in `text` between each `begin` and the next `end`.
std::vector<std::string> between(const std::string& text, const std::string& begin, const std::string& end) {
  std::vector<std::string> found;
  for (std::size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    const std::size_t until = text.find(end, at);
    if (until == std::string::npos) break;
    found.push_back(text.substr(at, until - at));
    at = until;
  }
  return found;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), with);
}

/// A scenario as a reader would keep it in scenarios/, loaded from a folder of its own.
void load_as_if_in_scenarios(std::string scenario) {
  replace(scenario, "extends: \"", "extends: \"" + (fs::current_path() / "scenarios" / "").string());
  const fs::path folder = fs::temp_directory_path() / ("dure-documents-" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const fs::path file = folder / "example.txtpb";
  std::ofstream(file) << "# proto-message: dure.Scenario\n" << scenario;
  CHECK_NOTHROW(dure::sim::load_scenario(file.string()));
  fs::remove_all(folder);
}

}  // namespace

TEST_CASE("documents: every link between pages leads somewhere") {
  const auto pages = documents();
  REQUIRE(pages.size() > 10);  // run from the root of the checkout
  for (const fs::path& page : pages)
    for (const std::string& target : between(text_of(page), "](", ")")) {
      const std::string path = target.substr(0, target.find('#'));
      if (path.empty() || path.starts_with("http")) continue;
      CHECK_MESSAGE(fs::exists(page.parent_path() / path), page.string(), " links to ", target);
    }
}

TEST_CASE("documents: the scenarios they print are good") {
  int loaded = 0;
  bool needs_data = false;
  for (const char* page : {"README.md", "README.ko.md", "docs/guide.en.md", "docs/guide.ko.md"})
    for (const std::string& block : between(text_of(page), "```\n# proto-message: dure.Scenario\n", "```")) {
      INFO(page, "\n", block);
      if (block.find("${DURE_DATA}") != std::string::npos) {
        needs_data = true;
        continue;
      }
      load_as_if_in_scenarios(block);
      ++loaded;
    }
  CHECK(loaded == 4);
  CHECK(needs_data);  // the next case
}

TEST_CASE("documents: the replay of a log that they print is good") {
  if (!dure::test::third_party("philly/philly.csv.gz")) return;
  for (const char* page : {"docs/guide.en.md", "docs/guide.ko.md"})
    for (const std::string& block : between(text_of(page), "```\n# proto-message: dure.Scenario\n", "```")) {
      INFO(page, "\n", block);
      if (block.find("${DURE_DATA}") != std::string::npos) load_as_if_in_scenarios(block);
    }
}
