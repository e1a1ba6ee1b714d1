// What the sentence of a comparison says, on tables made by hand: of whom it speaks, and with whose figures.
#include "analysis/study/answer.h"

#include <doctest/doctest.h>

#include <vector>

#include "analysis/report/format.h"

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
