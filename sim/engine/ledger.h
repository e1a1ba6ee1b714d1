#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "sim/card_state.h"
#include "sim/ids.h"

namespace dure::sim {

/// Cards in billionths, so that shares of cards add and subtract without a remainder.
using NanoCards = std::int64_t;
inline constexpr NanoCards kCard = 1'000'000'000;

/// One row of the ledger: a state, and for the two states that have one, its cause.
enum class Account : std::uint8_t {
  kNotDelivered, kInstalling, kUnpowered, kDown, kOwnUse,
  kWithheldGrant, kWithheldQuota, kWithheldReservation, kWithheldQueueOrder, kWithheldDrain, kWithheldSpare, kWithheldPowerCap,
  kFragmentedSize, kFragmentedType, kFragmentedLeaf,
  kIdleNoDemand,
  kStaging, kCheckpointing, kRestarting, kThrottled, kHeldIdle, kRework, kProductive
};
inline constexpr std::size_t kAccounts = 23;
CardState state_of(Account account);
IdleCause cause_of(Account account);
Account withheld(IdleCause cause);
Account fragmented(IdleCause cause);

/// Where every card-hour of one pool went (docs/ledger.md).
///
/// At every moment each nominal card is in one account, or divided over several in shares that sum to one. `set` settles
/// the past at the old number before it takes the new one. Billionths make the sum exact at every moment; the integrals
/// add in doubles, so the closing check allows a relative 1e-12.
class PoolLedger {
 public:
  void set(double now_s, Account account, NanoCards cards) {
    Row& row = rows_[std::size_t(account)];
    if (row.cards == cards) return;
    settle(row, now_s);
    sum_ += cards - row.cards;
    row.cards = cards;
  }
  void add(double now_s, Account account, NanoCards change) { set(now_s, account, cards(account) + change); }
  void set_nominal(double now_s, NanoCards cards) { settle(nominal_, now_s); nominal_.cards = cards; }

  NanoCards cards(Account account) const { return rows_[std::size_t(account)].cards; }
  NanoCards nominal() const { return nominal_.cards; }
  NanoCards sum() const { return sum_; }    // over all accounts; equals nominal() whenever an instant is complete
  double card_s(Account account, double now_s);   // settles
  /// The same without settling, so that asking moves no rounding: for whoever divides something else by it on the way.
  double card_s_so_far(Account account, double now_s) const {
    const Row& row = rows_[std::size_t(account)];
    return row.card_s + double(row.cards) * 1e-9 * (now_s - row.since_s);
  }
  double nominal_card_s(double now_s);

 private:
  struct Row {
    NanoCards cards = 0;
    double since_s = 0;
    double card_s = 0;
  };
  static void settle(Row& row, double now_s) {
    row.card_s += double(row.cards) * 1e-9 * (now_s - row.since_s);
    row.since_s = now_s;
  }
  std::array<Row, kAccounts> rows_{};
  Row nominal_{};
  NanoCards sum_ = 0;
};

}  // namespace dure::sim
