#pragma once
// The command line as a user calls it: words in, exit code and both outputs out.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "sim/cli/commands.h"
#include "tests/support/content.h"

namespace dure::test {

struct Said {
  int exit = -1;
  std::string out, err;
};

/// Runs the command line in a child with outputs into files; `out` may name a device instead. `in_child` comes first there.
inline Said dure_says(std::vector<std::string> words, const std::string& out = "", const char* lang = "C.UTF-8", const std::function<void()>& in_child = {}) {
  const std::string out_file = out.empty() ? "/tmp/dure-cli-test." + std::to_string(getpid()) + ".out" : out;
  const std::string err_file = "/tmp/dure-cli-test." + std::to_string(getpid()) + ".err";
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(open(out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    setenv("LC_ALL", lang, 1);
    if (in_child) in_child();
    words.insert(words.begin(), "dure");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int code = sim::run_command_line(static_cast<int>(words.size()), argv.data());
    std::fflush(nullptr);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Said said{WIFEXITED(status) ? WEXITSTATUS(status) : -1, out.empty() ? content(out_file) : "", content(err_file)};
  if (out.empty()) std::remove(out_file.c_str());
  std::remove(err_file.c_str());
  return said;
}

}  // namespace dure::test
