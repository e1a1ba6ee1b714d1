#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/report/study_page.h"
#include "sim/cli/catch_interrupt.h"
#include "sim/cli/commands.h"
#include "sim/cli/progress.h"
#include "sim/cli/study_check.h"
#include "sim/cli/study_launch.h"
#include "sim/cli/study_results.h"
#include "sim/launch/worker.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

struct Arguments {
  std::string file, out;
  StudyWords words;
  LaunchHow launch;
  bool resume = false;
  bool many = false;  // the studies of a folder

  StudyWords words_for(const fs::path& its_out) const { return resume ? words_to_resume(its_out, words) : words; }
};

/// Throws Error (exit 2) for a --ci-width that no interval can have, and for one that this study would not heed. In a folder, studies that end
/// by themselves are run as they are.
void check_width(const Arguments& arguments, const LoadedStudy& study) {
  if (!arguments.words.ci_width) return;
  if (!(std::isfinite(*arguments.words.ci_width) && *arguments.words.ci_width / 2 > 0))
    throw Error(Exit::kCommandLine, "E0004", {fmt::format("--ci-width {:g} is no width of an interval", *arguments.words.ci_width), fmt::format("--ci-width {:g}은(는) 구간의 폭이 될 수 없습니다", *arguments.words.ci_width)}, {},
                {"give a number above zero, in the unit of the first decision metric", "첫 판단 지표의 단위로 0보다 큰 수를 주십시오"});
  if (arguments.many || !(study.study.has_plan() || study.study.has_sensitivity())) return;
  throw Error(Exit::kCommandLine, "E0005", {"--ci-width asks for more replicates, and this study (plan or sensitivity) decides by itself how many it runs", "--ci-width는 더 반복하라는 뜻인데, 이 연구(plan이나 sensitivity)는 실행 횟수를 스스로 정합니다"}, {},
              {"leave --ci-width out", "--ci-width를 빼십시오"});
}

nlohmann::json end_json(const StudyEnd& end) {
  nlohmann::json line = {{"runs", end.runs}, {"refused", end.refused}, {"results_sha256", end.sha256}, {"answer", {{"en", end.sentence.en}, {"ko", end.sentence.ko}}}};
  if (end.precision_reached) line["precision_reached"] = *end.precision_reached;
  return line;
}

/// Runs one study; `end` is what it says, none where it was interrupted.
Exit one_study(const std::string& file, const fs::path& out, const Arguments& arguments, Context& context, std::optional<StudyEnd>& said) {
  const StudyWords words = arguments.words_for(out);
  LoadedStudy study = load_study(file, words.sets);
  check_width(arguments, study);
  want_width(study, words.ci_width);
  if (!arguments.many) check_study(study);
  const std::uint64_t seed = words.seed.value_or(study.study.seed());
  Rounds rounds(study, seed);
  StudyLaunch launch(arguments.launch, out, context);
  StudyFolder folder(out, {arguments.resume, context.force, words.ci_width}, study, seed, words.sets);
  CatchInterrupt catching;
  launch.begin(arguments.resume);
  {
    ProgressLine progress(context, study.name);
    Shards& shards = folder.shards();
    std::vector<Task> tasks;
    std::vector<TaskResult> results;
    for (std::size_t round = 0;; ++round) {
      const std::vector<Task> wanted = rounds.next(tasks, results);
      if (wanted.empty()) break;
      if (round == shards.rounds()) {
        const std::size_t at_least = arguments.launch.runs_per_shard();
        shards.add_round(wanted, arguments.launch.no_shared_past ? at_least : tasks_per_shard(study, seed, wanted, at_least, arguments.launch.workers()));
      }
      if (!launch.run_missing(shards, study, seed, rounds, progress)) {
        folder.record("partial", nlohmann::json::object());
        if (context.verbosity >= 0 && !context.json)
          context.print(fmt::format(fmt::runtime(context.say("interrupted: {} of {} runs are done and kept; go on with --resume\n", "중단됨: {}/{}회 실행이 끝나 남아 있습니다. --resume으로 이어 가십시오\n")),
                                    shards.tasks() - shards.tasks_of(shards.missing()), shards.tasks()));
        return CatchInterrupt::caught() == SIGTERM ? Exit(143) : Exit::kInterrupted;
      }
      tasks.clear();
      for (std::size_t i = 0; i < shards.tasks(); ++i) tasks.push_back(shards.task(i));
      results = shards.read_all();
    }
  }
  said = finish_study(folder, study, seed, rounds, context);
  const StudyEnd& end = *said;
  if (context.json && !arguments.many) {
    nlohmann::json line = end_json(end);
    line["out"] = folder.path().string();
    context.print_json(line);
  } else if (context.verbosity >= 0 && !context.json) {
    if (!context.say(study.question).empty()) context.print(context.say(study.question) + "\n");
    context.print(context.say(end.sentence) + "\n");
    if (!end.depends_most.en.empty()) context.print(context.say(end.depends_most) + "\n");
    if (const SharedPast shared = folder.shards().shared_past(); shared.runs > 0)
      context.print(fmt::format(fmt::runtime(context.say("{} of {} runs began where another had got to; {:.0f} % of their simulated time was not simulated again\n", "{}회(전체 {}회)는 다른 실행과 같은 과거를 함께 썼고, 그 모의 시간의 {:.0f} %는 다시 모의하지 않았습니다\n")), shared.runs, end.runs, 100 * shared.saved_s / shared.simulated_s));
    if (end.refused > 0) context.print(fmt::format(fmt::runtime(context.say("{} of {} runs were refused by a model; their replicates are left out\n", "{}회(전체 {}회)를 모형이 거절해 그 반복은 뺐습니다\n")), end.refused, end.runs) +
                                           fmt::format(fmt::runtime(context.say("  the first, {}\n", "  첫째, {}\n")), context.say(end.first_refusal)));
    context.print(fmt::format("\n{}: {}\n", context.say("report", "보고서"), (folder.path() / "report.html").string()));
  }
  return end.refused > 0 ? Exit::kPartial : Exit::kDone;
}

/// Refuses a place where a study cannot begin, as its folder would when its turn comes.
void check_place(const fs::path& out, const Arguments& arguments, const Context& context) {
  if (arguments.resume || !fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out)) || (context.force && fs::exists(out / "run.json"))) return;
  throw Error(Exit::kEnvironment, "E0502", {fmt::format("{} exists", out.string()), fmt::format("{}이(가) 이미 있습니다", out.string())}, {},
              {"--resume goes on where the studies stopped; -o names another folder", "--resume으로 이어 가거나 -o로 다른 폴더를 고르십시오"});
}

/// The studies of a folder, one after another, each in a folder of its own below `out`, and a page that lists their answers.
Exit all_studies(const fs::path& folder, const fs::path& out, Arguments arguments, Context& context) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".txtpb" && kind_of_file(entry.path().string()) == "dure.Study") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw Error(Exit::kInvalid, "E0101", {fmt::format("{} holds no study", folder.string()), fmt::format("{}에 연구 파일이 없습니다", folder.string())}, {}, {"a study begins with `# proto-message: dure.Study`", "연구는 `# proto-message: dure.Study`로 시작합니다"});
  arguments.many = true;
  if (fs::exists(out / "run.json"))
    throw Error(Exit::kEnvironment, "E0502", {fmt::format("{} holds the results of one run or study", out.string()), fmt::format("{}에는 실행이나 연구 하나의 결과가 있습니다", out.string())}, {},
                {"-o names another folder for the studies", "-o로 연구들을 둘 다른 폴더를 고르십시오"});
  for (const fs::path& file : files) {  // all mistakes before the first run
    const StudyWords words = arguments.words_for(out / file.stem());
    LoadedStudy study = load_study(file.string(), words.sets);
    check_width(arguments, study);
    want_width(study, words.ci_width);
    check_study(study);
    check_place(out / file.stem(), arguments, context);
  }
  const bool fresh = !arguments.resume;
  Exit worst = Exit::kDone;
  std::vector<analysis::StudyLine> lines;
  nlohmann::json list = nlohmann::json::array();
  for (const fs::path& file : files) {
    const fs::path its = out / file.stem();
    Arguments how = arguments;
    how.resume = !fresh && fs::exists(its);
    std::optional<StudyEnd> end;
    const Exit exit = one_study(file.string(), its, how, context, end);
    if (!end) return exit;
    if (exit != Exit::kDone) worst = exit;
    lines.push_back({file.stem().string(), end->question, end->sentence, end->depends_most, end->runs, end->refused});
    list.push_back(end_json(*end));
    list.back()["study"] = file.stem().string();
  }
  analysis::write_index_page(out / "index.html", lines, context.language == Language::kKorean);
  if (context.json) context.print_json({{"out", out.string()}, {"studies", std::move(list)}});
  else if (context.verbosity >= 0) context.print(fmt::format("\n{}: {}\n", context.say("all answers", "모든 답"), (out / "index.html").string()));
  return worst;
}

Exit study(const Arguments& arguments, Context& context) {
  fs::path file = arguments.file;
  if (file.filename().empty()) file = file.parent_path();  // "questions/" means "questions"
  const fs::path out = !arguments.out.empty() ? fs::path(arguments.out) : fs::path("out") / file.stem();
  if (fs::is_directory(file)) return all_studies(file, out, arguments, context);
  std::optional<StudyEnd> end;
  return one_study(file.string(), out, arguments, context, end);
}

}  // namespace

Action setup_study(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("FILE", arguments->file, context.say("study file, or a folder of them", "연구 파일이나 그 폴더"))->required()->type_name("");
  app.add_option("-o,--out", arguments->out, context.say("folder for the results; out/NAME without it", "결과 폴더. 없으면 out/이름"))->type_name("OUT");
  add_launch_options(app, context, arguments->launch);
  app.add_option("--seed", arguments->words.seed, context.say("seed of all chance; the study's without it", "난수 시드. 없으면 연구의 값"))->type_name("N")->check(not_negative);
  app.add_option("--ci-width", arguments->words.ci_width, context.say("run until the 95 % interval of the first decision metric is as narrow, in its unit", "첫 판단 지표의 95 % 구간이 이 폭(지표 단위)이 될 때까지 반복"))->type_name("X");
  app.add_flag("--resume", arguments->resume, context.say("go on with a study that was cut short", "중단된 연구를 이어서 실행"));
  add_set_option(app, context, arguments->words.sets);
  return [arguments, &context] { return study(*arguments, context); };
}

Action setup_worker(CLI::App& app, Context& context) {
  auto out = std::make_shared<std::string>();
  auto shard = std::make_shared<std::size_t>(0);
  app.add_option("OUT", *out, context.say("folder of a study", "연구 결과 폴더"))->required()->type_name("");
  app.add_option("--shard", *shard, context.say("which shard to run", "실행할 조각 번호"))->required()->type_name("K")->check(not_negative);
  return [out, shard, &context] {
    const BegunStudy begun = begun_study(*out);
    const Shards shards(fs::path(*out) / "shards", begun.of);
    if (*shard >= shards.shards())
      throw Error(Exit::kCommandLine, "E0005", {fmt::format("there is no shard {}: the study has {}", *shard, shards.shards()), fmt::format("조각 {}이(가) 없습니다. 이 연구의 조각은 {}개입니다", *shard, shards.shards())}, {},
                  {"shards are numbered from 0", "조각 번호는 0부터입니다"});
    const auto begin = std::chrono::steady_clock::now();
    const std::size_t refused = run_shard(begun.study, begun.seed, shards, *shard);
    const double spent_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (context.json) context.print_json({{"shard", *shard}, {"runs", shards.tasks_of(*shard)}, {"refused", refused}});
    else if (context.verbosity >= 0) context.print(fmt::format(fmt::runtime(context.say("shard {}: {} runs in {:.1f} s, {} refused\n", "조각 {}: {}회 실행, {:.1f}초, 거절 {}회\n")), *shard, shards.tasks_of(*shard), spent_s, refused));
    return refused > 0 ? Exit::kPartial : Exit::kDone;
  };
}

Action setup_merge(CLI::App& app, Context& context) {
  auto out = std::make_shared<std::string>();
  app.add_option("OUT", *out, context.say("folder of a study whose shards are all there", "조각이 모두 있는 연구 결과 폴더"))->required()->type_name("");
  return [out, &context] {
    const BegunStudy begun = begun_study(*out);
    Rounds rounds(begun.study, begun.seed);
    StudyFolder folder(*out, {.resume = true, .force = false, .ci_width = begun.ci_width}, begun.study, begun.seed, begun.sets);
    const std::vector<std::size_t> missing = folder.shards().missing();
    if (!missing.empty()) {
      folder.record("partial", nlohmann::json::object());
      throw Error(Exit::kPartial, "E0503", {fmt::format("{} of {} shards are missing, the first is {}", missing.size(), folder.shards().shards(), missing.front()), fmt::format("조각 {}개(전체 {}개)가 없습니다. 첫째는 {}번입니다", missing.size(), folder.shards().shards(), missing.front())}, {},
                  {"run them: `dure study --resume`, or `dure worker OUT --shard K`", "`dure study --resume`이나 `dure worker OUT --shard K`로 실행하십시오"});
    }
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < folder.shards().tasks(); ++i) tasks.push_back(folder.shards().task(i));
    const std::vector<Task> more = rounds.next(tasks, folder.shards().read_all());
    if (!more.empty())
      throw Error(Exit::kPartial, "E0503", {fmt::format("the study wants {} further runs", more.size()), fmt::format("연구에 실행이 {}회 더 필요합니다", more.size())}, {}, {"go on with `dure study --resume`", "`dure study --resume`으로 이어 가십시오"});
    const StudyEnd end = finish_study(folder, begun.study, begun.seed, rounds, context);
    if (context.json) context.print_json({{"out", *out}, {"runs", end.runs}, {"refused", end.refused}, {"results_sha256", end.sha256}});
    else if (context.verbosity >= 0) context.print(context.say(end.sentence) + "\n");
    return end.refused > 0 ? Exit::kPartial : Exit::kDone;
  };
}

}  // namespace dure::sim
