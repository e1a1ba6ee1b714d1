#pragma once
#include "sim/programme/programme.h"

namespace dure::sim {

/// Equal shares. On each date, of C cards on offer and n applicants:
///
///   everyone gets the same whole number of `grant_step` cards, or what he asks if that is less, until the next date;
///   while cards are left, those who asked for more get another step in turn, in the order given.
///
/// With fewer cards than applicants x step, the first in a drawn order get one step each. A project's jobs hold at most its cards.
class EqualShareProgramme final : public Programme {
 public:
  EqualShareProgramme(const dure::EqualShare& spec, const Calendar& calendar, double horizon_s, std::string path);
  std::vector<Round> rounds() const override { return rounds_; }
  std::vector<Grant> decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const override;
  bool admits(const Job& job, int cards_granted, double cards_in_use) const override;

 private:
  dure::EqualShare spec_;
  std::vector<Round> rounds_;
};

}  // namespace dure::sim
