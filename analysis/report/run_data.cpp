#include "analysis/report/run_data.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "analysis/report/database.h"
#include "sim/units.h"

namespace dure::analysis {
namespace {

using nlohmann::ordered_json;

[[noreturn]] void bad_file(const std::filesystem::path& file, const std::string& why_en, const std::string& why_ko) {
  throw sim::Error(sim::Exit::kInvalid, "E0411", {"`" + file.string() + "` " + why_en, "`" + file.string() + "`: " + why_ko}, {},
                   {"a report is made from the folder that `dure run -o OUT` wrote", "보고서는 `dure run -o OUT`이 만든 폴더에서 만듭니다"});
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) bad_file(file, "is missing or cannot be read", "없거나 읽을 수 없습니다");
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

ordered_json read_json_file(const std::filesystem::path& file) {
  ordered_json json = ordered_json::parse(read_file(file), nullptr, false);
  if (json.is_discarded()) bad_file(file, "is not JSON", "JSON이 아닙니다");
  return json;
}

std::string text_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::optional<double> number_of(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

/// A reason is a sentence, or one in each language.
Text reason_of(const ordered_json& metric) {
  const auto found = metric.find("reason");
  if (found != metric.end() && found->is_object()) return {text_of(*found, "en"), text_of(*found, "ko")};
  Text reason{text_of(metric, "reason"), text_of(metric, "reason_ko")};
  if (reason.en.empty()) reason.en = text_of(metric, "reason_en");
  if (reason.ko.empty()) reason.ko = reason.en;
  return reason;
}

std::vector<Metric> read_metrics(const ordered_json& named) {
  std::vector<Metric> metrics;
  for (const auto& [name, json] : named.items()) {
    Metric metric;
    metric.name = name;
    if (json.is_object()) {
      metric.unit = text_of(json, "unit");
      metric.value = number_of(json, "value");
      metric.reason = reason_of(json);
      metric.p05 = number_of(json, "p05");
      metric.p50 = number_of(json, "p50");
      metric.p95 = number_of(json, "p95");
      metric.mean = number_of(json, "mean");
      metric.ci95_low = number_of(json, "ci95_low");
      metric.ci95_high = number_of(json, "ci95_high");
      metric.n = static_cast<int>(number_of(json, "n").value_or(1));
    }
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

LogReport read_log_report(const ordered_json& json) {
  LogReport report{text_of(json, "format"), text_of(json, "file"), number_of(json, "rows").value_or(0), number_of(json, "kept").value_or(0),
                   number_of(json, "sorted_rows").value_or(0), number_of(json, "card_hours").value_or(0), {}, {}};
  const auto text = [](const ordered_json& both) { return Text{text_of(both, "en"), text_of(both, "ko")}; };
  for (const ordered_json& row : json.value("dropped", ordered_json::array()))
    if (row.contains("reason")) report.dropped.emplace_back(text(row["reason"]), number_of(row, "count").value_or(0));
  for (const ordered_json& sentence : json.value("assumptions", ordered_json::array())) report.assumptions.push_back(text(sentence));
  return report;
}

std::size_t state_index(std::string_view name) {
  const auto found = std::find(sim::kCardStateNames.begin(), sim::kCardStateNames.end(), name);
  if (found == sim::kCardStateNames.end())
    throw sim::Error(sim::Exit::kInvalid, "E0412", {"results.sqlite has the unknown card state `" + std::string(name) + "`", "results.sqlite에 알 수 없는 카드 상태 `" + std::string(name) + "`가 있습니다"});
  return static_cast<std::size_t>(found - sim::kCardStateNames.begin());
}

/// The element of a map named by a column that mostly repeats the row before.
template <typename Value>
class Recent {
 public:
  explicit Recent(Named<Value>& map) : map_(map) {}
  Value& operator[](std::string_view key) {
    if (last_ != map_.end() && last_->first == key) return last_->second;
    last_ = map_.find(key);
    if (last_ == map_.end()) last_ = map_.try_emplace(std::string(key)).first;
    return last_->second;
  }

 private:
  Named<Value>& map_;
  typename Named<Value>::iterator last_ = map_.end();
};

/// As `quantile` of the sorted list, without sorting millions of waits for two numbers.
double quantile_of_unsorted(std::vector<float>& values, double share) {
  const double at = share * static_cast<double>(values.size() - 1);
  const auto low = values.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(values.begin(), low, values.end());
  const auto next = low + 1 == values.end() ? low : std::min_element(low + 1, values.end());
  return *low + (at - std::floor(at)) * (static_cast<double>(*next) - *low);
}

void find_waits(JobGroup& group) {
  std::vector<float>& waits_s = group.waits_s;
  if (waits_s.empty()) return;
  const auto within = std::count_if(waits_s.begin(), waits_s.end(), [](float wait_s) { return wait_s <= 3600.0F; });
  group.waits = {quantile_of_unsorted(waits_s, 0.5), quantile_of_unsorted(waits_s, 0.9), static_cast<double>(within) / static_cast<double>(waits_s.size())};
}

}  // namespace

RunData::RunData(const std::filesystem::path& out) {
  read_json(out);
  read_scenario(out);
  const std::filesystem::path results = out / "results.sqlite";
  if (!std::filesystem::exists(results)) bad_file(results, "is missing", "없습니다");
  const Database database(results);
  read_ledger(database);
  read_jobs(database);
  read_grants(database);
  read_power(database);
  read_rest(database);
}

void RunData::read_json(const std::filesystem::path& out) {
  run = read_json_file(out / "run.json");
  const ordered_json summary = read_json_file(out / "summary.json");
  if (!run.is_object()) bad_file(out / "run.json", "is not an object", "객체가 아닙니다");
  if (!summary.is_object() || !summary.contains("metrics") || !summary["metrics"].is_object()) bad_file(out / "summary.json", "has no `metrics`", "`metrics`가 없습니다");
  metrics = read_metrics(summary["metrics"]);
  if (const auto facts = out / "workload_facts.json"; std::filesystem::exists(facts))
    if (const ordered_json whole = read_json_file(facts); whole.is_object() && whole.contains("metrics") && whole["metrics"].is_object()) workload_facts = read_metrics(whole["metrics"]);
  if (const auto report = out / "trace_report.json"; std::filesystem::exists(report)) log = read_log_report(read_json_file(report));
  const std::filesystem::path file = out / "inputs" / "assumptions.json";
  if (!std::filesystem::exists(file)) return;
  const ordered_json whole = read_json_file(file);
  const ordered_json& list = whole.is_object() && whole.contains("assumptions") ? whole["assumptions"] : whole;
  if (!list.is_array()) bad_file(file, "has no list of assumptions", "가정 목록이 없습니다");
  for (const ordered_json& json : list) {
    if (!json.is_object()) continue;
    assumptions.push_back({text_of(json, "path"), text_of(json, "value"), text_of(json, "unit"), text_of(json, "origin"), text_of(json, "source"),
                           text_of(json, json.contains("trust") ? "trust" : "confidence"), {text_of(json, "en"), text_of(json, "ko")}, number_of(json, "low"), number_of(json, "high")});
  }
}

void RunData::read_scenario(const std::filesystem::path& out) {
  const std::filesystem::path file = out / "inputs" / "scenario.txtpb";
  google::protobuf::TextFormat::Parser parser;
  if (!parser.ParseFromString(read_file(file), &scenario)) bad_file(file, "is not a dure.Scenario", "dure.Scenario가 아닙니다");
  calendar = sim::Calendar(sim::parse_date(scenario.start_date()));
  end_s_ = scenario.has_end_date() ? calendar.at_s(sim::parse_date(scenario.end_date())) : scenario.horizon_s();
}

void RunData::read_ledger(const Database& database) {
  if (!database.has_table("card_hours")) {
    for (std::size_t state = 0; state < sim::kCardStates; ++state) total[state] = value("card_hours." + std::string(sim::kCardStateNames[state])).value_or(0);
    return;
  }
  std::vector<ByState> days;
  Recent<ByState> cards(by_card);
  Recent<SiteTotals> sites(by_site);
  Rows rows = database.rows("SELECT day, site, card, state, cause, card_hours FROM card_hours");
  while (rows.next()) {
    const std::int64_t day = rows.integer(0);
    if (day < 0 || day > 1000000) continue;
    const std::size_t state = state_index(rows.text(3));
    const double card_hours = rows.number(5);
    if (static_cast<std::size_t>(day) >= days.size()) days.resize(static_cast<std::size_t>(day) + 1);
    days[static_cast<std::size_t>(day)][state] += card_hours;
    total[state] += card_hours;
    sites[rows.text(1)].card_hours[state] += card_hours;
    cards[rows.text(2)][state] += card_hours;
    if (!rows.text(4).empty()) by_cause[{std::string(rows.text(3)), std::string(rows.text(4))}] += card_hours;
  }
  // At most some 320 points: days, weeks or four weeks.
  span_days = days.size() <= 200 ? 1 : days.size() <= 2200 ? 7 : 28;
  for (std::size_t day = 0; day < days.size(); ++day) {
    const double start_s = static_cast<double>(day) * sim::kDay_s;
    if (day % static_cast<std::size_t>(span_days) == 0) spans.push_back({start_s, 0, {}});
    Span& span = spans.back();
    span.hours += sim::hours_from_s(std::clamp(end_s_ - start_s, 1.0, sim::kDay_s));
    for (std::size_t state = 0; state < sim::kCardStates; ++state) span.card_hours[state] += days[day][state];
  }
  if (replicates() > 1)   // the rows are those of the first
    for (std::size_t state = 0; state < sim::kCardStates; ++state) total[state] = value("card_hours." + std::string(sim::kCardStateNames[state])).value_or(total[state]);
}

void RunData::read_jobs(const Database& database) {
  jobs_by_size.resize(kSizes.size());
  if (!database.has_table("jobs")) return;
  Named<std::string> site_region;
  for (const dure::Site& site : scenario.site()) site_region[site.site()] = site.region();
  Recent<JobGroup> kinds(jobs_by_kind), classes(jobs_by_class), regions(jobs_by_region);
  Recent<SiteTotals> sites(by_site);
  Recent<std::string> site_regions(site_region);
  Rows rows = database.rows(
      "SELECT tenant_kind, job_class, region, site, cards, wait_s, outcome, productive_card_hours, rework_card_hours, interruptions, start_s, jobs FROM jobs");
  while (rows.next()) {
    // Each column is asked for once: that is most of the time a page takes.
    const std::string_view kind = rows.text(0), job_class = rows.text(1), region = rows.text(2), site = rows.text(3), outcome = rows.text(6);
    const auto which = static_cast<std::size_t>(std::find(kJobOutcomes.begin(), kJobOutcomes.end(), outcome) - kJobOutcomes.begin());
    if (which == kJobOutcomes.size())
      throw sim::Error(sim::Exit::kInvalid, "E0412", {"results.sqlite has the unknown outcome `" + std::string(outcome) + "` of a job", "results.sqlite에 알 수 없는 작업 결과 `" + std::string(outcome) + "`가 있습니다"});
    const double cards = rows.number(4), productive = rows.number(7), rework = rows.number(8);
    const std::optional<double> wait_s = rows.maybe(5);
    const std::int64_t interruptions = rows.integer(9);
    const auto so_many = std::max<std::int64_t>(1, rows.integer(11));   // jobs of the row: a batch of planning fidelity is several
    const bool waited = wait_s && outcome != "rejected";
    const bool away = !region.empty() && !site.empty() && site_regions[site] != region;
    const auto size = static_cast<std::size_t>(std::upper_bound(kSizes.begin(), kSizes.end(), cards) - kSizes.begin());
    for (JobGroup* group : {&all_jobs, &kinds[kind], &classes[job_class], &regions[region], &jobs_by_size[size == 0 ? 0 : size - 1]}) {
      group->jobs += so_many;
      group->by_outcome[which] += so_many;
      group->productive_by_outcome[which] += productive;
      group->productive_card_hours += productive;
      group->rework_card_hours += rework;
      group->interruptions += interruptions;
      if (away) group->productive_away_card_hours += productive;
      if (waited) group->waits_s.insert(group->waits_s.end(), static_cast<std::size_t>(so_many), static_cast<float>(*wait_s));
    }
    if (!rows.empty(10)) sites[site].jobs += so_many;
  }
  find_waits(all_jobs);
  for (auto* map : {&jobs_by_kind, &jobs_by_class, &jobs_by_region})
    for (auto& [name, group] : *map) find_waits(group);
  for (JobGroup& group : jobs_by_size) find_waits(group);
}

void RunData::read_grants(const Database& database) {
  if (!database.has_table("grants")) return;
  Rows rows = database.rows("SELECT tenant_kind, region, call, cards_asked, cards_granted, start_s, end_s, used_card_hours FROM grants");
  while (rows.next()) {
    for (GrantGroup* group : {&grants_by_kind[std::string(rows.text(0))], &grants_by_region[std::string(rows.text(1))], &grants_by_call[std::string(rows.text(2))]}) {
      const double granted = rows.number(4);
      ++group->applied;
      group->granted += granted > 0 ? 1 : 0;
      group->cards_asked += rows.number(3);
      group->cards_granted += granted;
      group->used_card_hours += rows.number(7);
      if (granted > 0 && !rows.empty(5) && !rows.empty(6))
        group->granted_card_hours += granted * sim::hours_from_s(std::max(0.0, std::min(rows.number(6), end_s_) - rows.number(5)));
    }
  }
}

void RunData::read_power(const Database& database) {
  if (!database.has_table("power")) return;
  std::vector<double> national_kw;
  Recent<SiteTotals> sites(by_site);
  Rows rows = database.rows("SELECT hour, site, it_kwh, facility_kwh FROM power");
  int month = 0;
  std::int64_t month_day = -1;
  while (rows.next()) {
    const std::int64_t hour = rows.integer(0);
    if (hour < 0 || hour > 24000000) continue;
    if (hour / 24 != month_day) {
      month_day = hour / 24;
      month = calendar.month_index(static_cast<double>(month_day) * sim::kDay_s);
    }
    const double it_kwh = rows.number(2), facility_kwh = rows.number(3);
    if (static_cast<std::size_t>(hour) >= national_kw.size()) national_kw.resize(static_cast<std::size_t>(hour) + 1);
    national_kw[static_cast<std::size_t>(hour)] += facility_kwh;
    PowerMonth& total_of_month = power_by_month[month];
    total_of_month.it_kwh += it_kwh;
    total_of_month.facility_kwh += facility_kwh;
    auto& [site_it, site_facility] = total_of_month.by_site[std::string(rows.text(1))];
    site_it += it_kwh;
    site_facility += facility_kwh;
    SiteTotals& site = sites[rows.text(1)];
    site.it_kwh += it_kwh;
    site.facility_kwh += facility_kwh;
  }
  for (std::size_t hour = 0; hour < national_kw.size(); ++hour) {
    double& peak = power_by_month[calendar.month_index(static_cast<double>(hour) * sim::kHour_s)].peak_hour_kw;
    peak = std::max(peak, national_kw[hour]);
  }
}

void RunData::read_rest(const Database& database) {
  if (database.has_table("money")) {
    Rows rows = database.rows("SELECT kind, fiscal_year, SUM(krw) FROM money WHERE memo = 0 GROUP BY 1, 2");
    while (rows.next()) money[std::string(rows.text(0))][static_cast<int>(rows.integer(1))] += rows.number(2);
  }
  if (database.has_table("budget")) {
    Rows rows = database.rows("SELECT account, line, line_en, line_ko, side, fiscal_year, krw FROM budget ORDER BY rowid");
    while (rows.next()) {
      const auto same = std::find_if(budget.begin(), budget.end(), [&](const BudgetLine& line) { return line.account == rows.text(0) && line.key == rows.text(1); });
      BudgetLine& line = same != budget.end() ? *same : budget.emplace_back();
      line.account = rows.text(0);
      line.key = rows.text(1);
      line.words = {std::string(rows.text(2)), std::string(rows.text(3))};
      line.revenue = rows.text(4) == "revenue";
      line.krw_by_year[static_cast<int>(rows.integer(5))] += rows.number(6);
    }
  }
  if (database.has_table("flows")) {
    Rows rows = database.rows("SELECT kind, source, destination, gb, start_s, end_s FROM flows");
    while (rows.next())
      for (FlowGroup* group : {&flows_by_kind[std::string(rows.text(0))], &flows_by_route[{std::string(rows.text(1)), std::string(rows.text(2))}]}) {
        ++group->flows;
        group->gb += rows.number(3);
        if (rows.empty(5)) {
          ++group->under_way;
          continue;
        }
        const double duration_s = rows.number(5) - rows.number(4);
        group->duration_s.push_back(duration_s);
        if (duration_s > 0) group->gbps.push_back(rows.number(3) * 8 / duration_s);
      }
    const auto sort = [](FlowGroup& group) {
      std::sort(group.duration_s.begin(), group.duration_s.end());
      std::sort(group.gbps.begin(), group.gbps.end());
    };
    for (auto& [kind, group] : flows_by_kind) sort(group);
    for (auto& [route, group] : flows_by_route) sort(group);
  }
  if (database.has_table("faults")) {
    Rows rows = database.rows("SELECT cause, repair_s, jobs_hit FROM faults");
    while (rows.next()) {
      FaultGroup& group = faults_by_cause[std::string(rows.text(0))];
      ++group.faults;
      group.jobs_hit += rows.integer(2);
      if (!rows.empty(1)) group.repair_s.push_back(rows.number(1));
    }
    for (auto& [cause, group] : faults_by_cause) std::sort(group.repair_s.begin(), group.repair_s.end());
  }
  if (database.has_table("tranches")) {
    Rows rows = database.rows(
        "SELECT tranche, kind, site, card, promised, delivered, in_service, term_end, cards, government_use_cards, delivered_cards FROM tranches");
    const auto text = [&](int column) { return std::string(rows.text(column)); };
    while (rows.next())
      tranches.push_back({text(0), text(1), text(2), text(3), text(4), text(5), text(6), text(7), rows.number(8), rows.number(9), rows.number(10)});
    std::stable_sort(tranches.begin(), tranches.end(), [](const TrancheRow& a, const TrancheRow& b) { return a.promised < b.promised; });
  }
}

const Metric* RunData::metric(std::string_view name) const {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const Metric& metric) { return metric.name == name; });
  return found == metrics.end() ? nullptr : &*found;
}

std::optional<double> RunData::value(std::string_view name) const {
  const Metric* found = metric(name);
  return found == nullptr ? std::nullopt : found->value;
}

int RunData::replicates() const {
  const Metric* metric = this->metric("card_hours.nominal");
  return metric != nullptr ? metric->n : 1;
}

double RunData::nominal_card_hours() const {
  double sum = 0;
  for (const double card_hours : total) sum += card_hours;
  return sum;
}

Text RunData::site_name(const std::string& key) const {
  for (const dure::Site& site : scenario.site())
    if (site.site() == key) return {site.has_name_en() ? site.name_en() : key, site.has_name_ko() ? site.name_ko() : key};
  return both(key);
}

Text RunData::region_name(const std::string& key) const {
  for (const dure::Region& region : scenario.region())
    if (region.region() == key) return {region.has_name_en() ? region.name_en() : key, region.has_name_ko() ? region.name_ko() : key};
  return both(key);
}

Text RunData::place_name(const std::string& key) const {
  for (const dure::Site& site : scenario.site())
    if (site.site() == key) return site_name(key);
  for (const dure::Region& region : scenario.region())
    if (region.region() == key || region.city() == key) return region_name(region.region());
  return both(key);
}

std::string RunData::region_of_site(const std::string& key) const {
  for (const dure::Site& site : scenario.site())
    if (site.site() == key) return site.region();
  return {};
}

}  // namespace dure::analysis
