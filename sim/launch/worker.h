#pragma once
#include "sim/launch/shards.h"

namespace dure::sim {

/// What a worker does: the tasks of a shard, one after another, each in a process of its own where there are several (SimGrid's
/// state is global), and the shard's file at the end. Returns how many tasks were refused by a model.
std::size_t run_shard(const LoadedStudy& study, std::uint64_t seed, const Shards& shards, std::size_t shard);

}  // namespace dure::sim
