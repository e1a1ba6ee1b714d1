#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/launch/command.h"

namespace dure::sim {

/// What squeue says of the tasks of one name.
struct Queued {
  std::size_t running = 0, waiting = 0;
  std::size_t failed_to_start = 0;  // of those waiting: Slurm tried, and holds them back until somebody looks
  std::string reason;               // why one of them waits, in Slurm's word
  std::size_t all() const { return running + waiting; }
  /// They wait for what will not come: a limit of the partition, a feature that no node has, an account that is closed.
  bool never() const;
};

/// Lines of `squeue --array --noheader --format="%T|%r"`.
Queued queued_of(const std::string& lines);

/// 3 4 5 9 as "3-5,9", the form that `sbatch --array` wants.
std::string ranges(std::span<const std::size_t> numbers);

/// sbatch, squeue and scancel, for tasks that are told apart from all others by their job's name.
class SlurmQueue {
 public:
  /// `options` are further words for sbatch. Throws Error (exit 5) where Slurm is missing or does not answer.
  SlurmQueue(std::string name, std::vector<std::string> options);

  /// One task for each of `tasks`, which `command` (a line for sh) finds in SLURM_ARRAY_TASK_ID; so many at once, 0: as Slurm
  /// likes. `log` is a file name in sbatch's pattern. Returns the number of the array; throws Error (exit 5) where it is refused.
  std::string submit(std::span<const std::size_t> tasks, int at_once, const std::string& command, const std::string& log) const;

  /// None: Slurm does not answer now.
  std::optional<Queued> ask() const;

  enum class Which { kAll, kWaiting };
  void cancel(Which which) const;

 private:
  CommandSaid squeue() const;

  std::string name_;
  std::vector<std::string> options_;
};

}  // namespace dure::sim
