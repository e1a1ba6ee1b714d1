#include "analysis/report/report.h"

#include <doctest/doctest.h>
#include <openssl/sha.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "analysis/report/assets.h"
#include "analysis/report/format.h"
#include "analysis/report/page.h"
#include "analysis/report/run_data.h"
#include "sim/results.pb.h"
#include "tests/analysis/report_fixture.h"

using namespace dure::analysis;

namespace {

/// A folder that goes with its test.
struct Folder {
  Folder() : path(std::filesystem::temp_directory_path() / ("dure-report-" + std::to_string(::getpid()) + "-" + std::to_string(++number))) {}
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
  static inline int number = 0;
};

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string page_of(const SyntheticRun& run) {
  const Folder folder;
  run.write(folder.path);
  write_report(folder.path);
  return read(folder.path / "report.html");
}

bool has(const std::string& page, const std::string& text) { return page.find(text) != std::string::npos; }
int occurrences(const std::string& page, const std::string& text) {
  int count = 0;
  for (std::size_t at = page.find(text); at != std::string::npos; at = page.find(text, at + text.size())) ++count;
  return count;
}
std::string between(const std::string& page, const std::string& from, const std::string& to) {
  const std::size_t start = page.find(from);
  if (start == std::string::npos) return {};
  const std::size_t end = page.find(to, start + from.size());
  return page.substr(start + from.size(), end - start - from.size());
}

/// Everything that stands between `opening` and the next double quote.
std::vector<std::string> values_of(const std::string& page, const std::string& opening) {
  std::vector<std::string> values;
  for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at + 1)) {
    const std::size_t start = at + opening.size();
    values.push_back(page.substr(start, page.find('"', start) - start));
  }
  return values;
}

std::string base64_decoded(const std::string& text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    buffer = buffer << 6 | static_cast<unsigned>(digits.find(c));
    bits += 6;
    if (bits >= 8) bytes += static_cast<char>(buffer >> (bits -= 8) & 0xff);
  }
  return bytes;
}

}  // namespace

TEST_CASE("report figures: three digits, in the words of each language") {
  CHECK(count(184'000'000).en == "184 million");
  CHECK(count(184'000'000).ko == "1.84억");
  CHECK(count(12345).en == "12,300");
  CHECK(count(12345).ko == "1.23만");
  CHECK(count(999'999).en == "1 million");
  CHECK(count(0).ko == "0");
  CHECK(count(3.2e24).en == "3.2 × 10²⁴");
  CHECK(count(-9.999e24).ko == "-1 × 10²⁵");
  CHECK(krw(1.46e12).en == "KRW 1.46 tn");
  CHECK(krw(1.46e12).ko == "1.46조 원");
  CHECK(krw(5.842e11).en == "KRW 584 bn");
  CHECK(krw(5.842e11).ko == "5,840억 원");
  CHECK(percent(0.4123).en == "41 %");
  CHECK(percent(0.0234).ko == "2.3%");
  CHECK(percent(0).en == "0 %");
  CHECK(percent(0.00001).ko == "0.01% 미만");  // little is not nothing
  CHECK(duration(45).en == "45 s");
  CHECK(duration(11000).en == "3.06 h");
  CHECK(duration(11000).ko == "3.06시간");
  CHECK(duration(86400 * 4.64).ko == "4.64일");
  CHECK(energy_kwh(1.2e9).en == "1.2 TWh");
  CHECK(exact(1234567.5) == "1,234,567.5");
  CHECK(counted(1.2, "day") == "1 day");
  CHECK(counted(0, "day") == "0 days");
  CHECK(run_count(2318).en == "2,318 runs");
  CHECK(run_count(2318).ko == "실행 2,318회");
  CHECK(run_count(1).en == "1 run");
  CHECK(exact(-1234.0, 0) == "−1,234");
  CHECK(exact(0.00004, 3) == "4e-05");  // never rounded to a 0 that it is not
  Table table;
  table.columns = {{"share", {"share", "비중"}, "%", 2}};
  table.rows = {{0.0}, {0.004}, {0.01}};
  CHECK(table.html().find("&lt; 0.01<") != std::string::npos);
  CHECK(table.csv().find("0.004") != std::string::npos);
  CHECK(machine(0.1) == "0.1");
}

TEST_CASE("report escapes: names stay text in HTML, JSON and CSV") {
  CHECK(escape_html("<b>&\"'") == "&lt;b&gt;&amp;&quot;&#39;");
  CHECK(escape_html("한\xff글\x01") == "한\xEF\xBF\xBD글");
  CHECK(csv_field("=1+1") == "'=1+1");
  CHECK(csv_field("a,\"b\"") == "\"a,\"\"b\"\"\"");
  CHECK(json_for_script({{"name", "</script><!--&"}}) == R"({"name":"\u003c/script\u003e\u003c!--\u0026"})");
}

TEST_CASE("report: of 100 announced card-hours, 41 became productive, in both languages") {
  const std::string page = page_of(a_day());
  CHECK(has(page, "Of 100 announced card-hours, 41 became productive; most of the rest was not delivered (23) and idle without demand (12)."));
  CHECK(has(page, "발표된 카드시간의 41%가 유효 작업에 쓰였습니다. 나머지 가운데 큰 몫은 ‘미인도’(23%), ‘수요 없는 유휴’(12%)입니다."));
  CHECK(has(page, "<html lang=\"ko\""));
  CHECK(has(page, "id=\"language-en\""));
  CHECK(has(page, "id=\"language-ko\" checked"));
  CHECK(occurrences(page, "lang=\"en\"") > 200);
  // Whatever is said in English is said in Korean.
  CHECK(occurrences(page, "<span lang=\"en\">") == occurrences(page, "<span lang=\"ko\">"));
}

TEST_CASE("report: the waterfall's table holds every state, and productive split by outcome") {
  const std::string page = page_of(a_day());
  const std::string table = between(page, "<table id=\"waterfall-figures\">", "</table>");
  CHECK(occurrences(table, "<tr>") == 1 + 1 + 15 + 4);  // head, nominal, states, outcomes
  CHECK(has(table, "<td class=\"num\">2,400</td><td class=\"num\">100</td>"));
  CHECK(has(table, "<td class=\"num\">984</td><td class=\"num\">41</td>"));     // 24 h × 41 cards
  CHECK(has(table, "<td class=\"num\">590.4</td><td class=\"num\">24.6</td>"));  // 60 % of them cancelled
}

TEST_CASE("report: the ledger in its other units, state by state with shares; what has no model says why") {
  SyntheticRun run = a_day();
  CHECK_FALSE(has(page_of(run), "ledger-in-units"));  // results of before
  for (std::size_t state = 0; state < dure::sim::kCardStates; ++state) {
    const std::string name(dure::sim::kCardStateNames[state]);
    run.metric("ledger_kwh." + name, name == "productive" ? 3e6 : name == "idle_no_demand" ? 1e6 : 0, "kWh");
    run.no_metric("ledger_carbon_kg." + name, "no factor here", "배출계수 없음");
    run.metric("ledger_krw." + name, name == "not_delivered" ? 5e9 : 0, "KRW");
  }
  const std::string page = page_of(run);
  const std::string table = between(page, "<table id=\"ledger-in-units\">", "</table>");
  CHECK(occurrences(table, "<tr>") == 1 + 15 + 1);
  const std::string last = table.substr(table.rfind("<tr>"));
  CHECK(has(last, "<td class=\"num\">2,400</td><td class=\"num\">100</td><td class=\"num\">4</td><td class=\"num\">100</td>"));
  CHECK(has(last, "<td class=\"num\">5,000</td><td class=\"num\">100</td>"));
  CHECK(has(table, "<td class=\"num\">984</td><td class=\"num\">41</td><td class=\"num\">3</td><td class=\"num\">75</td>"));
  CHECK(has(table, "배출계수 없음"));
  CHECK(occurrences(page, "<span lang=\"en\">") == occurrences(page, "<span lang=\"ko\">"));
}

TEST_CASE("report: a median is the middle of the waits that the jobs had") {
  const std::string page = page_of(a_day());
  // Ten start-ups wait 0, 60 … 540 s: median 270, 90th percentile 486. Three universities wait an hour.
  const std::string table = between(page, "<table id=\"waits-by-kind\">", "</table>");
  CHECK(has(table, "<td class=\"num\">10</td><td class=\"num\">270</td><td class=\"num\">486</td><td class=\"num\">100</td>"));
  CHECK(has(table, "<td class=\"num\">3</td><td class=\"num\">3,600</td><td class=\"num\">3,600</td>"));
}

TEST_CASE("report: every metric of summary.json is shown, and an empty one with its reason") {
  for (const SyntheticRun& run : {a_day(), four_years(50)}) {
    const std::string page = page_of(run);
    const std::string table = between(page, "<table id=\"metrics\">", "</table>");
    for (const auto& [name, metric] : run.summary["metrics"].items()) {
      CAPTURE(name);
      const std::string row = between(table, "<bdi>" + name + "</bdi>", "</tr>");
      CHECK_FALSE(row.empty());
      if (metric["value"].is_null()) {
        CHECK(has(row, metric["reason"].get<std::string>()));
        CHECK_FALSE(has(row, "<td class=\"num\">0</td>"));
      }
    }
  }
  const std::string page = page_of(a_day());
  CHECK(has(between(page, "<section id=\"power\"", "</section>"), "the scenario has no power model"));
  CHECK(has(between(page, "<section id=\"money\"", "</section>"), "the scenario has no economics"));
  CHECK(has(between(page, "<section id=\"glance\"", "</section>"), "the scenario has no economics"));
}

TEST_CASE("report: only the page's own style and script may act, and nothing is loaded") {
  const std::string page = page_of(a_day());
  const std::string policy = between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"");
  const std::string style = between(page, "<style>", "</style>");
  CHECK(has(policy, "default-src 'none'"));
  CHECK(has(policy, "style-src '" + csp_hash(style) + "'"));
  CHECK_FALSE(has(policy, "unsafe"));
  if (script_bundle().empty()) {
    CHECK(has(policy, "script-src 'none'"));
    CHECK(has(page, "This copy was built without charts"));
  } else {
    const std::string script = between(page, "</script>\n<script>", "</script>");
    CHECK(has(policy, "script-src '" + csp_hash(script) + "'"));
    CHECK(script == script_bundle());
  }
  CHECK(csp_hash("").starts_with("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));  // of nothing, a known value
  for (const char* element : {"<link", "<img", "<iframe", "<object", "<embed", "<base"}) CHECK_FALSE(has(page, element));
  for (const char* attribute : {" src=\"", " style=\"", " onclick=\"", " onload=\"", " onerror=\"", " onchange=\""}) CHECK_FALSE(has(page, attribute));
  for (const std::string& target : values_of(page, " href=\"")) CHECK_MESSAGE((target.starts_with("#") || target.starts_with("data:text/csv")), target);
}

TEST_CASE("report: a name with markup in it is shown, never obeyed") {
  SyntheticRun run = a_day();
  const std::string evil = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
  run.scenario.set_name(evil);
  run.scenario.set_title_en(evil);
  run.scenario.set_title_ko(evil);
  run.scenario.mutable_site(0)->set_name_en(evil);
  run.scenario.mutable_region(0)->set_name_ko(evil);
  run.run["version"] = evil;
  run.run[evil] = 1;
  run.metric(evil, 1, evil);
  run.no_metric("carbon_kg.total", evil, evil);
  run.assumptions["assumptions"].push_back({{"path", evil}, {"value", evil}, {"unit", evil}, {"origin", evil}, {"source", evil}, {"trust", evil}, {"en", evil}, {"ko", evil}});
  for (const char* outcome : {"completed", "waiting"}) {
    auto& job = run.add<dure::JobsRow>();
    job.set_tenant_kind(evil);
    job.set_job_class(evil);
    job.set_region(evil);
    job.set_site(evil);
    job.set_cards(1);
    job.set_wait_s(1);
    job.set_outcome(outcome);
    job.set_productive_card_hours(1000);
  }
  auto& tranche = run.add<dure::TranchesRow>();
  tranche.set_tranche(evil);
  tranche.set_site(evil);
  tranche.set_card(evil);
  tranche.set_kind(evil);
  tranche.set_cards(8);
  tranche.set_promised("2026-03-01");
  auto& money = run.add<dure::MoneyRow>();
  money.set_kind(evil);
  money.set_date("2026-03-01");
  money.set_krw(5);
  money.set_fiscal_year(2026);
  money.set_memo(0);
  auto& budget = run.add<dure::BudgetRow>();
  budget.set_account("state");
  budget.set_line(evil);
  budget.set_line_en(evil);
  budget.set_line_ko(evil);
  budget.set_side("expenditure");
  budget.set_fiscal_year(2026);
  budget.set_krw(5);
  auto& flow = run.add<dure::FlowsRow>();
  flow.set_kind(evil);
  flow.set_source(evil);
  flow.set_destination(evil);
  flow.set_gb(1);
  auto& fault = run.add<dure::FaultsRow>();
  fault.set_cause(evil);
  auto& grant = run.add<dure::GrantsRow>();
  grant.set_tenant_kind(evil);
  grant.set_region(evil);
  grant.set_call(evil);
  auto& power = run.add<dure::PowerRow>();
  power.set_hour(0);
  power.set_site(evil);
  power.set_it_kwh(1);
  power.set_facility_kwh(1.2);
  const std::string page = page_of(run);
  CHECK(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
  CHECK_FALSE(has(page, "<script>alert"));
  CHECK_FALSE(has(page, "<img"));
  CHECK(occurrences(page, "<script") == (script_bundle().empty() ? 0 : 2));
}

TEST_CASE("report: a value that is assumed is marked, with its place, its range and its source") {
  SyntheticRun run = a_day();
  run.assumptions["assumptions"][0]["low"] = 14;
  run.assumptions["assumptions"][0]["high"] = 60;
  const std::string page = page_of(run);
  CHECK(has(page, "1 of the 2 values this run used are assumptions or have low confidence"));
  const std::string table = between(page, "<table id=\"assumption-values\">", "</table>");
  CHECK(occurrences(table, "<tr class=\"weak\">") == 1);
  CHECK(has(between(table, "commissioning.install_days", "</tr>"), "14 – 60"));
  CHECK(has(between(table, "site[north].pue", "</tr>"), "set at scenarios/a-day.txtpb:4"));
}

TEST_CASE("report: what the jobs were like, and what the reader of a log dropped and assumed, stand there in both languages") {
  CHECK_FALSE(has(page_of(a_day()), "id=\"workload\""));  // the run wrote neither file
  const Folder folder;
  a_day().write(folder.path);
  std::ofstream(folder.path / "workload_facts.json") << R"({"metrics": {"workload.run_s.p50": {"value": 131, "unit": "s"}, "workload.gap.cv": {"value": null, "unit": "ratio", "reason": {"en": "too few", "ko": "너무 적음"}}}})";
  std::ofstream(folder.path / "trace_report.json") << R"({"format": "swf", "file": "log <1>.swf", "rows": 12, "kept": 9, "sorted_rows": 2, "card_hours": 7,
    "dropped": [{"count": 3, "reason": {"en": "no run time", "ko": "실행 시간 없음"}}], "assumptions": [{"en": "a processor is a card", "ko": "프로세서 하나를 카드 한 장으로 봄"}]})";
  write_report(folder.path);
  const std::string page = read(folder.path / "report.html");
  const std::string section = between(page, "<section id=\"workload\"", "</section>");
  for (const char* text : {"run time, median", "실행 시간 중앙값", "2.18 min", "too few", "너무 적음", "log &lt;1&gt;.swf", "dropped: no run time", "제외: 실행 시간 없음", ">3<", "a processor is a card",
                           "프로세서 하나를 카드 한 장으로 봄"})
    CHECK_MESSAGE(has(section, text), text);
}

TEST_CASE("report: a run that did not finish says so on top") {
  SyntheticRun run = a_day();
  CHECK_FALSE(has(page_of(run), "This run is not complete."));
  run.run["status"] = "partial";
  const std::string page = page_of(run);
  CHECK(page.find("This run is not complete.") < page.find("<section id=\"glance\""));
  CHECK(has(page, "이 실행은 완료되지 않았습니다."));
}

TEST_CASE("report: the budget as it is filed: lines by fiscal year in millions, sums and what is left") {
  const std::string table = between(page_of(four_years(10)), "<table id=\"budget-state\"", "</table>");
  CHECK(has(table, "420,000"));   // cards of 2025: 420 bn KRW
  CHECK(has(table, "세출 합계"));
  CHECK(has(table, "584,000"));   // all spending of 2025
  CHECK(has(table, "세입 합계"));
  CHECK(has(table, "−580,000"));  // less 4 bn of user fees
  CHECK(has(table, "백만 원"));
  const std::string measures = between(page_of(four_years(10)), "<table id=\"money-measures\"", "</table>");
  CHECK(has(measures, "KRW 2.1 tn"));
  CHECK(has(measures, "61 %"));
  CHECK(has(measures, "no model reached the threshold loss"));
  SyntheticRun nothing = a_day();
  CHECK_FALSE(has(page_of(nothing), "budget-state"));
}

TEST_CASE("report: the page asks for what it needs to be read by everyone") {
  const std::string page = page_of(four_years(500));
  CHECK(has(page, "<a class=\"skip\" href=\"#main\">"));
  for (const char* landmark : {"<header>", "<nav aria-labelledby=", "<main id=\"main\"", "<footer>"}) CHECK(occurrences(page, landmark) == 1);
  CHECK(occurrences(page, "<h1>") == 1);
  CHECK(occurrences(page, "<table") == occurrences(page, "<caption"));
  CHECK(occurrences(page, "<figure") == occurrences(page, "<figcaption>"));
  const std::string body = between(page, "<main", "</main>");
  CHECK(occurrences(body, "<th>") == 0);  // every head says what it heads
  for (const char* section : {"glance", "waterfall", "over-time", "procurement", "regions", "service", "power", "money", "network", "assumptions", "method", "data"}) {
    CHECK(has(page, std::string("<section id=\"") + section + "\" aria-labelledby=\"" + section + "-title\">"));
    CHECK(has(page, std::string("<a href=\"#") + section + "\">"));
  }
  // Identifiers are unique, and every reference has its target.
  std::map<std::string, int> ids;
  for (const std::string& id : values_of(page, " id=\"")) ++ids[id];
  for (const auto& [name, times] : ids) CHECK_MESSAGE(times == 1, name);
  for (const std::string& id : values_of(body, " aria-labelledby=\"")) CHECK_MESSAGE(ids.contains(id), id);
  for (const std::string& target : values_of(body, " href=\"#")) CHECK_MESSAGE(ids.contains(target), target);
}

TEST_CASE("report: each chart's figures lie in its CSV, with byte-order mark and full digits") {
  const std::string page = page_of(a_day());
  const std::string csv = base64_decoded(between(page, "download=\"waterfall-figures.csv\" href=\"data:text/csv;charset=utf-8;base64,", "\""));
  CHECK(csv.starts_with("\xEF\xBB\xBFstate,meaning,card_hours [card-hours],share [%]\r\nnominal,,2400,100\r\nnot_delivered,,552,23\r\n"));
}

TEST_CASE("report: four years and 20,000 jobs make a page of their sums, not of their rows") {
  const SyntheticRun few = four_years(2000), many = four_years(20000);
  const std::string small = page_of(few), large = page_of(many);
  CHECK(std::max(small.size(), large.size()) - std::min(small.size(), large.size()) < 4000);  // only digits differ
  CHECK(large.size() < 1'500'000);
  CHECK(style_sheet().size() + script_bundle().size() < 1'000'000);
  CHECK(page_of(few) == small);  // the same files give the same bytes
}

TEST_CASE("report: a folder that holds no run is refused with the file that is missing, and nothing is written") {
  const Folder folder;
  SyntheticRun run = a_day();
  run.write(folder.path);
  std::filesystem::remove(folder.path / "summary.json");
  try {
    write_report(folder.path);
    FAIL("accepted");
  } catch (const dure::sim::Error& error) {
    CHECK(error.exit_code == dure::sim::Exit::kInvalid);
    CHECK(has(error.message.en, "summary.json"));
  }
  CHECK_FALSE(std::filesystem::exists(folder.path / "report.html"));
}

TEST_CASE("report: results.sqlite without its tables still gives a page") {
  const Folder folder;
  SyntheticRun run = a_day();
  run.rows.clear();
  run.assumptions = nlohmann::ordered_json::array();
  run.write(folder.path);
  std::filesystem::remove(folder.path / "results.sqlite");
  sqlite3* empty = nullptr;
  sqlite3_open((folder.path / "results.sqlite").c_str(), &empty);
  sqlite3_exec(empty, "CREATE TABLE other (x)", nullptr, nullptr, nullptr);
  sqlite3_close(empty);
  write_report(folder.path);
  CHECK(has(read(folder.path / "report.html"), "41 became productive"));  // from summary.json
}
