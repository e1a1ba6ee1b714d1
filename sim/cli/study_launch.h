#pragma once
#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/context.h"
#include "sim/cli/progress.h"
#include "sim/cli/study_folder.h"
#include "sim/launch/rounds.h"

namespace dure::sim {

class SlurmLauncher;

/// Who runs a study's shards, and how. No result depends on it.
struct LaunchHow {
  std::string launcher = "fork";
  int jobs = 0;        // at a time; 0: all cores, or as many as Slurm likes
  int shard_runs = 0;  // runs in a shard; 0: 1 in the fork pool, 10 in a task of Slurm
  std::string slurm_options;
  bool no_shared_past = false;   // in the fork pool: every run by itself

  std::size_t workers() const;
  std::size_t runs_per_shard() const { return shard_runs > 0 ? std::size_t(shard_runs) : launcher == "slurm" ? 10 : 1; }
};
void add_launch_options(CLI::App& app, const Context& context, LaunchHow& how);

/// Runs what is missing in the folder of a study, in processes of this machine or as tasks of Slurm.
class StudyLaunch {
 public:
  /// Throws Error (exit 5) where the launcher cannot work here; nothing has been made then.
  StudyLaunch(LaunchHow how, const std::filesystem::path& out, const Context& context);
  ~StudyLaunch();

  /// Once the folder is open.
  void begin(bool resume);

  /// False: interrupted. Throws Error (exit 5) where runs cannot be made; what is finished stays.
  bool run_missing(const Shards& shards, const LoadedStudy& study, std::uint64_t seed, const Rounds& rounds, ProgressLine& progress);

 private:
  bool in_pool(const Shards& shards, const LoadedStudy& study, std::uint64_t seed, ProgressLine& progress);
  void show(std::size_t missing, std::size_t failed, const std::string& more, ProgressLine& progress) const;

  LaunchHow how_;
  const Context& context_;
  std::unique_ptr<SlurmLauncher> slurm_;
  // of the round that runs
  std::size_t runs_ = 0, missing_at_first_ = 0;
  std::string half_width_;
};

}  // namespace dure::sim
