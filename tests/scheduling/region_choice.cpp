#include "sim/scheduling/region_choice.h"

#include <doctest/doctest.h>

#include <vector>

using namespace dure::sim;

namespace {

constexpr RegionId kHome{1}, kAway{2};
constexpr PoolId kHomePool{0}, kNear{1}, kFar{2};

RegionChoice choice(bool home_first = true, bool spill_over = true) {
  proto::RegionChoice config;
  config.set_home_first(home_first);
  config.set_spill_over(spill_over);
  return RegionChoice(config);
}

// Pool, region, fits now, could hold, waiting cards, cards in service, room
std::vector<PoolChoice> pools() {
  return {{kHomePool, kHome, false, true, 90, 100, 10}, {kNear, kAway, true, true, 50, 100, 30}, {kFar, kAway, true, true, 0, 100, 80}};
}

}  // namespace

TEST_CASE("region choice: home if it fits there, else the nearest pool where it fits, else home") {
  auto seen = pools();
  CHECK(choice().for_job(kHome, true, seen) == kNear);
  seen[0].fits_now = true;
  CHECK(choice().for_job(kHome, true, seen) == kHomePool);
  seen[0].fits_now = seen[1].fits_now = seen[2].fits_now = false;
  CHECK(choice().for_job(kHome, true, seen) == kHomePool);
}

TEST_CASE("region choice: if home can never hold it, the shortest queue per card in service") {
  auto seen = pools();
  seen[0].could_hold = seen[1].fits_now = seen[2].fits_now = false;
  seen[1].cards_in_service = 1000;  // 50 / 1000 against 10 / 100
  seen[2].waiting_cards = 10;
  CHECK(choice().for_job(kHome, true, seen) == kNear);
  seen[1].cards_in_service = 0;  // all nodes away
  CHECK(choice().for_job(kHome, true, seen) == kFar);
}

TEST_CASE("region choice: a job that may not leave home waits there, and has no place if home can never hold it") {
  auto seen = pools();
  CHECK(choice().for_job(kHome, false, seen) == kHomePool);
  CHECK(choice(true, false).for_job(kHome, true, seen) == kHomePool);
  seen[0].could_hold = false;
  CHECK_FALSE(choice().for_job(kHome, false, seen));
}

TEST_CASE("region choice: without home first the pool that fits, then the shortest queue") {
  auto seen = pools();
  seen[0].fits_now = true;
  CHECK(choice(false).for_job(kHome, true, seen) == kHomePool);  // only because it is the first given
  seen[0].fits_now = seen[1].fits_now = seen[2].fits_now = false;
  CHECK(choice(false).for_job(kHome, true, seen) == kFar);
}

TEST_CASE("region choice: a grant lies at home if all of it has room there, else where most room is") {
  const auto seen = pools();
  CHECK(choice().for_grant(kHome, 10, seen) == kHomePool);
  CHECK(choice().for_grant(kHome, 11, seen) == kFar);
  CHECK(choice(true, false).for_grant(kHome, 11, seen) == kHomePool);
}

namespace {
proto::RegionChoice by(proto::RegionRule rule, proto::CardChoice cards = proto::ANY) {
  proto::RegionChoice config;
  config.set_rule(rule);
  config.set_card_choice(cards);
  return config;
}
}  // namespace

TEST_CASE("region choice: the least expected wait, wherever the job would start at once; home among equals") {
  auto seen = pools();  // near and far fit now
  seen[0].wait_s = 100;
  seen[1].wait_s = 50;
  seen[2].wait_s = 40;
  const RegionChoice choice(by(proto::LEAST_WAIT));
  CHECK(choice.for_job(kHome, true, seen) == kFar);
  CHECK(choice.for_job(kHome, false, seen) == kHomePool);
  seen[0].wait_s = 40;
  CHECK(choice.for_job(kHome, true, seen) == kHomePool);
}

TEST_CASE("region choice: the cheapest kWh among the pools that fit now, among all if none does") {
  auto seen = pools();
  seen[0].krw_per_kwh = 90;  // home has no room now
  seen[1].krw_per_kwh = 120;
  seen[2].krw_per_kwh = 110;
  const RegionChoice choice(by(proto::CHEAPEST_POWER));
  CHECK(choice.for_job(kHome, true, seen) == kFar);
  seen[1].fits_now = seen[2].fits_now = false;
  CHECK(choice.for_job(kHome, true, seen) == kHomePool);
  seen[1].krw_per_kwh = 80;
  CHECK(choice.for_job(kHome, true, seen) == kNear);
  seen[1].could_hold = false;
  CHECK(choice.for_job(kHome, true, seen) == kHomePool);
}

TEST_CASE("region choice: the lowest carbon, and the shortest way of the data") {
  auto seen = pools();
  seen[0].carbon_kg_per_kwh = 0.45;
  seen[1].carbon_kg_per_kwh = 0.42;
  seen[2].carbon_kg_per_kwh = 0.44;
  seen[0].transfer_s = 0;
  seen[1].transfer_s = 900;
  seen[2].transfer_s = 600;
  CHECK(RegionChoice(by(proto::LOWEST_CARBON)).for_job(kHome, true, seen) == kNear);
  CHECK(RegionChoice(by(proto::DATA_GRAVITY)).for_job(kHome, true, seen) == kFar);  // home has no room now
  seen[0].fits_now = true;
  CHECK(RegionChoice(by(proto::DATA_GRAVITY)).for_job(kHome, true, seen) == kHomePool);
}

TEST_CASE("region choice: a grant goes by price, carbon or data where all of it has room") {
  auto seen = pools();  // room 10, 30, 80
  for (PoolChoice& pool : seen) pool.fits_now = true;
  seen[0].krw_per_kwh = 90;
  seen[1].krw_per_kwh = 100;
  seen[2].krw_per_kwh = 110;
  const RegionChoice choice(by(proto::CHEAPEST_POWER));
  CHECK(choice.for_grant(kHome, 10, seen) == kHomePool);
  CHECK(choice.for_grant(kHome, 20, seen) == kNear);
  CHECK(choice.for_grant(kHome, 60, seen) == kFar);
  CHECK_FALSE(choice.for_grant(kHome, 90, seen));
}

TEST_CASE("region choice: of each site the card on which the job would finish first") {
  // At home an old card is free: 1,000 s of work. A new one does it in 400 s but is taken for another 500 s, or 700 s.
  std::vector<PoolChoice> seen = {{kHomePool, kHome, true, true, 0, 100, 0}, {kNear, kHome, false, true, 0, 100, 0}, {kFar, kAway, true, true, 0, 100, 0}};
  seen[2].site = SiteId{1};
  seen[0].run_s = 1000;
  seen[1].run_s = 400;
  seen[1].wait_s = 500;
  seen[2].run_s = 950;
  const RegionChoice home(by(proto::HOME, proto::FASTEST_FINISH));
  CHECK(home.for_job(kHome, true, seen) == kNear);      // 900 s; the site could start it now, so it does not spill
  CHECK(choice().for_job(kHome, true, seen) == kHomePool);  // any card: the free one
  seen[1].wait_s = 700;
  CHECK(home.for_job(kHome, true, seen) == kHomePool);  // 1,100 s against 1,000 s
  const RegionChoice anywhere(by(proto::LEAST_WAIT, proto::FASTEST_FINISH));
  CHECK(anywhere.for_job(kHome, true, seen) == kFar);   // 950 s
  seen[1].wait_s = 500;
  CHECK(anywhere.for_job(kHome, true, seen) == kNear);  // 900 s
}
