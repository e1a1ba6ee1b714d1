#include "sim/workload/counts_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/units.h"
#include "sim/workload/trace_time.h"

namespace dure::sim {
namespace {

constexpr std::string_view kColumns[] = {"time", "vc", "total_gpu_num", "running_gpu_num", "pending_gpu_num", "running_gpujob_num", "pending_gpujob_num",
                                         "running_gpu_num_noless_8", "pending_gpu_num_noless_8"};
constexpr int kTimesTheQuota = 100;   // no cluster runs or queues so much: a slip of the monitor or of the file
constexpr double kMonitorOff_s = 6 * kHour_s;
const Text kOff{"nothing running or waiting anywhere for six hours or more: the monitor was off", "여섯 시간 이상 전체가 0: 집계가 멈춘 구간"};
const Text kCut{"cards of large jobs above those of all jobs, cut to them", "큰 작업의 카드가 전체보다 많아 전체로 줄임"};

const Text kMoreJobs{"more jobs than cards: counted as many jobs as cards", "작업 수가 카드 수보다 많아 카드 수만큼으로 봄"};

struct Row {
  double civil_s;
  std::size_t tenant;
  int line;
  TenantSample sample;
};

/// Cards and jobs go together; a monitor that reads one after the other may see a job more than there are cards.
int jobs_of(const TraceCsv& csv, TraceBook& book, std::string_view jobs_name, std::string_view cards_name, int cards) {
  const int jobs = csv.count(jobs_name);
  if (cards > 0 && jobs == 0)
    csv.lines().refuse({fmt::format("{} is {} but {} is 0: cards without a job", cards_name, cards, jobs_name),
                        fmt::format("{}이(가) {}인데 {}이(가) 0입니다. 작업 없는 카드입니다", cards_name, cards, jobs_name)},
                       kCorrectTheRow);
  if (jobs > cards) book.note(kMoreJobs);
  return std::min(jobs, cards);
}

int part_of(int part, int whole, TraceBook& book) {
  if (part > whole) book.note(kCut);
  return std::min(part, whole);
}

Row read_row(const TraceCsv& csv, TraceBook& book) {
  if (csv.text("vc").empty()) csv.lines().refuse({"the row names no tenant", "기관 이름이 비어 있습니다"}, {"write one under vc", "vc 열에 기관을 적으십시오"});
  Row row{parse_time(csv, "time").civil_s, book.tenant(csv.text("vc")), csv.lines().line(), {}};
  TenantSample& sample = row.sample;
  sample.quota_cards = csv.count("total_gpu_num");
  sample.running_cards = csv.count("running_gpu_num");
  sample.waiting_cards = csv.count("pending_gpu_num");
  for (const auto& [name, cards] : {std::pair{"running_gpu_num", sample.running_cards}, std::pair{"pending_gpu_num", sample.waiting_cards}})
    if (sample.quota_cards > 0 && cards / kTimesTheQuota >= sample.quota_cards)
      csv.lines().refuse({fmt::format("{} is {}, {} times the quota of {} cards or more", name, cards, kTimesTheQuota, sample.quota_cards),
                          fmt::format("{}이(가) {}(으)로 쿼터 {}장의 {}배 이상입니다", name, cards, sample.quota_cards, kTimesTheQuota)},
                         kCorrectTheRow);
  sample.running_jobs = jobs_of(csv, book, "running_gpujob_num", "running_gpu_num", sample.running_cards);
  sample.waiting_jobs = jobs_of(csv, book, "pending_gpujob_num", "pending_gpu_num", sample.waiting_cards);
  sample.large_running_cards = part_of(csv.count("running_gpu_num_noless_8"), sample.running_cards, book);
  sample.large_waiting_cards = part_of(csv.count("pending_gpu_num_noless_8"), sample.waiting_cards, book);
  return row;
}

/// The smallest gap between two moments.
double interval_of(const std::vector<Row>& rows, const TraceLines& at) {
  double interval_s = 0;
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (const double gap_s = rows[i].civil_s - rows[i - 1].civil_s; gap_s > 0 && (interval_s == 0 || gap_s < interval_s)) interval_s = gap_s;
  if (interval_s < 1 || interval_s > kDay_s)
    at.refuse({"the counts hold no two moments between a second and a day apart", "집계 시각의 간격이 1초와 하루 사이가 아닙니다"},
              {"give at least two moments of every tenant", "기관마다 둘 이상의 시각이 필요합니다"});
  return interval_s;
}

/// Takes out the stretches in which the monitor was off.
void drop_off_times(CountsLog& log) {
  const std::size_t steps = log.tenants[0].samples.size();
  const auto is_silent = [&](std::size_t step) {
    return std::all_of(log.tenants.begin(), log.tenants.end(), [&](const TenantSeries& tenant) {
      const auto& sample = tenant.samples[step];
      return !sample || (sample->running_cards == 0 && sample->waiting_cards == 0);
    });
  };
  std::size_t dropped = 0;
  for (std::size_t from = 0; from < steps; ++from) {
    std::size_t until = from;
    while (until < steps && is_silent(until)) ++until;
    if (double(until - from) * log.interval_s >= kMonitorOff_s)
      for (TenantSeries& tenant : log.tenants)
        for (std::size_t step = from; step < until; ++step) {
          dropped += tenant.samples[step].has_value();
          tenant.samples[step].reset();
        }
    from = until;
  }
  log.report.kept = log.report.rows - dropped;
  if (dropped > 0) log.report.dropped.push_back({kOff, dropped});
}

}  // namespace

CountsLog read_counts_log(const std::filesystem::path& file) {
  TraceCsv csv(file, kColumns, {});
  TraceBook book("counts", csv.lines().name());
  book.assume({"times carry no zone and are taken as local civil time", "시각에 시간대가 없어 현지 시각으로 봅니다"});
  book.assume({"a virtual cluster is a tenant; a GPU is a card of any type", "가상 클러스터를 기관으로, GPU를 종류 무관 카드로 봅니다"});
  book.assume({"jobs are read from the changes between two moments: the fewest starts and ends that explain them, the youngest job of a size ends first; "
               "jobs that come and go between two moments are not seen",
               "두 시각 사이의 변화를 가장 적은 시작과 종료로 설명하고, 같은 크기에서는 가장 최근 작업이 먼저 끝난 것으로 봅니다. 그 사이에 시작해 끝난 작업은 보이지 않습니다"});
  std::vector<Row> rows;
  while (csv.next()) {
    book.count_row();
    rows.push_back(read_row(csv, book));
  }
  if (rows.empty()) csv.lines().refuse({"the file has no rows", "파일에 행이 없습니다"}, {"give the counts of at least two moments", "둘 이상 시각의 집계가 필요합니다"});

  const auto earlier = [](const Row& a, const Row& b) { return a.civil_s < b.civil_s; };
  std::vector<double> latest_s(book.trace().tenants.size(), -1e300);  // the file may go tenant by tenant
  for (const Row& row : rows) {
    if (row.civil_s < latest_s[row.tenant]) ++book.trace().report.sorted_rows;
    latest_s[row.tenant] = std::max(latest_s[row.tenant], row.civil_s);
  }
  std::stable_sort(rows.begin(), rows.end(), earlier);

  CountsLog log{};
  log.interval_s = interval_of(rows, csv.lines());
  const Calendar since_1970(std::chrono::year{1970} / 1 / 1);
  log.first_day = since_1970.date(rows.front().civil_s);
  const double zero_s = since_1970.at_s(log.first_day);
  const auto steps = std::size_t((rows.back().civil_s - zero_s) / log.interval_s) + 1;
  for (const std::string& name : book.trace().tenants) log.tenants.push_back({name, std::vector<std::optional<TenantSample>>(steps)});
  for (const Row& row : rows) {
    const double step = (row.civil_s - zero_s) / log.interval_s;
    const auto refuse = [&](Text sentence, Text remedy) { throw ScenarioError(std::move(sentence), Place{csv.lines().name(), row.line}, std::move(remedy)); };
    if (step != std::floor(step))
      refuse({fmt::format("this moment does not stand on the grid of {} s that the file has from 00:00", log.interval_s),
              fmt::format("이 시각이 0시부터 {}초 간격에 맞지 않습니다", log.interval_s)},
             {"keep rows at equal intervals", "같은 간격의 행만 남기십시오"});
    auto& sample = log.tenants[row.tenant].samples[std::size_t(step)];
    if (sample)
      refuse({fmt::format("tenant {} has two rows at this moment", log.tenants[row.tenant].name), fmt::format("기관 {}의 이 시각 행이 둘입니다", log.tenants[row.tenant].name)},
             {"keep one of them", "하나만 남기십시오"});
    sample = row.sample;
  }
  log.report = std::move(book.trace().report);
  drop_off_times(log);
  return log;
}

}  // namespace dure::sim
