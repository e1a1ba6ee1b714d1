// Rows of a plan as files have them: who was chosen, who was out, when and why.
#include "analysis/report/study_rows.h"

#include <doctest/doctest.h>

#include "analysis/report/format.h"

using namespace dure::analysis;

TEST_CASE("study rows: eliminations name the option that is better and the limit that was broken, means in the metric's own sign") {
  StudyFindings found;
  found.options = {{"a", both("A")}, {"b", both("B")}, {"c", both("C")}, {"d", both("D")}};
  found.decisions = {{"x", Better::kHigher}};
  StudyPlan plan;
  plan.limits = {{"y", true, 3}, {"z", false, 4}};
  using State = OptionState::State;
  plan.decision.options = {{State::kIn, true, 0, {}, -5, 1}, {State::kCostsMore, true, 12, 0, -4, 1}, {State::kBreaksLimits, false, 30, 1, -6, 0.5}, {}};
  plan.decision.chosen = 0;
  found.plan = plan;
  const auto rows = elimination_rows(found);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].state == "chosen");
  CHECK(rows[0].mean == 5);
  CHECK_FALSE(rows[0].after);
  CHECK(rows[1].state == "costs_more");
  CHECK(rows[1].because_of == "a");
  CHECK(rows[1].after == 12);
  CHECK(rows[2].state == "breaks_limits");
  CHECK(rows[2].because_of == "z");
  CHECK(rows[2].met_share == 0.5);
  CHECK(rows[3].state == "in");
  for (const EliminationRow& row : rows) CHECK_FALSE(elimination_words(row.state).ko.empty());
}
