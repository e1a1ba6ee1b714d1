#pragma once
#include <algorithm>

#include "sim/calendar.h"
#include "sim/programme/programme.pb.h"
#include "sim/tenant.h"
#include "sim/units.h"

namespace dure::sim {

/// Card-time a project may use within a period; what it leaves expires.
///
///   at the start of each period    balance <- c max(0, balance) + min(0, balance) + f x cards x length of the period
///
/// f `of_grant`, c `carries_over`. A job may start while the balance is above zero; what runs goes on, so a balance can fall below it:
/// that is a debt, and the next period pays it. The last period ends with the grant.
class CreditAccount {
 public:
  CreditAccount(const dure::Credits& spec, const Calendar& calendar, const Grant& grant)
      : spec_(spec), calendar_(calendar), cards_(grant.cards), start_s_(grant.start_s), next_s_(grant.start_s), end_s_(grant.end_s) {}

  /// `used_card_s`: by the project under this grant, up to now. Call whenever time has passed, in order.
  void settle(double now_s, double used_card_s) {
    while (next_s_ <= now_s && next_s_ < end_s_) {
      const double length_s = std::min(calendar_.months_after_s(start_s_, ++period_ * spec_.months()), end_s_) - next_s_;
      const double left = balance(used_card_s);
      const double kept = left > 0 ? spec_.carries_over() * left : left;
      expired_card_s_ += left - kept;
      const double issued = spec_.of_grant() * cards_ * length_s;
      issued_card_s_ += issued;
      given_card_s_ = used_card_s + kept + issued;
      next_s_ += length_s;
    }
  }
  bool has_some(double used_card_s) const { return balance(used_card_s) > 0; }
  void cut(int cards) { cards_ = cards; }  // the grant is smaller from the next period on
  /// The run ends within a period: what is not yet over was not issued, and nothing has expired.
  void stop(double now_s) { issued_card_s_ -= spec_.of_grant() * cards_ * std::max(0.0, next_s_ - now_s); }
  void close(double used_card_s) {  // the grant is over: what is left expires
    expired_card_s_ += std::max(0.0, balance(used_card_s));
    given_card_s_ = used_card_s;
  }
  double issued_card_s() const { return issued_card_s_; }
  double expired_card_s() const { return expired_card_s_; }

 private:
  double balance(double used_card_s) const { return given_card_s_ - used_card_s; }

  dure::Credits spec_;
  Calendar calendar_;
  int cards_;
  int period_ = 0;           // that has begun
  double start_s_;
  double next_s_;            // when the next period begins
  double end_s_;
  double given_card_s_ = 0;  // use at which the balance is zero
  double issued_card_s_ = 0;
  double expired_card_s_ = 0;
};

}  // namespace dure::sim
