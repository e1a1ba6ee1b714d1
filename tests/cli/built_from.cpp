// What a program says it was built from: the commit, or the sources themselves where they are not the commit's.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/content.h"
#include "tests/support/temp_folder.h"

using namespace dure::test;
namespace fs = std::filesystem;

namespace {

bool done(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

/// DURE_BUILT_FROM of the sources in `folder`.
std::string built_from(const fs::path& folder) {
  const fs::path header = folder / "header.h";
  REQUIRE(done("cmake -DGIT=git -DSOURCE=" + folder.string() + " -DHEADER=" + header.string() + " -P cmake/SourceCommit.cmake"));
  const std::string text = content(header), name = "#define DURE_BUILT_FROM \"";
  const std::size_t begin = text.find(name) + name.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("built from: the commit while the program's sources are those of the commit, else a digest of them") {
  if (!done("git --version") || !done("cmake --version")) {
    MESSAGE("skipped: git and cmake are not both here");
    return;
  }
  const TempFolder folder;
  const fs::path source = folder / "sim/a.cpp";
  const auto put = [](const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  };
  put(source, "one");
  put(folder / "CMakeLists.txt", "");
  put(folder / "docs/a.md", "one");
  const std::string bare = built_from(folder.string());
  CHECK(bare.starts_with("sources "));  // no checkout

  const std::string git = "git -C " + folder.string() + " -c user.name=a -c user.email=a@b ";
  REQUIRE(done(git + "init"));
  REQUIRE(done(git + "add sim docs CMakeLists.txt"));
  REQUIRE(done(git + "commit -m one"));
  const std::string clean = built_from(folder.string());
  CHECK(clean.starts_with("commit "));
  CHECK(clean.size() == 7 + 40);
  put(folder / "docs/a.md", "two");  // not of the program
  CHECK(built_from(folder.string()) == clean);
  put(source, "two");
  const std::string modified = built_from(folder.string());
  CHECK(modified.starts_with("sources "));
  CHECK(modified != bare);
  CHECK(modified == built_from(folder.string()));
  put(source, "one");
  CHECK(built_from(folder.string()) == clean);
  put(folder / "sim/b.cpp", "new");  // not in the commit
  CHECK(built_from(folder.string()).starts_with("sources "));
}
