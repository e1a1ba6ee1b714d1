#include "sim/reliability/repair_shop.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sim/error.h"
#include "sim/random.h"
#include "sim/units.h"

using namespace dure::sim;

TEST_CASE("repair shop: by default a repair takes its measured time") {
  RepairShop shop(::dure::RepairShop{}, {250});
  CHECK(shop.done_s(SiteId{0}, 100, 5000, true) == 5100);
  CHECK(shop.done_s(SiteId{0}, 100, 7 * kDay_s, false) == 100 + 7 * kDay_s);
}

TEST_CASE("repair shop: a lone crew takes broken nodes one after another, and the measured wait follows") {
  ::dure::RepairShop spec;
  spec.set_crews_per_site(1);
  spec.set_hands_on_hours(4);
  RepairShop shop(spec, {250, 250});
  CHECK(shop.done_s(SiteId{0}, 0, 10 * kHour_s, false) == 10 * kHour_s);  // crew 0-4
  CHECK(shop.done_s(SiteId{0}, 0, 1 * kHour_s, false) == 5 * kHour_s);    // crew 4-5
  CHECK(shop.done_s(SiteId{1}, 0, 1 * kHour_s, false) == 1 * kHour_s);    // the other site has its own crew
  CHECK(shop.done_s(SiteId{0}, 2 * kHour_s, 6 * kHour_s, false) == 11 * kHour_s);  // crew 5-9, then 2 h of measured wait
}

TEST_CASE("repair shop: two parts in stock serve two repairs, the third waits for the first order") {
  ::dure::RepairShop spec;
  spec.set_spare_parts_share(0.02);
  spec.set_rma_days(10);
  spec.set_hands_on_hours(4);
  RepairShop shop(spec, {100});
  REQUIRE(shop.stock(SiteId{0}) == 2);
  const double day = kDay_s, hours = 4 * kHour_s;
  CHECK(shop.done_s(SiteId{0}, 0, 30 * day, true) == hours);
  CHECK(shop.done_s(SiteId{0}, 1 * day, 30 * day, true) == 1 * day + hours);
  CHECK(shop.done_s(SiteId{0}, 2 * day, 30 * day, true) == 10 * day + hours);   // ordered on day 0, back on day 10
  CHECK(shop.done_s(SiteId{0}, 3 * day, 30 * day, true) == 11 * day + hours);   // ordered on day 1
  CHECK(shop.done_s(SiteId{0}, 3 * day, 600, false) == 3 * day + 600);          // a reset needs none
  CHECK(shop.done_s(SiteId{0}, 20 * day, 30 * day, true) == 20 * day + hours);  // stock is back
}

TEST_CASE("repair shop: while one repair waits for its part, the lone crew does another") {
  ::dure::RepairShop spec;
  spec.set_crews_per_site(1);
  spec.set_spare_parts_share(0.01);
  spec.set_rma_days(10);
  spec.set_hands_on_hours(4);
  RepairShop shop(spec, {100});
  CHECK(shop.done_s(SiteId{0}, 0, 9 * kDay_s, true) == 4 * kHour_s);                 // the one part
  CHECK(shop.done_s(SiteId{0}, 0, 9 * kDay_s, true) == 10 * kDay_s + 4 * kHour_s);   // waits for its return
  CHECK(shop.done_s(SiteId{0}, kHour_s, 3 * kHour_s, false) == 7 * kHour_s);         // crew 4-7, no part needed
  CHECK(shop.done_s(SiteId{0}, 10 * kDay_s - kHour_s, 3 * kHour_s, false) == 10 * kDay_s + 7 * kHour_s);  // would run into the booking
}

TEST_CASE("repair shop: refuses to go back in time") {
  RepairShop shop(::dure::RepairShop{}, {1});
  shop.done_s(SiteId{0}, 10, 1, false);
  CHECK_THROWS_AS(shop.done_s(SiteId{0}, 9, 1, false), std::logic_error);
}

TEST_CASE("law: crews are an M/M/c queue") {
  // 3 crews, load 2.4 erlang. Erlang C: C = 0.6472 (B = 0.2684), mean wait C / (3 mu - lambda) = 0.6472 / 0.6 = 1.0787
  // repairs' length. Sampling error of the mean over 200,000 repairs is about 1.3 %, correlation included; bound 5 %.
  ::dure::RepairShop spec;
  spec.set_crews_per_site(3);
  spec.set_hands_on_hours(100000);
  RepairShop shop(spec, {1000});
  Random random({6, 0}, "crews");
  double now_s = 0, wait_s = 0;
  const int n = 200000;
  for (int i = 0; i < n; ++i) {
    now_s += random.exponential_s(1000 / 2.4);
    const double repair_s = random.exponential_s(1000);
    wait_s += shop.done_s(SiteId{0}, now_s, repair_s, false) - now_s - repair_s;
  }
  CHECK(wait_s / n / 1000 == doctest::Approx(1.0787).epsilon(0.05));
}

TEST_CASE("law: the share of repairs that find no part is Poisson's tail") {
  // 4 orders under way on average (0.2 a day x 20 days), stock 6: P(Poisson(4) >= 6) = 0.21487; sd over 100,000 about 0.004.
  ::dure::RepairShop spec;
  spec.set_spare_parts_share(0.06);
  spec.set_rma_days(20);
  spec.set_hands_on_hours(0);
  RepairShop shop(spec, {100});
  Random random({6, 0}, "parts");
  double now_s = 0;
  int none = 0;
  const int n = 100000;
  for (int i = 0; i < n; ++i) {
    now_s += random.exponential_s(5 * kDay_s);
    none += shop.done_s(SiteId{0}, now_s, kDay_s, true) > now_s;
  }
  CHECK(std::abs(double(none) / n - 0.21487) < 0.014);
}
