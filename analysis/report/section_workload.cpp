// The workload: what the jobs were like, in the figures by which logs of real clusters are compared, and what the reader of a
// replayed log kept, dropped and assumed.
#include <array>
#include <string_view>

#include "analysis/report/sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace {

struct Fact {
  std::string_view name;  // behind "workload."
  const char* en;
  const char* ko;
};
constexpr std::array kFacts = {
    Fact{"busy_cards", "cards allocated, on average", "할당된 카드 수(평균)"},
    Fact{"one_card_share_of_jobs", "jobs of one card or less, share of jobs", "카드 한 장 이하 작업의 비율"},
    Fact{"card_time_share.8_cards_or_more", "jobs of eight cards or more, share of card-time", "카드 8장 이상 작업의 카드시간 비중"},
    Fact{"run_s.p50", "run time, median", "실행 시간 중앙값"},
    Fact{"queue_s.p50", "time in the queue, median", "대기 시간 중앙값"},
    Fact{"card_time_share.completed", "card-time of jobs that complete", "완료된 작업의 카드시간 비중"},
    Fact{"card_time_share.cancelled", "card-time of jobs that their owners cancel", "사용자가 취소한 작업의 카드시간 비중"},
    Fact{"card_time_share.failed", "card-time of jobs that fail", "실패한 작업의 카드시간 비중"},
    Fact{"hourly_arrivals.variance_over_mean", "submissions an hour, variance over mean", "시간당 제출 수의 분산/평균"},
    Fact{"gap.cv", "time between submissions, coefficient of variation", "제출 간격의 변동계수"},
    Fact{"gap.within_10_s", "time between submissions of 10 s or less, share", "10초 이하 제출 간격의 비율"},
    Fact{"submissions.peak_over_trough", "submissions over a day, busiest hour over quietest", "하루 중 제출 수의 최대/최소(시간별)"},
    Fact{"busy_cards.peak_over_trough", "cards allocated over a day, busiest hour over quietest", "하루 중 할당 카드 수의 최대/최소(시간별)"},
    Fact{"card_time_share.largest_tenant", "largest tenant, share of card-time", "최대 이용 기관의 카드시간 비중"},
    Fact{"card_time_share.largest_five_tenants", "five largest tenants, share of card-time", "상위 다섯 기관의 카드시간 비중"},
    Fact{"idle_share_inside_allocations", "card-time idle inside allocations, share", "할당 중 유휴 카드시간 비율"},
};

Text meaning(const std::string& metric) {
  constexpr std::string_view kRoom = "workload.";
  for (const Fact& fact : kFacts)
    if (metric.starts_with(kRoom) && metric.substr(kRoom.size()) == fact.name) return {fact.en, fact.ko};
  return both(metric);
}

/// Shares as per cent, seconds as people say them; the CSV has the number.
Cell value_cell(const Metric& metric) {
  if (!metric.value) return Nothing{metric.reason};
  const double value = *metric.value;
  const Text words = metric.unit == "share" ? percent(value) : metric.unit == "s" ? duration(value) : metric.unit == "cards" ? Text{exact(value, 0), exact(value, 0) + "장"} : both(exact(value, 2));
  return name(machine(value), words);
}

/// One sentence ahead of the figures.
void finding(Page& page, const RunData& run) {
  const auto value = [&](std::string_view fact) {
    for (const Metric& metric : run.workload_facts)
      if (metric.name == "workload." + std::string(fact)) return metric.value;
    return std::optional<double>();
  };
  const auto small = value("one_card_share_of_jobs"), large = value("card_time_share.8_cards_or_more"), half_s = value("run_s.p50");
  if (!small || !large || !half_s) return;
  const Text one = percent(*small), eight = percent(*large), half = duration(*half_s);
  page.paragraph({one.en + " of the jobs ask for one card or less, and jobs of eight cards or more take " + eight.en + " of the card-time. Half of the jobs run for " + half.en + " or less.",
                  "작업의 " + one.ko + "는 카드 한 장 이하를 쓰고, 여덟 장 이상을 쓰는 작업이 카드시간의 " + eight.ko + "를 차지합니다. 작업 절반은 실행 시간이 " + half.ko + " 이하입니다."});
}

void facts(Page& page, const RunData& run) {
  Table table;
  table.id = "workload-facts";
  table.caption = {"What the jobs were like", "작업의 특성"};
  table.columns = {name_column("fact", {"fact", "항목"}), name_column("value", {"value", "값"})};
  for (const Metric& metric : run.workload_facts)
    table.rows.push_back({name(metric.name, meaning(metric.name)), value_cell(metric)});
  page.table(table);
}

void log(Page& page, const LogReport& report) {
  page.heading({"The log that was replayed", "재생한 작업 기록"});
  Table table;
  table.id = "replayed-log";
  table.caption = {"Rows of " + report.file + " (format " + report.format + ")", report.file + "의 행(형식 " + report.format + ")"};
  table.columns = {name_column("what", {"rows", "행"}), {"rows", {"count", "수"}, "", 0}};
  table.rows = {{name("rows", {"in the log", "기록 전체"}), report.rows},
                {name("kept", {"replayed", "재생함"}), report.kept},
                {name("sorted_rows", {"put in order of submission", "제출 순서로 다시 배열함"}), report.sorted_rows}};
  for (const auto& [reason, rows] : report.dropped) table.rows.push_back({name("dropped", {"dropped: " + reason.en, "제외: " + reason.ko}), rows});
  page.table(table);
  if (report.assumptions.empty()) return;
  page.paragraph({"What its reader assumed:", "읽을 때의 가정:"});
  page.html("<ul>");
  for (const Text& assumption : report.assumptions) page.html("<li>" + in_both(assumption) + "</li>\n");
  page.html("</ul>\n");
}

}  // namespace

void add_workload(Page& page, const RunData& run) {
  if (run.workload_facts.empty() && !run.log) return;
  page.section("workload", {"Workload", "작업 부하"});
  finding(page, run);
  if (!run.workload_facts.empty()) facts(page, run);
  if (run.log) log(page, *run.log);
}

}  // namespace dure::analysis
