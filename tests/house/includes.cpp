// The arrows of the house (docs/architecture.md): include downward freely, sideways never, upward never.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// From the ground up. A room may include rooms of a lower number, and itself.
const std::map<std::string, int> kFloor = {
    {"hall", 0},                       // sim/*.h, sim/options.proto
    {"inventory", 1}, {"network", 1},  // facts
    {"workload", 2},  {"programme", 2}, {"scheduling", 2}, {"reliability", 2}, {"power", 2}, {"economics", 2},  // models
    {"schema", 3},                                                                           // sim/scenario.proto, all rooms' messages
    {"doors", 4},                                                                            // sim/scenario*, sim/results*
    {"engine", 5},    {"analysis", 5},  {"launch", 6},     {"cli", 7},         {"main", 8},  // machine
};

/// The room of a file or of what an include names; empty: not of this house.
std::string room_of(const std::string& path) {
  if (path.starts_with("analysis/")) return "analysis";
  if (!path.starts_with("sim/")) return "";
  const std::string rest = path.substr(4);
  if (const auto slash = rest.find('/'); slash != std::string::npos) return rest.substr(0, slash);
  if (rest.starts_with("main.")) return "main";
  if (rest == "scenario.proto" || rest == "scenario.pb.h") return "schema";
  return rest.starts_with("scenario") || rest.starts_with("results") ? "doors" : "hall";
}

/// Fleet is made of six tables of the scenario, so it is given the whole of it.
bool is_excused(const std::string& file, const std::string& target) {
  return file.starts_with("sim/inventory/") && target == "sim/scenario.pb.h";
}

/// What is wrong with one include, or nothing.
std::string wrong(const std::string& file, const std::string& target, bool quoted) {
  const std::string from = room_of(file);
  if (target.starts_with("simgrid/") || target == "xbt.h") return from == "engine" ? "" : "SimGrid is used in sim/engine and nowhere else";
  if (target.starts_with("google/") && file.ends_with(".proto")) return "";
  const std::string to = room_of(target);
  if (to.empty()) return quoted ? "includes are written from the root: \"sim/...\" or \"analysis/...\"" : "";
  if (!kFloor.contains(from)) return from + " is no room of the house; give it a floor in tests/house/includes.cpp";
  if (!kFloor.contains(to)) return to + " is no room of the house; give it a floor in tests/house/includes.cpp";
  if (from == to || is_excused(file, target)) return "";
  if (from == "analysis" && to != "hall" && to != "doors" && to != "schema")
    return "analysis reads what a run wrote, and no room of the simulator";
  if (file.ends_with(".proto") && from != "schema" && target != "sim/options.proto")
    return "the messages of a room import sim/options.proto alone";
  if (kFloor.at(to) < kFloor.at(from)) return "";
  return from + (kFloor.at(to) == kFloor.at(from) ? " may not include its neighbour " : " may not include upward, ") + to;
}

/// "file:line: what is wrong" for every include, or import of a .proto, that breaks the rule.
std::vector<std::string> broken_arrows(const std::string& file, const std::string& text) {
  std::vector<std::string> broken;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const bool is_proto = file.ends_with(".proto");
    std::istringstream words(line);
    std::string keyword, target;
    words >> keyword;
    if (keyword == "#")
      words >> keyword;
    else if (keyword.starts_with('#'))
      keyword.erase(0, 1);
    if (keyword != (is_proto ? "import" : "include") || !(words >> target) || target.size() < 3) continue;
    const bool quoted = target.front() == '"';
    const auto end = target.find(quoted ? '"' : '>', 1);
    if (end == std::string::npos) continue;
    const std::string why = wrong(file, target.substr(1, end - 1), quoted);
    if (!why.empty()) broken.push_back(file + ":" + std::to_string(number) + ": " + why);
  }
  return broken;
}

std::vector<fs::path> sources() {
  std::vector<fs::path> found;
  for (const char* folder : {"sim", "analysis"})
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension();
      if (entry.is_regular_file() && (extension == ".h" || extension == ".cpp" || extension == ".proto")) found.push_back(entry.path());
    }
  std::sort(found.begin(), found.end());
  return found;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("house: no room includes its neighbour or the floor above, and SimGrid stays in the engine") {
  const std::vector<fs::path> files = sources();
  REQUIRE(files.size() > 100);  // run from the root of the checkout
  std::string all;
  for (const fs::path& path : files) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    for (const std::string& broken : broken_arrows(path.generic_string(), text.str())) all += broken + "\n";
  }
  CHECK_MESSAGE(all.empty(), all);
}

TEST_CASE("house: a wrong include is told with its file and line") {
  CHECK(broken_arrows("sim/power/meter.h", "#pragma once\n#include \"sim/economics/economics.h\"\n") ==
        Lines{"sim/power/meter.h:2: power may not include its neighbour economics"});
  CHECK(broken_arrows("sim/network/fabric.cpp", "#include \"sim/inventory/fleet.h\"") ==
        Lines{"sim/network/fabric.cpp:1: network may not include its neighbour inventory"});
  CHECK(broken_arrows("sim/inventory/fleet.h", "  # include \"sim/workload/source.h\"") ==
        Lines{"sim/inventory/fleet.h:1: inventory may not include upward, workload"});
  CHECK(broken_arrows("sim/job.h", "#include \"sim/inventory/fleet.h\"") == Lines{"sim/job.h:1: hall may not include upward, inventory"});
  CHECK(broken_arrows("sim/engine/run.cpp", "#include \"sim/cli/context.h\"") ==
        Lines{"sim/engine/run.cpp:1: engine may not include upward, cli"});
  CHECK(broken_arrows("sim/workload/projects.cpp", "#include \"sim/scenario.pb.h\"") ==
        Lines{"sim/workload/projects.cpp:1: workload may not include upward, schema"});
  CHECK(broken_arrows("sim/launch/child.cpp", "#include <simgrid/s4u.hpp>") ==
        Lines{"sim/launch/child.cpp:1: SimGrid is used in sim/engine and nowhere else"});
  CHECK(broken_arrows("analysis/report/page.cpp", "#include \"sim/power/meter.h\"") ==
        Lines{"analysis/report/page.cpp:1: analysis reads what a run wrote, and no room of the simulator"});
  CHECK(broken_arrows("sim/power/power.proto", "import \"sim/network/network.proto\";") ==
        Lines{"sim/power/power.proto:1: the messages of a room import sim/options.proto alone"});
  CHECK(broken_arrows("sim/power/meter.cpp", "#include \"meter.h\"") ==
        Lines{"sim/power/meter.cpp:1: includes are written from the root: \"sim/...\" or \"analysis/...\""});
  CHECK(broken_arrows("sim/garden/tree.h", "#include \"sim/job.h\"") ==
        Lines{"sim/garden/tree.h:1: garden is no room of the house; give it a floor in tests/house/includes.cpp"});
}

TEST_CASE("house: downward includes are fine") {
  CHECK(
      broken_arrows("sim/power/meter.h",
                    "#include <vector>\n#include \"sim/units.h\"\n#include \"sim/inventory/fleet.h\"\n// #include \"sim/cli/context.h\"\n")
          .empty());
  CHECK(broken_arrows("sim/engine/run.cpp", "#include \"sim/scenario.pb.h\"\n#include \"sim/results.h\"\n#include <simgrid/s4u.hpp>\n")
            .empty());
  CHECK(broken_arrows("sim/cli/run.cpp", "#include \"analysis/report/report.h\"\n#include \"sim/launch/child.h\"\n").empty());
}
