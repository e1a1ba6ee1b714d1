#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <google/protobuf/stubs/common.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "analysis/report/report.h"
#include "sim/cli/catch_interrupt.h"
#include "sim/cli/clock_text.h"
#include "sim/cli/commands.h"
#include "sim/cli/headlines.h"
#include "sim/cli/program.h"
#include "sim/cli/progress.h"
#include "sim/cli/replay.h"
#include "sim/cli/replicates.h"
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
  std::string machines, trace, scheduler;
  bool placements = false;
  std::uint32_t replicates = 1;
  int jobs = 0;

  bool is_replay() const { return !machines.empty() || !trace.empty(); }
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

void check_arguments(const Arguments& arguments) {
  if (!arguments.file.empty() || (!arguments.machines.empty() && !arguments.trace.empty())) return;
  throw Error(Exit::kCommandLine, "E0004", {"there is nothing to run: no scenario file", "실행할 시나리오 파일이 없습니다"}, {},
              {"name a scenario, or both --machines and --trace", "시나리오를 주거나 --machines와 --trace를 함께 주십시오"});
}

/// The scenario of a replay as text, to be read like any other.
std::string text_of(const ::dure::Scenario& scenario) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(scenario, &text);
  return "# proto-message: dure.Scenario\n" + text;
}

/// Of replicates that were cut short: a summary of those that ended, marked partial. Nothing where none did.
Exit keep_finished(const Replicates& replicates, std::uint32_t wanted, const std::string& name, std::uint64_t seed, nlohmann::ordered_json record, OutFolder& out, Context& context) {
  const Exit exit = CatchInterrupt::caught() == SIGTERM ? Exit(143) : Exit::kInterrupted;
  const std::size_t done = replicates.ran.size() - replicates.refused();
  const auto first = std::find_if(replicates.ran.begin(), replicates.ran.end(), [](const auto& each) { return !each.second.failure; });
  if (first == replicates.ran.end()) {
    if (context.verbosity >= 0 && !context.json) context.print(context.say("interrupted before a replicate ended: nothing is left\n", "끝난 반복 없이 중단되어 남은 것이 없습니다\n"));
    return exit;
  }
  Summary summary;
  summary.scenario = name;
  summary.seed = seed;
  summary.metrics = first->second.metrics;
  add_spreads(summary, replicates);
  write_run_replicates(out.file("replicates.nc"), name, seed, replicates);
  const std::string text = to_json(summary);
  out.write("summary.json", text);
  record["status"] = "partial";
  record["replicates"] = done;
  record["finished_at"] = utc_now();
  out.write("run.json", record.dump(1) + "\n");
  out.keep_earlier();
  out.commit();
  if (context.json) {
    context.print_json({{"out", out.path().string()}, {"status", "partial"}, {"summary", nlohmann::json::parse(text)}});
  } else if (context.verbosity >= 0) {
    context.print(fmt::format(fmt::runtime(context.say("interrupted: {} of {} replicates ended; their means and intervals are in {}, without tables and a page. A run cannot be resumed, a study can: `dure study --resume`\n",
                                                       "중단됨: 반복 {}개(전체 {}개)가 끝났고 그 평균과 구간은 {}에 있습니다(표와 보고서는 없음). 실행은 이어서 할 수 없지만 연구는 `dure study --resume`으로 이어 갈 수 있습니다\n")),
                              done, wanted, out.path().string()));
    context.print(headlines(summary, context));
  }
  return exit;
}

Exit run(const Arguments& arguments, Context& context) {
  check_arguments(arguments);
  std::vector<std::string> sets = arguments.sets;
  if (!arguments.scheduler.empty()) sets.insert(sets.begin(), "scheduler=" + arguments.scheduler);
  Loaded loaded;
  if (!arguments.file.empty()) loaded = load_scenario(arguments.file, arguments.is_replay() ? std::vector<std::string>{} : sets);
  std::optional<Replay> replay;
  if (arguments.is_replay()) replay.emplace(arguments.file.empty() ? nullptr : &loaded.scenario, arguments.machines, arguments.trace);
  const std::string file_name = !arguments.file.empty() ? arguments.file : arguments.trace;
  const std::string name = loaded.scenario.name().empty() ? fs::path(file_name).stem().string() : loaded.scenario.name();
  OutFolder out(arguments.out.empty() ? fs::path("out") / folder_name(name, file_name) : fs::path(arguments.out), context.force);
  if (replay) {
    out.write("inputs/scenario.txtpb", text_of(replay->scenario()));
    loaded = load_scenario(out.file("inputs/scenario.txtpb").string(), sets);
  }
  const Seed seed{arguments.seed.value_or(loaded.scenario.seed()), 0};
  out.write("inputs/scenario.txtpb", to_text(loaded, {.portable = true}));
  out.write("inputs/assumptions.json", assumptions_json(loaded).dump(1) + "\n");

  nlohmann::ordered_json record = {{"schema", 1},
                                   {"status", "running"},
                                   {"scenario", name},
                                   {"file", fs::path(file_name).filename().string()},
                                   {"sets", sets},
                                   {"seed", seed.seed},
                                   {"replicate", seed.replicate},
                                   {"fidelity", loaded.scenario.fidelity() == ::dure::Scenario::PLANNING ? "planning" : "full"},
                                   {"scenario_sha256", fingerprint(loaded)},
                                   {"version", kVersion},
                                   {"commit", kCommit},
                                   {"libraries", {{"simgrid", DURE_SIMGRID_VERSION}, {"protobuf", google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION)}, {"sqlite", SQLITE_VERSION}}},
                                   {"lang", context.language == Language::kKorean ? "ko" : "en"},
                                   {"started_at", utc_now()}};
  const auto begin = std::chrono::steady_clock::now();
  CatchInterrupt catching;
  Replicates replicates;
  if (arguments.replicates > 1) {
    const int jobs = arguments.jobs > 0 ? arguments.jobs : int(std::max(1u, std::thread::hardware_concurrency()));
    replicates = run_replicates(loaded, name, seed.seed, arguments.replicates, jobs, out.file("shards"), context);
    if (replicates.interrupted) return keep_finished(replicates, arguments.replicates, name, seed.seed, std::move(record), out, context);
    record["replicates"] = arguments.replicates;
  }
  RunOutcome outcome;
  Placements placements;
  {
    ResultsFile file(out.file("results.sqlite"));
    ProgressLine progress(context, name);
    RunOptions options;
    options.seed = seed;
    options.file = &file;
    options.progress = [&](double share, const std::string& date) { progress.show(share, date); };
    options.stop = [] { return CatchInterrupt::caught() != 0; };
    options.until_done = replay && arguments.file.empty();
    options.draws_ahead = true;
    if (arguments.placements) {
      options.held = [&](const Held& held) { placements.held(held); };
      options.left = [&](const Left& left) { placements.left(left); };
    }
    try {
      outcome = run_scenario(loaded.scenario, options);
    } catch (const Error& error) {
      throw loaded.explained(error);
    }
    file.finish();
  }
  if (outcome.summary.scenario.empty()) outcome.summary.scenario = name;
  if (arguments.replicates > 1) {
    replicates.ran.insert(replicates.ran.begin(), {0, TaskResult{outcome.summary.metrics, {}}});
    write_run_replicates(out.file("replicates.nc"), name, seed.seed, replicates);
    add_spreads(outcome.summary, replicates);
  }
  const std::size_t refused = replicates.refused();
  const std::string summary = to_json(outcome.summary);
  out.write("summary.json", summary);
  if (outcome.trace_report) out.write("trace_report.json", trace_json(*outcome.trace_report).dump(1) + "\n");
  out.write("workload_facts.json", to_json(outcome.workload_facts));
  if (arguments.placements) out.write("placements.csv", placements.csv(outcome.node_names, replay ? &*replay : nullptr));
  record["status"] = outcome.partial || refused > 0 ? "partial" : "complete";
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
    if (arguments.placements) context.print(fmt::format("{}: {}\n", context.say("placements", "배치 기록"), (out.path() / "placements.csv").string()));
  }
  if (!outcome.partial) return refused > 0 ? Exit::kPartial : Exit::kDone;
  return CatchInterrupt::caught() == SIGTERM ? Exit(143) : Exit::kInterrupted;
}

}  // namespace

Action setup_run(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("FILE", arguments->file, context.say("scenario file; may be left out with --machines and --trace", "시나리오 파일. --machines와 --trace를 주면 생략 가능"))->type_name("");
  app.add_option("-o,--out", arguments->out, context.say("folder for the results; out/NAME without it", "결과 폴더. 없으면 out/이름"))->type_name("OUT");
  app.add_option("--seed", arguments->seed, context.say("seed of all chance; the scenario's without it", "난수 시드. 없으면 시나리오의 값"))->type_name("N")->check(not_negative);
  app.add_option("--machines", arguments->machines, context.say("CSV of nodes in place of the scenario's sites: node,cards and optionally card_type,leaf", "시나리오의 센터 대신 쓸 서버 목록 CSV: node,cards(선택: card_type,leaf)"))->type_name("CSV");
  app.add_option("--trace", arguments->trace, context.say("CSV of jobs in place of the scenario's workload, in our own columns (see `dure import`)", "시나리오의 작업 대신 쓸 작업 기록 CSV(`dure import`의 열)"))->type_name("CSV");
  app.add_option("--scheduler", arguments->scheduler, context.say("who starts next: fcfs, easy_backfill, ... (`dure models`)", "작업 순서를 정하는 스케줄러: fcfs, easy_backfill 등(`dure models`)"))->type_name("NAME");
  app.add_flag("--placements", arguments->placements, context.say("write placements.csv: each job's start, end and nodes", "작업별 시작·종료·서버를 placements.csv에 기록"));
  app.add_option("-n,--replicates", arguments->replicates, context.say("runs with other luck: metrics are means with intervals, tables are of the first", "난수를 바꾸어 반복할 횟수. 지표는 구간이 있는 평균, 표는 첫 실행"))->type_name("REPLICATES")->check(CLI::Range(1, 100000));
  app.add_option("-j,--jobs", arguments->jobs, context.say("runs at a time; all cores without it", "동시에 실행할 수. 없으면 모든 코어"))->type_name("JOBS")->check(CLI::Range(1, 4096));
  add_set_option(app, context, arguments->sets);
  return [arguments, &context] { return run(*arguments, context); };
}

}  // namespace dure::sim
