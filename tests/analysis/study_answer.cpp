// What the sentence of a comparison says, on tables made by hand: of whom it speaks, and with whose figures.
#include "analysis/study/answer.h"

#include <doctest/doctest.h>

#include <vector>

#include "analysis/report/format.h"
#include "analysis/report/study_sections.h"
#include "analysis/report/study_sentences.h"

using namespace dure;
using namespace dure::analysis;

namespace {

/// Options a, b, c, …, each with a column of values.
struct Made {
  std::vector<NamedOption> options;
  std::vector<MetricTable> tables;
  std::vector<DecisionMetric> decisions;
};
void add(Made& made, const char* metric, const std::vector<std::vector<double>>& columns) {
  MetricTable& table = made.tables.emplace_back();
  table.name = metric;
  table.unit = "cards";
  table.values.resize(Eigen::Index(columns[0].size()), Eigen::Index(columns.size()));
  for (std::size_t option = 0; option < columns.size(); ++option)
    for (std::size_t r = 0; r < columns[option].size(); ++r) table.values(Eigen::Index(r), Eigen::Index(option)) = columns[option][r];
  table.why_none.resize(columns.size());
  made.decisions.push_back({metric, Better::kLower});
}
Made made(const std::vector<std::vector<double>>& columns) {
  Made out;
  for (std::size_t option = 0; option < columns.size(); ++option) out.options.push_back({std::string(1, char('a' + option)), both(std::string(1, char('A' + option)))});
  add(out, "x", columns);
  return out;
}
sim::Text said(const Made& m, std::size_t baseline = 0) { return sentence(answer(m.options, baseline, m.decisions, m.tables, {1, 0}), m.options, baseline, m.decisions); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::vector<double> kTen = {10, 11, 12, 10, 11, 12, 10, 11, 12, 10};
std::vector<double> moved(const std::vector<double>& by) {
  std::vector<double> out;
  for (std::size_t r = 0; r < kTen.size(); ++r) out.push_back(kTen[r] + by[r % by.size()]);
  return out;
}

}  // namespace

TEST_CASE("study answer: the options make no difference only where none of them differs") {
  const sim::Text none = said(made({kTen, kTen, kTen}));
  CHECK(has(none.en, "The options make no difference here. By x: 10.9 cards each, 10 paired runs."));
  CHECK(has(none.ko, "안에 따른 차이가 없습니다"));
  // the twin of the baseline lies nearest to it, and a third option is far
  const sim::Text third = said(made({kTen, kTen, moved({5, 6})}));
  CHECK_FALSE(has(third.en, "no difference"));
  CHECK(has(third.en, "“A” and “B” come out the same, and better than “C”."));
  CHECK(has(third.en, "difference +5.5 cards"));
  CHECK(has(third.ko, "‘A’ 안과 ‘B’ 안은 결과가 같고, ‘C’ 안보다 낫습니다."));
  // the same by the metric that answers, not by another
  Made other = made({kTen, kTen});
  add(other, "y", {kTen, moved({1, 2})});
  CHECK(has(said(other).en, "By x the options come out the same"));
}

TEST_CASE("study answer: two that cannot be told apart come with the figures of that very pair, and the baseline they beat is named") {
  const Made m = made({moved({9, 10, 11}), moved({1, 0}), moved({0, 1.2})});  // B and C near each other, both far below the baseline
  const sim::Text text = said(m);
  CAPTURE(text.en);
  CAPTURE(text.ko);
  const Comparison pair = compare(m.tables[0].values.col(2), m.tables[0].values.col(1), Better::kLower);  // the best less the other
  REQUIRE(pair.interval->low < 0);
  REQUIRE(pair.interval->high > 0);
  CHECK(has(text.en, "These runs cannot tell “B” from “C”."));
  CHECK(has(text.en, "“B” 11.4 cards against “C” 11.5 cards, difference " + signed_in_unit(pair.mean_difference, "cards").en + ", 95 % interval " + signed_in_unit(pair.interval->low, "cards").en + " to " + signed_in_unit(pair.interval->high, "cards").en));
  CHECK(has(text.en, "Better than the baseline “A” at 20.8 cards: “B” (−9.4 cards"));
  CHECK(has(text.en, "; “C” (−9.3 cards"));
  CHECK(has(text.ko, "이 실행으로는 ‘B’ 안과 ‘C’ 안을 구별할 수 없습니다."));
  CHECK(has(text.ko, "기준인 ‘A’ 안(20.8장)보다 나은 안: ‘B’(−9.4장"));
  // where the baseline itself is among those that cannot be told, it is not beaten
  CHECK_FALSE(has(said(m, 1).en, "Better than the baseline"));
}

TEST_CASE("study answer: of many that cannot be told apart the nearest three have their figures") {
  std::vector<std::vector<double>> columns;
  for (int option = 0; option < 6; ++option) columns.push_back(moved({0.1 * option, 0.0, 1.0}));
  columns[1] = moved({1, 0, -1});
  const sim::Text text = said(made(columns));
  CAPTURE(text.en);
  CHECK(has(text.en, "and 2 more."));
  CHECK(text.en.back() == '.');
  CHECK(has(text.ko, "외 2개 안을 구별할 수 없습니다."));
  std::size_t intervals = 0;
  for (std::size_t at = text.en.find("interval"); at != std::string::npos; at = text.en.find("interval", at + 1)) ++intervals;
  CHECK(intervals == 3);
}

TEST_CASE("study answer: what the table cannot tell from the baseline is not recommended, and its interval is said to be of its pair alone") {
  // p of the pair is 0.04; with another metric's comparison in the table it is twice that by Holm
  Made m = made({std::vector<double>(10, 0.0), {-1.5, -1.5, -1.5, -1.5, -0.2, -1.5, -1.5, 1, 0.1, 0.5}});
  const double p = *compare(m.tables[0].values.col(0), m.tables[0].values.col(1), Better::kLower).p;
  CAPTURE(p);
  REQUIRE(p < 0.05);
  REQUIRE(p > 0.025);
  CHECK(has(said(m).en, "“B” is better than “A”."));
  add(m, "y", {kTen, moved({1, 0, -1})});
  const sim::Text text = said(m);
  CHECK(has(text.en, "These runs cannot tell “B” from “A”."));
  CHECK(has(text.en, "An interval is that of its pair alone"));
}

TEST_CASE("study answer: one replicate tells nothing apart") {
  const sim::Text text = said(made({{1}, {2}, {2}}));
  CHECK(has(text.en, "One replicate cannot tell the options apart."));
  CHECK_FALSE(has(text.en, "interval"));
  CHECK(has(text.ko, "반복 한 번으로는"));
}

TEST_CASE("study answer: a plan names who is the same, who is still in, or how often the limits held at best") {
  using State = OptionState::State;
  Made m = made({kTen, kTen, moved({1})});
  StudyFindings study;
  study.options = m.options;
  study.decisions = m.decisions;
  study.tables = m.tables;
  StudyPlan plan;
  plan.confidence = 0.95;
  plan.probability = 0.9;
  plan.budget_runs = 100;
  plan.decision.replicates = 33;
  plan.decision.runs = 76;
  plan.decision.indifference = 0.2;
  plan.decision.options = {{State::kIn, true, 0, {}, 10.9, 1}, {State::kCostsTheSame, true, 10, 0, 10.9, 1}, {State::kIn, true, 0, {}, 11.9, 1}};
  study.plan = plan;
  CHECK(plan_sentence(study).en == "No choice at the stated 95 % confidence within the budget of 100 runs. Still in, by x: “A” 10.9 cards; “C” 11.9 cards. Options within 0.2 cards of the best count as equally good.");
  CHECK(plan_sentence(study).ko == "예산(실행 100회) 안에서는 정한 신뢰도(95%)로 고르지 못했습니다. 남은 안(x): ‘A’ 10.9장; ‘C’ 11.9장. 가장 나은 안과 0.2장 이내이면 같다고 봅니다.");
  study.plan->decision.chosen = 0;
  study.plan->decision.outcome = PlanDecision::Outcome::kChosen;
  CHECK(plan_sentence(study).en == "Choose “A”: none is better, at 95 % confidence (76 runs). x: 10.9 cards. The same over these runs: “B”; the first named is kept.");
  study.plan->limits = {{"y", true, 3}};
  study.plan->decision.options[1].state = State::kCostsMore;
  CHECK(has(plan_sentence(study).en, "Choose “A”: the best of those that keep every limit, at 95 % confidence"));
  study.plan->decision.options = {{State::kIn, true, 0, {}, 10.9, 1}, {State::kBreaksLimits, false, 5, 0, 9, 0.4}, {State::kBreaksLimits, false, 13, 0, 11.9, 0}};
  CHECK(has(plan_sentence(study).en, "x: 10.9 cards, limits held in 33 of 33 replicates. Better but out, for the limits held too seldom: “B” 9 cards (2 of 5)."));
  CHECK(has(plan_sentence(study).ko, "x: 10.9장, 반복 33회 중 33회에서 조건 준수. 더 낫지만 조건을 자주 어겨 뺀 안: ‘B’ 9장(5회 중 2회)."));
  study.plan->decision.chosen.reset();
  study.plan->decision.outcome = PlanDecision::Outcome::kNoneMeets;
  study.plan->decision.options = {{State::kBreaksLimits, false, 20, 0, 10.9, 0.6}, {State::kBreaksLimits, false, 50, 0, 10.9, 0.8}, {State::kBreaksLimits, false, 13, 0, 11.9, 0}};
  CHECK(has(plan_sentence(study).en, "No option was shown to keep the limits in 90 % of futures (76 runs). At best “B”: all limits held in 40 of 50 replicates."));
  CHECK(has(plan_sentence(study).ko, "가장 나은 ‘B’ 안은 반복 50회 가운데 40회에서 모든 조건을 지켰습니다."));
}

TEST_CASE("study answer: the order does not rank options that the table cannot tell apart") {
  const auto order = [](const Made& m) {
    StudyFindings study;
    study.options = m.options;
    study.decisions = m.decisions;
    study.tables = m.tables;
    study.answer = answer(m.options, 0, m.decisions, m.tables, {1, 0});
    REQUIRE(study.answer.recommended);
    return rank_sentence(study);
  };
  const Made near = made({moved({5, 6}), kTen, moved({5, 5, 7, 6})});
  CHECK(has(order(near).en, "In order: B 10.9 cards; A 16.4 cards, C 16.5 cards (not told apart)."));
  CHECK(has(order(near).ko, "차례: B 10.9장; A 16.4장, C 16.5장(구별 안 됨)."));
  CHECK(has(order(made({moved({5, 6}), kTen, moved({9, 8})})).en, "In order: B 10.9 cards; A 16.4 cards; C 19.4 cards."));
}
