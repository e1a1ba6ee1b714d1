#pragma once
// The cheapest option that meets its limits, chosen at a stated confidence with few replicates.
#include <Eigen/Core>
#include <optional>
#include <string>
#include <vector>

namespace dure::analysis {

struct PlanLimit {
  std::string name;  // of the metric
  bool at_most = true;
  double bound = 0;
};

struct PlanSettings {
  double indifference = 0;  // delta > 0, in the unit of cost: options nearer than this count as equally cheap
  double error = 0.05;      // alpha: the choice is right with probability 1 - alpha or more
  double meets = 0.9;       // q: an option is good if all its limits hold together in this share of replicates or more
  double tolerance = 0.05;  // e: options between q - e and q + e may be judged either way; q + e below 1, unless q is 1
  int first = 10;           // n0, the replicates that tell the spread of cost differences
  int most = 1000;          // the budget: replicates of an option
  int round = 10;           // how many to run between two looks
};

/// What has been run of one option; row r is replicate r, under the same luck for all options. An option no longer in may have fewer rows.
struct OptionRuns {
  Eigen::VectorXd cost;
  Eigen::MatrixXd limits;  // replicate x limit: the metrics that the limits are about
};

struct OptionState {
  enum class State { kIn, kCostsMore, kCostsTheSame, kBreaksLimits } state = State::kIn;
  bool proven = false;             // its limits were shown to hold; true where there are none
  int decided_at = 0;              // replicates after which it was eliminated; 0 while it is in
  std::optional<std::size_t> why;  // kCostsMore: the option that is cheaper; kCostsTheSame: that one, named before it; kBreaksLimits: the limit most often broken
  double mean_cost = 0;            // over the replicates looked at
  double met_share = 0;            // in which all limits held
};

struct PlanDecision {
  enum class Outcome { kMore, kChosen, kNoneMeets, kCannotTell } outcome = Outcome::kMore;
  std::vector<OptionState> options;
  std::optional<std::size_t> chosen;  // kChosen alone
  int replicates = 0;                 // looked at, of every option still in
  int next = 0;                       // how many more to run of each option still in (kMore)
  long runs = 0;                      // spent on all options until each was out
  double indifference = 0;            // delta, as it was used
};

/// Sequential elimination, replayed from the first replicate: the decision depends on the values alone, not on how they were cut into rounds.
///
/// Cost, by Kim and Nelson's KN procedure (c = 1) on paired differences at replicate r, for i in and l in and proven:
///
///   i is out   if   sum_{j<=r} (c_ij - c_lj) > max(0, h^2 S_il^2 / (2 delta) - delta r / 2),   r >= n0
///   h^2 = 2 eta (n0 - 1),   eta = ((2 beta / (k - 1))^(-2/(n0 - 1)) - 1) / 2,   S_il^2: variance of the first n0 differences
///
/// Limits, all together, by Wald's sequential test of the share q of replicates in which every limit holds:
///
///   L_r = met ln(p+/p-) + broken ln((1 - p+)/(1 - p-)),   p+- = min(1, q + e), max(0, q - e)
///   proven if L_r >= ln(1/gamma),   out if L_r <= -ln(1/gamma)
///
/// Below 1 a q + e of 1 is refused: a single break would rule out an option that is good. With q = 1 that is what is asked.
/// With limits beta = alpha/2 and gamma = alpha/(2k); without, beta = alpha. Then by Bonferroni the choice is, with probability 1 - alpha or more,
/// good and within delta of the cheapest good option, if that one has q + e or better and no option lies within the tolerance. Only a proven option eliminates by cost.
/// KN supposes normal costs; Wald's test supposes nothing. When the budget is spent: kCannotTell, and what is still in.
/// Sources: Kim and Nelson 2001; Wald 1945; Andradottir and Kim 2010 for the order of the two. Throws ScenarioError for settings that cannot be.
PlanDecision decide(const std::vector<OptionRuns>& options, const std::vector<PlanLimit>& limits, const PlanSettings& settings);

}  // namespace dure::analysis
