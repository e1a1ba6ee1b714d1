#include "analysis/study/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace dure::analysis {

namespace {

using State = OptionState::State;

void check(const PlanSettings& s, bool limits) {
  using sim::ScenarioError;
  if (!(s.indifference > 0))
    throw ScenarioError({fmt::format("indifference is {:g}; it must be above zero", s.indifference), fmt::format("indifference가 {:g}입니다. 0보다 커야 합니다", s.indifference)}, {},
                        {"say which difference in cost no longer matters", "어느 정도 비용 차이부터 의미가 없는지 정하십시오"});
  if (!(s.error > 0 && s.error < 0.5))
    throw ScenarioError({fmt::format("a probability of error of {:g} is not between 0 and 0.5", s.error), fmt::format("오류 확률 {:g}은(는) 0과 0.5 사이의 값이 아닙니다", s.error)}, {},
                        {"0.05 chooses rightly 19 times of 20", "0.05이면 20번 중 19번은 옳게 고릅니다"});
  if (!(s.meets > 0 && s.meets <= 1 && s.tolerance > 0 && s.meets - s.tolerance > 0))
    throw ScenarioError({fmt::format("limits are to hold with probability {:g} give or take {:g}; both must be above zero, and the lower end too", s.meets, s.tolerance),
                         fmt::format("한도를 지킬 확률이 {:g}±{:g}입니다. 두 값과 아래 끝이 모두 0보다 커야 합니다", s.meets, s.tolerance)},
                        {}, {"for example 0.9 and 0.05", "예: 0.9와 0.05"});
  if (limits && s.meets < 1 && s.meets + s.tolerance > 1 - 1e-9)
    throw ScenarioError({fmt::format("limits are to hold with probability {:g} give or take {:g}, and with an upper end of 1 one break would rule an option out", s.meets, s.tolerance),
                         fmt::format("한도를 지킬 확률이 {:g}±{:g}이어서 위 끝이 1이면 한 번만 어겨도 탈락합니다", s.meets, s.tolerance)},
                        {}, {fmt::format("give a tolerance below {:g}", 1 - s.meets), fmt::format("tolerance를 {:g}보다 작게 하십시오", 1 - s.meets)});
  if (s.first < 3 || s.most < s.first || s.round < 1)
    throw ScenarioError({fmt::format("{} first replicates of at most {}, {} a round; at least 3 first ones, no more than the budget, and 1 a round", s.first, s.most, s.round),
                         fmt::format("처음 {}회, 최대 {}회, 라운드당 {}회 반복입니다. 처음에는 3회 이상 최대 횟수 이하, 라운드에는 1회 이상이어야 합니다", s.first, s.most, s.round)},
                        {}, {"10 first ones and 10 a round are a good start", "처음 10회, 라운드당 10회가 무난합니다"});
}

bool holds(const PlanLimit& limit, double value) { return limit.at_most ? value <= limit.bound : value >= limit.bound; }

/// The procedure, one replicate after the other.
class Elimination {
 public:
  Elimination(const std::vector<OptionRuns>& runs, const std::vector<PlanLimit>& limits, const PlanSettings& settings)
      : runs_(runs), limits_(limits), settings_(settings), states_(runs.size()), evidence_(runs.size(), 0.0), sum_(runs.size(), 0.0), met_(runs.size(), 0),
        broken_(runs.size(), std::vector<int>(limits.size(), 0)) {
    const double k = double(runs.size()), n0 = settings.first;
    const double beta = limits.empty() ? settings.error : settings.error / 2;
    const double eta = k > 1 ? (std::pow(2 * beta / (k - 1), -2 / (n0 - 1)) - 1) / 2 : 0;
    h2_ = std::max(0.0, 2 * eta * (n0 - 1));
    proof_ = std::log(2 * k / settings.error);
    const double high = std::min(1.0, settings.meets + settings.tolerance), low = settings.meets - settings.tolerance;
    for_met_ = std::log(high / low);
    for_broken_ = std::log((1 - high) / (1 - low));  // minus infinity where limits must always hold: one break is enough
    for (OptionState& state : states_) state.proven = limits.empty();
  }

  PlanDecision go() {
    PlanDecision out;
    out.indifference = settings_.indifference;
    while (looking(out.replicates) && out.replicates < settings_.most && all_have(out.replicates)) {
      take(out.replicates++);
      if (!limits_.empty()) judge_limits(out.replicates);
      if (out.replicates >= settings_.first) judge_costs(out.replicates);
    }
    const auto in = still_in();
    out.options = states_;
    if (in.empty()) {
      out.outcome = PlanDecision::Outcome::kNoneMeets;
    } else if (!looking(out.replicates)) {
      out.outcome = PlanDecision::Outcome::kChosen;
      out.chosen = in[0];
    } else if (out.replicates >= settings_.most) {
      out.outcome = PlanDecision::Outcome::kCannotTell;
    } else {
      out.next = std::min(out.replicates < settings_.first ? settings_.first - out.replicates : settings_.round, settings_.most - out.replicates);
    }
    for (const OptionState& state : states_) out.runs += state.state == State::kIn ? out.replicates : state.decided_at;
    return out;
  }

 private:
  std::vector<std::size_t> still_in() const {
    std::vector<std::size_t> in;
    for (std::size_t i = 0; i < states_.size(); ++i)
      if (states_[i].state == State::kIn) in.push_back(i);
    return in;
  }
  bool open() const {
    const auto in = still_in();
    return in.size() > 1 || (in.size() == 1 && !states_[in[0]].proven);
  }
  /// Whether there is something to find out: also of a single option its first replicates.
  bool looking(int replicates) const { return open() || (replicates < settings_.first && !still_in().empty()); }
  bool all_have(int replicate) const {
    const auto in = still_in();
    return std::all_of(in.begin(), in.end(), [&](std::size_t i) { return runs_[i].cost.size() > replicate; });
  }

  void take(int replicate) {
    for (const std::size_t i : still_in()) {
      sum_[i] += runs_[i].cost(replicate);
      bool all = true;
      for (std::size_t l = 0; l < limits_.size(); ++l)
        if (!holds(limits_[l], runs_[i].limits(replicate, Eigen::Index(l)))) {
          all = false;
          ++broken_[i][l];
        }
      met_[i] += all;
      evidence_[i] += all ? for_met_ : for_broken_;
      states_[i].mean_cost = sum_[i] / (replicate + 1);
      states_[i].met_share = double(met_[i]) / (replicate + 1);
    }
  }

  void judge_limits(int replicates) {
    for (const std::size_t i : still_in()) {
      if (states_[i].proven) continue;
      if (evidence_[i] >= proof_) states_[i].proven = true;
      if (evidence_[i] <= -proof_) eliminate(i, State::kBreaksLimits, replicates, std::size_t(std::max_element(broken_[i].begin(), broken_[i].end()) - broken_[i].begin()));
    }
  }

  void judge_costs(int replicates) {
    const auto in = still_in();
    for (const std::size_t i : in)
      for (const std::size_t l : in) {
        if (i == l || !states_[l].proven) continue;
        const double bound = std::max(0.0, h2_ * first_variance(i, l) / (2 * settings_.indifference) - settings_.indifference * replicates / 2);
        const double more = sum_[i] - sum_[l];
        const bool twin = more == 0 && bound == 0 && states_[i].proven && l < i;  // exactly as dear: the one named first stays
        if (more > bound || twin) {
          eliminate(i, twin ? State::kCostsTheSame : State::kCostsMore, replicates, l);
          break;
        }
      }
  }

  void eliminate(std::size_t i, State why, int replicates, std::size_t because_of) {
    states_[i].state = why;
    states_[i].decided_at = replicates;
    states_[i].why = because_of;
  }

  double first_variance(std::size_t i, std::size_t l) {
    const auto n0 = Eigen::Index(settings_.first);
    if (variances_.size() == 0) variances_ = Eigen::MatrixXd::Constant(Eigen::Index(states_.size()), Eigen::Index(states_.size()), -1);
    double& variance = variances_(Eigen::Index(i), Eigen::Index(l));
    if (variance < 0) {
      const Eigen::VectorXd difference = runs_[i].cost.head(n0) - runs_[l].cost.head(n0);
      variance = (difference.array() - difference.mean()).square().sum() / double(n0 - 1);
    }
    return variance;
  }

  const std::vector<OptionRuns>& runs_;
  const std::vector<PlanLimit>& limits_;
  const PlanSettings& settings_;
  std::vector<OptionState> states_;
  std::vector<double> evidence_, sum_;
  std::vector<int> met_;
  std::vector<std::vector<int>> broken_;
  Eigen::MatrixXd variances_;
  double h2_ = 0, proof_ = 0, for_met_ = 0, for_broken_ = 0;
};

}  // namespace

PlanDecision decide(const std::vector<OptionRuns>& options, const std::vector<PlanLimit>& limits, const PlanSettings& settings) {
  check(settings, !limits.empty());
  SIM_CHECK(!options.empty(), "a plan without options");
  for (const OptionRuns& each : options)
    SIM_CHECK(limits.empty() || (each.limits.rows() == each.cost.size() && each.limits.cols() == Eigen::Index(limits.size())), "a value of every limit for every cost");
  return Elimination(options, limits, settings).go();
}

}  // namespace dure::analysis
