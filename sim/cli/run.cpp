#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <google/protobuf/stubs/common.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/report/report.h"
#include "sim/cli/commands.h"
#include "sim/cli/headlines.h"
#include "sim/cli/program.h"
#include "sim/cli/progress.h"
#include "sim/cli/trace_json.h"
#include "sim/engine/run.h"
#include "sim/scenario.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string file;
  std::string out;
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
};

volatile std::sig_atomic_t interrupted = 0;

/// While it lives, the first Ctrl-C asks the run to end at the next simulated midnight; a second one kills as usual.
class CatchInterrupt {
 public:
  CatchInterrupt() {
    interrupted = 0;
    struct sigaction action = {};
    action.sa_handler = [](int signal) { interrupted = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
  }
  ~CatchInterrupt() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

/// The scenario's name where it can name a folder, else the file's: a name is text that anybody may have written.
std::string folder_name(const std::string& name, const std::string& file) {
  const bool plain = !name.empty() && name[0] != '.' && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string::npos;
  return plain ? name : fs::path(file).stem().string();
}

std::string trace_line(const TraceReport& report, const Context& context) {
  return fmt::format(fmt::runtime(context.say("log {}: {} rows, {} kept, {} dropped, {} put in order; assumptions in trace_report.json\n",
                                              "기록 {}: {}행 중 {}건 사용, {}건 제외, {}건 순서 바로잡음. 가정은 trace_report.json\n")),
                     report.format, report.rows, report.kept, report.rows - report.kept, report.sorted_rows);
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Exit run(const Arguments& arguments, Context& context) {
  const Loaded loaded = load_scenario(arguments.file, arguments.sets);
  const Seed seed{arguments.seed.value_or(loaded.scenario.seed()), 0};
  const std::string name = loaded.scenario.name().empty() ? fs::path(arguments.file).stem().string() : loaded.scenario.name();
  OutFolder out(arguments.out.empty() ? fs::path("out") / folder_name(name, arguments.file) : fs::path(arguments.out), context.force);
  out.write("inputs/scenario.txtpb", to_text(loaded, {.portable = true}));
  out.write("inputs/assumptions.json", assumptions_json(loaded).dump(1) + "\n");

  nlohmann::ordered_json record = {{"schema", 1},
                                   {"status", "running"},
                                   {"scenario", name},
                                   {"file", fs::path(arguments.file).filename().string()},
                                   {"sets", arguments.sets},
                                   {"seed", seed.seed},
                                   {"replicate", seed.replicate},
                                   {"scenario_sha256", fingerprint(loaded)},
                                   {"version", kVersion},
                                   {"commit", kCommit},
                                   {"libraries", {{"simgrid", DURE_SIMGRID_VERSION}, {"protobuf", google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)}, {"sqlite", SQLITE_VERSION}}},
                                   {"lang", context.language == Language::kKorean ? "ko" : "en"},
                                   {"started_at", utc_now()}};
  const auto begin = std::chrono::steady_clock::now();
  RunOutcome outcome;
  {
    ResultsFile file(out.file("results.sqlite"));
    CatchInterrupt catching;
    ProgressLine progress(context, name);
    RunOptions options;
    options.seed = seed;
    options.file = &file;
    options.progress = [&](double share, const std::string& date) { progress.show(share, date); };
    options.stop = [] { return interrupted != 0; };
    try {
      outcome = run_scenario(loaded.scenario, options);
    } catch (const Error& error) {
      throw loaded.explained(error);
    }
    file.finish();
  }
  if (outcome.summary.scenario.empty()) outcome.summary.scenario = name;
  const std::string summary = to_json(outcome.summary);
  out.write("summary.json", summary);
  if (outcome.trace_report) out.write("trace_report.json", trace_json(*outcome.trace_report).dump(1) + "\n");
  out.write("workload_facts.json", to_json(outcome.workload_facts));
  record["status"] = outcome.partial ? "partial" : "complete";
  record["simulated_s"] = outcome.simulated_s;
  record["events"] = outcome.events;
  record["wall_s"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  record["finished_at"] = utc_now();
  out.write("run.json", record.dump(1) + "\n");
  analysis::write_report(out.file(""));
  const fs::path wanted = out.path();
  const bool beside = outcome.partial && out.keep_earlier();
  out.commit();

  if (context.json) {
    context.print_json({{"out", out.path().string()}, {"status", record["status"]}, {"summary", nlohmann::json::parse(summary)}});
  } else if (context.verbosity >= 0) {
    if (outcome.partial) {
      context.print(fmt::format(fmt::runtime(context.say("interrupted: these are the results of the first {:.1f} days of the run, marked partial\n",
                                                         "중단됨: 처음 {:.1f}일까지의 결과이며 partial로 표시했습니다\n")),
                                outcome.simulated_s / 86400));
      context.print(beside ? fmt::format(fmt::runtime(context.say("a run cannot be resumed; the earlier results in {} are as they were, these are in {}\n",
                                                                  "실행은 이어서 할 수 없습니다. {}의 이전 결과는 그대로이고, 이 결과는 {}에 있습니다\n")),
                                         wanted.string(), out.path().string())
                           : std::string(context.say("a run cannot be resumed: run it again with --force to replace them, or with another -o to keep them\n",
                                                     "실행은 이어서 할 수 없습니다. 다시 실행할 때 --force로 바꾸거나 -o로 다른 폴더를 고르십시오\n")));
    }
    if (outcome.trace_report) context.print(trace_line(*outcome.trace_report, context));
    context.print(headlines(outcome.summary, context));
    context.print(fmt::format("\n{}: {}\n", context.say("report", "보고서"), (out.path() / "report.html").string()));
  }
  if (!outcome.partial) return Exit::kDone;
  return interrupted == SIGTERM ? Exit(143) : Exit::kInterrupted;
}

}  // namespace

Action setup_run(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("FILE", arguments->file, context.say("scenario file", "시나리오 파일"))->required()->type_name("");
  app.add_option("-o,--out", arguments->out, context.say("folder for the results; out/NAME without it", "결과 폴더. 없으면 out/이름"))->type_name("OUT");
  app.add_option("--seed", arguments->seed, context.say("seed of all chance; the scenario's without it", "난수 씨앗. 없으면 시나리오의 값"))->type_name("N");
  add_set_option(app, context, arguments->sets);
  return [arguments, &context] { return run(*arguments, context); };
}

}  // namespace dure::sim
