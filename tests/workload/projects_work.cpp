#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "projects_tables.h"
#include "sim/units.h"
#include "sim/workload/estimate.h"
#include "sim/workload/projects.h"

using namespace dure::sim;
using dure::sim::testing::platform_job_classes;
using dure::sim::testing::platform_projects;

namespace {

const Calendar kCalendar(parse_date("2025-01-01"));
constexpr double kTerm_s = 364 * kDay_s;  // whole weeks

double cards_of(const Job& job) { return job.share_milli ? job.share_milli / 1000.0 : job.cards; }

Application application(std::uint32_t project, TenantKind kind, int cards) {
  Application made;
  made.project = ProjectId{project};
  made.draw = project;
  made.kind = kind;
  made.cards = cards;
  return made;
}

Grant grant(const Application& of, double start_s = 0, double end_s = kTerm_s) {
  return {of.project, PoolId{}, of.cards, start_s, end_s, 0};
}

struct House {
  explicit House(const dure::Projects& spec = platform_projects(), std::uint64_t seed = 1)
      : population{{}, platform_job_classes(), {}}, applicants(spec, population, {{"capital", 1}}, {seed, 0}, kCalendar) {}
  Population population;
  Applicants applicants;
};

dure::Projects submitting_at_once() {
  auto spec = platform_projects();
  spec.set_hold_back(false);
  return spec;
}

double offered_card_s(Source& source) {
  double sum = 0;
  for (Job job; source.next(job);) sum += job.work_s * cards_of(job);
  return sum;
}

}  // namespace

TEST_CASE("run time: the closed mean is the mean of the draws, and half a length-biased run is left at a random moment") {
  dure::JobPattern spec;
  spec.set_job_class("x");
  spec.set_short_share(0.5);
  spec.set_long_median_h(2);
  spec.set_long_sigma(1);
  spec.set_max_h(24);
  const RunTime run(spec);
  Random random({1, 0}, "run");
  constexpr int n = 200000;
  double sum = 0, squares = 0, rest = 0;
  for (int i = 0; i < n; ++i) {
    const double work_s = run.draw(random).work_s;
    sum += work_s;
    squares += work_s * work_s;
    rest += run.residual_s(random);
  }
  const double sd = std::sqrt(squares / n - std::pow(sum / n, 2));
  CHECK(std::abs(sum / n - run.mean_s()) < 4 * sd / std::sqrt(n));
  CHECK(rest / n == doctest::Approx(squares / sum / 2).epsilon(0.02));  // inspection paradox: E D^2 / (2 E D)
}

TEST_CASE("job size: powers of two below a server, whole servers above, never more than the grant; the closed mean holds") {
  dure::JobPattern spec;
  spec.set_cards_median(4);
  spec.set_grant_share(0.25);
  spec.set_cards_sigma(1);
  for (const int server : {8, 12, 1})
    for (const int granted : {1, 5, 8, 24, 100}) {
      const JobSize size(spec, server);
      Random random({1, 0}, "size");
      double sum = 0, squares = 0;
      constexpr int n = 20000;
      for (int i = 0; i < n; ++i) {
        const int cards = size.draw(granted, random).cards;
        const bool whole = cards % server == 0 || (cards < server && (cards & (cards - 1)) == 0);
        CHECK_MESSAGE((whole && cards >= 1 && cards <= granted), cards);
        sum += cards;
        squares += double(cards) * cards;
      }
      const double sd = std::sqrt(std::max(0.0, squares / n - sum / n * sum / n));
      CHECK_MESSAGE(std::abs(sum / n - size.mean_cards(granted)) <= 4 * sd / std::sqrt(n) + 1e-9, server << " " << granted);
    }
}

TEST_CASE("rhythm: a day begins at share 0 and ends at 1, and second_at undoes share_before") {
  const Rhythm rhythm({}, {});
  double week = 0;
  for (int d = 0; d < 7; ++d) week += rhythm.weekday_weight(d);
  CHECK(week == doctest::Approx(7));
  CHECK(rhythm.share_before(0) == 0);
  CHECK(rhythm.share_before(kDay_s) == 1);
  for (double second = 0; second < kDay_s; second += 1234.5)
    CHECK(rhythm.second_at(rhythm.share_before(second)) == doctest::Approx(second));
}

TEST_CASE("project: offered card-time is intensity x granted cards x term, within four standard errors, for each kind and size") {
  House house(submitting_at_once());
  for (const TenantKind kind :
       {TenantKind::kFoundationTeam, TenantKind::kStartup, TenantKind::kService, TenantKind::kUniversity, TenantKind::kSmallFirm})
    for (const int cards : {8, 96}) {
      constexpr int n = 60;
      double sum = 0, squares = 0;
      for (std::uint32_t p = 0; p < n; ++p) {
        const auto asks = application(p, kind, cards);
        const double share = offered_card_s(*house.applicants.work(asks, grant(asks), 0)) / (cards * kTerm_s);
        sum += share;
        squares += share * share;
      }
      const double mean = sum / n;
      const double error = std::sqrt((squares / n - mean * mean) / n);
      fmt::print("{:16} {:3} cards: offered {:.3f} +- {:.3f} of granted (intensity 0.8)\n", kTenantKindNames[std::size_t(kind)], cards,
                 mean, error);
      CHECK(std::abs(mean - 0.8) < 4 * error);
      CHECK(error < 0.05);
    }
}

TEST_CASE("project: jobs come in order, within the term, no larger than the grant, and none before the data is there") {
  House house;
  for (std::uint32_t p = 0; p < 20; ++p) {
    const auto asks = application(p, p % 2 ? TenantKind::kStartup : TenantKind::kService, int(8 * (p + 1)));
    const auto source = house.applicants.work(asks, grant(asks, 10 * kDay_s, 200 * kDay_s), 17.3 * kDay_s);
    double last_s = 17.3 * kDay_s;
    for (Job job; source->next(job);) {
      CHECK(job.submit_s >= last_s);
      last_s = job.submit_s;
      CHECK((job.work_s >= 1 && job.estimate_s >= job.work_s && job.cards >= 1 && job.cards <= asks.cards));
      CHECK(job.project == asks.project);
    }
    CHECK(last_s < 200 * kDay_s);
  }
  const auto late = application(99, TenantKind::kStartup, 8);
  Job job;
  CHECK_FALSE(house.applicants.work(late, grant(late), kTerm_s + 1)->next(job));  // data arrived after the term
}

TEST_CASE("project: people tell round times, never less than they think; a few values are most of them") {
  House house;
  const Application university = application(1, TenantKind::kUniversity, 64);
  const auto work = house.applicants.work(university, grant(university), 0);
  std::map<double, int> times;
  int jobs = 0;
  for (Job job; work->next(job); ++jobs) {
    CHECK(job.estimate_s >= job.work_s);
    ++times[job.estimate_s];
  }
  CHECK(jobs > 500);
  std::vector<int> most;
  for (const auto& [time_s, of_it] : times) most.push_back(of_it);
  std::sort(most.rbegin(), most.rend());
  most.resize(std::min<std::size_t>(most.size(), 20));
  CHECK(std::accumulate(most.begin(), most.end(), 0) > 0.9 * jobs);   // the 20 most frequent, as in real logs
  CHECK(round_estimate_s(1) == 300);
  CHECK(round_estimate_s(kHour_s) == kHour_s);
  CHECK(round_estimate_s(kHour_s + 1) == 2 * kHour_s);
  CHECK(round_estimate_s(31 * kDay_s) == 60 * kDay_s);
}

TEST_CASE("project: a grant that is cut means smaller jobs from the next day, and less of them") {
  auto cards_left = std::make_shared<int>(64);
  House house;
  const Application university = application(1, TenantKind::kUniversity, 64);
  const auto work = house.applicants.work(university, grant(university), 0, kAnyCardType, cards_left);
  Job job;
  int largest_before = 0, largest_after = 0, late = 0;
  double before_card_s = 0, after_card_s = 0;
  while (work->next(job)) {
    if (job.submit_s < kTerm_s / 2) {
      largest_before = std::max(largest_before, job.cards);
      before_card_s += job.cards * job.work_s;
      continue;
    }
    *cards_left = 8;
    if (job.submit_s < kTerm_s / 2 + 3 * kDay_s) continue;   // what was handed in ahead
    largest_after = std::max(largest_after, job.cards);
    late += job.cards > 8;
    after_card_s += job.cards * job.work_s;
  }
  CHECK(largest_before > 8);
  CHECK(late == 0);
  CHECK(largest_after == 8);
  CHECK(after_card_s < 0.3 * before_card_s);   // an eighth of the cards, and not all of the same phases
}

TEST_CASE("project: work depends on its own stream only, and repeats") {
  House one, same, other(platform_projects(), 2);
  const auto first = application(7, TenantKind::kStartup, 64);
  const auto neighbour = application(8, TenantKind::kStartup, 64);
  const auto a = one.applicants.work(first, grant(first), 0), b = same.applicants.work(first, grant(first), 0),
             c = other.applicants.work(first, grant(first), 0), d = one.applicants.work(neighbour, grant(neighbour), 0);
  Job ja, jb, jc, jd;
  bool seeds_differ = false, projects_differ = false;
  while (a->next(ja)) {
    REQUIRE(b->next(jb));
    REQUIRE((jb.submit_s == ja.submit_s && jb.work_s == ja.work_s && jb.cards == ja.cards && jb.outcome == ja.outcome));
    seeds_differ = seeds_differ || (c->next(jc) && jc.submit_s != ja.submit_s);
    projects_differ = projects_differ || (d->next(jd) && jd.submit_s != ja.submit_s);  // drawn between the draws of a
  }
  CHECK_FALSE(b->next(jb));
  CHECK(seeds_differ);
  CHECK(projects_differ);
}

TEST_CASE("project: people submit by day and on weekdays; long runs do not care") {
  House house(submitting_at_once());
  std::array<double, 24> hours{};
  std::array<double, 7> days{};
  const auto& classes = house.population.job_classes;
  double open = 0, weekend_chained = 0, chained = 0;
  for (std::uint32_t p = 0; p < 40; ++p) {
    const auto asks = application(p, TenantKind::kStartup, 128);
    const auto source = house.applicants.work(asks, grant(asks), 0);
    for (Job job; source->next(job);) {
      const std::string& name = classes[index(job.job_class)].name;
      const int weekday = kCalendar.weekday(job.submit_s);
      if (name == "pretrain") {
        chained += 1;
        weekend_chained += weekday > 4;
      } else if (name == "notebook" || name == "training") {  // one at a time, so the counts are near Poisson
        open += 1;
        hours[std::size_t(kCalendar.hour_of_day(job.submit_s))] += 1;
        days[std::size_t(weekday)] += 1;
      }
    }
  }
  CHECK(hours[16] / hours[4] == doctest::Approx(1.40 / 0.66).epsilon(0.12));  // the curve's peak and trough
  CHECK((days[5] + days[6]) / open == doctest::Approx(1.15 / 7).epsilon(0.08));
  CHECK(std::abs(weekend_chained / chained - 2.0 / 7) < 4 * std::sqrt(0.2041 / chained) * 1.5);  // 1.5: restarts come in clusters
}

TEST_CASE("hold back: a job is handed in when the project's own plan has cards for it, or the agreed time before") {
  const auto job = [](double wanted_s, int cards, double work_s) {
    Job made;
    made.submit_s = wanted_s;
    made.cards = cards;
    made.work_s = work_s;
    return made;
  };
  for (const double ahead_s : {0.0, 3.0}) {
    HoldBack plan(2, ahead_s, 0);
    std::vector<Job> out;
    plan.want(job(0, 1, 10), out);  // a: aaaaaaaaaa
    plan.want(job(1, 2, 5), out);   // b: ..........bbbbb
    plan.want(job(2, 1, 6), out);   // c: ..cccccc         slips in
    plan.want(job(4, 1, 9), out);   // d: ........ddddddddd   at 8, before b, which fits at 17
    plan.advance(100, out);
    std::string drawn;
    for (const Job& handed : out) drawn += fmt::format("{}x{} ", handed.submit_s, handed.cards);
    CHECK(drawn == (ahead_s == 0 ? "0x1 2x1 8x1 17x2 " : "0x1 2x1 5x1 14x2 "));
  }
}

TEST_CASE("project: held back, jobs never ask for more than the granted cards at once if each runs when handed in, and nearly all are") {
  auto spec = platform_projects();
  spec.set_queue_ahead_h(0);
  spec.set_hold_back_slack(0);
  House house(spec), open(submitting_at_once());
  double handed = 0, wanted = 0;
  for (std::uint32_t p = 0; p < 60; ++p) {
    const auto asks = application(p, p % 2 ? TenantKind::kUniversity : TenantKind::kService, p % 3 ? 8 : 64);
    wanted += offered_card_s(*open.applicants.work(asks, grant(asks), 0));
    const auto source = house.applicants.work(asks, grant(asks), 0);
    std::vector<std::pair<double, double>> ends;  // when, cards
    for (Job job; source->next(job);) {
      handed += job.work_s * cards_of(job);
      std::erase_if(ends, [&](const auto& end) { return end.first <= job.submit_s; });
      ends.emplace_back(job.submit_s + job.work_s, cards_of(job));
      double busy = 0;
      for (const auto& end : ends) busy += end.second;
      REQUIRE(busy <= asks.cards + 1e-9);
    }
  }
  fmt::print("handed in within the term: {:.3f} of the card-time wanted\n", handed / wanted);
  CHECK(handed <= wanted);
  CHECK(handed > 0.93 * wanted);  // the rest was still held back when the term ended
}

TEST_CASE("project: statistics of jobs for grants like Korea's (printed, no target but the size that keeps a national run fast)") {
  auto spec = platform_projects();
  spec.set_applicants_per_call(1500);
  House house(spec);
  const auto& classes = house.population.job_classes;
  struct Row {
    double jobs = 0, card_h = 0, cards = 0, early = 0;
    std::array<double, kOutcomes> by_outcome{};
  };
  std::vector<Row> rows(classes.size());
  Row all;
  std::array<double, 4> size_jobs{}, size_card_h{};  // below 1 card, 1, 2-7, 8 and more
  std::vector<double> run_s;
  std::array<double, 24> hours{};
  double small_jobs = 0, small_card_h = 0, granted = 0;
  std::array<double, kTenantKinds> kind_card_h{};
  const auto began = std::clock();
  for (const auto& asks : house.applicants.call(0, 0)) {
    granted += asks.cards;
    const auto source = house.applicants.work(asks, grant(asks, 0, asks.months / 12 * kTerm_s), 0);
    for (Job job; source->next(job);) {
      const double card_h = hours_from_s(job.work_s) * cards_of(job);
      for (Row* row : {&rows[index(job.job_class)], &all}) {
        row->jobs += 1;
        row->card_h += card_h;
        row->cards += cards_of(job);
        row->by_outcome[std::size_t(job.outcome)] += card_h;
      }
      const std::size_t size = job.share_milli ? 0 : job.cards == 1 ? 1 : job.cards < 8 ? 2 : 3;
      size_jobs[size] += 1;
      size_card_h[size] += card_h;
      kind_card_h[std::size_t(asks.kind)] += card_h;
      if (asks.cards == 8) small_jobs += 1, small_card_h += card_h;
      run_s.push_back(job.work_s);
      hours[std::size_t(kCalendar.hour_of_day(job.submit_s))] += 1;
    }
  }
  const double seconds = double(std::clock() - began) / CLOCKS_PER_SEC;
  std::sort(run_s.begin(), run_s.end());
  fmt::print("{:12} {:>9} {:>7} {:>7} {:>7} {:>9} | card-time {:>9} {:>9} {:>7}\n", "class", "jobs", "jobs%", "time%", "cards", "card-h",
             "completed", "cancelled", "failed");
  const auto print = [&](const std::string& name, const Row& row) {
    fmt::print("{:12} {:9.0f} {:7.2f} {:7.2f} {:7.1f} {:9.1f} | {:>19.3f} {:9.3f} {:7.3f}\n", name, row.jobs, 100 * row.jobs / all.jobs,
               100 * row.card_h / all.card_h, row.cards / row.jobs, row.card_h / row.jobs, row.by_outcome[0] / row.card_h,
               row.by_outcome[1] / row.card_h, row.by_outcome[2] / row.card_h);
  };
  for (std::size_t c = 0; c < classes.size(); ++c) print(classes[c].name, rows[c]);
  print("all", all);
  fmt::print("size < 1, 1, 2-7, >= 8 cards: jobs {:.3f} {:.3f} {:.3f} {:.3f}, card-time {:.4f} {:.4f} {:.4f} {:.4f}\n",
             size_jobs[0] / all.jobs, size_jobs[1] / all.jobs, size_jobs[2] / all.jobs, size_jobs[3] / all.jobs,
             size_card_h[0] / all.card_h, size_card_h[1] / all.card_h, size_card_h[2] / all.card_h, size_card_h[3] / all.card_h);
  fmt::print("run time p10 {:.0f} p50 {:.0f} p90 {:.0f} p99 {:.0f} s; grants of 8 cards: {:.1f} card-h a job\n", run_s[run_s.size() / 10],
             run_s[run_s.size() / 2], run_s[run_s.size() * 9 / 10], run_s[run_s.size() * 99 / 100], small_card_h / small_jobs);
  fmt::print("submissions by hour, peak over trough {:.2f}\n",
             *std::max_element(hours.begin(), hours.end()) / *std::min_element(hours.begin(), hours.end()));
  fmt::print("{:.0f} cards granted; {:.2f} us a job drawn\n", granted, seconds / all.jobs * 1e6);
  CHECK(all.card_h / all.jobs > 80);  // docs/rooms/workload-projects.md: what keeps four national years at 2-4 million jobs
  CHECK(all.card_h / all.jobs < 150);
  CHECK(small_card_h / small_jobs < all.card_h / all.jobs);  // small projects submit small jobs
}
