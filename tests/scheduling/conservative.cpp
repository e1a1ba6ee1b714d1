// Conservative backfilling: schedules worked by hand, a plain implementation, and promises that are kept.
#include "sim/scheduling/conservative_backfill.h"

#include <doctest/doctest.h>

#include <map>

#include "tests/scheduling/random_jobs.h"
#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

struct Slot {
  double from_s, to_s;
  int cards;
};

/// As the textbook has it, on nodes of one card: all that is known is a list of slots, of running jobs and of promises.
class Textbook {
 public:
  Textbook(int cards, const std::vector<TestJob>& jobs) : cards_(cards), jobs_(jobs), starts_(jobs.size(), -1) {}

  std::vector<double> starts() {
    std::size_t next = 0;
    while (next < jobs_.size() || !running_.empty()) {
      now_s_ = next < jobs_.size() ? jobs_[next].submit_s : 1e300;
      for (const auto& [job, slot] : running_) now_s_ = std::min(now_s_, slot.from_s + jobs_[job].work_s);
      bool early = false;
      for (auto it = running_.begin(); it != running_.end();) {
        if (it->second.from_s + jobs_[it->first].work_s > now_s_) {
          ++it;
          continue;
        }
        early |= it->second.to_s > now_s_;
        it = running_.erase(it);
      }
      if (early) compress();
      for (; next < jobs_.size() && jobs_[next].submit_s <= now_s_; ++next) promised_[next] = earliest(next);
      for (auto it = promised_.begin(); it != promised_.end();) {
        if (it->second.from_s > now_s_) {
          ++it;
          continue;
        }
        starts_[it->first] = now_s_;
        running_.insert(*it);
        it = promised_.erase(it);
      }
      longest_ = std::max(longest_, promised_.size());
    }
    return starts_;
  }
  std::size_t longest() const { return longest_; }

 private:
  void compress() {
    for (bool moved = true; moved;) {
      moved = false;
      for (auto& [job, slot] : promised_) {
        const Slot other = earliest(job);
        moved |= other.from_s < slot.from_s;
        slot = other;
      }
    }
  }
  /// Tries now and the end of every slot, and at each looks at the cards in use whenever another slot begins.
  Slot earliest(std::size_t job) const {
    std::vector<Slot> others;
    for (const auto& [other, slot] : running_) others.push_back(slot);
    for (const auto& [other, slot] : promised_)
      if (other != job) others.push_back(slot);
    std::vector<double> tries = {now_s_};
    for (const Slot& slot : others)
      if (slot.to_s > now_s_) tries.push_back(slot.to_s);
    std::sort(tries.begin(), tries.end());
    for (const double from_s : tries) {
      const Slot mine{from_s, from_s + jobs_[job].estimate_s, jobs_[job].ask.cards};
      bool has_room = in_use(others, from_s) + mine.cards <= cards_;
      for (const Slot& slot : others)
        if (has_room && slot.from_s > mine.from_s && slot.from_s < mine.to_s) has_room = in_use(others, slot.from_s) + mine.cards <= cards_;
      if (has_room) return mine;
    }
    return {};
  }
  static int in_use(const std::vector<Slot>& slots, double time_s) {
    int cards = 0;
    for (const Slot& slot : slots)
      if (slot.from_s <= time_s && time_s < slot.to_s) cards += slot.cards;
    return cards;
  }

  int cards_;
  const std::vector<TestJob>& jobs_;
  std::vector<double> starts_;
  std::map<std::size_t, Slot> running_, promised_;  // in the order of the queue
  double now_s_ = 0;
  std::size_t longest_ = 0;
};

std::size_t compare(int cards, const std::vector<TestJob>& jobs) {
  Pool hall = pool(cards, 1, scheduler("conservative_backfill"), 8);
  const auto runs = replay(hall, jobs);
  Textbook textbook(cards, jobs);
  const auto starts = textbook.starts();
  std::size_t different = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) different += runs[i].start_s != starts[i];
  CHECK(different == 0);
  CHECK(textbook.longest() > 5);
  return jobs.size() - different;
}

}  // namespace

TEST_CASE("conservative_backfill: a job slips in only if it delays nobody, where EASY looks at the first alone") {
  // b waits for a, c for b. d fits beside a until 4. Under EASY it may run beyond, for b leaves a card; that card is c's.
  const std::vector<TestJob> jobs = {job('a', 0, 2, 4), job('b', 1, 2, 3), job('c', 1, 3, 2), job('d', 2, 1, 6)};
  CHECK(gantt(scheduler("easy_backfill"), 3, jobs) == R"(
aaaabbb.cc
aaaabbb.cc
..ddddddcc
)");
  CHECK(gantt(scheduler("conservative_backfill"), 3, jobs) == R"(
aaaabbbccdddddd
aaaabbbcc......
.......cc......
)");
}

TEST_CASE("conservative_backfill: a hole between two promises is used") {
  // a until 5; b takes all at 5 until 7; c, of two cards and two seconds, fits neither now nor beside b: it follows at 7.
  // d, one card for three seconds, ends by 5.
  CHECK(gantt(scheduler("conservative_backfill"), 3, {job('a', 0, 2, 5), job('b', 1, 3, 2), job('c', 1, 2, 2), job('d', 2, 1, 3)}) == R"(
aaaaabbcc
aaaaabbcc
..dddbb..
)");
}

TEST_CASE("conservative_backfill: cards that come back early move promises forward, in the order of the queue") {
  // a said 8 and ends at 3. b (at 8 by promise) starts at 3, c (promised 12) follows at 7 and not before b.
  std::vector<TestJob> jobs = {job('a', 0, 2, 3), job('b', 1, 2, 4), job('c', 1, 2, 2)};
  jobs[0].estimate_s = 8;
  CHECK(gantt(scheduler("conservative_backfill"), 2, jobs) == R"(
aaabbbbcc
aaabbbbcc
)");
}

TEST_CASE("conservative_backfill: a job moves into the hole that opens before one ahead of it") {
  // a (two of three cards, says 6, ends at 2) and b (one card until 4). c wants three cards: promised 6. d, two cards for
  // two seconds: promised 6 + 2. When a ends, c moves to 4; d fits in between, at 2.
  std::vector<TestJob> jobs = {job('a', 0, 2, 2), job('b', 0, 1, 4), job('c', 1, 3, 2), job('d', 1, 2, 2)};
  jobs[0].estimate_s = 6;
  CHECK(gantt(scheduler("conservative_backfill"), 3, jobs) == R"(
aaddcc
aaddcc
bbbbcc
)");
}

TEST_CASE("conservative_backfill: a job that outlives its estimate delays those behind, who start when it is over") {
  std::vector<TestJob> jobs = {job('a', 0, 2, 5), job('b', 1, 2, 2), job('c', 1, 1, 1)};
  jobs[0].estimate_s = 3;
  CHECK(gantt(scheduler("conservative_backfill"), 3, jobs) == R"(
aaaaabb
aaaaabb
.c.....
)");
}

TEST_CASE("conservative_backfill: 5,000 jobs with exact estimates on one-card nodes start when the textbook says") {
  CHECK(compare(100, random_jobs(5000, 100, 0, 1, false)) == 5000);
  CHECK(compare(24, random_jobs(5000, 24, 0, 2, true)) == 5000);
}

TEST_CASE("conservative_backfill: with estimates that are too long, too") {
  std::size_t alike = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    alike += compare(seed % 2 ? 24 : 60, random_jobs(500, seed % 2 ? 24 : 60, 4, seed, seed > 3));
  }
  CHECK(alike == 3000);
}

TEST_CASE("conservative_backfill: with depth 1 it is EASY") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const auto jobs = random_jobs(1500, 50, seed % 2 ? 0 : 3, seed, seed > 2);
    Pool one = pool(50, 1, scheduler("conservative_backfill", 1)), easy = pool(50, 1, scheduler("easy_backfill"));
    const auto runs = replay(one, jobs), expected = replay(easy, jobs);
    std::size_t different = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) different += runs[i].start_s != expected[i].start_s;
    CHECK(different == 0);
  }
}

TEST_CASE("conservative_backfill: on one-card nodes nobody starts later than promised while jobs keep to their estimates") {
  for (const int depth : {0, 5}) {
    CAPTURE(depth);
    proto::ConservativeBackfill config;
    config.set_depth(depth);
    auto made = std::make_unique<ConservativeBackfill>(config);
    const ConservativeBackfill& by = *made;
    const auto jobs = random_jobs(2000, 40, 3, 7, false);
    Pool hall = pool(40, 1, std::move(made));
    std::map<std::size_t, double> promised_s;
    std::size_t promises = 0, late = 0;
    replay(
        hall, jobs,
        [&](double) {
          for (std::size_t i = 0; i < jobs.size(); ++i) {
            const double at_s = by.promise_s(i + 1);
            if (at_s == Profile::kNever_s) continue;
            const auto [it, fresh] = promised_s.try_emplace(i, at_s);
            promises += fresh;
            late += at_s > it->second;
            it->second = at_s;
          }
        },
        [&](double at_s, std::size_t i) {
          if (promised_s.contains(i)) late += at_s > promised_s[i];
        });
    CHECK(promises > 300);
    CHECK(late == 0);
  }
}
