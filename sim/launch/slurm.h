#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "sim/error.h"
#include "sim/launch/shards.h"
#include "sim/launch/slurm_queue.h"

namespace dure::sim {

struct SlurmOptions {
  std::filesystem::path out;               // of the study, absolute: the nodes see it under the same name
  std::vector<std::string> worker;         // runs a shard when "--shard K" stands behind it
  int at_once = 0;                         // tasks; 0: as many as Slurm likes
  std::vector<std::string> options;        // for sbatch
  int most_tries = 3;                      // of a shard whose task ended without it
  std::chrono::seconds most_silence{600};  // of Slurm, before the launcher gives up
  std::function<bool()> stop;              // true: tasks are cancelled, finished shards stay
  std::function<void(const Text&)> note;   // what happened, for a log
};

/// Runs shards as tasks of Slurm job arrays, one shard a task. Done is what lies in the folder. squeue is asked only whether anything
/// can still come; what is missing when nothing can is submitted again. A task that runs twice writes the same bytes, or Shards::write
/// refuses it.
class SlurmLauncher {
 public:
  /// Throws Error (exit 5) where Slurm is missing or does not answer.
  explicit SlurmLauncher(SlurmOptions options);

  /// Tasks that an earlier launcher of the same folder left in the queue are waited for, or cancelled where the study begins afresh.
  void begin(bool resume);

  using Tick = std::function<void(const Queued&, std::span<const std::size_t> missing, std::span<const std::size_t> given_up)>;
  /// Runs what is missing; `tick` is called a few times a second. False: stopped. Throws Error (exit 5) where Slurm refuses the tasks, will never start them or falls
  /// silent, and where shards are still missing after so many tries.
  bool run(const Shards& shards, const Tick& tick);

 private:
  void submit(std::span<const std::size_t> shards);
  [[noreturn]] void give_up(std::span<const std::size_t> shards) const;
  std::filesystem::path logs() const { return options_.out / "logs"; }
  std::filesystem::path log(std::size_t shard) const;

  SlurmOptions options_;
  SlurmQueue queue_;
  bool under_way_ = false;          // what is in the queue may still write shards
  std::string array_;               // number of the last array
  std::vector<std::size_t> tasks_;  // its shards
};

}  // namespace dure::sim
