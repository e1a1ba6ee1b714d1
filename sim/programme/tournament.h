#pragma once
#include "sim/programme/programme.h"

namespace dure::sim {

/// A contest in stages.
///
///   selection    score = merit + jury_noise Z; the best `teams` of the first stage get cards
///   evaluation   at the end of a stage, score = -loss + evaluation_noise Z, loss of the best model so far (capability.h); the best
///                teams - wild_cards of the next stage stay, wild cards are picked from newcomers as in the selection
///
/// Z standard normal, one for each team in the order given. A stage begins on the day the one before ends; who stays keeps its data. A team without
/// a model is last. Cards that the offer or no pool has for a team are cut to what there is, in whole servers of 8; a team for whom nothing is left is out.
/// Not modelled: juries that look at more than the loss, teams that give up, cards that differ between teams of a stage.
class TournamentProgramme final : public Programme {
 public:
  TournamentProgramme(const dure::Tournament& spec, const Calendar& calendar, double horizon_s, std::string path);
  std::vector<Round> rounds() const override { return rounds_; }
  int rounds_after_end() const override { return rounds_.empty() ? spec_.stage_size() : stages_after_end_; }
  std::vector<Grant> decide(const Round& round, std::span<const Application> applications, const Seat& seat, Random& jury) const override;
  bool admits(const Job& job, int cards_granted, double cards_in_use) const override;

 private:
  dure::Tournament spec_;
  Calendar calendar_;
  std::vector<Round> rounds_;
  int stages_after_end_ = 0;   // of contests that begin within the run
};

}  // namespace dure::sim
