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
