#include "sim/launch/child.h"

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

std::string in_child(const std::function<std::string()>& work) {
  std::cout.flush();  // or the child would write what waits in the buffer a second time
  std::fflush(nullptr);
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error(std::string("no child process: ") + std::strerror(errno));
  if (child == 0) {
    ::close(pipe_ends[0]);
    std::string answer;
    try {
      answer = "+" + work();
    } catch (const std::exception& failure) {
      answer = std::string("-") + failure.what();
    }
    write_all(pipe_ends[1], answer);
    ::close(pipe_ends[1]);
    ::_exit(0);  // no destructors of the parent's objects, no exit handlers
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

}  // namespace dure::sim
