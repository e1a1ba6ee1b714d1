#include "sim/launch/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <stdexcept>

namespace dure::sim {

namespace {
bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(std::size_t(written));
  }
  return true;
}
}  // namespace

std::optional<std::string> fork_here(int& say_to) {
  std::cout.flush();  // or the child would write what waits in the buffer a second time
  std::fflush(nullptr);
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) {
    const int why = errno;
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    throw std::runtime_error(std::string("no child process: ") + std::strerror(why));
  }
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // who waits for it may be killed
    ::close(pipe_ends[0]);
    say_to = pipe_ends[1];
    return {};
  }
  ::close(pipe_ends[1]);
  std::string answer;
  char buffer[65536];
  for (;;) {
    const ssize_t got = ::read(pipe_ends[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(buffer, std::size_t(got));
  }
  ::close(pipe_ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (answer.empty()) throw std::runtime_error("the child process died" + std::string(WIFSIGNALED(status) ? std::string(" of ") + ::strsignal(WTERMSIG(status)) : ""));
  if (answer[0] == '-') throw std::runtime_error(answer.substr(1));
  return answer.substr(1);
}

void end_child(int say_to, const std::string& said) {
  write_all(say_to, said);
  ::close(say_to);
  ::_exit(0);
}

std::string in_child(const std::function<std::string()>& work) {
  int say_to = -1;
  if (auto answer = fork_here(say_to)) return *answer;
  std::string answer;
  try {
    answer = "+" + work();
  } catch (const std::exception& failure) {
    answer = std::string("-") + failure.what();
  }
  end_child(say_to, answer);
}

}  // namespace dure::sim
