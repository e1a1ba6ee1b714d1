#include "sim/engine/ledger.h"

#include "sim/error.h"

namespace dure::sim {

CardState state_of(Account account) {
  switch (account) {
    case Account::kNotDelivered: return CardState::kNotDelivered;
    case Account::kInstalling: return CardState::kInstalling;
    case Account::kUnpowered: return CardState::kUnpowered;
    case Account::kDown: return CardState::kDown;
    case Account::kOwnUse: return CardState::kOwnUse;
    case Account::kIdleNoDemand: return CardState::kIdleNoDemand;
    case Account::kStaging: return CardState::kStaging;
    case Account::kCheckpointing: return CardState::kCheckpointing;
    case Account::kRestarting: return CardState::kRestarting;
    case Account::kThrottled: return CardState::kThrottled;
    case Account::kHeldIdle: return CardState::kHeldIdle;
    case Account::kRework: return CardState::kRework;
    case Account::kProductive: return CardState::kProductive;
    case Account::kFragmentedSize:
    case Account::kFragmentedType:
    case Account::kFragmentedLeaf: return CardState::kIdleFragmented;
    default: return CardState::kWithheld;
  }
}

IdleCause cause_of(Account account) {
  switch (account) {
    case Account::kWithheldGrant: return IdleCause::kGrant;
    case Account::kWithheldQuota: return IdleCause::kQuota;
    case Account::kWithheldReservation: return IdleCause::kReservation;
    case Account::kWithheldQueueOrder: return IdleCause::kQueueOrder;
    case Account::kWithheldDrain: return IdleCause::kDrain;
    case Account::kWithheldSpare: return IdleCause::kSpare;
    case Account::kWithheldPowerCap: return IdleCause::kPowerCap;
    case Account::kFragmentedSize: return IdleCause::kSize;
    case Account::kFragmentedType: return IdleCause::kType;
    case Account::kFragmentedLeaf: return IdleCause::kLeaf;
    default: return IdleCause::kNone;
  }
}

Account withheld(IdleCause cause) {
  switch (cause) {
    case IdleCause::kGrant: return Account::kWithheldGrant;
    case IdleCause::kQuota: return Account::kWithheldQuota;
    case IdleCause::kReservation: return Account::kWithheldReservation;
    case IdleCause::kQueueOrder: return Account::kWithheldQueueOrder;
    case IdleCause::kDrain: return Account::kWithheldDrain;
    case IdleCause::kSpare: return Account::kWithheldSpare;
    case IdleCause::kPowerCap: return Account::kWithheldPowerCap;
    default: SIM_CHECK(false, "no cause of withholding"); return Account::kWithheldGrant;
  }
}

Account fragmented(IdleCause cause) {
  switch (cause) {
    case IdleCause::kType: return Account::kFragmentedType;
    case IdleCause::kLeaf: return Account::kFragmentedLeaf;
    default: return Account::kFragmentedSize;
  }
}

double PoolLedger::card_s(Account account, double now_s) {
  Row& row = rows_[std::size_t(account)];
  settle(row, now_s);
  return row.card_s;
}

double PoolLedger::nominal_card_s(double now_s) {
  settle(nominal_, now_s);
  return nominal_.card_s;
}

}  // namespace dure::sim
