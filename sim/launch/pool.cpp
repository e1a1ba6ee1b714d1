#include "sim/launch/pool.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <exception>
#include <fmt/format.h>
#include <iostream>
#include <map>

#include "sim/error.h"

namespace dure::sim {
namespace {

/// SIGCHLD is held back while this lives, so that sigtimedwait() hears of every child.
class HoldChildSignal {
 public:
  HoldChildSignal() {
    ::sigemptyset(&child_);
    ::sigaddset(&child_, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_, &before_);
  }
  ~HoldChildSignal() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  void wait() const {
    const timespec half_a_second = {0, 500'000'000};
    ::sigtimedwait(&child_, nullptr, &half_a_second);
  }
  void release() const { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t child_{}, before_{};
};

struct Attempt {
  std::size_t shard;
  int tries;
};

}  // namespace

PoolOutcome run_pool(std::span<const std::size_t> shards, const PoolOptions& options, const std::function<void(std::size_t)>& work) {
  const HoldChildSignal held;
  std::deque<Attempt> waiting;
  for (const std::size_t shard : shards) waiting.push_back({shard, 0});
  std::map<pid_t, Attempt> running;
  PoolOutcome outcome;
  const pid_t parent = ::getpid();

  const auto start = [&](Attempt attempt) {
    std::cout.flush();
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0)
      throw Error(Exit::kEnvironment, "E0504", {fmt::format("no worker process: {}", std::strerror(errno)), fmt::format("작업 프로세스를 만들 수 없습니다: {}", std::strerror(errno))}, {},
                  {"free memory or lower -j, then go on with --resume", "메모리를 비우거나 -j를 줄인 뒤 --resume으로 이어 가십시오"});
    if (child > 0) {
      running.emplace(child, Attempt{attempt.shard, attempt.tries + 1});
      return;
    }
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_DFL);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a parent that is killed takes its workers with it
    if (::getppid() != parent) ::_exit(1);
    held.release();
    int status = 0;
    try {
      work(attempt.shard);
    } catch (const Error& error) {
      std::fprintf(stderr, "worker: %s\n", error.what());
      status = int(error.exit_code);
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "worker: %s\n", failure.what());
      status = 1;
    }
    std::fflush(nullptr);
    ::_exit(status);
  };
  const auto end_all = [&] {
    for (const auto& [child, attempt] : running) ::kill(child, SIGKILL);
    for (const auto& [child, attempt] : running)
      while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {}
    running.clear();
  };

  try {
    while (!waiting.empty() || !running.empty()) {
      if (options.stop && options.stop()) {
        outcome.stopped = true;
        break;
      }
      while (!waiting.empty() && running.size() < std::size_t(options.workers)) {
        const Attempt next = waiting.front();
        waiting.pop_front();
        start(next);
      }
      held.wait();
      int status = 0;
      for (pid_t child; (child = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        const auto found = running.find(child);
        if (found == running.end()) continue;
        const Attempt attempt = found->second;
        running.erase(found);
        const bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (WIFEXITED(status) && WEXITSTATUS(status) == int(Exit::kEnvironment)) outcome.refused = true;
        if (done) ++outcome.done;
        else if (outcome.refused) ++outcome.died;
        else if (attempt.tries < options.most_tries) waiting.push_front(attempt);
        else ++outcome.died;
        if (options.ended && (done || outcome.refused || attempt.tries >= options.most_tries)) options.ended(attempt.shard, done);
      }
      if (options.tick) options.tick();
      if (outcome.refused) break;
    }
  } catch (...) {
    end_all();
    throw;
  }
  end_all();
  return outcome;
}

}  // namespace dure::sim
