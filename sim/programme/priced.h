#pragma once
#include "sim/programme/programme.h"
#include "sim/programme/user_price.h"

namespace dure::sim {

/// A price instead of a jury.
///
///   posted    applicants are served in a drawn order, each at the price of its group, while cards are left
///   auction   applicants are served in the order of their bids, the most they would pay (sealed, and true: with one price for all nobody
///             gains by bidding less than the cards are worth to them, if nobody is large); each pays max(price of its group, highest
///             bid turned away for want of cards that is no higher than the lowest that won): nobody pays more than was bid
///
/// An auction needs applications with a value (workload.projects.response). Who asks for more than is left is passed over, and the next is asked. Asks are met whole, up to the cap.
/// Source of the auction: uniform-price auction, e.g. Krishna, Auction Theory, ch. 12 (2nd ed. 2010). Not modelled: bids that shade,
/// resale, prices that change within a term.
class PricedProgramme final : public Programme {
 public:
  PricedProgramme(const dure::Priced& spec, const UserPrice& price, const Calendar& calendar, double horizon_s, std::string path);
  std::vector<Round> rounds() const override { return rounds_; }
  std::vector<Grant> decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const override;
  bool admits(const Job& job, int cards_granted, double cards_in_use) const override;
  double price_share(const Round& round, TenantKind kind) const override;

 private:
  dure::Priced spec_;
  UserPrice price_;
  Calendar calendar_;
  std::vector<Round> rounds_;
};

}  // namespace dure::sim
