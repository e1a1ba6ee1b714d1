#pragma once
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/engine/ledger.h"

namespace dure::sim {

/// Energy and carbon of one account.
struct Energy {
  double it_kwh = 0;
  double facility_kwh = 0;
  double carbon_kg = 0;
};

/// The ledger of one pool in kWh and kg of CO2 (docs/ledger.md).
///
/// Only nodes in service draw power. A public node's base (idle, fabric, storage) belongs to its cards alike, whatever they do;
/// what a working card adds belongs to the account of its work; an own-use node's draw is all `own_use`. Every hour
///
///   E_a = B t_a / (sum of t over powered accounts) + W_a        t_a: card-seconds of account a in the hour
///
/// with B the base of the pool's public nodes and W_a the added energy of a = productive, rework. (B / sum t is the base of one card,
/// exactly if every node carries the cards of its type, else the mean of the pool.) The facility's energy and carbon of the hour go
/// by E_a. Nothing is done at an event but to settle one draw.
class EnergyLedger {
 public:
  void node(double now_s, bool own_use, std::int64_t by_mw) { (own_use ? own_use_ : base_).add(now_s, by_mw); }
  void work(double now_s, bool rework, std::int64_t by_mw) { (rework ? rework_ : productive_).add(now_s, by_mw); }

  /// Divides the hour that ends now. `pue` and `carbon_kg_per_kwh` are those of the site in that hour.
  void hour(double now_s, const PoolLedger& cards, double pue, double carbon_kg_per_kwh);

  const Energy& operator[](Account account) const { return energy_[std::size_t(account)]; }

 private:
  class Draw {
   public:
    void add(double now_s, std::int64_t by_mw) {
      settle(now_s);
      mw_ += by_mw;
    }
    double take_j(double now_s) {
      settle(now_s);
      return std::exchange(j_, 0.0);
    }

   private:
    void settle(double now_s) {
      j_ += double(mw_) * 1e-3 * (now_s - since_s_);
      since_s_ = now_s;
    }
    std::int64_t mw_ = 0;
    double since_s_ = 0;
    double j_ = 0;  // since it was last taken
  };
  static constexpr std::size_t kPowered = std::size_t(Account::kWithheldGrant);  // this account and those after it: free and allocated cards

  Draw base_;
  Draw productive_;
  Draw rework_;
  Draw own_use_;
  double base_j_ = 0;  // not divided yet
  std::array<double, kAccounts> card_s_before_{};
  std::array<Energy, kAccounts> energy_{};
};

}  // namespace dure::sim
