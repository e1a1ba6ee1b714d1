// Runs begin together although these parts of their scenarios differ (sim/engine/futures.cpp), so nobody may read them but who is compared there.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace {
struct Part {
  std::string read;                 // how code reads it
  std::set<std::string> readers;    // beside inventory, whose fleet is compared whole
};
const Part kParts[] = {
    {"scenario.tranche(", {}},
    {".tranche_size()", {}},
    {".commissioning()", {}},
    {"powered_from()", {}},
    {"grid_delay_months()", {}},
    {"budget_gap()", {}},
    {"scenario.economics()", {"sim/engine/books.cpp", "sim/engine/check_models.cpp", "sim/engine/futures.cpp"}},
    {"economics().", {"sim/engine/books.cpp"}},
    {".call()", {"sim/engine/futures.cpp", "sim/programme/call_rounds.cpp"}},
};
}  // namespace

TEST_CASE("shared past: what may differ between options of one run is read by nobody else") {
  std::size_t seen = 0;
  for (const char* room : {"engine", "workload", "programme", "scheduling", "reliability", "power", "network", "economics"})
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path("sim") / room)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
      std::ifstream file(entry.path());
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      for (const Part& part : kParts) {
        const bool reads = text.find(part.read) != std::string::npos;
        seen += reads;
        CHECK_MESSAGE((!reads || part.readers.contains(entry.path().string())), entry.path().string(), " reads ", part.read, ": compare it in sim/engine/futures.cpp, or take the field off its list");
      }
    }
  CHECK(seen >= 4);
}
