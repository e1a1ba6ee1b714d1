#include "sim/reliability/checkpointing.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "sim/random.h"
#include "sim/reliability/attempt.h"
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

TEST_CASE("attempt: seven seconds of work, saved every three, is nine seconds of wall") {
  const Attempt job{{3, 1, 0}, 0, 7, 0, 1};  // 3 work, 1 write, 3 work, 1 write, 1 work
  CHECK(wall_s(job) == 9);
  CHECK(wall_s(Attempt{{3, 1, 0}, 0, 6, 0, 1}) == 7);  // no write at the very end
  CHECK(standing(job, 2).work_s == 2);
  CHECK(standing(job, 2).saved_s == 0);
  CHECK(standing(job, 3.5).work_s == 3);
  CHECK(standing(job, 3.5).writing);
  CHECK(standing(job, 3.5).saved_s == 0);  // the write had not ended
  CHECK(standing(job, 3.5).checkpointing_s == 0.5);
  CHECK(standing(job, 4).saved_s == 3);
  CHECK(standing(job, 6).work_s == 5);
  CHECK(standing(job, 6).lost_s() == 2);
  CHECK(standing(job, 9).work_s == 7);
  CHECK(standing(job, 9).checkpointing_s == 2);
}

TEST_CASE("attempt: after an interruption the job goes on from its last checkpoint and does the rest again") {
  const Attempt first{{3, 1, 0}, 0, 7, 0, 1};
  const Attempt second = resumed(first, standing(first, 6));  // progress 5, saved 3
  CHECK(second.from_s == 3);
  CHECK(second.peak_s == 5);
  CHECK(wall_s(second) == 5);  // 3 work, 1 write, 1 work
  CHECK(standing(second, 1).rework_s == 1);
  CHECK(standing(second, 1).productive_s == 0);
  CHECK(standing(second, 5).rework_s == 2);
  CHECK(standing(second, 5).productive_s == 2);
  const Attempt third = resumed(second, standing(second, 1));  // stopped before it regained the peak
  CHECK(third.from_s == 3);
  CHECK(third.peak_s == 5);
}

TEST_CASE("attempt: a job that never saves starts over, and half speed doubles the work but not the writes") {
  const Attempt never{{std::numeric_limits<double>::infinity(), 0, 0}, 0, 7, 0, 1};
  CHECK(wall_s(never) == 7);
  CHECK(resumed(never, standing(never, 6)).from_s == 0);
  CHECK(resumed(never, standing(never, 6)).peak_s == 6);
  const Attempt slow{{3, 1, 0}, 0, 7, 0, 0.5};
  CHECK(wall_s(slow) == 16);  // 14 + 2
  CHECK(standing(slow, 6.5).writing);
  CHECK(standing(slow, 8).work_s == 3.5);
}

TEST_CASE("law: effective share of a long job under faults is the expected ETTR") {
  // 100 nodes, one fault in 20,000 s, d 30 s, u 300 s, Daly's interval. The formula is first order in (u + D/2)/M:
  // its error is about ((u + D/2)/M)^2 / 2 = 0.0013 here.
  const double mttf_s = 20000;
  const CheckpointPlan plan{daly_interval_s(30, mttf_s), 30, 300};
  Random random({11, 0}, "ettr");
  Attempt job{plan, 0, 1e9, 0, 1};
  double wall = 0;
  double productive = 0;
  int faults = 0;
  while (faults < 20000) {
    const double until_s = random.exponential_s(mttf_s);
    wall += until_s;
    ++faults;
    if (until_s <= plan.restart_s) continue;  // failed again while it restarted
    const Standing at = standing(job, until_s - plan.restart_s);
    productive += at.productive_s;
    job = resumed(job, at);
  }
  const double ettr = productive / wall;
  MESSAGE("ETTR simulated " << ettr << ", formula " << expected_ettr(plan, mttf_s));
  CHECK(std::abs(ettr - expected_ettr(plan, mttf_s)) < 0.004);  // 0.0013 + 3 standard errors of 20,000 faults
  for (const double factor : {0.4, 2.5}) {                      // and Daly's interval beats shorter and longer ones
    Random again({11, 0}, "ettr");
    Attempt other{{plan.interval_s * factor, 30, 300}, 0, 1e9, 0, 1};
    double other_wall = 0;
    double other_productive = 0;
    for (int i = 0; i < 20000; ++i) {
      const double until_s = again.exponential_s(mttf_s);
      other_wall += until_s;
      if (until_s <= 300) continue;
      const Standing at = standing(other, until_s - 300);
      other_productive += at.productive_s;
      other = resumed(other, at);
    }
    CHECK(other_productive / other_wall < ettr);
  }
}
