#include "sim/reliability/fleet_figures.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/reliability/node_faults.h"
#include "sim/reliability/reliability_case.h"
#include "sim/reliability/reliability_case.pb.h"
#include "sim/units.h"

using namespace dure::sim;

namespace {

::dure::ReliabilityCase llama() {
  ::dure::ReliabilityCase row;  // 419 interruptions of 2,048 nodes in 54 days
  row.set_gpus_per_node(8);
  row.set_job_gpus(16384);
  row.set_window_days(54);
  row.set_rate_per_1000_node_days(3.79);
  row.set_value(1);
  return row;
}

double computed(::dure::ReliabilityCase row, const char* metric) {
  row.set_metric(metric);
  const auto found = predict(row, ::dure::Reliability());
  CHECK_FALSE(found.skipped);
  return found.computed;
}

std::string skipped(::dure::ReliabilityCase row, const char* metric) {
  row.set_metric(metric);
  const auto why = predict(row, ::dure::Reliability()).skipped;
  return why ? why->en : "";
}

}  // namespace

TEST_CASE("fleet figures: counts and times follow from nodes, rate and window") {
  CHECK(computed(llama(), "unexpected_interruptions") == doctest::Approx(2048 * 3.79e-3 * 54));
  CHECK(computed(llama(), "job_mttf") == doctest::Approx(24 / (2048 * 3.79e-3)));
  CHECK(computed(llama(), "gpu_failures_per_week") == doctest::Approx(7 * 2048 * 3.79e-3));
  CHECK(computed(llama(), "annual_failure_rate") == doctest::Approx(100 * 3.79e-3 * 365.25 / 8));
}

TEST_CASE("fleet figures: intervals of checkpoints read their inputs in columns or in words") {
  ::dure::ReliabilityCase row;
  row.set_value(1);
  row.set_other_inputs("write 60 s; job MTTF 3.09 h");
  const double young = std::sqrt(2 * 60 * 3.09 * 3600);
  CHECK(computed(row, "optimal_ckpt_interval_young") == doctest::Approx(young));
  row.set_ckpt_write_s(240);
  CHECK(computed(row, "optimal_ckpt_interval_young") == doctest::Approx(2 * young));
  row.set_ckpt_interval_s(2160);
  CHECK(computed(row, "checkpoint_overhead") == doctest::Approx(10));  // 240 of 2,400 s
}

TEST_CASE("fleet figures: what a row does not print skips it, with the reason") {
  ::dure::ReliabilityCase empty;
  empty.set_value(1);
  CHECK(skipped(empty, "job_mttf") == "nodes or fault rate missing");
  CHECK(skipped(empty, "node_unavailability") == "fault rate or mean repair missing");
  CHECK_FALSE(skipped(empty, "expected_ettr").empty());
  CHECK_FALSE(skipped(llama(), "happiness").empty());
  empty.set_scoring("input");
  CHECK(skipped(empty, "job_mttf") == "a parameter to feed in, not to predict");
}

TEST_CASE("fleet figures: independent faults and repairs leave a Poisson number of nodes down") {
  // 400 nodes, 4.195 faults per 1,000 node-days, 132.8 h: mean 9.28. P(<= 9) = 0.550, P(<= 8) = 0.419; P(<= 17) = 0.992, P(<= 16) = 0.984.
  const double r = 4.195e-3 / kDay_s, repair = 132.8 * kHour_s;
  CHECK(independent_down_quantile(400, r, repair, 0.5) == 9);
  CHECK(independent_down_quantile(400, r, repair, 0.99) == 17);
  CHECK(node_unavailability(r, repair) == doctest::Approx(0.02321).epsilon(1e-3));
}

TEST_CASE("fleet figures: drawn fleets without bursts meet the Poisson law, with bursts they spread wider") {
  ::dure::Reliability plain;
  plain.set_frailty_shape(1e6);
  plain.set_relapse_share(0);
  plain.set_shared_share(0);
  plain.set_month_cv(0);
  const double r = 4.195e-3 / kDay_s, repair = 132.8 * kHour_s;
  // 60 fleets of a year: about 3,900 independent looks, so that the median and the 99th percentile are within one node.
  const DrawnFleet even(mature(plain, r, repair), {5, 0}, 400, 348 * kDay_s, 60), uneven(mature({}, r, repair), {5, 0}, 400, 348 * kDay_s, 60);
  CHECK(std::abs(even.down_quantile(0.5) - 9) <= 1);
  CHECK(std::abs(even.down_quantile(0.99) - 17) <= 1);
  CHECK(uneven.down_quantile(0.99) > even.down_quantile(0.99) + 2);
  CHECK(even.worst_tenth_share() == doctest::Approx(0.27).epsilon(0.05));  // the homogeneous fleet of the reference table
  CHECK(uneven.worst_tenth_share() > 0.35);
}

TEST_CASE("fleet figures: scaled repairs have the mean asked for") {
  CHECK(Repairs(mature({}, 4e-3 / kDay_s, 50 * kHour_s)).mean_s() == doctest::Approx(50 * kHour_s));
}
