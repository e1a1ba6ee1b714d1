#include "sim/launch/slurm.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "sim/scenario_text.h"

namespace dure::sim {
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
namespace {

constexpr std::size_t kIndices = 1000;  // of an array, from 0: Slurm's MaxArraySize is 1,001 unless a site says otherwise
constexpr milliseconds kLook{200};      // at the folder
constexpr milliseconds kSettle{500};    // until a file written on a node is seen here

/// Squeue is asked often at first, then less and less: a controller serves many.
milliseconds until_next_question(Clock::duration since_submitted) { return std::clamp(std::chrono::duration_cast<milliseconds>(since_submitted / 4), milliseconds(500), milliseconds(15000)); }

[[noreturn]] void refuse(Text what, Text help) { throw Error(Exit::kEnvironment, "E0504", std::move(what), {}, std::move(help)); }

std::string replaced(const std::string& text, char what, const std::string& by) {
  std::string out;
  for (const char c : text) out += c == what ? by : std::string(1, c);
  return out;
}
std::string quoted_for_sh(const std::string& word) { return "'" + replaced(word, '\'', "'\\''") + "'"; }

std::string last_line_of(const fs::path& log) {
  std::ifstream in(log);
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last;
}

}  // namespace

SlurmLauncher::SlurmLauncher(SlurmOptions options) : options_(std::move(options)), queue_("dure-" + digest(options_.out.string()).substr(0, 8), options_.options) {}

void SlurmLauncher::begin(bool resume) {
  const std::optional<Queued> left = queue_.ask();
  if (!left || left->all() == 0) return;
  if (resume) {
    under_way_ = true;
    options_.note({fmt::format("{} tasks of an earlier launcher are still in the queue: they are waited for", left->all()), fmt::format("앞선 실행기의 작업 {}개가 아직 대기열에 있어 기다립니다", left->all())});
  } else {
    queue_.cancel(SlurmQueue::Which::kAll);
  }
}

fs::path SlurmLauncher::log(std::size_t shard) const { return logs() / fmt::format("{}_{}.log", array_, shard % kIndices); }

void SlurmLauncher::submit(std::span<const std::size_t> shards) {
  const std::size_t base = shards.front() / kIndices * kIndices;
  std::vector<std::size_t> indices;
  tasks_.clear();
  for (const std::size_t shard : shards) {
    if (shard >= base + kIndices) break;
    indices.push_back(shard - base);
    tasks_.push_back(shard);
  }
  std::string command = "exec";
  for (const std::string& word : options_.worker) command += " " + quoted_for_sh(word);
  command += base == 0 ? " --shard $SLURM_ARRAY_TASK_ID" : fmt::format(" --shard $(({} + SLURM_ARRAY_TASK_ID))", base);
  fs::create_directories(logs());
  array_ = queue_.submit(indices, options_.at_once, command, replaced((logs() / "").string(), '%', "%%") + "%A_%a.log");
  under_way_ = true;
  const std::string list = ranges(tasks_);
  options_.note({fmt::format("array {} submitted: shards {}", array_, list), fmt::format("작업 배열 {} 제출: 조각 {}", array_, list)});
}

void SlurmLauncher::give_up(std::span<const std::size_t> shards) const {
  std::error_code ignored;
  if (!fs::exists(log(shards.front()), ignored))
    refuse({fmt::format("{} tasks ended {} times and left neither a shard nor a log in {}", shards.size(), options_.most_tries, options_.out.string()),
            fmt::format("작업 {}개가 {}번 끝났지만 {}에 조각도 기록도 남기지 않았습니다", shards.size(), options_.most_tries, options_.out.string())},
           {"the nodes do not see the folder, or the tasks were cancelled: put it on a file system that all nodes share, or use --launcher fork", "노드에서 이 폴더가 보이지 않거나 작업이 취소되었습니다. 모든 노드가 함께 쓰는 파일 시스템에 두거나 --launcher fork를 쓰십시오"});
  const std::string words = last_line_of(log(shards.front()));
  refuse({fmt::format("{} tasks ended {} times without their shard; the last words of shard {}: {}", shards.size(), options_.most_tries, shards.front(), words),
          fmt::format("작업 {}개가 {}번 끝났지만 조각을 남기지 못했습니다. 조각 {}의 마지막 말: {}", shards.size(), options_.most_tries, shards.front(), words)},
         {fmt::format("what is finished stays: mend the cause (log: {}) and go on with --resume", log(shards.front()).string()), fmt::format("끝난 것은 남아 있습니다. 원인을 고친 뒤(기록: {}) --resume으로 이어 가십시오", log(shards.front()).string())});
}

bool SlurmLauncher::run(const Shards& shards, const Tick& tick) {
  std::vector<int> tries(shards.shards(), 0);
  std::vector<std::size_t> given_up;
  Queued queued;
  const Clock::time_point begun = Clock::now();
  Clock::time_point submitted = begun, answered = begun, question = begun;
  for (std::vector<std::size_t> missing; !(missing = shards.missing()).empty(); std::this_thread::sleep_for(kLook)) {
    if (options_.stop && options_.stop()) {
      queue_.cancel(SlurmQueue::Which::kAll);
      options_.note({"stopped: the tasks are cancelled", "중단: 작업을 취소했습니다"});
      return false;
    }
    const Clock::time_point now = Clock::now();
    if (!under_way_) {
      std::vector<std::size_t> wanted;
      given_up.clear();
      for (const std::size_t shard : missing) (tries[shard] < options_.most_tries ? wanted : given_up).push_back(shard);
      if (wanted.empty()) give_up(missing);
      submit(wanted);
      for (const std::size_t shard : tasks_) ++tries[shard];
      submitted = answered = now;
      question = now + until_next_question({});
    } else if (now >= question) {
      const std::optional<Queued> answer = queue_.ask();
      question = now + until_next_question(now - submitted);
      if (answer) {
        queued = *answer;
        answered = now;
      } else if (now - answered > options_.most_silence) {
        refuse({fmt::format("Slurm has not answered for {} s", options_.most_silence.count()), fmt::format("Slurm이 {}초 동안 응답하지 않았습니다", options_.most_silence.count())},
               {"its tasks may still be running and finished shards stay: go on with --resume when it is back, or with --launcher fork", "작업은 아직 돌고 있을 수 있고 끝난 조각은 남습니다. Slurm이 돌아오면 --resume으로, 아니면 --launcher fork로 이어 가십시오"});
      }
      if (answer && queued.never()) {
        queue_.cancel(SlurmQueue::Which::kAll);
        refuse({fmt::format("Slurm will never start the tasks: {}", queued.reason), fmt::format("Slurm이 작업을 시작할 수 없습니다: {}", queued.reason)},
               {"ask for less, or for another partition, with --slurm-options; then go on with --resume", "--slurm-options로 요구를 줄이거나 다른 파티션을 고른 뒤 --resume으로 이어 가십시오"});
      }
      if (answer && queued.failed_to_start == queued.all()) {  // nothing can come any more
        queue_.cancel(SlurmQueue::Which::kAll);
        std::this_thread::sleep_for(kSettle);
        under_way_ = false;
        const std::vector<std::size_t> lost = shards.missing();
        if (!lost.empty()) options_.note({fmt::format("nothing runs any more, missing: shards {}", ranges(lost)), fmt::format("도는 작업이 없는데 빠진 조각: {}", ranges(lost))});
      }
    }
    if (tick) tick(queued, missing, given_up);
  }
  if (under_way_) {
    const double spent_s = std::chrono::duration<double>(Clock::now() - begun).count();
    options_.note({fmt::format("all shards are there, after {:.1f} s", spent_s), fmt::format("조각이 모두 모였습니다({:.1f}초)", spent_s)});
  }
  queue_.cancel(SlurmQueue::Which::kWaiting);  // a second copy of a task that Slurm has put back into its queue
  under_way_ = false;
  return true;
}

}  // namespace dure::sim
