#pragma once
#include <cstddef>
#include <functional>
#include <span>

namespace dure::sim {

struct PoolOptions {
  int workers = 1;
  int most_tries = 3;                     // of a shard whose worker died
  std::function<bool()> stop;             // asked twice a second and after every shard; true: workers are ended, finished shards stay
  std::function<void(std::size_t shard, bool done)> ended;
  std::function<void()> tick;             // twice a second
};

struct PoolOutcome {
  std::size_t done = 0;
  std::size_t died = 0;                   // shards given up after most_tries
  bool stopped = false;
  bool refused = false;                   // the machine refused (a full disk): nothing further was started
};

/// Forks a worker for each shard, so many at a time. `work` runs in the child, which ends after it; a child that throws or dies is
/// tried again, since a worker may be killed by others than us. Workers ignore the terminal's Ctrl-C: it is for the parent to end them.
PoolOutcome run_pool(std::span<const std::size_t> shards, const PoolOptions& options, const std::function<void(std::size_t shard)>& work);

}  // namespace dure::sim
