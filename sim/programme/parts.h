#pragma once
#include "sim/programme/programme.h"

namespace dure::sim {

/// Rules side by side, each with a share of the public cards in service. A round of a part offers what its share has left, and, if the part borrows,
/// what no part has granted; what it lent comes back when those grants end. A project belongs to the part that granted it.
class PartsProgramme final : public Programme {
 public:
  struct Part {
    std::string name;
    double share = 1;
    bool borrows = false;
    std::unique_ptr<Programme> rule;
  };
  explicit PartsProgramme(std::vector<Part> parts);
  std::vector<Round> rounds() const override { return rounds_; }
  int rounds_after_end() const override {
    int all = 0;
    for (const Part& part : parts_) all += part.rule->rounds_after_end();
    return all;
  }
  std::vector<Grant> decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const override;
  double price_share(const Round& round, TenantKind kind) const override { return parts_.at(round.part).rule->price_share(round, kind); }
  bool admits(const Job& job, int cards_granted, double cards_in_use) const override;

 private:
  std::vector<Part> parts_;
  std::vector<Round> rounds_;
};

}  // namespace dure::sim
