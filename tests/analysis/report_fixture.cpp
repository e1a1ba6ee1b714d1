#include "tests/analysis/report_fixture.h"

#include <google/protobuf/text_format.h>

#include <cmath>
#include <fstream>
#include <stdexcept>

#include "sim/calendar.h"
#include "sim/card_state.h"
#include "sim/results.pb.h"

namespace dure::analysis {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

/// CardHoursRow is the table card_hours.
std::string table_of(const Descriptor* message) {
  std::string table;
  const std::string name = message->name().substr(0, message->name().size() - 3);
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z' && !table.empty()) table += '_';
    table += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return table;
}

}  // namespace

ResultsWriter::ResultsWriter(const std::filesystem::path& file) {
  if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("fixture: cannot open " + file.string());
  execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; BEGIN");
  const google::protobuf::FileDescriptor* schema = dure::JobsRow::descriptor()->file();
  for (int i = 0; i < schema->message_type_count(); ++i) {
    const Descriptor* message = schema->message_type(i);
    std::string columns;
    for (int j = 0; j < message->field_count(); ++j) {
      const FieldDescriptor* field = message->field(j);
      const char* type = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? " TEXT" : field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ? " REAL" : " INTEGER";
      columns += (j > 0 ? ", " : "") + field->name() + type;
    }
    execute("CREATE TABLE " + table_of(message) + " (" + columns + ")");
  }
}

ResultsWriter::~ResultsWriter() {
  sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr);
  sqlite3_close(database_);
}

void ResultsWriter::execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw std::runtime_error(std::string("fixture: ") + sqlite3_errmsg(database_));
}

void ResultsWriter::add(const google::protobuf::Message& row) {
  const Descriptor* message = row.GetDescriptor();
  const google::protobuf::Reflection* values = row.GetReflection();
  std::string places = "?";
  for (int i = 1; i < message->field_count(); ++i) places += ", ?";
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, ("INSERT INTO " + table_of(message) + " VALUES (" + places + ")").c_str(), -1, &statement, nullptr) != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(database_));
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (!values->HasField(row, field)) continue;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: sqlite3_bind_text(statement, i + 1, values->GetString(row, field).c_str(), -1, SQLITE_TRANSIENT); break;
      case FieldDescriptor::CPPTYPE_DOUBLE: sqlite3_bind_double(statement, i + 1, values->GetDouble(row, field)); break;
      default: sqlite3_bind_int64(statement, i + 1, values->GetInt64(row, field));
    }
  }
  if (sqlite3_step(statement) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(database_));
  sqlite3_finalize(statement);
}

void SyntheticRun::write(const std::filesystem::path& out) const {
  std::filesystem::create_directories(out / "inputs");
  const auto put = [](const std::filesystem::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; };
  put(out / "run.json", run.dump(1));
  put(out / "summary.json", summary.dump(1));
  put(out / "inputs" / "assumptions.json", assumptions.dump(1));
  std::string text;
  google::protobuf::TextFormat::PrintToString(scenario, &text);
  put(out / "inputs" / "scenario.txtpb", "# proto-message: dure.Scenario\n" + text);
  std::filesystem::remove(out / "results.sqlite");
  ResultsWriter results(out / "results.sqlite");
  for (const auto& row : rows) results.add(*row);
}

namespace {

void describe(SyntheticRun& run, const std::string& name, const std::string& title_en, const std::string& title_ko, const std::string& start, double horizon_s) {
  run.scenario.set_name(name);
  run.scenario.set_title_en(title_en);
  run.scenario.set_title_ko(title_ko);
  run.scenario.set_start_date(start);
  run.scenario.set_horizon_s(horizon_s);
  run.run = {{"schema", 1}, {"status", "complete"}, {"scenario", name}, {"seed", 7}, {"scenario_sha256", "5d41402abc4b2a76b9719d911017c592"}, {"version", "0.1.0"}, {"libraries", {{"simgrid", "3.32"}, {"boost", "1.74"}}}};
  run.summary = {{"schema", 1}, {"scenario", name}, {"seed", 7}, {"metrics", nlohmann::ordered_json::object()}};
  run.assumptions = {{"schema", 1}, {"assumptions", nlohmann::ordered_json::array()}};
}

void site(SyntheticRun& run, const std::string& key, const std::string& en, const std::string& ko, const std::string& region) {
  dure::Site& site = *run.scenario.add_site();
  site.set_site(key);
  site.set_name_en(en);
  site.set_name_ko(ko);
  site.set_region(region);
}

void region(SyntheticRun& run, const std::string& key, const std::string& en, const std::string& ko, double lat, double lon) {
  dure::Region& region = *run.scenario.add_region();
  region.set_region(key);
  region.set_name_en(en);
  region.set_name_ko(ko);
  region.set_city(key);
  region.set_lat(lat);
  region.set_lon(lon);
}

void assume(SyntheticRun& run, const std::string& path, const std::string& value, const std::string& unit, const std::string& en, const std::string& ko, const std::string& origin,
            const std::string& source, const std::string& confidence) {
  run.assumptions["assumptions"].push_back({{"path", path}, {"value", value}, {"unit", unit}, {"en", en}, {"ko", ko}, {"origin", origin}, {"source", source}, {"trust", confidence}});
}

/// The metrics that follow from the rows of the ledger.
void ledger_metrics(SyntheticRun& run) {
  std::array<double, sim::kCardStates> total{};
  double nominal = 0;
  for (const auto& row : run.rows)
    if (const auto* hours = dynamic_cast<const dure::CardHoursRow*>(row.get())) {
      for (std::size_t state = 0; state < sim::kCardStates; ++state)
        if (hours->state() == sim::kCardStateNames[state]) total[state] += hours->card_hours();
      nominal += hours->card_hours();
    }
  run.metric("card_hours.nominal", nominal, "card-hours");
  for (std::size_t state = 0; state < sim::kCardStates; ++state) run.metric("card_hours." + std::string(sim::kCardStateNames[state]), total[state], "card-hours");
  run.metric("memo_card_hours.lost_not_redone", 0.001 * nominal, "card-hours");
  const double productive = total[sim::kCardStates - 1];
  run.metric("productive_card_hours.completed", 0.27 * productive, "card-hours");
  run.metric("productive_card_hours.cancelled", 0.60 * productive, "card-hours");
  run.metric("productive_card_hours.failed", 0.10 * productive, "card-hours");
  run.metric("productive_card_hours.running", 0.03 * productive, "card-hours");
}

}  // namespace

SyntheticRun a_day() {
  SyntheticRun run;
  describe(run, "a-day", "A day", "하루", "2026-03-01", 86400);
  site(run, "north", "North hall", "북관", "n");
  site(run, "south", "South hall", "남관", "s");
  region(run, "n", "North", "북부", 37.5, 127);
  region(run, "s", "South", "남부", 35.1, 129);
  const std::array<double, sim::kCardStates> of_100 = {23, 4, 0, 2, 10, 1, 3, 12, 0.2, 0.3, 0.5, 0, 2, 1, 41};
  for (std::size_t state = 0; state < sim::kCardStates; ++state) {
    auto& row = run.add<dure::CardHoursRow>();
    row.set_day(0);
    row.set_date("2026-03-01");
    row.set_site(state % 2 == 0 ? "north" : "south");
    row.set_card("h200");
    row.set_state(std::string(sim::kCardStateNames[state]));
    if (row.state() == "withheld") row.set_cause("quota");
    row.set_card_hours(24 * of_100[state]);
  }
  ledger_metrics(run);
  // Ten jobs of start-ups wait 0, 60 … 540 s; three of universities an hour each.
  for (int i = 0; i < 13; ++i) {
    auto& job = run.add<dure::JobsRow>();
    job.set_job(i);
    job.set_tenant_kind(i < 10 ? "startup" : "university");
    job.set_region(i < 10 ? "n" : "s");
    job.set_job_class(i < 10 ? "fine_tune" : "notebook");
    job.set_site("north");
    job.set_card("h200");
    job.set_cards(i < 10 ? 8 : 1);
    job.set_submit_s(0);
    job.set_wait_s(i < 10 ? 60 * i : 3600);
    job.set_start_s(job.wait_s());
    job.set_end_s(job.wait_s() + 1000);
    job.set_outcome(i % 2 == 0 ? "completed" : "cancelled");
    job.set_productive_card_hours(10);
  }
  run.metric("jobs.submitted", 13, "jobs");
  run.metric("wait_s.p50", 360, "s");
  run.no_metric("energy_kwh.facility", "kWh", "the scenario has no power model");
  run.no_metric("cost_krw.total", "KRW", "the scenario has no economics");
  assume(run, "commissioning.install_days", "30", "days", "from delivery to the first node in service", "인도부터 첫 서버 가동까지", "default", "assumed", "assumption");
  assume(run, "site[north].pue", "1.2", "ratio", "fixed power usage effectiveness", "고정 PUE", "scenarios/a-day.txtpb:4", "", "high");
  return run;
}

SyntheticRun four_years(int jobs) {
  SyntheticRun run;
  constexpr int kDays = 1461;
  describe(run, "korea", "Korea: the national cards, 2025–2028", "한국: 국가 GPU, 2025–2028", "2025-01-01", kDays * 86400.0);
  const sim::Calendar calendar(sim::parse_date("2025-01-01"));
  region(run, "sudogwon", "Seoul area", "수도권", 37.5, 127.0);
  region(run, "gangwon", "Gangwon", "강원권", 37.8, 128.2);
  region(run, "chungcheong", "Chungcheong", "충청권", 36.4, 127.4);
  region(run, "daegyeong", "Daegu and North Gyeongsang", "대경권", 35.9, 128.6);
  region(run, "honam", "Honam", "호남권", 35.2, 126.9);
  region(run, "buulgyeong", "Busan, Ulsan and South Gyeongsang", "부울경권", 35.2, 129.0);
  region(run, "jeju", "Jeju", "제주권", 33.5, 126.5);
  site(run, "gwangju", "Gwangju national AI data centre", "광주 국가AI데이터센터", "honam");
  site(run, "haenam", "National AI computing centre, Haenam", "국가AI컴퓨팅센터(해남)", "honam");
  site(run, "pangyo", "Rented hall in Pangyo", "판교 임차 센터", "sudogwon");
  site(run, "daejeon", "Daejeon supercomputing centre", "대전 슈퍼컴퓨팅센터", "chungcheong");
  run.scenario.mutable_programme()->mutable_call_rounds();
  run.scenario.mutable_scheduler();
  run.scenario.mutable_reliability();
  run.scenario.mutable_power();
  run.scenario.mutable_economics();

  struct Lot {
    const char *name, *kind, *site, *card;
    int cards, promised_day, delivered_day;
  };
  const std::array<Lot, 7> lots = {{{"existing", "purchase", "gwangju", "a100", 900, -200, -200},
                                    {"rental-2025", "rental", "pangyo", "h100", 2600, 90, 120},
                                    {"first-10k-a", "purchase", "daejeon", "b200", 4000, 365, 420},
                                    {"first-10k-b", "purchase", "pangyo", "h200", 6000, 365, 480},
                                    {"second-8k", "purchase", "daejeon", "b300", 8000, 545, 700},
                                    {"haenam-1", "purchase", "haenam", "b300", 15000, 1095, 1250},
                                    {"haenam-2", "purchase", "haenam", "r200", 5000, 1300, 2000}}};
  const auto date = [&](int day) { return sim::to_string(calendar.date(day * 86400.0)); };
  for (const Lot& lot : lots) {
    auto& row = run.add<dure::TranchesRow>();
    row.set_tranche(lot.name);
    row.set_kind(lot.kind);
    row.set_site(lot.site);
    row.set_card(lot.card);
    row.set_cards(lot.cards);
    row.set_government_use_cards(lot.cards * 8 / 10);
    row.set_promised(date(lot.promised_day));
    row.set_delivered_cards(lot.delivered_day < kDays ? lot.cards : 0);
    if (lot.delivered_day < kDays) row.set_delivered(date(lot.delivered_day));
    if (lot.delivered_day + 60 < kDays) row.set_in_service(date(lot.delivered_day + 60));
    row.set_term_end(date(lot.kind == std::string("rental") ? 90 + 730 : lot.promised_day + 1826));
  }
  const auto hours = [&](int day, const Lot& lot, sim::CardState state, const char* cause, double cards) {
    if (cards <= 0) return;
    auto& row = run.add<dure::CardHoursRow>();
    row.set_day(day);
    row.set_date(date(day));
    row.set_site(lot.site);
    row.set_card(lot.card);
    row.set_state(std::string(sim::kCardStateNames[static_cast<std::size_t>(state)]));
    if (*cause != 0) row.set_cause(cause);
    row.set_card_hours(24 * cards);
  };
  for (int day = 0; day < kDays; ++day)
    for (const Lot& lot : lots) {
      using enum sim::CardState;
      if (day < lot.promised_day || (lot.kind == std::string("rental") && day > 820)) continue;
      const double cards = lot.cards;
      if (day < lot.delivered_day) {
        hours(day, lot, kNotDelivered, "", cards);
        continue;
      }
      const double ramp = std::min(1.0, (day - lot.delivered_day) / 60.0);
      hours(day, lot, kInstalling, "", cards * (1 - ramp));
      const double own = cards * ramp * 0.2, down = cards * ramp * 0.03, open = cards * ramp - own - down;
      hours(day, lot, kOwnUse, "", own);
      hours(day, lot, kDown, "", down);
      const double busy = open * (0.62 + 0.18 * std::sin(day / 58.0) * std::sin(day / 7.0));
      hours(day, lot, kIdleNoDemand, "", (open - busy) * 0.7);
      hours(day, lot, kIdleFragmented, "size", (open - busy) * 0.2);
      hours(day, lot, kWithheld, "quota", (open - busy) * 0.06);
      hours(day, lot, kWithheld, "queue_order", (open - busy) * 0.04);
      hours(day, lot, kStaging, "", busy * 0.01);
      hours(day, lot, kCheckpointing, "", busy * 0.02);
      hours(day, lot, kRestarting, "", busy * 0.01);
      hours(day, lot, kHeldIdle, "", busy * 0.16);
      hours(day, lot, kRework, "", busy * 0.03);
      hours(day, lot, kProductive, "", busy * 0.77);
    }
  ledger_metrics(run);

  const std::array<const char*, 6> kinds = {"foundation_team", "startup", "service", "university", "institute", "small_firm"};
  const std::array<const char*, 6> classes = {"notebook", "evaluation", "fine_tune", "pretrain", "serve", "distil"};
  const std::array<int, 6> sizes = {1, 1, 8, 256, 16, 64};
  for (int i = 0; i < jobs; ++i) {
    auto& job = run.add<dure::JobsRow>();
    const auto kind = static_cast<std::size_t>(i * 7 % 6), job_class = static_cast<std::size_t>(i * i % 11 % 6);
    const double chance = std::fmod(i * 0.6180339887, 1.0);
    job.set_job(i);
    job.set_tenant("tenant " + std::to_string(i % 500));
    job.set_tenant_kind(kinds[kind]);
    job.set_region(run.scenario.region(i % 7).region());
    job.set_project(i % 600);
    job.set_job_class(classes[job_class]);
    job.set_site(run.scenario.site(i % 4).site());
    job.set_card("b200");
    job.set_cards(sizes[job_class]);
    job.set_submit_s(kDays * 86400.0 * i / jobs);
    job.set_data_wait_s(0);
    job.set_wait_s(std::exp(1.5 * static_cast<double>(kind) + 6 * chance));
    job.set_start_s(job.submit_s() + job.wait_s());
    job.set_end_s(job.start_s() + 3600);
    job.set_work_s(3600);
    job.set_outcome(chance < 0.5 ? "completed" : chance < 0.85 ? "cancelled" : chance < 0.99 ? "failed" : "running");
    job.set_interruptions(chance > 0.98 ? 1 : 0);
    job.set_productive_card_hours(sizes[job_class] * 0.9);
    job.set_rework_card_hours(chance > 0.98 ? 3 : 0);
    job.set_nodes(1);
  }
  for (int i = 0; i < 900; ++i) {
    auto& grant = run.add<dure::GrantsRow>();
    const int call = i / 150;
    grant.set_project(i);
    grant.set_call(date(180 * call + 30).substr(0, 7));
    grant.set_tenant("tenant " + std::to_string(i % 500));
    grant.set_tenant_kind(kinds[static_cast<std::size_t>(i) % 6]);
    grant.set_region(run.scenario.region(i % 7).region());
    grant.set_cards_asked(8 * (1 + i % 9));
    const bool granted = i % 3 == 0;
    grant.set_cards_granted(granted ? grant.cards_asked() : 0);
    if (granted) {
      grant.set_site(run.scenario.site(i % 4).site());
      grant.set_start_s(86400.0 * (180 * call + 30));
      grant.set_end_s(grant.start_s() + 86400.0 * 180);
      grant.set_used_card_hours(0.6 * 24 * 180 * static_cast<double>(grant.cards_granted()));
      auto& flow = run.add<dure::FlowsRow>();
      flow.set_start_s(grant.start_s());
      flow.set_end_s(grant.start_s() + 2000 + 400.0 * (i % 60));
      flow.set_kind("data_set");
      flow.set_source(run.scenario.region(i % 7).region());
      flow.set_destination(grant.site());
      flow.set_gb(500 + 100 * (i % 60));
      flow.set_project(i);
    }
  }
  for (int hour = 0; hour < kDays * 24; hour += 6)  // every sixth hour, as heavy
    for (int s = 0; s < 4; ++s) {
      auto& row = run.add<dure::PowerRow>();
      row.set_hour(hour);
      row.set_site(run.scenario.site(s).site());
      const double season = std::sin(2 * 3.14159265 * (hour / 24.0 - 100) / 365.25);
      row.set_it_kwh(6 * (400 + 900.0 * s + hour * 0.1));
      row.set_facility_kwh(row.it_kwh() * (1.15 + 0.06 * s + 0.08 * season));
      row.set_pue(row.facility_kwh() / row.it_kwh());
      row.set_wet_bulb_c(10 + 12 * season);
      row.set_peak_15min_kw(row.facility_kwh() / 6);
    }
  const std::array<std::pair<const char*, double>, 7> money = {{{"capex", 4.2e11}, {"facility", 4e10}, {"electricity", 3.1e10}, {"staff", 9e9}, {"maintenance", 2.4e10}, {"rent", 6e10}, {"user_payments", 4e9}}};
  for (int year = 2025; year <= 2028; ++year)
    for (const auto& [kind, krw] : money) {
      auto& row = run.add<dure::MoneyRow>();
      row.set_at_s(86400.0 * 365 * (year - 2025));
      row.set_date(std::to_string(year) + "-06-30");
      row.set_kind(kind);
      row.set_payer("state");
      row.set_krw(std::int64_t(krw * (1 + 0.4 * (year - 2025))));
      row.set_fiscal_year(year);
      row.set_memo(0);
      const bool revenue = std::string(kind) == "user_payments";
      auto& line = run.add<dure::BudgetRow>();
      line.set_account("state");
      line.set_fiscal_year(year);
      line.set_side(revenue ? "revenue" : "expenditure");
      line.set_line(kind);
      line.set_line_en(kind);
      line.set_line_ko(kind);
      line.set_krw(row.krw());
      line.set_krw_million(double(row.krw()) / 1e6);
    }
  const std::array<const char*, 4> causes = {"gpu", "memory", "network", "software"};
  for (int i = 0; i < 1200; ++i) {
    auto& fault = run.add<dure::FaultsRow>();
    fault.set_at_s(86400.0 * i);
    fault.set_site("daejeon");
    fault.set_card("b200");
    fault.set_cause(causes[static_cast<std::size_t>(i * i % 7 % 4)]);
    fault.set_repair_s(3600 * (1 + i % 100));
    fault.set_jobs_hit(i % 2);
  }

  run.metric("jobs.submitted", jobs, "jobs");
  for (const char* name : {"rejected", "completed", "cancelled", "failed", "running", "waiting"}) run.metric(std::string("jobs.") + name, jobs / 6, "jobs");
  run.metric("wait_s.mean", 9000, "s");
  run.metric("wait_s.p50", 840, "s");
  run.metric("wait_s.p90", 61000, "s");
  run.metric("wait_s.p99", 310000, "s");
  run.metric("data_wait_s.p50", 5200, "s");
  run.metric("energy_kwh.it", 4.1e8, "kWh");
  run.metric("energy_kwh.facility", 5.2e8, "kWh");
  run.metric("pue.mean", 1.268, "ratio");
  run.metric("peak_kw.facility", 31450, "kW");
  run.metric("carbon_kg.total", 2.2e8, "kg");
  for (const auto& [kind, krw] : money)
    if (std::string(kind) != "user_payments") run.metric(std::string("cost_krw.") + kind, 6.4 * krw, "KRW");
  run.metric("cost_krw.total", 3.74e12, "KRW");
  run.metric("income_krw.user_payments", 2.56e10, "KRW");
  run.metric("npv_krw.total", -2.1e12, "KRW");
  run.metric("break_even_utilisation", 0.606, "share");
  run.no_metric("cost_krw_per_trained_model", "KRW/model", "no model reached the threshold loss");
  run.metric("cost_krw_per_productive_card_hour", 8421.7, "KRW/card-hour");
  run.metric("faults.node", 1200, "faults");
  run.metric("interruptions.job", 600, "interruptions");
  run.metric("ettr.mean", 0.913, "share");
  run.metric("fairness.gini_card_hours", 0.71, "share");
  run.metric("projects.applied", 900, "projects");
  run.metric("projects.granted", 300, "projects");
  run.metric("projects.finished", 221, "projects");
  run.no_metric("capability.best_loss", "nats", "no model of capability in this run");
  run.metric("tranches.delivered_cards", 36500, "cards");

  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    assume(run, "site[gwangju].value_" + n, std::to_string(100 + i), "MW", "supply contracted for IT, cooling and all", "계약 수전 용량", i % 2 == 0 ? "default" : "scenarios/korea.txtpb:" + n,
           i % 3 == 0 ? "assumed" : "korea/costs.csv lead_time_order_to_use", std::array{"high", "medium", "low", "assumption"}[static_cast<std::size_t>(i % 4)]);
  }
  return run;
}

}  // namespace dure::analysis
