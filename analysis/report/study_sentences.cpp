#include "analysis/report/study_sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/report/format.h"
#include "analysis/report/words.h"

namespace dure::analysis {
using sim::Text;
namespace {

/// "+29 min (95 % interval +20 min to +35 min)".
Text with_interval(const Worth& worth, const std::string& unit) {
  const Text value = signed_in_unit(worth.value, unit), low = signed_in_unit(worth.interval.low, unit), high = signed_in_unit(worth.interval.high, unit);
  return {fmt::format("{} (95 % interval {} to {})", value.en, low.en, high.en), fmt::format("{}(95 % 구간 {}~{})", value.ko, low.ko, high.ko)};
}

constexpr std::size_t kMostNamed = 3;

Text title(const StudyFindings& study, std::size_t option) { return {"“" + study.options[option].title.en + "”", "‘" + study.options[option].title.ko + "’"}; }

Text listed(const std::vector<Text>& names, const char* between) {
  Text all;
  for (std::size_t i = 0; i < std::min(kMostNamed, names.size()); ++i) {
    all.en += (i > 0 ? between : "") + names[i].en;
    all.ko += (i > 0 ? between : "") + names[i].ko;
  }
  if (names.size() <= kMostNamed) return all;
  return {fmt::format("{} and {} more", all.en, names.size() - kMostNamed), fmt::format("{} 외 {}개", all.ko, names.size() - kMostNamed)};
}

/// How often the limits of an option held: replicates, and of how many.
std::pair<long, int> held(const PlanDecision& decision, std::size_t option) {
  const OptionState& state = decision.options[option];
  const int looked_at = state.state == OptionState::State::kIn ? decision.replicates : state.decided_at;
  return {std::lround(state.met_share * looked_at), looked_at};
}

Text none_meets(const StudyFindings& study) {
  const PlanDecision& decision = study.plan->decision;
  const auto best = std::size_t(std::max_element(decision.options.begin(), decision.options.end(), [](const OptionState& a, const OptionState& b) { return a.met_share < b.met_share; }) - decision.options.begin());
  const Text name = title(study, best), runs = run_count(std::size_t(decision.runs)), wanted = percent(study.plan->probability);
  const auto [met, of] = held(decision, best);
  return {fmt::format("No option was shown to keep the limits in {} of futures ({}). At best {}: all limits held in {} of {} replicates.", wanted.en, runs.en, name.en, met, of),
          fmt::format("미래의 {}에서 조건을 지킨다고 확인된 안이 없습니다({}). 가장 나은 {} 안은 반복 {}회 가운데 {}회에서 모든 조건을 지켰습니다.", wanted.ko, runs.ko, name.ko, of, met)};
}

Text cost(const StudyFindings& study, std::size_t option) {
  const MetricTable* table = find(study.tables, study.decisions.front().metric);
  const double sign = study.decisions.front().better == Better::kLower ? 1 : -1;
  return in_unit(sign * study.plan->decision.options[option].mean_cost, table == nullptr ? std::string() : table->unit);
}

/// What the choice comes to, and who would have come to less but for the limits.
Text chosen_at(const StudyFindings& study, std::size_t chosen) {
  const PlanDecision& decision = study.plan->decision;
  std::vector<Text> out;
  for (std::size_t option = 0; option < decision.options.size(); ++option) {
    const OptionState& state = decision.options[option];
    if (state.state != OptionState::State::kBreaksLimits || state.mean_cost >= decision.options[chosen].mean_cost) continue;
    const Text name = title(study, option), mean = cost(study, option);
    const auto [met, of] = held(decision, option);
    out.push_back({fmt::format("{} {} ({} of {})", name.en, mean.en, met, of), fmt::format("{} {}({}회 중 {}회)", name.ko, mean.ko, of, met)});
  }
  const Text what = metric_label(study.decisions.front().metric), mean = cost(study, chosen), list = listed(out, "; ");
  Text said{fmt::format(" {}: {}", what.en, mean.en), fmt::format(" {}: {}", what.ko, mean.ko)};
  if (!study.plan->limits.empty()) {
    const auto [met, of] = held(decision, chosen);
    said.en += fmt::format(", limits held in {} of {} replicates", met, of);
    said.ko += fmt::format(", 반복 {}회 중 {}회에서 조건 준수", of, met);
  }
  if (out.empty()) return {said.en + ".", said.ko + "."};
  return {fmt::format("{}. Better but out, for the limits held too seldom: {}.", said.en, list.en), fmt::format("{}. 더 낫지만 조건을 자주 어겨 뺀 안: {}.", said.ko, list.ko)};
}

/// The budget is spent: who is still in. What the paired differences of the same runs say stands beside it and is not denied.
Text not_reached(const StudyFindings& study) {
  const StudyPlan& plan = *study.plan;
  const PlanDecision& decision = plan.decision;
  const MetricTable* table = find(study.tables, study.decisions.front().metric);
  const std::string unit = table == nullptr ? std::string() : table->unit;
  std::vector<std::size_t> in;
  for (std::size_t option = 0; option < decision.options.size(); ++option)
    if (decision.options[option].state == OptionState::State::kIn) in.push_back(option);
  std::stable_sort(in.begin(), in.end(), [&](std::size_t a, std::size_t b) { return decision.options[a].mean_cost < decision.options[b].mean_cost; });
  std::vector<Text> names;
  for (const std::size_t option : in) {
    const Text name = title(study, option), mean = cost(study, option);
    Text& said = names.emplace_back(Text{name.en + " " + mean.en, name.ko + " " + mean.ko});
    if (plan.limits.empty()) continue;
    const auto [met, of] = held(decision, option);
    const bool proven = decision.options[option].proven;
    said.en += fmt::format(" (limits held in {} of {} replicates{})", met, of, proven ? "" : ", not yet proof");
    said.ko += fmt::format("(반복 {}회 중 {}회에서 조건 준수{})", of, met, proven ? "" : ", 아직 입증 안 됨");
  }
  const Text what = metric_label(study.decisions.front().metric), list = listed(names, "; "), budget = run_count(std::size_t(plan.budget_runs)), sure = percent(plan.confidence);
  Text said{fmt::format("No choice at the stated {} confidence within the budget of {}. Still in, by {}: {}.", sure.en, budget.en, what.en, list.en),
            fmt::format("예산({}) 안에서는 정한 신뢰도({})로 고르지 못했습니다. 남은 안({}): {}.", budget.ko, sure.ko, what.ko, list.ko)};
  if (in.size() < 2) return said;
  const Text zone = signed_in_unit(decision.indifference, unit);
  return {fmt::format("{} Options within {} of the best count as equally good.", said.en, zone.en.substr(1)), fmt::format("{} 가장 나은 안과 {} 이내이면 같다고 봅니다.", said.ko, zone.ko.starts_with('+') ? zone.ko.substr(1) : zone.ko)};
}

}  // namespace

Text plan_sentence(const StudyFindings& study) {
  if (!study.plan) return {};
  const PlanDecision& decision = study.plan->decision;
  if (decision.outcome == PlanDecision::Outcome::kNoneMeets) return none_meets(study);
  if (!decision.chosen) return not_reached(study);
  std::vector<Text> twins;
  for (std::size_t option = 0; option < decision.options.size(); ++option)
    if (decision.options[option].state == OptionState::State::kCostsTheSame && decision.options[option].why == decision.chosen) twins.push_back(title(study, option));
  const bool limits = !study.plan->limits.empty();
  Text how = limits ? Text{"the best of those that keep every limit", "모든 조건을 지키는 안 가운데 가장 낫습니다"} : Text{"the best of the options", "안 가운데 가장 낫습니다"};
  if (!twins.empty()) how = limits ? Text{"none that keeps every limit is better", "모든 조건을 지키는 안 가운데 더 나은 안이 없습니다"} : Text{"none is better", "더 나은 안이 없습니다"};
  const Text name = title(study, *decision.chosen), runs = run_count(std::size_t(decision.runs)), sure = percent(study.plan->confidence);
  Text said{fmt::format("Choose {}: {}, at {} confidence ({}).", name.en, how.en, sure.en, runs.en), fmt::format("{} 안을 고르십시오. {}(신뢰도 {}, {}).", name.ko, how.ko, sure.ko, runs.ko)};
  const Text at = chosen_at(study, *decision.chosen);
  said = {said.en + at.en, said.ko + at.ko};
  if (twins.empty()) return said;
  const Text same = listed(twins, ", ");
  return {fmt::format("{} The same over these runs: {}; the first named is kept.", said.en, same.en), fmt::format("{} 이 실행에서 결과가 같은 안: {}. 먼저 적힌 안을 남겼습니다.", said.ko, same.ko)};
}

Text waiting_sentence(const StudyFindings& study) {
  if (!study.waiting) return {};
  const StudyWaiting& found = *study.waiting;
  const Text all = with_interval(found.perfect, found.unit);
  Text said{"Knowing", ""};
  if (found.waiting && found.wait) {
    const Text worth = with_interval(*found.waiting, found.unit), option = study.options[*found.wait].title;
    const bool costs = found.waiting->interval.high < 0;
    said.en = fmt::format("Waiting (“{}”) is worth {}{}; knowing", option.en, worth.en, costs ? ", so it costs more than it saves" : "");
    said.ko = fmt::format("기다림(‘{}’ 안)의 가치는 {}{}, ", option.ko, worth.ko, costs ? "로 손해이며" : "이며");
  }
  said.en += fmt::format(" everything beforehand, luck included, would be worth {}.", all.en);
  said.ko += fmt::format("우연까지 모두 미리 아는 것의 가치는 {}입니다.", all.ko);
  return said;
}

}  // namespace dure::analysis
