// Real logs through the whole engine.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

#include "tests/engine/rows.h"
#include "tests/support/third_party.h"

using namespace dure::sim;

namespace {

bool without_data() {
  if (std::getenv("DURE_DATA") != nullptr) return false;
  dure::test::say_skipped("DURE_DATA is not set");
  return true;
}

const std::string kHeld = "state IN ('staging', 'checkpointing', 'restarting', 'throttled', 'held_idle', 'rework', 'productive')";
/// The eighty dense days of the Philly log, 2017-09-24 to 2017-12-12.
const std::string kDense = "date BETWEEN '2017-09-24' AND '2017-12-12'";
constexpr double kDense_h = 80 * 24;

double busy_cards(const Rows& run) { return run.number("SELECT sum(card_hours) FROM card_hours WHERE " + kHeld + " AND " + kDense) / kDense_h; }

}  // namespace

TEST_CASE("philly on 420 servers: nothing queues, and as many cards are busy as in the log") {
  if (without_data()) return;
  const Rows run(load_scenario("scenarios/philly.txtpb").scenario);
  CHECK(run.number("SELECT count(*) FROM jobs") == 82247);
  CHECK(run.number("SELECT max(wait_s) FROM jobs") == 0);
  CHECK(run.number("SELECT count(*) FROM jobs WHERE outcome <> 'completed'") == 0);
  CHECK(run.number("SELECT sum(cards * work_s) / 3600 FROM jobs") == doctest::Approx(978078.5).epsilon(1e-7));
  const std::string first = "20 * 86400", last = "100 * 86400";  // 2017-09-24 and 2017-12-13 in seconds of the run
  const double offered = run.number("SELECT sum(cards * work_s) / 3600 FROM jobs WHERE submit_s >= " + first + " AND submit_s < " + last) / kDense_h;
  MESSAGE(fmt::format("offered by jobs of the dense days {:.2f} cards (450.66); busy in them, whole log {:.2f} (493.6)", offered, busy_cards(run)));
  CHECK(offered == doctest::Approx(450.66).epsilon(1e-5));
  CHECK(busy_cards(run) == doctest::Approx(493.6).epsilon(0.001));
}

TEST_CASE("philly, jobs of the dense days alone: 450.5 cards busy") {
  if (without_data()) return;
  const Rows run(load_scenario("scenarios/philly.txtpb", {"workload.trace.submitted_from=2017-09-24", "workload.trace.submitted_until=2017-12-12"}).scenario);
  CHECK(run.number("SELECT count(*) FROM jobs") == 80702);
  CHECK(run.number("SELECT max(wait_s) FROM jobs") == 0);
  MESSAGE(fmt::format("busy in the dense days {:.2f} cards (450.5)", busy_cards(run)));
  CHECK(busy_cards(run) == doctest::Approx(450.5).epsilon(0.001));
}

TEST_CASE("hpc2n: every job of an SWF log runs to its end on one-card nodes, and card-time is what the log says") {
  if (without_data()) return;
  const Rows run(load_scenario("scenarios/hpc2n.txtpb").scenario);
  CHECK(run.number("SELECT count(*) FROM jobs WHERE end_s IS NOT NULL") == 3145);
  CHECK(run.number("SELECT max(abs(nodes - cards)) FROM jobs") < 1e-9);
  CHECK(run.number("SELECT max(abs(end_s - start_s - work_s)) FROM jobs") < 1e-3);
  const double offered = run.number("SELECT sum(cards * work_s) / 3600 FROM jobs");
  CHECK(run.number("SELECT sum(card_hours) FROM card_hours WHERE " + kHeld) == doctest::Approx(offered).epsilon(1e-9));
  MESSAGE(fmt::format("{:.0f} processor-hours; mean wait {:.0f} s", offered, run.number("SELECT avg(wait_s) FROM jobs")));
}
