#include "sim/reliability/checkpointing.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/units.h"

using namespace dure::sim;

namespace {

::dure::Reliability faults(double per_1000_node_days, double per_1000_job_hours) {
  ::dure::Reliability spec;
  spec.set_faults_per_1000_node_days(per_1000_node_days);
  spec.set_software_faults_per_1000_job_hours(per_1000_job_hours);
  return spec;
}

}  // namespace

TEST_CASE("checkpointing: Young's and Daly's intervals for a write of 60 s and a failure every 3.09 h") {
  const double mttf_s = 3.09 * kHour_s;                                      // 11,124 s
  CHECK(young_interval_s(60, mttf_s) == doctest::Approx(1155.4).epsilon(1e-4));  // sqrt(2 x 60 x 11124)
  CHECK(daly_interval_s(60, mttf_s) == doctest::Approx(1115.7).epsilon(1e-4));   // 1155.4 (1 + 0.05193/3 + 0.002697/9) - 60
  CHECK(daly_interval_s(200, 100) == 100);                                   // a write takes twice the time to failure: D = M
}

TEST_CASE("checkpointing: hardware and software rates add in the time to failure of a job") {
  const Checkpointing save(faults(4, 2));
  // 256 nodes: 256 x 4 / 1000 / 24 h = 0.042667 per hour, and 0.002 per hour: 1 / 0.044667 = 22.388 h
  CHECK(save.mttf_s(256) / kHour_s == doctest::Approx(22.388).epsilon(1e-4));
  CHECK(std::isinf(Checkpointing(faults(0, 0)).mttf_s(256)));
}

TEST_CASE("checkpointing: the plan writes bytes at the given rate and keeps Daly's interval") {
  const auto plan = Checkpointing(faults(4, 2)).plan(256, 6e12, 1e11);
  CHECK(plan.write_s == doctest::Approx(60));
  CHECK(plan.interval_s == doctest::Approx(daly_interval_s(60, 22.388 * kHour_s)).epsilon(1e-4));
  CHECK(plan.restart_s == 300);
}

TEST_CASE("checkpointing: a fixed interval is kept, a job without bytes or policy none never saves") {
  auto spec = faults(4, 2);
  spec.mutable_checkpoint()->mutable_fixed()->set_interval_s(1800);
  CHECK(Checkpointing(spec).plan(8, 1e12, 1e10).interval_s == 1800);
  CHECK(std::isinf(Checkpointing(spec).plan(8, 0, 1e10).interval_s));
  spec.mutable_checkpoint()->mutable_none();
  CHECK(std::isinf(Checkpointing(spec).plan(8, 1e12, 1e10).interval_s));
  CHECK(std::isinf(Checkpointing(faults(0, 0)).plan(8, 1e12, 1e10).interval_s));  // nothing ever fails: nothing to save for
}

TEST_CASE("checkpointing: expected ETTR of the published 2,048-card projection") {
  // 256 nodes, 6.5 per 1000 node-days, D 3600 s, u 300 s, d 0: 1 - 256 x 0.0065 / 86400 x 2100 = 0.95956
  CHECK(expected_ettr({3600, 0, 300}, Checkpointing(faults(6.5, 0)).mttf_s(256)) == doctest::Approx(0.9596).epsilon(1e-4));
}
