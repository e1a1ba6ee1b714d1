// The Slurm launcher: against programs of ours that pretend to be Slurm, and against a real one on loopback.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "sim/launch/command.h"
#include "sim/launch/slurm_queue.h"
#include "sim/random.h"
#include "tests/launch/slurm_cluster.h"
#include "tests/support/content.h"
#include "tests/support/study_text.h"

using namespace dure::sim;
using namespace dure::test;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

// long enough for a kill to hit a run on its way
#ifdef __SANITIZE_ADDRESS__
const std::string kLonger = "horizon_s=2592000";
#else
const std::string kLonger = "horizon_s=31536000";
#endif

/// `dure study` on two options, one uncertain input and a tornado: 12 + 6 runs in two rounds.
struct Study {
  TempFolder folder;
  std::string file = study_file(folder, kTwoOptions + kOneInput + "replicates: 6");

  std::vector<std::string> words(const std::string& out, std::vector<std::string> more) const {
    std::vector<std::string> all = {DURE_PROGRAM, "study", file, "-o", folder / out, "--json", "--lang", "en"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Background begin(const std::string& out, std::vector<std::string> more) const { return Background(folder, words(out, std::move(more))); }
  struct End {
    int exit;
    std::string digest, said;
  };
  static End end(Background& run) {
    const int exit = run.wait();
    const json found = json::parse(run.out(), nullptr, false);
    if (exit == 0 && found.is_object()) CHECK(found["runs"] == 18);
    return {exit, found.is_object() ? found.value("results_sha256", "") : "", run.out() + run.err()};
  }
  End run(const std::string& out, std::vector<std::string> more) const {
    Background one = begin(out, std::move(more));
    return end(one);
  }
};

/// Programs that pretend to be Slurm, first on the PATH of what is begun through them.
class Pretended {
 public:
  void program(const std::string& name, const std::string& script) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n" << script << '\n';
    ::chmod((folder_ / name).c_str(), 0755);
  }
  std::string file(const std::string& name) const { return folder_ / name; }
  /// The same words, with these programs.
  std::vector<std::string> with(std::vector<std::string> words) const { return with_path(folder_.string() + ":" + std::getenv("PATH"), std::move(words)); }
  static std::vector<std::string> with_path(const std::string& path, std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/env", "PATH=" + path});
    return words;
  }

 private:
  TempFolder folder_;
};

/// One Slurm for all the test cases; none where it cannot be had.
SlurmCluster* cluster() {
  static std::unique_ptr<SlurmCluster> one;
  if (!one) one = SlurmCluster::start();
  return one.get();
}

// Takes the array apart and runs every task twice, side by side, as a cluster does that has lost sight of a node.
const char* const kEachTaskTwice = R"sh(
for word in "$@"; do case "$word" in --array=*) array=${word#--array=} ;; --wrap=*) command=${word#--wrap=} ;; --output=*) log=${word#--output=} ;; esac; done
for part in $(echo "${array%\%*}" | tr , ' '); do
  for task in $(seq "${part%-*}" "${part#*-}"); do
    for copy in 1 2; do SLURM_ARRAY_TASK_ID=$task sh -c "$command" >>"$(echo "$log" | sed "s/%A_%a/7_$task/")" 2>&1 </dev/null & done
  done
done
echo 7)sh";

}  // namespace

TEST_CASE("slurm: arrays are written as ranges, and squeue's lines are counted") {
  CHECK(ranges(std::vector<std::size_t>{3, 4, 5, 9}) == "3-5,9");
  CHECK(ranges(std::vector<std::size_t>{0}) == "0");
  const Queued queued = queued_of("RUNNING|None\nPENDING|Resources\nPENDING|Resources\nCOMPLETING|None\nPENDING|launch failed requeued held\n");
  CHECK(queued.running == 2);
  CHECK(queued.waiting == 3);
  CHECK(queued.failed_to_start == 1);
  CHECK(queued.reason == "Resources");
  CHECK_FALSE(queued.never());
  CHECK(queued_of("PENDING|PartitionTimeLimit\n").never());
  CHECK(queued_of("").all() == 0);
}

TEST_CASE("slurm: what is missing, refused or never started is said in both languages, exit 5, and nothing is lost") {
  const Study study;
  const auto words = [&](const std::string& out, const char* lang, std::vector<std::string> more) {
    std::vector<std::string> all = {DURE_PROGRAM, "study", study.file, "-o", study.folder / out, "-q", "--launcher", "slurm", "--lang", lang};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto said = [&](const std::vector<std::string>& all) {
    Background run(study.folder, all);
    CHECK(run.wait() == 5);
    return run.err();
  };
  CHECK(said(Pretended::with_path("/nowhere", words("a", "en", {}))).find("there is no `sbatch` here") != std::string::npos);
  CHECK(said(Pretended::with_path("/nowhere", words("a", "ko", {}))).find("`sbatch` 명령이 없습니다") != std::string::npos);
  CHECK_FALSE(fs::exists(study.folder / "a"));
  const auto pretended = [](const std::string& sbatch, const std::string& squeue) {
    auto slurm = std::make_unique<Pretended>();
    slurm->program("scancel", "exit 0");
    slurm->program("sbatch", sbatch);
    slurm->program("squeue", squeue);
    return slurm;
  };
  const std::string refuses = "echo 'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified' >&2; exit 1";
  const auto silent = pretended(refuses, "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1"), refusing = pretended(refuses, "exit 0");
  CHECK(said(silent->with(words("b", "en", {}))).find("Slurm does not answer: slurm_load_jobs error: Unable to contact slurm controller") != std::string::npos);
  CHECK_FALSE(fs::exists(study.folder / "b"));
  CHECK(said(refusing->with(words("b", "en", {}))).find("Slurm refused the tasks: sbatch: error: Batch job submission failed: Invalid account") != std::string::npos);
  CHECK(said(refusing->with(words("b", "ko", {"--resume"}))).find("--slurm-options") != std::string::npos);
  // Three that take their time, side by side: one takes the tasks and they leave no trace, one leaves a log, one never starts them.
  const auto traceless = pretended("echo 12", "exit 0"),
             failing = pretended("for word in \"$@\"; do case \"$word\" in --output=*) log=${word#--output=} ;; esac; done; echo 'dure: cannot execute' >\"$(echo \"$log\" | sed 's/%A_%a/12_0/')\"; echo 12", "exit 0"),
             starting_none = pretended("touch \"$0.submitted\"; echo 12", "[ -e \"$(dirname \"$0\")/sbatch.submitted\" ] && echo 'PENDING|PartitionTimeLimit'; exit 0");
  Background without_trace(study.folder, traceless->with(words("b", "en", {"--resume"}))), with_log(study.folder, failing->with(words("d", "en", {}))), never(study.folder, starting_none->with(words("e", "ko", {})));
  for (Background* run : {&without_trace, &with_log, &never}) CHECK(run->wait() == 5);
  CHECK(without_trace.err().find("left neither a shard nor a log") != std::string::npos);
  CHECK(with_log.err().find("the last words of shard 0: dure: cannot execute") != std::string::npos);
  CHECK(never.err().find("Slurm이 작업을 시작할 수 없습니다: PartitionTimeLimit") != std::string::npos);
  const std::string undisturbed = study.run("c", {}).digest;
  for (const char* out : {"b", "d", "e"}) {  // another launcher goes on
    const Study::End forked = study.run(out, {"--resume"});
    CHECK(forked.exit == 0);
    CHECK(forked.digest == undisturbed);
  }
}

TEST_CASE("slurm: options are handed to sbatch word by word, and a task that runs twice agrees with itself") {
  const Study study;
  const Pretended slurm;
  slurm.program("scancel", "exit 0");
  slurm.program("squeue", "exit 0");
  slurm.program("sbatch", "for word in \"$@\"; do echo \"$word\"; done >>\"$0.words\"" + std::string(kEachTaskTwice));
  Background run(study.folder, slurm.with(study.words("twice", {"--launcher", "slurm", "--shard-runs", "4", "-j", "3", "--slurm-options", "--partition=cpu --comment='two words'"})));
  const Study::End twice = Study::end(run);
  INFO(twice.said);
  REQUIRE(twice.exit == 0);
  CHECK(twice.digest == study.run("forked", {"--shard-runs", "5"}).digest);
  for (const auto& entry : fs::directory_iterator(study.folder / "twice" / "logs"))
    if (entry.path().extension() == ".log") CHECK(content(entry.path()).find("error") == std::string::npos);
  const std::string words = content(slurm.file("sbatch.words"));
  CHECK(words.find("--partition=cpu\n--comment=two words\n--parsable\n") == 0);
  CHECK(words.find("--array=0-2%3\n") != std::string::npos);
  CHECK(words.find("--array=3-4%3\n") != std::string::npos);  // the tornado, in two shards
}

TEST_CASE("slurm: the digest of the fork pool, with 1, 2 and 7 tasks at a time, and from one launcher to the other") {
  if (cluster() == nullptr) return;
  const Study study;
  const auto out_of = [](int at_once) { return fmt::format("slurm-{}", at_once); };
  std::map<int, Background> runs;  // side by side: the cluster claims eight processors
  for (const auto& [at_once, shard_runs] : {std::pair{1, 9}, {2, 5}, {7, 2}}) runs.emplace(at_once, study.begin(out_of(at_once), {"--launcher", "slurm", "-j", std::to_string(at_once), "--shard-runs", std::to_string(shard_runs)}));
  const std::string forked = study.run("fork", {"-j", "2"}).digest;
  REQUIRE(forked.size() == 64);
  for (auto& [at_once, run] : runs) {
    CAPTURE(at_once);
    const Study::End end = Study::end(run);
    INFO(end.said);
    CHECK(end.exit == 0);
    CHECK(end.digest == forked);
    MESSAGE("slurm, ", at_once, " tasks at a time: digest ", end.digest.substr(0, 12), ", fork pool ", forked.substr(0, 12));
    CHECK(content(study.folder / out_of(at_once) / "summary.json") == content(study.folder / "fork" / "summary.json"));
    CHECK(content(study.folder / out_of(at_once) / "logs" / "launcher.log").find("array") != std::string::npos);
  }
  fs::remove(study.folder / "slurm-7" / "shards" / "00004.json");
  CHECK(study.run("slurm-7", {"--resume"}).digest == forked);
  for (const char* shard : {"00001.json", "00013.json"}) fs::remove(study.folder / "fork" / "shards" / shard);
  CHECK(study.run("fork", {"--resume", "--launcher", "slurm"}).digest == forked);
}

TEST_CASE("slurm: a study that goes on until it is precise enough takes the same rounds, replicates and digest as in the fork pool") {
  if (cluster() == nullptr) return;
  const TempFolder folder;
  const std::string file = study_file(folder, kTwoOptions + "replicates: 6 precision { half_width: 1000 most_replicates: 60 }");
  const auto run = [&](const std::string& out, std::vector<std::string> more) {
    std::vector<std::string> words = {DURE_PROGRAM, "study", file, "-o", folder / out, "--json", "--lang", "en"};
    words.insert(words.end(), more.begin(), more.end());
    Background one(folder, words);
    const int exit = one.wait();
    INFO(one.err());
    REQUIRE(exit == 0);
    return json::parse(one.out())["results_sha256"].get<std::string>();
  };
  const auto rounds = [&](const std::string& out) {
    std::vector<std::string> plans;
    for (int round = 0; fs::exists(folder / out / "shards" / fmt::format("plan-{:03}.json", round)); ++round) plans.push_back(content(folder / out / "shards" / fmt::format("plan-{:03}.json", round)));
    return plans;
  };
  const std::string forked = run("fork", {"--shard-runs", "6"});
  const json summary = json::parse(content(folder / "fork" / "summary.json"));
  const int replicates = summary["options"]["easy"]["metrics"]["wait_s.mean"]["n"];
  CHECK(replicates > 6);  // it did go on, and came to an end of its own
  CHECK(replicates < 60);
  CHECK((summary["differences"][0]["ci95_high"].get<double>() - summary["differences"][0]["ci95_low"].get<double>()) / 2 <= 1000);
  CHECK(rounds("fork").size() >= 3);
  CHECK(run("slurm", {"--launcher", "slurm", "--shard-runs", "6"}) == forked);
  CHECK(json::parse(content(folder / "slurm" / "summary.json")) == summary);
  CHECK(rounds("slurm") == rounds("fork"));
  // A round that lost a shard is made whole on Slurm, and no round is added.
  fs::remove(folder / "fork" / "shards" / "00001.json");
  CHECK(run("fork", {"--resume", "--launcher", "slurm"}) == forked);
  CHECK(rounds("slurm") == rounds("fork"));
}

TEST_CASE("slurm: Ctrl-C cancels the array and keeps what is finished, and a resumed study waits for tasks that are still in the queue") {
  if (cluster() == nullptr) return;
  const Study study;
  const std::vector<std::string> slurm = {"--launcher", "slurm", "--shard-runs", "3", "-j", "1"};
  const auto queued = [] { return queued_of(run_command({"squeue", "--noheader", "--array", "--format=%T|%r"}).out).all(); };
  const auto submitted = [&](const std::string& out) {
    for (int i = 0; i < 200 && !fs::exists(study.folder / out / "shards" / "00000.json"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return fs::exists(study.folder / out / "shards" / "00000.json");
  };
  const std::string forked = study.run("fork", {}).digest;
  Background stopped = study.begin("stopped", slurm);
  REQUIRE(submitted("stopped"));
  CHECK(queued() > 0);
  ::kill(stopped.pid(), SIGINT);
  CHECK(stopped.wait() == 130);
  for (int i = 0; i < 100 && queued() > 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(queued() == 0);
  CHECK(fs::exists(study.folder / "stopped" / "shards" / "00000.json"));
  CHECK(json::parse(content(study.folder / "stopped" / "run.json"))["status"] == "partial");
  CHECK(study.run("stopped", {"--resume", "--launcher", "slurm"}).digest == forked);

  Background killed = study.begin("killed", slurm);
  REQUIRE(submitted("killed"));
  ::kill(killed.pid(), SIGKILL);
  killed.wait();
  CHECK(queued() > 0);
  CHECK(study.run("killed", {"--resume", "--launcher", "slurm"}).digest == forked);
  const std::string log = content(study.folder / "killed" / "logs" / "launcher.log");
  INFO(log);
  CHECK(log.find("tasks of an earlier launcher are still in the queue") != std::string::npos);
  CHECK(log.find("shards 0-3") == log.rfind("shards 0-3"));  // nothing of the first round was submitted twice
}

TEST_CASE("slurm: slurmd, workers and the launcher killed at random moments; nothing is lost and nothing doubled") {
  if (cluster() == nullptr) return;
  const Study study;
  const std::vector<std::string> slurm = {"--launcher", "slurm", "--shard-runs", "3", "--set", kLonger};
  const auto with = [](std::vector<std::string> words, const std::string& word) {
    words.push_back(word);
    return words;
  };
  const std::string undisturbed = study.run("undisturbed", {"--set", kLonger}).digest;
  REQUIRE(undisturbed.size() == 64);
  Random chance({1, 0}, "slurm kills");
  int killed = 0;  // workers
  const char* more = std::getenv("DURE_SLURM_KILLS");   // twenty take some three minutes
  const int moments = more != nullptr ? std::atoi(more) : 6;
  for (int moment = 0; moment < moments; ++moment) {
    const bool workers = moment % 4 != 1, slurmd = moment % 2 == 1, launcher = moment % 4 >= 2;
    CAPTURE(moment);
    const std::string out = fmt::format("killed-{}", moment);
    const auto begun = std::chrono::steady_clock::now();
    const auto passed_s = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
    Background run = study.begin(out, slurm);
    std::this_thread::sleep_for(std::chrono::milliseconds(int(chance.uniform(300, 1500))));
    std::string what = fmt::format("after {:.2f} s", passed_s());
    if (workers) {
      int these = 0;
      std::vector<pid_t> at_work = cluster()->workers();
      for (int wait = 0; at_work.empty() && wait < 100; ++wait) {  // between two tasks, or before the first
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        at_work = cluster()->workers();
      }
      for (const pid_t worker : at_work)
        if ((these == 0 || chance.uniform() < 0.7) && ::kill(worker, SIGKILL) == 0) ++these;
      what += fmt::format(", {} workers", these);
      killed += these;
    }
    if (launcher) {
      ::kill(run.pid(), SIGKILL);
      what += ", the launcher";
    }
    if (slurmd) {
      cluster()->kill_slurmd();
      cluster()->restart_slurmd();
      what += ", slurmd";
    }
    Study::End end = Study::end(run);
    if (launcher) {
      CHECK((end.exit == 128 + SIGKILL || end.exit == 0));
      what += slurmd ? "; --resume in the fork pool" : "; --resume on Slurm";
      end = study.run(out, with(slurmd ? std::vector<std::string>{"--set", kLonger} : slurm, "--resume"));
    }
    INFO(end.said);
    INFO(content(study.folder / out / "logs" / "launcher.log"));
    CHECK(end.exit == 0);
    CHECK(end.digest == undisturbed);
    std::cout << fmt::format("kill -9 {}: digest {}, {:.1f} s\n", what, end.digest.substr(0, 12), passed_s());
  }
  CHECK(killed > 0);
}
