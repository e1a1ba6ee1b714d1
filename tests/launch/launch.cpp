// Many runs: shards whole or not at all, workers that die, and the same results whoever ran them.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "sim/launch/pool.h"
#include "sim/launch/rounds.h"
#include "sim/launch/worker.h"
#include "tests/support/content.h"
#include "tests/support/study_text.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

TaskResult result(double value) { return {{{"a", "s", value, {}}, {"b", "", {}, {"no b", "b 없음"}}}, {}}; }

std::vector<Task> tasks(std::size_t n) {
  std::vector<Task> list;
  for (std::size_t i = 0; i < n; ++i) list.push_back({Purpose::kReplicate, i % 2, std::uint32_t(i / 2), {0.1 * double(i), 1.0 / 3}});
  return list;
}

const ShardsOf kOf{"fingerprint", "0.1.0", 7};

std::string refusal(const std::function<void()>& doing) {
  try {
    doing();
  } catch (const Error& error) {
    CHECK(error.exit_code == Exit::kEnvironment);
    CHECK_FALSE(error.help.ko.empty());
    return error.message.en;
  }
  return "";
}

/// All rounds of a study by so many workers; `disturb` runs beside them with the pool's process group at hand.
std::string digest_with(const LoadedStudy& study, int workers, const TempFolder& folder, const std::function<bool()>& stop = {}) {
  Shards shards(folder / "shards", {fingerprint(study), "test", 1});
  Rounds rounds(study, 1);
  std::vector<Task> so_far;
  std::vector<TaskResult> results;
  for (std::size_t round = 0;; ++round) {
    const std::vector<Task> wanted = rounds.next(so_far, results);
    if (wanted.empty()) break;
    if (round == shards.rounds()) shards.add_round(wanted, 1);
    PoolOptions options;
    options.workers = workers;
    options.stop = stop;
    options.most_tries = 100;
    const PoolOutcome outcome = run_pool(shards.missing(), options, [&](std::size_t shard) { run_shard(study, 1, shards, shard); });
    if (outcome.stopped) return "stopped";
    so_far.clear();
    for (std::size_t i = 0; i < shards.tasks(); ++i) so_far.push_back(shards.task(i));
    results = shards.read_all();
  }
  return digest_of(shards.read_all());
}

}  // namespace

TEST_CASE("shards: what is written is read back to the bit, and counted") {
  const TempFolder folder;
  Shards shards(folder / "shards", kOf);
  shards.add_round(tasks(7), 3);
  CHECK(shards.shards() == 3);
  CHECK(shards.tasks_of(2) == 1);
  CHECK(shards.missing().size() == 3);
  for (std::size_t shard = 0; shard < 3; ++shard) {
    std::vector<TaskResult> results;
    for (std::size_t i = 0; i < shards.tasks_of(shard); ++i) results.push_back(result(1.0 / (1 + double(3 * shard + i))));
    if (shard == 1) results[0] = {{}, Text{"refused", "거절"}};
    shards.write(shard, results);
  }
  CHECK(shards.missing().empty());
  const Shards again(folder / "shards", kOf);
  CHECK(again.task(5) == tasks(7)[5]);
  const auto all = again.read_all();
  REQUIRE(all.size() == 7);
  CHECK(*all[6].metrics[0].value == 1.0 / 7);
  CHECK_FALSE(all[6].metrics[1].value.has_value());
  CHECK(all[6].metrics[1].reason.ko == "b 없음");
  CHECK(all[3].failure->en == "refused");
}

TEST_CASE("shards: a second copy must be the same; damaged, foreign or older ones are refused") {
  const TempFolder folder;
  Shards shards(folder / "shards", kOf);
  shards.add_round(tasks(2), 1);
  const std::vector<TaskResult> one = {result(1)}, other = {result(2)};
  shards.write(0, one);
  shards.write(0, one);
  CHECK(refusal([&] { shards.write(0, other); }).find("two copies of this shard differ") != std::string::npos);
  CHECK(*shards.read(0, 1)[0].metrics[0].value == 1);
  shards.write(1, other);
  const std::string good = content(shards.file(1));
  const auto put = [&](const std::string& text) { std::ofstream(shards.file(1), std::ios::binary) << text; };
  put(good.substr(0, good.size() / 2));
  CHECK(refusal([&] { shards.read_all(); }).find("damaged") != std::string::npos);
  std::string bent = good;
  bent.replace(bent.find("2.0"), 3, "3.0");
  put(bent);
  CHECK(refusal([&] { shards.read_all(); }).find("does not agree with its own digest") != std::string::npos);
  CHECK(refusal([&] { Shards(folder / "shards", {"another", "0.1.0", 7}); }).find("another study") != std::string::npos);
  CHECK(refusal([&] { Shards(folder / "shards", {"fingerprint", "0.2.0", 7}); }).find("version 0.1.0") != std::string::npos);
  CHECK(refusal([&] { Shards(folder / "shards", {"fingerprint", "0.1.0", 8}); }).find("seed 7") != std::string::npos);
  std::ofstream(folder / "shards" / ".00001.json.1234.part") << "half";  // what a killed worker leaves is no shard
  put(good);
  CHECK(shards.missing().empty());
}

TEST_CASE("shards: a plan or a shard that is not built as one is refused, whatever is wrong with it") {
  const TempFolder folder;
  Shards shards(folder / "shards", kOf);
  shards.add_round(tasks(4), 2);
  shards.write(0, std::vector{result(1), result(2)});
  const auto put = [&](const std::string& name, const std::string& text) { std::ofstream(folder / "shards" / name, std::ios::binary) << text; };
  const auto with = [](std::string text, const std::string& what, const std::string& by) { return text.replace(text.find(what), what.size(), by); };
  const std::string shard = content(shards.file(0)), plan = content(folder / "shards/plan-000.json");
  for (const std::string& text : {std::string("[]"), std::string("3"), with(shard, "\"seed\":7", "\"seed\":[7]"), with(shard, "\"study\":", "\"stud\":"), with(shard, "\"schema\":2", "\"schema\":\"1\"")}) {
    CAPTURE(text);
    put("00000.json", text);
    CHECK(refusal([&] { shards.read(0, 2); }).find("00000.json: the shard is") != std::string::npos);
  }
  put("00000.json", with(shard, "{", "{\"shared_past\":{\"runs\":\"two\"},"));
  CHECK(refusal([&] { shards.shared_past(); }).find("00000.json: the shard is damaged") != std::string::npos);
  for (const std::string& text : {std::string("[]"), std::string(""), with(plan, "\"shards\":", "\"shard\":"), with(plan, "\"for\":\"replicate\"", "\"for\":\"fun\""), with(plan, "\"option\":0", "\"option\":\"none\""),
                                  with(plan, "\"first_task\":0", "\"first_task\":4"), with(plan, "\"seed\":7", "\"seed\":\"7\"")}) {
    CAPTURE(text);
    put("plan-000.json", text);
    CHECK(refusal([&] { Shards(folder / "shards", kOf); }).find("plan-000.json: this is no plan of a study, or it is damaged") != std::string::npos);
  }
}

TEST_CASE("shards: a plan that was changed is refused, and so is a shard of other tasks than the plan's") {
  const TempFolder folder, other_folder;
  const auto plan_in = [](const TempFolder& in) { return in / "shards/plan-000.json"; };
  const auto put = [](const std::filesystem::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; };
  Shards shards(folder / "shards", kOf);
  shards.add_round(tasks(4), 2);
  shards.write(0, std::vector{result(1), result(2)});
  const std::string plan = content(plan_in(folder));
  const std::string replicate = "\"replicate\":1";
  std::string changed = plan;
  changed.replace(changed.find(replicate), replicate.size(), "\"replicate\":9");
  put(plan_in(folder), changed);
  CHECK(refusal([&] { Shards(folder / "shards", kOf); }).find("plan-000.json: this is no plan of a study, or it is damaged") != std::string::npos);

  std::vector<Task> others = tasks(4);
  others[1].replicate = 9;
  Shards of_others(other_folder / "shards", kOf);
  of_others.add_round(others, 2);
  put(plan_in(folder), content(plan_in(other_folder)));  // whole, and of the same study
  const Shards again(folder / "shards", kOf);
  CHECK(refusal([&] { again.read(0, 2); }).find("00000.json: the shard ran other tasks than the plan has for it") != std::string::npos);

  put(plan_in(folder), plan);
  CHECK(Shards(folder / "shards", kOf).read(0, 2).size() == 2);
  std::filesystem::rename(plan_in(folder), folder / "shards/plan-001.json");
  Shards without_first(folder / "shards", kOf);
  without_first.add_round(others, 2);
  CHECK(refusal([&] { without_first.add_round(tasks(4), 2); }).find("plan-001.json") != std::string::npos);
}

TEST_CASE("pool: a worker that dies is tried again, one that keeps dying is given up, a full disk ends it") {
  const TempFolder folder;
  const std::vector<std::size_t> shards = {0, 1, 2, 3};
  PoolOptions options;
  options.workers = 2;
  const auto first_try = [&](std::size_t shard) {
    const auto mark = folder / ("tried-" + std::to_string(shard));
    const bool fresh = !std::filesystem::exists(mark);
    std::ofstream(mark) << "x";
    return fresh;
  };
  PoolOutcome outcome = run_pool(shards, options, [&](std::size_t shard) {
    if (first_try(shard)) ::kill(::getpid(), SIGKILL);
  });
  CHECK(outcome.done == 4);
  CHECK(outcome.died == 0);
  outcome = run_pool(shards, options, [&](std::size_t shard) {
    if (shard == 2) {
      ::signal(SIGSEGV, SIG_DFL);  // dies as a program does, not as a test case that reports its own end
      ::kill(::getpid(), SIGSEGV);
    }
  });
  CHECK(outcome.done == 3);
  CHECK(outcome.died == 1);
  outcome = run_pool(shards, options, [](std::size_t) { throw Error(Exit::kEnvironment, "E0501", {"the disk is full", "디스크가 가득 참"}); });
  CHECK(outcome.refused);
  CHECK(outcome.done == 0);
}

TEST_CASE("rounds: a replicate has the same inputs for every option, and a tornado ends the study") {
  const TempFolder folder;
  const LoadedStudy study = load_study(study_file(folder, kTwoOptions + kOneInput + "replicates: 4"));
  Rounds rounds(study, 1);
  const std::vector<Task> first = rounds.next({}, {});
  REQUIRE(first.size() == 8);
  for (std::size_t i = 0; i < 8; i += 2) {
    CHECK(first[i].replicate == first[i + 1].replicate);
    CHECK(first[i].inputs == first[i + 1].inputs);
    CHECK(first[i].option != first[i + 1].option);
    CHECK((first[i].inputs[0] >= 2 && first[i].inputs[0] <= 9));
  }
  std::vector<TaskResult> results;
  for (const Task& task : first) results.push_back({{{"wait_s.mean", "s", task.option == 0 ? 10.0 : 5.0, {}}}, {}});
  const std::vector<Task> second = rounds.next(first, results);
  REQUIRE(second.size() == 6);  // base, low, high; of the baseline and the other
  CHECK(second[0].purpose == Purpose::kTornado);
  CHECK(second[0].inputs[0] == doctest::Approx(4));
  CHECK(second[2].inputs[0] == doctest::Approx(2));
  CHECK(second[4].inputs[0] == doctest::Approx(9));
  std::vector<Task> all = first;
  all.insert(all.end(), second.begin(), second.end());
  results.resize(all.size());
  CHECK(rounds.next(all, results).empty());
}

TEST_CASE("rounds: a plan takes rounds of the options still in, and chooses the cheapest that keeps its limit") {
  const TempFolder folder;
  const LoadedStudy study = load_study(study_file(folder, R"(
    option { option: "cheap" set: "scheduler=fcfs" } option { option: "good" set: "scheduler=easy_backfill" } option { option: "dear" set: "scheduler=easy_backfill" set: "reliability.faults_per_1000_node_days=1" }
    decision { metric: "wait_s.mean" better: LOWER }
    plan { limit { metric: "utilisation.mean" at_least: 0.5 } indifference: 2 first_replicates: 10 budget_runs: 1000 })"));
  Rounds rounds(study, 1);
  const double cost[] = {5, 10, 20}, utilisation[] = {0.4, 0.6, 0.6};  // the cheapest breaks the limit
  std::vector<Task> all;
  std::vector<TaskResult> results;
  std::vector<std::size_t> of_option(3);
  std::size_t count = 0;
  for (std::vector<Task> wanted; !(wanted = rounds.next(all, results)).empty(); ++count) {
    REQUIRE(count < 1000);
    if (count == 0) CHECK(wanted.size() == 30);
    for (const Task& task : wanted) {
      CHECK(task.purpose == Purpose::kReplicate);
      CHECK(task.replicate == of_option[task.option]++);
      all.push_back(task);
      results.push_back({{{"wait_s.mean", "s", cost[task.option] + (task.replicate % 3), {}}, {"utilisation.mean", "share", utilisation[task.option], {}}}, {}});
    }
  }
  CHECK(count > 1);
  REQUIRE(rounds.plan().has_value());
  CHECK(rounds.plan()->outcome == dure::analysis::PlanDecision::Outcome::kChosen);
  CHECK(rounds.plan()->chosen == std::optional<std::size_t>(1));
  CHECK(rounds.plan()->runs <= long(all.size()));  // those until each was out
  CHECK(of_option[0] < of_option[1]);  // what is out is not run again
  // The same rounds from results that are there already: a study that was cut short goes on as it would have.
  Rounds again(study, 1);
  std::size_t known = 0;
  for (std::vector<Task> wanted; !(wanted = again.next(std::span(all).first(known), std::span(results).first(known))).empty(); known += wanted.size())
    CHECK(std::equal(wanted.begin(), wanted.end(), all.begin() + std::ptrdiff_t(known)));
  CHECK(known == all.size());
}

TEST_CASE("study: results are the same for 1, 2 and 7 workers") {
  const TempFolder study_folder;
  const LoadedStudy study = load_study(study_file(study_folder, kTwoOptions + kOneInput + "replicates: 6"));
  const std::string one = digest_with(study, 1, {});
  const std::string two = digest_with(study, 2, {}), seven = digest_with(study, 7, {});
  MESSAGE("digests: 1 worker ", one.substr(0, 12), ", 2 ", two.substr(0, 12), ", 7 ", seven.substr(0, 12));
  CHECK(one == two);
  CHECK(one == seven);
}

TEST_CASE("study: workers killed at random moments lose nothing and double nothing, and a study cut short goes on to the same digest") {
  const TempFolder study_folder;
  const LoadedStudy study = load_study(study_file(study_folder, kTwoOptions + kOneInput + "replicates: 6"));
  const std::string undisturbed = digest_with(study, 2, {});
  Random chance({1, 0}, "kills");
  int alike = 0;
  std::string found;
  for (int moment = 0; moment < 20; ++moment) {
    CAPTURE(moment);
    const TempFolder folder;
    // The launcher runs in a child of ours; its workers are killed, and now and then the launcher itself.
    const pid_t launcher = ::fork();
    if (launcher == 0) {
      ::setpgid(0, 0);
      digest_with(study, 2, folder);
      ::_exit(0);
    }
    ::setpgid(launcher, launcher);
    std::this_thread::sleep_for(std::chrono::microseconds(int(chance.uniform(1000, 150000))));
    if (moment % 2 == 0) ::kill(-launcher, SIGKILL);  // all at once
    else ::kill(launcher, SIGKILL);                   // its workers follow it
    int status = 0;
    ::waitpid(launcher, &status, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::error_code none_yet;
    const auto kept = std::distance(std::filesystem::directory_iterator(folder / "shards", none_yet), std::filesystem::directory_iterator());
    const std::string resumed = digest_with(study, 3, folder);
    CHECK(resumed == undisturbed);
    alike += resumed == undisturbed;
    found += (found.empty() ? "" : " ") + std::to_string(kept);
  }
  MESSAGE(alike, " of 20 killed studies end with digest ", undisturbed.substr(0, 12), "; files in shards/ when they went on: ", found);
}
