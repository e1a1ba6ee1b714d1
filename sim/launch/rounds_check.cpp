#include "sim/launch/rounds_check.h"

#include <fmt/format.h>

namespace dure::sim {
namespace proto = ::dure;
namespace {

void check_plan(const proto::Plan& plan, std::size_t options, std::vector<Error>& wrong) {
  const long first_round = long(plan.first_replicates()) * long(options);
  if (plan.budget_runs() < first_round)
    wrong.push_back(ScenarioError("plan.budget_runs", {fmt::format("the first {} replicates of {} options take {} runs, and the budget is {}", plan.first_replicates(), options, first_round, plan.budget_runs()),
                                                       fmt::format("안 {1}개를 처음 {0}번씩 반복하는 데만 {2}회를 실행해야 하는데 예산은 {3}회입니다", plan.first_replicates(), options, first_round, plan.budget_runs())},
                                  {fmt::format("give budget_runs of {} or more, or fewer first_replicates", first_round), fmt::format("budget_runs를 {} 이상으로 하거나 first_replicates를 줄이십시오", first_round)}));
  if (plan.confidence() <= 0.5)
    wrong.push_back(ScenarioError("plan.confidence", {fmt::format("a choice at {:g} confidence is a toss of a coin", plan.confidence()), fmt::format("신뢰도 {:g}은(는) 동전 던지기와 같습니다", plan.confidence())},
                                  {"give more than 0.5; 0.95 is usual", "0.5보다 크게 하십시오. 보통 0.95입니다"}));
  if (plan.probability() <= plan.tolerance())
    wrong.push_back(ScenarioError("plan.tolerance", {fmt::format("limits that hold with probability {:g} give or take {:g} may be limits that never hold", plan.probability(), plan.tolerance()),
                                                     fmt::format("조건을 지킬 확률이 {:g}±{:g}이면 한 번도 지키지 않는 안까지 들어갑니다", plan.probability(), plan.tolerance())},
                                  {"give a tolerance below the probability", "tolerance를 probability보다 작게 하십시오"}));
  if (plan.limit_size() > 0 && plan.probability() < 1 && plan.probability() + plan.tolerance() > 1 - 1e-9) {
    const double room = 1 - plan.probability();
    wrong.push_back(ScenarioError("plan.tolerance", {fmt::format("with probability {:g} give or take {:g} limits would have to hold always, and one break would rule an option out", plan.probability(), plan.tolerance()),
                                                     fmt::format("조건을 지킬 확률이 {:g}±{:g}이면 늘 지켜야 하는 셈이라 한 번만 어겨도 탈락합니다", plan.probability(), plan.tolerance())},
                                  {fmt::format("give a tolerance below {:g}, for example {:g}", room, room / 2), fmt::format("tolerance를 {:g}보다 작게 하십시오(예: {:g})", room, room / 2)}));
  }
}

void check_design(const proto::Study& study, std::vector<Error>& wrong) {
  if (study.design() != proto::LATIN_HYPERCUBE || study.input_size() == 0 || !(study.has_precision() || study.has_plan())) return;
  wrong.push_back(ScenarioError("design", {"a Latin hypercube is drawn for a fixed number of replicates, and this study decides as it goes how many it runs", "라틴 하이퍼큐브는 정해진 반복 횟수에 맞춰 뽑는데, 이 연구는 실행하면서 반복 횟수를 정합니다"},
                                {study.has_plan() ? "use design: SOBOL" : "use design: SOBOL, or leave precision and --ci-width out", study.has_plan() ? "design: SOBOL을 쓰십시오" : "design: SOBOL을 쓰거나 precision과 --ci-width를 빼십시오"}));
}

void check_waiting(const proto::Study& study, std::vector<Error>& wrong) {
  if (!study.has_wait_or_buy() || study.has_precision() || study.replicates() >= 2) return;
  wrong.push_back(ScenarioError("replicates", {"one replicate cannot tell what waiting or knowing more is worth", "한 번 반복으로는 기다림이나 정보의 가치를 알 수 없습니다"}, {"give 2 or more; 20 are a good start", "2 이상으로 하십시오. 20이 무난합니다"}));
}

void check_precision(const proto::Study& study, std::vector<Error>& wrong) {
  if (!study.has_precision()) return;
  const proto::Precision& wanted = study.precision();
  if (study.has_plan() || study.has_sensitivity()) {
    wrong.push_back(ScenarioError("precision", study.has_plan() ? Text{"a plan decides by itself how many replicates it needs", "plan 연구는 필요한 반복 횟수를 스스로 정합니다"} : Text{"a sensitivity study runs its points, whatever the precision", "민감도 연구는 정밀도와 상관없이 정해진 점만 실행합니다"},
                                  study.has_plan() ? Text{"leave precision out; plan has confidence, indifference and budget_runs", "precision을 빼십시오. plan에는 confidence, indifference, budget_runs가 있습니다"} : Text{"leave precision out; more base_points or trajectories make it narrower", "precision을 빼십시오. base_points나 trajectories를 늘리면 구간이 좁아집니다"}));
    return;
  }
  if (wanted.has_half_width() && wanted.has_relative())
    wrong.push_back(ScenarioError("precision", {"half_width and relative are both given", "half_width와 relative가 모두 있습니다"}, {"give one of them", "하나만 적으십시오"}));
  const auto above_zero = [&](const std::string& path, bool given, double value) {
    if (!given || value > 0) return;
    wrong.push_back(ScenarioError(path, {fmt::format("an interval of half-width {:g} takes endless replicates", value), fmt::format("절반 폭이 {:g}인 구간은 끝없이 반복해도 얻을 수 없습니다", value)}, {"give a number above zero", "0보다 큰 수를 적으십시오"}));
  };
  above_zero("precision.half_width", wanted.has_half_width(), wanted.half_width());
  above_zero("precision.relative", wanted.has_relative(), wanted.relative());
  if (study.replicates() < 2)
    wrong.push_back(ScenarioError("replicates", {"one replicate has no interval, so nothing says how many more are needed", "한 번 반복으로는 구간이 없어 몇 번 더 필요한지 알 수 없습니다"}, {"give 2 or more; 10 are a good start", "2 이상으로 하십시오. 10이 무난합니다"}));
  if (study.replicates() > wanted.most_replicates())
    wrong.push_back(ScenarioError("precision.most_replicates", {fmt::format("the first round has {} replicates, and {} are the most", study.replicates(), wanted.most_replicates()), fmt::format("처음 {}회를 반복하는데 최대가 {}회입니다", study.replicates(), wanted.most_replicates())},
                                  {"give fewer replicates, or a higher limit", "replicates를 줄이거나 한도를 높이십시오"}));
}

void check_correlation(const proto::Study& study, std::vector<Error>& wrong) {
  if (!study.has_sensitivity() || study.correlation_size() == 0) return;
  wrong.push_back(ScenarioError("correlation[0]", {"a sensitivity study takes its inputs as independent, whatever their correlation", "민감도 연구는 상관과 상관없이 입력을 서로 독립으로 봅니다"},
                                {"leave correlation out; a study without sensitivity draws correlated inputs", "correlation을 빼십시오. 상관 있는 입력은 sensitivity가 없는 연구에서 뽑습니다"}));
}

}  // namespace

void check_rounds(const LoadedStudy& study) {
  std::vector<Error> wrong;
  if (study.study.has_plan()) check_plan(study.study.plan(), study.options.size(), wrong);
  check_design(study.study, wrong);
  check_precision(study.study, wrong);
  check_waiting(study.study, wrong);
  check_correlation(study.study, wrong);
  if (wrong.empty()) return;
  for (Error& error : wrong) error = study.located(error);
  throw ScenarioErrors(std::move(wrong), study.sources);
}

}  // namespace dure::sim
