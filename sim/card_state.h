#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace dure::sim {

/// Where a nominal card is (docs/ledger.md). In the order of the waterfall, from announced to useful.
enum class CardState : unsigned char {
  kNotDelivered, kInstalling, kUnpowered, kDown, kOwnUse,   // not on offer
  kWithheld, kIdleFragmented, kIdleNoDemand,                // free
  kStaging, kCheckpointing, kRestarting, kThrottled, kHeldIdle, kRework, kProductive  // allocated
};
inline constexpr std::size_t kCardStates = 15;
inline constexpr std::array<std::string_view, kCardStates> kCardStateNames = {
    "not_delivered", "installing", "unpowered", "down", "own_use", "withheld", "idle_fragmented", "idle_no_demand",
    "staging", "checkpointing", "restarting", "throttled", "held_idle", "rework", "productive"};

constexpr bool is_free(CardState state) { return state >= CardState::kWithheld && state < CardState::kStaging; }
constexpr bool is_allocated(CardState state) { return state >= CardState::kStaging; }

/// Why a free card is withheld, or idle though jobs wait.
enum class IdleCause : unsigned char { kNone, kGrant, kQuota, kReservation, kQueueOrder, kDrain, kSpare, kPowerCap, kSize, kType, kLeaf };
inline constexpr std::size_t kIdleCauses = 11;
inline constexpr std::array<std::string_view, kIdleCauses> kIdleCauseNames = {
    "", "grant", "quota", "reservation", "queue_order", "drain", "spare", "power_cap", "size", "type", "leaf"};

}  // namespace dure::sim
