#pragma once
#include <array>

#include "sim/programme/programme.h"
#include "sim/programme/user_price.h"

namespace dure::sim {

/// Calls: a jury ranks the applicants, the best get cards for a term.
///
///   score = merit + noise x Z,   Z standard normal, one for each application in the order given
///
/// In order of score (equals: the earlier project) an applicant gets min(asked, cap) cards if the offer, the ceilings of its
/// groups and a pool have room; else, where partial grants are allowed, the largest multiple of `grant_step` that fits and is
/// at least `min_grant_share` of that; else nothing, and the next is asked. Before that, each quota in turn serves those of its
/// own group who fit into what is left of its reserve; what a reserve leaves goes to everybody. A grant counts in every quota its applicant
/// belongs to.
///
/// A project's jobs hold at most its cards at once. Users pay a share of the market price by kind.
/// Not modelled: caps that differ by card type, withdrawal, appeals, effort spent on applying.
class CallRoundsProgramme final : public Programme {
 public:
  CallRoundsProgramme(const dure::CallRounds& spec, const UserPrice& price, const Calendar& calendar, double horizon_s, std::span<const std::string> regions, const std::string& path);

  std::vector<Round> rounds() const override { return rounds_; }
  int rounds_after_end() const override { return spec_.call_size() - static_cast<int>(rounds_.size()); }
  std::vector<Grant> decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const override;
  bool admits(const Job& job, int cards_granted, double cards_in_use) const override;
  double price_share(const Round&, TenantKind kind) const override { return price_.share(kind); }

 private:
  struct Group {
    std::array<bool, kTenantKinds> kinds{};
    std::vector<bool> regions;
    double reserved_share = 0;
    double at_most_share = 1;
    bool has(const Application& application) const { return kinds[std::size_t(application.kind)] && regions.at(index(application.region)); }
  };
  Group group_of(const dure::Quota& quota, std::span<const std::string> regions, const std::string& path) const;

  dure::CallRounds spec_;
  UserPrice price_;
  Calendar calendar_;
  std::vector<Round> rounds_;
  std::vector<Group> groups_;
};

}  // namespace dure::sim
