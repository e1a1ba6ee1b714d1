#pragma once
// A Slurm of our own for tests: munged, slurmctld and a slurmd on loopback, in a private folder with a key of its own.
#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/temp_folder.h"

namespace dure::test {

/// One node that claims eight processors, whatever the machine has. SLURM_CONF points to it while it lives.
///
/// Its daemons stay in the foreground as children of the test and die with it; what they leave behind when they are killed becomes
/// the test's child too (PR_SET_CHILD_SUBREAPER). So what runs below the test is what the cluster started, and the destructor ends it
/// by process number, and nothing else.
class SlurmCluster {
 public:
  /// None, with the line that ./check counts, where the packages are missing or the machine does not allow it.
  static std::unique_ptr<SlurmCluster> start();
  ~SlurmCluster();
  SlurmCluster(const SlurmCluster&) = delete;
  SlurmCluster& operator=(const SlurmCluster&) = delete;

  void kill_slurmd();     // as a machine dies; its tasks go on
  void restart_slurmd();
  std::vector<pid_t> workers() const;  // processes `dure … worker …` below us

 private:
  SlurmCluster() = default;
  std::string failure();  // why it does not come up; empty: it is up
  pid_t daemon(const std::string& program, std::vector<std::string> words);
  void start_slurmd();

  TempFolder folder_;
  pid_t slurmctld_ = 0, slurmd_ = 0;
};

/// Runs a program with outputs into files of `folder`, in the background.
class Background {
 public:
  Background(const TempFolder& folder, std::vector<std::string> words);
  pid_t pid() const { return child_; }
  int wait();  // exit code; 128 + n: signal n
  std::string out() const, err() const;

 private:
  std::string name_;
  pid_t child_ = 0;
};

}  // namespace dure::test
