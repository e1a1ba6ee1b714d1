#pragma once
// Identities are types, so they cannot be swapped. Each is an index into the vector of its kind.
#include <cstdint>

namespace dure::sim {

enum class CardTypeId : std::uint32_t {};
enum class SiteId : std::uint32_t {};
enum class RegionId : std::uint32_t {};
enum class TrancheId : std::uint32_t {};
enum class NodeId : std::uint32_t {};     // a server, over all sites
enum class PoolId : std::uint32_t {};     // the nodes of one card type and partition at one site
enum class PartitionId : std::uint32_t {};  // 0: open to all; others only to the job classes that name them
enum class TenantId : std::uint32_t {};
enum class ProjectId : std::uint32_t {};
enum class JobClassId : std::uint32_t {};
enum class JobId : std::uint64_t {};      // in order of submission, from 1

inline constexpr PartitionId kOpenToAll{0};

/// Index of an identity in the vector of its kind.
template <class Id>
constexpr std::size_t index(Id id) { return static_cast<std::size_t>(id); }

}  // namespace dure::sim
