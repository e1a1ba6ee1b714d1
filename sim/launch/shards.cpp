#include "sim/launch/shards.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/launch/task_json.h"
#include "sim/scenario_text.h"

namespace dure::sim {
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int kSchema = 2;
const Text kDamaged{"the shard is damaged", "조각 파일이 손상되었습니다"};
const Text kRunAgain{"delete it and go on with --resume: it will be run again", "지우고 --resume으로 이어 가면 다시 실행합니다"};
const Text kNoPlan{"this is no plan of a study, or it is damaged", "연구의 계획 파일이 아니거나 손상되었습니다"};
const Text kBeginAgain{"begin again with --force, or in another folder", "--force로 처음부터 하거나 다른 폴더를 쓰십시오"};

[[noreturn]] void refuse(const fs::path& file, Text what, Text help) {
  throw Error(Exit::kEnvironment, "E0503", {fmt::format("{}: {}", file.string(), what.en), fmt::format("{}: {}", file.string(), what.ko)}, {}, std::move(help));
}

[[noreturn]] void cannot_write(const fs::path& file) {
  const std::string why = std::strerror(errno);
  throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file.string(), why), fmt::format("{}을(를) 쓸 수 없습니다: {}", file.string(), why)}, {},
              {"free space or choose another folder, then go on with --resume", "공간을 비우거나 다른 폴더를 고른 뒤 --resume으로 이어 가십시오"});
}

/// Hands the file's JSON to `use`. What cannot be read, or is not built as `use` takes it apart, is refused as `what`.
template <class Use>
auto take_apart(const fs::path& file, const Text& what, const Text& help, const Use& use) {
  try {
    return use(json::parse(read_file(file.string()).value_or("")));
  } catch (const json::exception&) {
    refuse(file, what, help);
  }
}

json results_json(std::span<const TaskResult> results) {
  json list = json::array();
  for (const TaskResult& result : results) list.push_back(to_json(result));
  return list;
}

json tasks_json(std::span<const Task> tasks) {
  json list = json::array();
  for (const Task& task : tasks) list.push_back(to_json(task));
  return list;
}

/// Of all that the plan says beside it.
std::string digest_of_plan(json plan) {
  plan.erase("digest");
  return digest(plan.dump());
}

}  // namespace

std::string digest_of(std::span<const TaskResult> results) { return digest(results_json(results).dump()); }

bool write_whole(const fs::path& file, std::string_view content, bool replace) {
  const fs::path beside = file.parent_path() / fmt::format(".{}.{}.part", file.filename().string(), ::getpid());
  const int handle = ::open(beside.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0666);
  if (handle < 0) cannot_write(file);
  const auto give_up = [&] {
    const int why = errno;
    ::close(handle);
    ::unlink(beside.c_str());
    errno = why;
    cannot_write(file);
  };
  while (!content.empty()) {
    const ssize_t written = ::write(handle, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) give_up();
    content.remove_prefix(std::size_t(written));
  }
  if (::fsync(handle) != 0) give_up();
  ::close(handle);
  if (replace) {
    if (::rename(beside.c_str(), file.c_str()) != 0) cannot_write(file);
    return true;
  }
  const bool linked = ::link(beside.c_str(), file.c_str()) == 0;
  const int why = errno;
  ::unlink(beside.c_str());
  errno = why;
  if (!linked && why != EEXIST) cannot_write(file);
  return linked;
}

Shards::Shards(fs::path folder, ShardsOf of) : folder_(std::move(folder)), of_(std::move(of)) {
  std::error_code failure;
  fs::create_directories(folder_, failure);
  if (failure) {
    errno = failure.value();
    cannot_write(folder_);
  }
  for (std::size_t round = 0; fs::exists(folder_ / fmt::format("plan-{:03}.json", round)); ++round) read_plan(round);
}

void Shards::read_plan(std::size_t round) {
  const fs::path file = folder_ / fmt::format("plan-{:03}.json", round);
  const Text again{"run the study that made them, or use another folder", "이 폴더를 만든 연구를 실행하거나 다른 폴더를 쓰십시오"};
  take_apart(file, kNoPlan, kBeginAgain, [&](const json& plan) {
    if (plan.at("study") != of_.fingerprint) refuse(file, {"these are shards of another study, or the study or one of its tables has changed since", "다른 연구의 조각이거나, 그 뒤에 연구나 표가 바뀌었습니다"}, again);
    if (plan.at("seed") != of_.seed) refuse(file, {fmt::format("these are shards of seed {}", plan.at("seed").get<std::uint64_t>()), fmt::format("시드 {}의 조각입니다", plan.at("seed").get<std::uint64_t>())}, again);
    if (plan.at("version") != of_.version)
      refuse(file, {fmt::format("these are shards of version {}, this is {}", plan.at("version").get<std::string>(), of_.version), fmt::format("버전 {}의 조각이며 이 프로그램은 {}입니다", plan.at("version").get<std::string>(), of_.version)},
             {"go on with the program that began the study, or begin again with --force", "연구를 시작한 프로그램으로 이어 가거나 --force로 처음부터 하십시오"});
    if (plan.at("schema") != kSchema || plan.at("digest") != digest_of_plan(plan) || plan.at("first_task") != tasks_.size()) refuse(file, kNoPlan, kBeginAgain);
    std::vector<Task> tasks;
    std::vector<std::size_t> first_task;
    for (const json& shard : plan.at("shards")) {
      first_task.push_back(tasks_.size() + tasks.size());
      for (const json& task : shard) tasks.push_back(task_of(task));
    }
    rounds_.push_back(tasks_.size());
    first_task_.insert(first_task_.end(), first_task.begin(), first_task.end());
    tasks_.insert(tasks_.end(), tasks.begin(), tasks.end());
  });
}

void Shards::add_round(std::span<const Task> tasks, std::size_t tasks_per_shard) {
  SIM_CHECK(!tasks.empty() && tasks_per_shard > 0, "a round of no tasks");
  json shards = json::array();
  for (std::size_t first = 0; first < tasks.size(); first += tasks_per_shard) shards.push_back(tasks_json(tasks.subspan(first, std::min(tasks_per_shard, tasks.size() - first))));
  json plan = {{"schema", kSchema}, {"study", of_.fingerprint}, {"version", of_.version}, {"seed", of_.seed}, {"first_task", tasks_.size()}, {"shards", std::move(shards)}};
  plan["digest"] = digest_of_plan(plan);
  const fs::path file = folder_ / fmt::format("plan-{:03}.json", rounds_.size());
  write_whole(file, plan.dump() + "\n", false);
  read_plan(rounds_.size());
  if (!std::ranges::equal(std::span(tasks_).subspan(rounds_.back()), tasks)) refuse(file, {"the study wants other runs than this plan", "연구가 바라는 실행이 이 계획과 다릅니다"}, kBeginAgain);
}

fs::path Shards::file(std::size_t shard) const { return folder_ / fmt::format("{:05}.json", shard); }

std::size_t Shards::tasks_of(std::size_t shard) const { return (shard + 1 < first_task_.size() ? first_task_[shard + 1] : tasks_.size()) - first_task_[shard]; }

std::size_t Shards::tasks_of(std::span<const std::size_t> shards) const {
  std::size_t all = 0;
  for (const std::size_t shard : shards) all += tasks_of(shard);
  return all;
}

std::span<const Task> Shards::tasks_in(std::size_t shard) const { return std::span(tasks_).subspan(first_task_[shard], tasks_of(shard)); }

bool Shards::is_there(std::size_t shard) const { return fs::exists(file(shard)); }

std::vector<std::size_t> Shards::missing() const {
  std::set<std::string> there;  // read from the folder: on a network file system a file's absence is remembered for long
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) there.insert(entry.path().filename().string());
  std::vector<std::size_t> list;
  for (std::size_t shard = 0; shard < shards(); ++shard)
    if (!there.contains(file(shard).filename().string())) list.push_back(shard);
  return list;
}

void Shards::write(std::size_t shard, std::span<const TaskResult> results, const SharedPast& shared) const {
  SIM_CHECK(results.size() == tasks_of(shard), "a result for each task");
  json list = results_json(results);
  const std::string found = digest(list.dump());
  json out = {{"schema", kSchema}, {"study", of_.fingerprint}, {"version", of_.version}, {"seed", of_.seed}, {"shard", shard}, {"first_task", first_task_[shard]}, {"tasks", digest(tasks_json(tasks_in(shard)).dump())}, {"digest", found}, {"results", std::move(list)}};
  if (shared.runs > 0) out["shared_past"] = {{"runs", shared.runs}, {"saved_s", shared.saved_s}, {"simulated_s", shared.simulated_s}};
  const std::string content = out.dump() + "\n";
  if (write_whole(file(shard), content, false)) return;
  const std::optional<std::string> there = read_file(file(shard).string());
  if (there == content) return;
  refuse(file(shard), {"two copies of this shard differ", "이 조각의 두 사본이 서로 다릅니다"},
         {"the runs were not made by the same program: delete the shard and go on with --resume", "같은 프로그램으로 실행하지 않았습니다. 조각을 지우고 --resume으로 이어 가십시오"});
}

std::vector<TaskResult> Shards::read_shard(std::size_t shard) const {
  return take_apart(file(shard), kDamaged, kRunAgain, [&](const json& in) {
    if (in.at("study") != of_.fingerprint || in.at("version") != of_.version || in.at("seed") != of_.seed || in.at("shard") != shard || in.at("first_task") != first_task_[shard])
      refuse(file(shard), {"the shard is of another study, seed, version or place", "다른 연구, 시드, 버전 또는 자리의 조각입니다"}, kRunAgain);
    if (in.at("schema") != kSchema) refuse(file(shard), kDamaged, kRunAgain);
    if (in.at("tasks") != digest(tasks_json(tasks_in(shard)).dump())) refuse(file(shard), {"the shard ran other tasks than the plan has for it", "조각이 계획에 적힌 것과 다른 실행을 했습니다"}, kRunAgain);
    const json& list = in.at("results");
    if (in.at("digest") != digest(list.dump()) || list.size() != tasks_of(shard))
      refuse(file(shard), {"the shard does not agree with its own digest", "조각의 내용이 적힌 요약값과 맞지 않습니다"}, kRunAgain);
    std::vector<TaskResult> results;
    for (const json& one : list) results.push_back(result_of(one));
    return results;
  });
}

SharedPast Shards::shared_past() const {
  SharedPast sum;
  for (std::size_t shard = 0; shard < shards(); ++shard) {
    if (tasks_of(shard) < 2 || !is_there(shard)) continue;
    take_apart(file(shard), kDamaged, kRunAgain, [&](const json& in) {
      if (!in.contains("shared_past")) return;
      sum.runs += in.at("shared_past").at("runs").get<std::size_t>();
      sum.saved_s += in.at("shared_past").at("saved_s").get<double>();
      sum.simulated_s += in.at("shared_past").at("simulated_s").get<double>();
    });
  }
  return sum;
}

std::vector<TaskResult> Shards::read(std::size_t first, std::size_t last) const {
  std::vector<TaskResult> results;
  for (std::size_t shard = 0; shard < shards(); ++shard) {
    const std::size_t begin = first_task_[shard];
    if (begin + tasks_of(shard) <= first || begin >= last) continue;
    std::vector<TaskResult> here = read_shard(shard);
    for (std::size_t i = 0; i < here.size(); ++i)
      if (begin + i >= first && begin + i < last) results.push_back(std::move(here[i]));
  }
  SIM_CHECK(results.size() == last - first, "every task has its result");
  return results;
}

}  // namespace dure::sim
