#pragma once
#include "sim/launch/shards.h"

namespace dure::sim {

/// What a worker does: the tasks of a shard, one after another, each in a process of its own where there are several (SimGrid's
/// state is global), and the shard's file at the end. Returns how many tasks were refused by a model.
/// `share`: runs of one replicate go together as long as they are the same (shared_past.h).
std::size_t run_shard(const LoadedStudy& study, std::uint64_t seed, const Shards& shards, std::size_t shard, bool share = true);

}  // namespace dure::sim
