#include "sim/cli/study_launch.h"

#include <fmt/format.h>

#include <boost/tokenizer.hpp>
#include <fstream>
#include <thread>

#include "sim/cli/catch_interrupt.h"
#include "sim/cli/clock_text.h"
#include "sim/launch/pool.h"
#include "sim/launch/slurm.h"
#include "sim/launch/worker.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

int all_cores() { return std::max(1, int(std::thread::hardware_concurrency())); }

/// "--partition=cpu --comment='two words'" as words.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  try {
    const boost::tokenizer<boost::escaped_list_separator<char>> parts(text, boost::escaped_list_separator<char>("\\", " ", "\"'"));
    for (const std::string& word : parts)
      if (!word.empty()) words.push_back(word);
  } catch (const boost::escaped_list_error&) {
    throw Error(Exit::kCommandLine, "E0005", {"--slurm-options holds a backslash that stands before nothing it could mean", "--slurm-options의 역슬래시(\\) 뒤가 잘못되었습니다"}, {}, {"write \\\\ for a backslash", "역슬래시는 \\\\로 쓰십시오"});
  }
  return words;
}

std::string half_width_text(const Rounds& rounds, const Context& context) {
  const auto& precision = rounds.precision();
  if (!precision || !precision->half_width || !precision->wanted) return {};
  return fmt::format(fmt::runtime(context.say(", half-width {:.4g} of {:.4g} wanted", ", 절반 폭 {:.4g}, 목표 {:.4g}")), *precision->half_width, *precision->wanted);
}

SlurmOptions slurm_options(const LaunchHow& how, const fs::path& out, const Context& context) {
  SlurmOptions options;
  options.out = fs::absolute(out).lexically_normal();
  options.worker = {fs::read_symlink("/proc/self/exe").string(), "--lang", context.language == Language::kKorean ? "ko" : "en", "worker", options.out.string()};
  options.at_once = how.jobs;
  options.options = words_of(how.slurm_options);
  options.stop = [] { return CatchInterrupt::caught() != 0; };
  options.note = [file = options.out / "logs" / "launcher.log", &context](const Text& what) {
    std::error_code ignored;
    fs::create_directories(file.parent_path(), ignored);
    std::ofstream(file, std::ios::app) << utc_now() << "  " << context.say(what) << '\n';
  };
  return options;
}

}  // namespace

void add_launch_options(CLI::App& app, const Context& context, LaunchHow& how) {
  app.add_option("-j,--jobs", how.jobs, context.say("runs at a time (with slurm: tasks); all cores (as many as Slurm likes) without it", "동시에 실행할 수(slurm이면 작업 수). 없으면 모든 코어(Slurm이 주는 만큼)"))->type_name("JOBS")->check(CLI::Range(1, 4096));
  app.add_option("--launcher", how.launcher, context.say("fork: processes of this machine; slurm: tasks of a job array", "fork: 이 컴퓨터의 프로세스, slurm: Slurm 작업 배열"))->type_name("fork|slurm")->check(CLI::IsMember({"fork", "slurm"}));
  app.add_option("--shard-runs", how.shard_runs, context.say("runs in a shard; 1 with fork, 10 with slurm without it", "조각 하나에 담을 실행 수. 없으면 fork는 1, slurm은 10"))->type_name("N")->check(CLI::Range(1, 100000));
  app.add_flag("--no-shared-past", how.no_shared_past, context.say("run every option from its first day on; the results are the same", "안마다 첫날부터 따로 실행. 결과는 같음"));
  app.add_option("--slurm-options", how.slurm_options, context.say("further options for sbatch, such as \"--partition=cpu --time=30\"", "sbatch에 더 줄 옵션(예: \"--partition=cpu --time=30\")"))->type_name("WORDS");
}

std::size_t LaunchHow::workers() const { return std::size_t(jobs > 0 ? jobs : all_cores()); }

StudyLaunch::StudyLaunch(LaunchHow how, const fs::path& out, const Context& context) : how_(std::move(how)), context_(context) {
  if (how_.launcher == "slurm") slurm_ = std::make_unique<SlurmLauncher>(slurm_options(how_, out, context));
}
StudyLaunch::~StudyLaunch() = default;

void StudyLaunch::begin(bool resume) {
  if (slurm_) slurm_->begin(resume);
}

void StudyLaunch::show(std::size_t missing, std::size_t failed, const std::string& more, ProgressLine& progress) const {
  std::string text = fmt::format(fmt::runtime(context_.say("{} of {} runs", "{}/{}회 실행")), runs_ - missing, runs_);
  if (failed > 0) text += fmt::format(fmt::runtime(context_.say(", {} failed", ", {}회 실패")), failed);
  progress.show(double(missing_at_first_ - missing + failed) / double(missing_at_first_), text + more + half_width_);
}

bool StudyLaunch::run_missing(const Shards& shards, const LoadedStudy& study, std::uint64_t seed, const Rounds& rounds, ProgressLine& progress) {
  const std::vector<std::size_t> missing = shards.missing();
  if (missing.empty()) return true;
  runs_ = shards.tasks();
  missing_at_first_ = shards.tasks_of(missing);
  half_width_ = half_width_text(rounds, context_);
  if (!slurm_) return in_pool(shards, study, seed, progress);
  return slurm_->run(shards, [&](const Queued& queued, std::span<const std::size_t> left, std::span<const std::size_t> given_up) {
    std::string tasks = fmt::format(fmt::runtime(context_.say(", tasks: {} running, {} waiting", ", 작업: 실행 {}, 대기 {}")), queued.running, queued.waiting);
    if (queued.waiting > 0 && !queued.reason.empty()) tasks += fmt::format(" ({})", queued.reason);
    show(shards.tasks_of(left), shards.tasks_of(given_up), tasks, progress);
  });
}

bool StudyLaunch::in_pool(const Shards& shards, const LoadedStudy& study, std::uint64_t seed, ProgressLine& progress) {
  const std::vector<std::size_t> missing = shards.missing();
  std::size_t left = missing_at_first_, failed = 0;
  PoolOptions options;
  options.workers = int(how_.workers());
  options.stop = [] { return CatchInterrupt::caught() != 0; };
  options.ended = [&](std::size_t shard, bool well) {
    if (well) left -= shards.tasks_of(shard);
    else failed += shards.tasks_of(shard);
  };
  options.tick = [&] { show(left, failed, "", progress); };
  const PoolOutcome outcome = run_pool(missing, options, [&](std::size_t shard) { run_shard(study, seed, shards, shard, !how_.no_shared_past); });
  if (outcome.stopped) return false;
  if (outcome.refused)
    throw Error(Exit::kEnvironment, "E0501", {fmt::format("a worker could not write into {}: the disk is full, or the folder is not ours to write", shards.folder().parent_path().string()), fmt::format("작업 프로세스가 {}에 쓰지 못했습니다. 디스크가 가득 찼거나 쓸 권한이 없습니다", shards.folder().parent_path().string())}, {},
                {"what is finished stays: free space and go on with --resume", "끝난 것은 남아 있습니다. 공간을 비운 뒤 --resume으로 이어 가십시오"});
  if (outcome.died > 0)
    throw Error(Exit::kEnvironment, "E0504", {fmt::format("{} of {} workers died, {} times each", outcome.died, missing.size(), options.most_tries), fmt::format("작업 프로세스 {}개(전체 {}개)가 {}번씩 죽었습니다", outcome.died, missing.size(), options.most_tries)}, {},
                {"what is finished stays: mend the cause (disk, memory) and go on with --resume", "끝난 것은 남아 있습니다. 원인(디스크, 메모리)을 고친 뒤 --resume으로 이어 가십시오"});
  return true;
}

}  // namespace dure::sim
