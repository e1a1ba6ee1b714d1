// Service: who waits how long, what runs, who is granted, and what breaks.
#include <algorithm>

#include "analysis/report/sections.h"
#include "analysis/report/words.h"

namespace dure::analysis {
namespace {

template <typename Group>
std::vector<std::pair<std::string, const Group*>> largest_first(const Named<Group>& groups, double (*size)(const Group&)) {
  std::vector<std::pair<std::string, const Group*>> sorted;
  for (const auto& [key, group] : groups) sorted.emplace_back(key, &group);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const auto& a, const auto& b) { return size(*a.second) > size(*b.second); });
  return sorted;
}

void waits(Page& page, const RunData& run) {
  Figure figure;
  figure.unit = {"Wait from submission to first start, median to 90th percentile, logarithmic; jobs still waiting count with the wait so far",
                 "제출부터 첫 시작까지의 대기(중앙값~90백분위, 로그 눈금). 아직 기다리는 작업은 지금까지의 대기로 셈"};
  figure.source = both("results.sqlite: jobs");
  Table& table = figure.table;
  table.id = "waits-by-kind";
  table.caption = {"Waits by kind of tenant", "기관 유형별 대기 시간"};
  table.columns = {name_column("tenant_kind", {"kind of tenant", "기관 유형"}), {"jobs", {"jobs", "작업"}, "jobs", 0}, {"wait_p50_s", {"median", "중앙값"}, "s", 1},
                   {"wait_p90_s", {"90th percentile", "90백분위"}, "s", 1}, {"within_1h", {"started within an hour", "1시간 안에 시작"}, "%", 1},
                   {"productive_card_hours", {"productive", "유효"}, "card-hours", 0}};
  nlohmann::json rows = nlohmann::json::array();
  struct Extreme {
    std::string kind;
    double wait_s = -1;
  };
  Extreme longest, shortest;
  for (const auto& [kind, group] : largest_first<JobGroup>(run.jobs_by_kind, [](const JobGroup& g) { return g.productive_card_hours; })) {
    if (!group->waits) {
      table.rows.push_back({name(kind, word(kind)), static_cast<double>(group->jobs), Nothing{}, Nothing{}, Nothing{}, group->productive_card_hours});
      continue;
    }
    const double median = group->waits->p50_s, high = group->waits->p90_s;
    table.rows.push_back({name(kind, word(kind)), static_cast<double>(group->jobs), median, high, 100 * group->waits->within_hour, group->productive_card_hours});
    rows.push_back({{"label", text_json(word(kind))}, {"low", median}, {"high", high}, {"low_text", text_json(duration(median))}, {"high_text", text_json(duration(high))}});
    if (high > longest.wait_s) longest = {kind, high};
    if (shortest.wait_s < 0 || high < shortest.wait_s) shortest = {kind, high};
  }
  if (table.rows.empty()) {
    page.paragraph({"This run has no jobs.", "이 실행에는 작업이 없습니다."});
    return;
  }
  const double median_s = run.all_jobs.waits ? run.all_jobs.waits->p50_s : 0;
  const Text all = duration(median_s);
  figure.finding = median_s > 0 ? Text{"Half of all jobs start within " + all.en, "전체 작업의 절반은 " + all.ko + " 안에 시작합니다"}
                                : Text{"At least half of all jobs start at once", "전체 작업의 절반 이상은 기다리지 않고 시작합니다"};
  if (longest.wait_s > shortest.wait_s) {
    const Text slow = word(longest.kind), wait = duration(longest.wait_s);
    figure.finding.en += "; one job in ten of kind “" + slow.en + "” waits longer than " + wait.en + ", the longest of all.";
    figure.finding.ko += ". ‘" + slow.ko + "’의 작업은 열에 하나가 " + wait.ko + " 넘게 기다려 가장 깁니다.";
  } else {
    figure.finding.en += ".";
    figure.finding.ko += ".";
  }
  if (!rows.empty()) figure.chart = {{"kind", "ranges"}, {"rows", rows}};
  page.figure(figure);
}

void classes(Page& page, const RunData& run) {
  Figure figure;
  figure.unit = {"Productive card-hours by class of job, split by how the job ended", "작업 부류별 유효 카드시간, 작업의 결과로 나눔"};
  figure.source = both("results.sqlite: jobs");
  Table& table = figure.table;
  table.id = "jobs-by-class";
  table.caption = {"Jobs by class", "부류별 작업"};
  table.columns = {name_column("job_class", {"class", "부류"}), {"jobs", {"jobs", "작업"}, "jobs", 0}, {"productive_card_hours", {"productive", "유효"}, "card-hours", 0},
                   {"rework_card_hours", {"rework", "재작업"}, "card-hours", 1}, {"interruptions", {"interruptions", "중단"}, "", 0}};
  for (const std::string_view outcome : kJobOutcomes) table.columns.push_back({std::string(outcome), word(outcome), "jobs", 0});
  const auto sorted = largest_first<JobGroup>(run.jobs_by_class, [](const JobGroup& g) { return g.productive_card_hours; });
  if (sorted.empty()) return;
  nlohmann::json labels = nlohmann::json::array();
  std::array<nlohmann::json, 4> values = {nlohmann::json::array(), nlohmann::json::array(), nlohmann::json::array(), nlohmann::json::array()};
  for (const auto& [key, group] : sorted) {
    std::vector<Cell> row = {name(key, word(key)), static_cast<double>(group->jobs), group->productive_card_hours, group->rework_card_hours, static_cast<double>(group->interruptions)};
    for (const std::int64_t jobs : group->by_outcome) row.emplace_back(static_cast<double>(jobs));
    table.rows.push_back(std::move(row));
    if (labels.size() >= 12) continue;
    labels.push_back(text_json(word(key)));
    for (std::size_t outcome = 0; outcome < values.size(); ++outcome) values[outcome].push_back(group->productive_by_outcome[outcome]);
  }
  const double total = run.all_jobs.productive_card_hours;
  const Text share = percent(total > 0 ? sorted[0].second->productive_card_hours / total : 0), first = word(sorted[0].first);
  figure.finding = {"“" + first.en + "” takes " + share.en + " of productive card-hours with " + percent(static_cast<double>(sorted[0].second->jobs) / static_cast<double>(run.all_jobs.jobs)).en + " of the jobs.",
                    "‘" + first.ko + "’ 작업은 건수로 " + percent(static_cast<double>(sorted[0].second->jobs) / static_cast<double>(run.all_jobs.jobs)).ko + "이지만 유효 카드시간의 " + share.ko + "를 씁니다."};
  if (total > 0) {
    nlohmann::json series = nlohmann::json::array();
    for (std::size_t outcome = 0; outcome < values.size(); ++outcome)
      series.push_back({{"label", text_json(word(kJobOutcomes[outcome]))}, {"style", kJobOutcomes[outcome]}, {"values", values[outcome]}});
    figure.chart = {{"kind", "bars"}, {"labels", labels}, {"series", series}, {"scale", "count"}};
  }
  page.figure(figure);

  Table sizes;
  sizes.id = "jobs-by-size";
  sizes.caption = {"Jobs by size", "크기별 작업"};
  sizes.columns = {name_column("cards", {"cards asked", "요청 카드"}), {"jobs", {"jobs", "작업"}, "jobs", 0}, {"share_of_jobs", {"share of jobs", "건수 비율"}, "%", 2},
                   {"productive_card_hours", {"productive", "유효"}, "card-hours", 0}, {"share_of_card_hours", {"share of productive", "유효 비율"}, "%", 2},
                   {"wait_p50_s", {"median wait", "대기 중앙값"}, "s", 1}, {"wait_p90_s", {"90th percentile", "90백분위"}, "s", 1}};
  const std::array<const char*, 6> names = {"≤ 1", "2–7", "8", "9–64", "65–256", "> 256"};
  for (std::size_t size = 0; size < names.size(); ++size) {
    const JobGroup& group = run.jobs_by_size[size];
    sizes.rows.push_back({name(names[size]), static_cast<double>(group.jobs), 100.0 * static_cast<double>(group.jobs) / static_cast<double>(std::max<std::int64_t>(run.all_jobs.jobs, 1)),
                          group.productive_card_hours, total > 0 ? Cell(100 * group.productive_card_hours / total) : Cell(Nothing{}), group.waits ? Cell(group.waits->p50_s) : Cell(Nothing{}),
                          group.waits ? Cell(group.waits->p90_s) : Cell(Nothing{})});
  }
  page.table(sizes);
}

Table grant_table(const std::string& id, Text caption, Column first, const Named<GrantGroup>& groups, Text (*label)(const RunData&, const std::string&), const RunData& run) {
  Table table{id, std::move(caption), {std::move(first)}, {}};
  table.columns.insert(table.columns.end(), {{"applied", {"applied", "신청"}, "projects", 0}, {"granted", {"granted", "배정"}, "projects", 0}, {"refused", {"refused", "탈락"}, "projects", 0},
                                             {"granted_share", {"granted", "배정률"}, "%", 1}, {"cards_asked", {"cards asked", "신청 카드"}, "cards", 0},
                                             {"cards_granted", {"cards granted", "배정 카드"}, "cards", 0}, {"granted_card_hours", {"granted", "배정"}, "card-hours", 0},
                                             {"used_card_hours", {"held by jobs", "사용"}, "card-hours", 0}});
  for (const auto& [key, group] : groups)
    table.rows.push_back({name(key, label(run, key)), static_cast<double>(group.applied), static_cast<double>(group.granted), static_cast<double>(group.applied - group.granted),
                          100.0 * static_cast<double>(group.granted) / static_cast<double>(group.applied), group.cards_asked, group.cards_granted, group.granted_card_hours, group.used_card_hours});
  return table;
}

void projects(Page& page, const RunData& run) {
  if (run.grants_by_kind.empty()) {
    page.paragraph({"This run had no calls for projects.", "이 실행에는 과제 공모가 없었습니다."});
    return;
  }
  Figure figure;
  figure.unit = {"Projects by kind of applicant", "신청 기관 유형별 과제 수"};
  figure.source = both("results.sqlite: grants");
  figure.table = grant_table("projects-by-kind", {"Projects by kind of applicant", "기관 유형별 과제"}, name_column("tenant_kind", {"kind of applicant", "기관 유형"}), run.grants_by_kind,
                             [](const RunData&, const std::string& key) { return word(key); }, run);
  GrantGroup all;
  nlohmann::json labels = nlohmann::json::array(), granted = nlohmann::json::array(), refused = nlohmann::json::array();
  for (const auto& [key, group] : largest_first<GrantGroup>(run.grants_by_kind, [](const GrantGroup& g) { return static_cast<double>(g.applied); })) {
    all.applied += group->applied;
    all.granted += group->granted;
    all.granted_card_hours += group->granted_card_hours;
    all.used_card_hours += group->used_card_hours;
    labels.push_back(text_json(word(key)));
    granted.push_back(group->granted);
    refused.push_back(group->applied - group->granted);
  }
  figure.finding = {"Of " + exact(static_cast<double>(all.applied), 0) + " projects that applied, " + exact(static_cast<double>(all.granted), 0) + " were granted", "신청 과제 " + exact(static_cast<double>(all.applied), 0) + "건 가운데 " + exact(static_cast<double>(all.granted), 0) + "건이 배정되었습니다"};
  if (all.granted_card_hours > 0) {
    const Text used = percent(all.used_card_hours / all.granted_card_hours);
    figure.finding.en += "; their jobs held " + used.en + " of the card-hours they were given.";
    figure.finding.ko += ". 배정받은 카드시간의 " + used.ko + "를 작업이 썼습니다.";
  } else {
    figure.finding.en += ".";
    figure.finding.ko += ".";
  }
  figure.chart = {{"kind", "bars"},
                  {"labels", labels},
                  {"series", nlohmann::json::array({{{"label", text_json({"granted", "배정"})}, {"style", "granted"}, {"values", granted}},
                                                    {{"label", text_json({"refused", "탈락"})}, {"style", "refused"}, {"values", refused}}})},
                  {"scale", "count"}};
  page.figure(figure);
  page.heading({"Projects by region and by call", "권역별·공모별 과제"});
  page.table(grant_table("projects-by-region", {"Projects by region of the applicant", "신청 권역별 과제"}, name_column("region", {"region", "권역"}), run.grants_by_region,
                         [](const RunData& of, const std::string& key) { return key.empty() ? word("") : of.region_name(key); }, run));
  page.table(grant_table("projects-by-call", {"Projects by call", "공모별 과제"}, name_column("call", {"call", "공모"}), run.grants_by_call,
                         [](const RunData&, const std::string& key) { return key.empty() ? word("") : both(key); }, run));
}

/// What the rules of access brought about; metrics of rules that are not in the run are absent.
void outcomes(Page& page, const RunData& run) {
  constexpr std::string_view kGroups[] = {"projects.", "capability.", "contest.", "applicants.", "grants.", "credits.", "reclaim.", "quotas.", "fairness.", "operator_krw.", "calls."};
  Table table{"outcomes", {"What the rules of access brought", "이용 규칙의 결과"}, {name_column("metric", {"what", "항목"}), {"value", {"value", "값"}, "", 3}, name_column("unit", {"unit", "단위"})}, {}};
  for (const std::string_view group : kGroups)
    for (const Metric& metric : run.metrics)
      if (metric.name.starts_with(group) && metric.value) table.rows.push_back({name(metric.name, metric_meaning(metric.name)), *metric.value, name(metric.unit, unit_words(metric.unit))});
  if (table.rows.empty()) return;
  page.heading(table.caption);
  page.table(table);
}

void faults(Page& page, const RunData& run) {
  page.heading({"What broke", "고장"});
  if (run.faults_by_cause.empty()) {
    const Metric* metric = run.metric("faults.node");
    const Text why = metric != nullptr && !metric->value ? metric->reason : Text{"No fault happened in this run.", "이 실행에서는 고장이 없었습니다."};
    page.paragraph(why);
    return;
  }
  Table table;
  table.id = "faults-by-cause";
  table.caption = {"Faults by cause", "원인별 고장"};
  table.columns = {name_column("cause", {"cause", "원인"}), {"faults", {"faults", "고장"}, "", 0}, {"jobs_hit", {"jobs interrupted", "중단된 작업"}, "jobs", 0},
                   {"nodes_out", {"nodes taken out", "멈춘 서버"}, "", 0}, {"repair_p50_s", {"median time to return", "서버 복귀 중앙값"}, "s", 0}, {"repair_p90_s", {"90th percentile", "90백분위"}, "s", 0}};
  for (const auto& [cause, group] : largest_first<FaultGroup>(run.faults_by_cause, [](const FaultGroup& g) { return static_cast<double>(g.faults); })) {
    const bool any = !group->repair_s.empty();
    table.rows.push_back({name(cause, word(cause)), static_cast<double>(group->faults), static_cast<double>(group->jobs_hit), static_cast<double>(group->repair_s.size()), any ? Cell(quantile(group->repair_s, 0.5)) : Cell(Nothing{}),
                          any ? Cell(quantile(group->repair_s, 0.9)) : Cell(Nothing{})});
  }
  page.table(table);
}

}  // namespace

void add_service(Page& page, const RunData& run) {
  page.section("service", {"Service", "이용"});
  waits(page, run);
  classes(page, run);
  projects(page, run);
  outcomes(page, run);
  faults(page, run);
}

}  // namespace dure::analysis
