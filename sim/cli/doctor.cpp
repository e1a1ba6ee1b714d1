#include <fmt/format.h>
#include <google/protobuf/stubs/common.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <boost/version.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sim/cli/commands.h"
#include "sim/cli/program.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

enum class Health { kGood, kNote, kBad };  // kNote: something is off that a run can do without

struct Finding {
  const char* what;
  Health health;
  std::string found;
  Text remedy;
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// A program of that name on PATH.
bool on_path(const std::string& program) {
  std::string path = environment("PATH");
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    std::error_code failure;
    if (fs::exists(fs::path(path.substr(begin, end - begin)) / program, failure)) return true;
    begin = end + 1;
  }
  return false;
}

std::vector<Finding> look() {
  std::vector<Finding> all;
  all.push_back({"dure", Health::kGood, fmt::format("{} ({}, {})", kVersion, DURE_BUILD_TYPE, kCommit), {}});
  all.push_back({"compiler", Health::kGood, fmt::format("{} C++{}", __VERSION__, __cplusplus / 100 % 100), {}});
  all.push_back({"SimGrid", Health::kGood, DURE_SIMGRID_VERSION, {}});
  const std::string protobuf = google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION);
  all.push_back({"Protobuf", Health::kGood, protobuf, {}});
  const bool same_sqlite = std::string(sqlite3_libversion()) == SQLITE_VERSION;
  all.push_back({"SQLite",
                 same_sqlite ? Health::kGood : Health::kNote,
                 same_sqlite ? SQLITE_VERSION : fmt::format("{}, built against {}", sqlite3_libversion(), SQLITE_VERSION),
                 {"build again against the installed library", "설치된 라이브러리로 다시 빌드하십시오"}});
  all.push_back({"Boost",
                 BOOST_VERSION / 100 == 1074 ? Health::kGood : Health::kNote,
                 fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100),
                 {"results are compared on Boost 1.74; another version may draw other random numbers",
                  "결과는 Boost 1.74로 비교합니다. 다른 판은 난수가 다를 수 있습니다"}});
  std::string locale = environment("LC_ALL");
  if (locale.empty()) locale = environment("LC_CTYPE");
  if (locale.empty()) locale = environment("LANG");
  const bool utf8 =
      locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos || locale.find("UTF8") != std::string::npos;
  all.push_back({"locale",
                 utf8 ? Health::kGood : Health::kNote,
                 locale.empty() ? "(none)" : locale,
                 {"set LANG=C.UTF-8, or Korean may not be shown well", "한글이 잘 보이도록 LANG=C.UTF-8로 설정하십시오"}});
  std::error_code failure;
  const auto space = fs::space(".", failure);
  const double free_gb = failure ? 0 : static_cast<double>(space.available) / 1e9;
  all.push_back({"disk",
                 failure || free_gb < 0.5 ? Health::kBad
                 : free_gb < 5            ? Health::kNote
                                          : Health::kGood,
                 failure ? failure.message() : fmt::format("{:.1f} GB free here", free_gb),
                 {"free space: a national year writes up to a gigabyte", "공간을 비우십시오. 전국 1년 실행은 1 GB까지 씁니다"}});
  const std::string temporary = fs::temp_directory_path(failure).string();
  all.push_back({"temporary",
                 failure ? Health::kBad : Health::kGood,
                 failure ? failure.message() : temporary,
                 {"set TMPDIR to a folder that exists", "TMPDIR을 있는 폴더로 설정하십시오"}});
  const std::string data = environment("DURE_DATA");
  all.push_back({"DURE_DATA",
                 !data.empty() && fs::is_directory(data, failure) ? Health::kGood : Health::kNote,
                 data.empty() ? "(not set)" : data,
                 {"name the folder of third-party logs to replay them; everything else works without",
                  "외부 기록을 재생하려면 그 폴더를 지정하십시오. 나머지는 없어도 됩니다"}});
  const bool cuda = on_path("nvcc") || fs::exists("/usr/local/cuda/bin/nvcc", failure);
  all.push_back({"CUDA toolkit", Health::kGood, cuda ? "present" : "absent (only microbenchmarks need it)", {}});
  all.push_back({"Node",
                 on_path("node") ? Health::kGood : Health::kNote,
                 on_path("node") ? "present" : "absent",
                 {"install nodejs and npm and build again, or reports have tables and no charts",
                  "nodejs와 npm을 설치하고 다시 빌드해야 보고서에 그림이 들어갑니다"}});
  return all;
}

Exit doctor(Context& context) {
  const std::vector<Finding> findings = look();
  bool sick = false;
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    const bool well = finding.health == Health::kGood;
    sick = sick || finding.health == Health::kBad;
    const char* word = well                              ? context.say("ok  ", "정상")
                       : finding.health == Health::kNote ? context.say("note", "참고")
                                                         : context.say("BAD ", "문제");
    nlohmann::json row = {{"what", finding.what},
                          {"state", well                              ? "ok"
                                    : finding.health == Health::kNote ? "note"
                                                                      : "bad"},
                          {"found", finding.found}};
    if (!well) row["remedy"] = {{"en", finding.remedy.en}, {"ko", finding.remedy.ko}};
    list.push_back(std::move(row));
    if (!context.json)
      context.print(fmt::format("{}  {:<13} {}{}\n", context.paint(well ? "32" : "33", word), finding.what, finding.found,
                                well ? "" : fmt::format("; {}", context.say(finding.remedy))));
  }
  if (context.json) context.print_json({{"ok", !sick}, {"findings", std::move(list)}});
  return sick ? Exit::kEnvironment : Exit::kDone;
}

}  // namespace

Action setup_doctor(CLI::App&, Context& context) {
  return [&context] { return doctor(context); };
}

}  // namespace dure::sim
