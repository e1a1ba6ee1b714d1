#include "sim/launch/command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace dure::sim {
namespace {

/// A file in memory that a child writes to: a pipe would have to be emptied while the child runs.
class Heard {
 public:
  Heard() : file_(::memfd_create("heard", MFD_CLOEXEC)) {
    if (file_ < 0) throw std::runtime_error(std::string("no memory file: ") + std::strerror(errno));
  }
  ~Heard() { ::close(file_); }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;
  int file() const { return file_; }
  std::string text() const {
    std::string all;
    char buffer[4096];
    for (off_t at = 0;;) {
      const ssize_t got = ::pread(file_, buffer, sizeof buffer, at);
      if (got <= 0) return all;
      all.append(buffer, std::size_t(got));
      at += got;
    }
  }

 private:
  int file_;
};

}  // namespace

CommandSaid run_command(const std::vector<std::string>& words) {
  const Heard out, err;
  std::vector<std::string> copy = words;
  std::vector<char*> argv;
  for (std::string& word : copy) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.file(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err.file(), STDERR_FILENO);
  pid_t child = 0;
  const int failure = ::posix_spawnp(&child, argv.front(), &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return {127, "", std::strerror(failure)};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), out.text(), err.text()};
}

}  // namespace dure::sim
