// Where an option is as good as the baseline along an axis, by hand and against a line whose zero is known.
#include <doctest/doctest.h>

#include <vector>

#include "analysis/report/study_sections.h"
#include "analysis/study/break_even.h"

using namespace dure;
using namespace dure::analysis;
using doctest::Approx;

namespace {

constexpr double kX[] = {-10, 0, 10};

/// Replicates of option(x) = 100 + slope (x - zero) + luck, baseline 100 + luck.
std::pair<Eigen::MatrixXd, Eigen::VectorXd> line(double zero, double slope, std::vector<double> zero_moves) {
  Eigen::MatrixXd values(Eigen::Index(zero_moves.size()), 3);
  Eigen::VectorXd baseline(values.rows());
  for (Eigen::Index r = 0; r < values.rows(); ++r) {
    const double luck = 7.0 * double(r % 3);
    baseline(r) = 100 + luck;
    for (Eigen::Index i = 0; i < 3; ++i) values(r, i) = 100 + luck + slope * (kX[i] - zero - zero_moves[std::size_t(r)]);
  }
  return {values, baseline};
}

}  // namespace

TEST_CASE("study break-even: the zero of a straight line, its interval no wider than what moves it") {
  const auto [values, baseline] = line(3, 2, {-1, 1, -0.5, 0.5, 0, 0});
  const auto found = break_even(kX, values, baseline, {1, 0});
  REQUIRE(found);
  CHECK(found->value == Approx(3));
  CHECK_FALSE(found->beyond);
  CHECK(found->per_unit == Approx(2));
  CHECK(found->interval->low > 2);
  CHECK(found->interval->low < 3);
  CHECK(found->interval->high > 3);
  CHECK(found->interval->high < 4);
  const auto certain = line(3, -2, {0, 0, 0, 0});
  CHECK(break_even(kX, certain.first, certain.second, {1, 0})->interval->low == Approx(3));
}

TEST_CASE("study break-even: a single replicate has a value and no interval") {
  const auto [values, baseline] = line(3, 2, {0});
  const auto found = break_even(kX, values, baseline, {1, 0});
  REQUIRE(found);
  CHECK(found->value == Approx(3));
  CHECK_FALSE(found->interval);
}

TEST_CASE("study break-even: beyond the axis the line is carried on; none where it never comes to zero") {
  const auto far = line(25, 1, {0, 0});
  CHECK(break_even(kX, far.first, far.second, {1, 0})->value == Approx(25));
  CHECK(break_even(kX, far.first, far.second, {1, 0})->beyond);
  const auto before = line(-14, 1, {0, 0});
  CHECK(break_even(kX, before.first, before.second, {1, 0})->value == Approx(-14));
  const auto flat = line(0, 0, {0, 0});
  const Eigen::MatrixXd above = flat.first.array() + 5;
  CHECK_FALSE(break_even(kX, above, flat.second, {1, 0}));
  CHECK_FALSE(break_even(std::span(kX, 1), above.leftCols(1), flat.second, {1, 0}));
}

TEST_CASE("study break-even: the sentence states where options come level, the range tried and who never does, in both languages") {
  StudyFindings study;
  study.options = {{"base", {"Capital", "수도권"}}};
  study.decisions = {{"ledger_krw.total", Better::kLower}};
  const auto at = [](double value, bool beyond) { return BreakEven{value, beyond, Interval{value - 0.5, value + 0.5}, 2e6}; };
  study.break_even = StudyBreakEven{{"adder", "가산"}, "KRW/kWh", "KRW", -17, 17, {{{"Jeju", "제주권"}, at(-0.95, false)}, {{"Far", "먼 곳"}, at(40, true)}, {{"Honam", "호남권"}, at(1.25, false)}}};
  const sim::Text said = break_even_sentence(study);
  CHECK(said.en.find("options come level with “Capital” between −0.95 and 1.25 KRW/kWh (−17 to 17 was tried): Honam 1.25 (95 % interval 0.75 to 1.75), Jeju −0.95 (−1.45 to −0.45).") != std::string::npos);
  CHECK(said.en.ends_with("No value tried does it for: Far."));
  CHECK(said.ko.find("‘수도권’ 안과 같아지는 값은 −0.95~1.25원/kWh입니다(실험 범위 −17~17): 호남권 1.25(95 % 구간 0.75~1.75), 제주권 −0.95(−1.45~−0.45).") != std::string::npos);
  study.break_even->lines = {{{"Jeju", "제주권"}, at(-0.95, false)}};
  CHECK(break_even_sentence(study).en.find("come level with “Capital” at −0.95 KRW/kWh") != std::string::npos);
  study.break_even->lines = {{{"Far", "먼 곳"}, {}}};
  CHECK(break_even_sentence(study).en.find("no value from −17 to 17 KRW/kWh makes an option as good as “Capital”") != std::string::npos);
  study.break_even.reset();
  CHECK(break_even_sentence(study).en.empty());
}

TEST_CASE("study break-even: the sentence has the change for one unit of every line it names, and an interval only where there is one") {
  StudyFindings study;
  study.options = {{"near", {"near", "가까운"}}};
  study.decisions = {{"ledger_krw.total", Better::kLower}};
  study.break_even = StudyBreakEven{{"price", "값"}, "KRW", "s", 0, 10, {{{"steep", "가파른"}, BreakEven{4, false, {}, 20}}}};
  const sim::Text alone = break_even_sentence(study);
  CHECK(alone.en.ends_with(": steep 4. One KRW moves it by +20 s."));
  CHECK(alone.en.find("interval") == std::string::npos);
  study.break_even->lines = {{{"steep", "가파른"}, BreakEven{4, false, Interval{3, 5}, 20}}, {{"flat", "완만한"}, BreakEven{6, false, Interval{5, 7}, 10}}};
  const sim::Text both = break_even_sentence(study);
  CHECK(both.en.ends_with(": flat 6 (95 % interval 5 to 7), steep 4 (3 to 5). One KRW moves it by +10 s to +20 s."));
  CHECK(both.ko.find("+10초~+20초") != std::string::npos);
}

TEST_CASE("study break-even: what does not move is level everywhere, and no number is made up for it") {
  const auto flat = line(0, 0, {0, 0, 0});
  CHECK_FALSE(break_even(kX, flat.first, flat.second, {1, 0}));
  CHECK(level_everywhere(flat.first, flat.second));
  CHECK(level_everywhere(flat.first.array() * (1 + 1e-15), flat.second));  // rounding is no difference
  CHECK_FALSE(level_everywhere(flat.first.array() + 5, flat.second));
  const auto steep = line(3, 2, {0, 0});
  CHECK_FALSE(level_everywhere(steep.first, steep.second));

  StudyFindings study;
  study.options = {{"base", {"In order", "순서대로"}}};
  study.decisions = {{"ledger_krw.total", Better::kLower}};
  study.break_even = StudyBreakEven{{"load", "부하"}, "KRW", "KRW", 0.5, 0.9, {{{"EASY", "빈틈"}, {}, true}}};
  const sim::Text level = break_even_sentence(study);
  CHECK(level.en.ends_with("the options of these lines are level with “In order” everywhere from 0.5 to 0.9 KRW: EASY."));
  CHECK(level.ko.ends_with("0.5~0.9원 어디서나 ‘순서대로’ 안과 같은 안: 빈틈."));
  CHECK(why_no_break_even(*study.break_even, study.break_even->lines[0]).en == "it is level everywhere on this line");
  study.break_even->lines.push_back({{"Steep", "가파른"}, BreakEven{0.57, false, {}, 20}});
  CHECK(break_even_sentence(study).en.find("at 0.57 KRW") != std::string::npos);
  CHECK(break_even_sentence(study).en.ends_with("Level with it everywhere: EASY."));
  study.break_even->mark = 0;
  study.break_even->lines = {{{"load", "부하"}, {}, true}};
  CHECK(break_even_sentence(study).en.ends_with("it is at KRW 0 everywhere from KRW 0.5 to KRW 0.9 load."));
  CHECK(break_even_sentence(study).ko.ends_with("어디서나 0 원입니다."));
  CHECK(why_no_break_even(*study.break_even, study.break_even->lines[0]).en == "it is at the mark everywhere on this line");
}
