#pragma once
// Runs that many workers share out, and what they left. A shard is a few tasks and one file; it is written whole or not at all.
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>

#include "sim/launch/shared_past.h"
#include "sim/launch/task.h"

namespace dure::sim {

/// Which study the shards are of. A shard of another study, seed or program is refused.
struct ShardsOf {
  std::string fingerprint;
  std::string version;  // of the program, with what it was built from
  std::uint64_t seed = 1;
};

/// OUT/shards: plan-NNN.json says which tasks each shard holds, NNNNN.json is what a worker found.
///
/// Tasks are numbered in the order they were wanted, whoever runs them; a round of an adaptive study adds a plan. Two copies of a
/// shard must be the same bytes. A plan carries a digest of itself, a shard those of the tasks it ran and of its results. Every file is written under another name, synced and linked into place.
class Shards {
 public:
  /// Opens the folder, or makes it. Throws Error (exit 5) where it belongs to another study, seed or version.
  Shards(std::filesystem::path folder, ShardsOf of);

  /// Adds tasks in shards of `tasks_per_shard`. A round that is there already must be the same, and is kept.
  void add_round(std::span<const Task> tasks, std::size_t tasks_per_shard);
  std::size_t rounds() const { return rounds_.size(); }

  std::size_t shards() const { return first_task_.size(); }
  std::size_t tasks() const { return tasks_.size(); }
  std::size_t tasks_of(std::size_t shard) const;
  std::size_t tasks_of(std::span<const std::size_t> shards) const;
  const Task& task(std::size_t number) const { return tasks_[number]; }
  std::span<const Task> tasks_in(std::size_t shard) const;

  bool is_there(std::size_t shard) const;
  std::vector<std::size_t> missing() const;

  /// Writes what a worker found. Where the shard is there already the two must agree, or Error (exit 5).
  void write(std::size_t shard, std::span<const TaskResult> results, const SharedPast& shared = {}) const;

  /// What the runs of all shards that are there had in common.
  SharedPast shared_past() const;

  /// Results of the tasks [first, last), all of which must be there. Throws Error (exit 5) for a shard that is damaged.
  std::vector<TaskResult> read(std::size_t first, std::size_t last) const;
  std::vector<TaskResult> read_all() const { return read(0, tasks()); }

  std::filesystem::path file(std::size_t shard) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  void read_plan(std::size_t round);
  std::vector<TaskResult> read_shard(std::size_t shard) const;

  std::filesystem::path folder_;
  ShardsOf of_;
  std::vector<Task> tasks_;
  std::vector<std::size_t> first_task_;  // by shard
  std::vector<std::size_t> rounds_;      // first task of each
};

/// SHA-256 of the results in the order of tasks: the same whoever ran them.
std::string digest_of(std::span<const TaskResult> results);

/// Writes `content` under another name beside `file`, syncs it and puts it in place. False where `file` is there already and
/// `replace` is not set. Throws Error (exit 5) where the disk is full.
bool write_whole(const std::filesystem::path& file, std::string_view content, bool replace);

}  // namespace dure::sim
