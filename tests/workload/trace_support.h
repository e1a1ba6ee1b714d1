#pragma once
// What the tests of trace readers share: a log written for one test, and how a reader refuses it.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "sim/workload/trace.h"

namespace dure::test {

const std::filesystem::path kTraces = "tests/workload/data";

/// A log written for one test, gone after it.
struct TraceFile {
  std::filesystem::path path;
  explicit TraceFile(const std::string& text, const std::string& name = "dure-trace-test.csv") : path(std::filesystem::temp_directory_path() / name) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~TraceFile() { std::filesystem::remove(path); }
};

/// "line 3: sentence" of the refusal.
inline std::string refusal(const std::function<void()>& read) {
  try {
    read();
  } catch (const sim::ScenarioError& error) {
    CHECK(error.exit_code == sim::Exit::kInvalid);
    CHECK_MESSAGE(!error.message.ko.empty(), "no Korean sentence");
    CHECK_MESSAGE(!error.help.en.empty(), "no remedy");
    CHECK_MESSAGE(!error.help.ko.empty(), "no Korean remedy");
    return error.place ? "line " + std::to_string(error.place->line) + ": " + error.message.en : error.message.en;
  }
  return "read without complaint";
}
inline std::string refusal(std::string_view format, const std::string& text, const std::string& name = "dure-trace-test.csv") {
  const TraceFile file(text, name);
  return refusal([&] { sim::read_trace_file(format, file.path); });
}

inline std::size_t counted(const std::vector<sim::TraceReport::Counted>& list, std::string_view word) {
  std::size_t count = 0;
  for (const auto& each : list)
    if (each.reason.en.find(word) != std::string::npos) count += each.count;
  return count;
}

/// rows = kept + dropped, and every sentence stands in both languages.
inline void check_books(const sim::TraceReport& report) {
  std::size_t dropped = 0;
  for (const auto& each : report.dropped) {
    dropped += each.count;
    CHECK_FALSE(each.reason.ko.empty());
  }
  CHECK(report.rows == report.kept + dropped);
  for (const sim::Text& assumption : report.assumptions) CHECK_FALSE(assumption.ko.empty());
}

}  // namespace dure::test
