#include "sim/launch/slurm_queue.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "sim/error.h"

namespace dure::sim {
namespace {

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  if (end == std::string::npos) return "";
  const std::size_t begin = text.find_last_of('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

[[noreturn]] void refuse(Text what, Text help) { throw Error(Exit::kEnvironment, "E0504", std::move(what), {}, std::move(help)); }

}  // namespace

bool Queued::never() const {
  static constexpr const char* kForGood[] = {"BadConstraints", "DependencyNeverSatisfied", "InvalidAccount", "InvalidQOS", "PartitionNodeLimit", "PartitionTimeLimit", "AssociationTimeLimit", "QOSTimeLimit"};
  return running == 0 && waiting > 0 && std::find(std::begin(kForGood), std::end(kForGood), reason) != std::end(kForGood);
}

Queued queued_of(const std::string& lines) {
  Queued found;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    const std::size_t bar = line.find('|');
    if (bar == std::string::npos) continue;
    const std::string state = line.substr(0, bar), reason = line.substr(bar + 1);
    if (state != "PENDING") {
      ++found.running;
      continue;
    }
    ++found.waiting;
    if (reason.find("launch failed") != std::string::npos || reason.find("launch_failed") != std::string::npos) ++found.failed_to_start;
    if (reason != "None" && (found.reason.empty() || found.reason == "JobArrayTaskLimit")) found.reason = reason;
  }
  return found;
}

std::string ranges(std::span<const std::size_t> numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += last == i ? fmt::format("{}", numbers[i]) : fmt::format("{}-{}", numbers[i], numbers[last]);
    i = last + 1;
  }
  return text;
}

SlurmQueue::SlurmQueue(std::string name, std::vector<std::string> options) : name_(std::move(name)), options_(std::move(options)) {
  for (const char* program : {"sbatch", "squeue", "scancel"})
    if (run_command({program, "--version"}).exit == 127)
      refuse({fmt::format("there is no `{}` here", program), fmt::format("이 컴퓨터에 `{}` 명령이 없습니다", program)},
             {"run where Slurm's commands are on the PATH (a login node), or with --launcher fork", "Slurm 명령이 PATH에 있는 곳(로그인 노드)에서 실행하거나 --launcher fork를 쓰십시오"});
  const CommandSaid said = squeue();
  if (said.exit == 0) return;
  const std::string why = last_line(said.err);
  refuse({fmt::format("Slurm does not answer: {}", why), fmt::format("Slurm이 응답하지 않습니다: {}", why)},
         {"`sinfo` should list nodes before you try again; --launcher fork needs no Slurm", "`sinfo`로 노드가 보이는지 확인한 뒤 다시 하십시오. --launcher fork에는 Slurm이 필요 없습니다"});
}

std::string SlurmQueue::submit(std::span<const std::size_t> tasks, int at_once, const std::string& command, const std::string& log) const {
  std::vector<std::string> words = {"sbatch"};
  words.insert(words.end(), options_.begin(), options_.end());
  const std::string limit = at_once > 0 ? fmt::format("%{}", at_once) : "";
  for (const std::string& word : {std::string("--parsable"), "--job-name=" + name_, "--array=" + ranges(tasks) + limit, "--output=" + log, "--error=" + log, std::string("--open-mode=append"), "--wrap=" + command}) words.push_back(word);
  const CommandSaid said = run_command(words);
  const std::string number = said.out.substr(0, said.out.find_first_not_of("0123456789"));
  if (said.exit == 0 && !number.empty()) return number;
  const std::string why = last_line(said.err.empty() ? said.out : said.err);
  refuse({fmt::format("Slurm refused the tasks: {}", why), fmt::format("Slurm이 작업을 거절했습니다: {}", why)},
         {"say with --slurm-options what your cluster asks for, such as \"--partition=cpu --account=lab --time=30\"; a larger --shard-runs makes fewer tasks", "클러스터가 요구하는 것을 --slurm-options로 주십시오(예: \"--partition=cpu --account=lab --time=30\"). --shard-runs를 크게 하면 작업 수가 줄어듭니다"});
}

CommandSaid SlurmQueue::squeue() const { return run_command({"squeue", "--noheader", "--array", fmt::format("--user={}", ::getuid()), "--name=" + name_, "--format=%T|%r"}); }

std::optional<Queued> SlurmQueue::ask() const {
  const CommandSaid said = squeue();
  return said.exit == 0 ? std::optional(queued_of(said.out)) : std::nullopt;
}

void SlurmQueue::cancel(Which which) const {
  std::vector<std::string> words = {"scancel", "--quiet", fmt::format("--user={}", ::getuid()), "--name=" + name_};
  if (which == Which::kWaiting) words.push_back("--state=PENDING");
  run_command(words);  // what it cannot cancel shows itself in the next answer of squeue
}

}  // namespace dure::sim
