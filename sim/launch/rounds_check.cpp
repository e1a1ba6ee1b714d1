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
}

void check_design(const proto::Study& study, std::vector<Error>& wrong) {
  if (study.design() != proto::LATIN_HYPERCUBE || study.input_size() == 0 || !(study.has_precision() || study.has_plan())) return;
  wrong.push_back(ScenarioError("design", {"a Latin hypercube is drawn for a fixed number of replicates, and this study decides as it goes how many it runs", "라틴 하이퍼큐브는 정해진 반복 횟수에 맞춰 뽑는데, 이 연구는 실행하면서 반복 횟수를 정합니다"},
                                {study.has_plan() ? "use design: SOBOL" : "use design: SOBOL, or leave precision and --ci-width out", study.has_plan() ? "design: SOBOL을 쓰십시오" : "design: SOBOL을 쓰거나 precision과 --ci-width를 빼십시오"}));
}

}  // namespace

void check_rounds(const LoadedStudy& study) {
  std::vector<Error> wrong;
  if (study.study.has_plan()) check_plan(study.study.plan(), study.options.size(), wrong);
  check_design(study.study, wrong);
  if (wrong.empty()) return;
  for (Error& error : wrong) error = study.located(error);
  throw ScenarioErrors(std::move(wrong), study.sources);
}

}  // namespace dure::sim
