// What the answers rest on: assumptions, method, and all figures of the run.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "analysis/report/sections.h"
#include "analysis/report/words.h"
#include "sim/options.pb.h"
#include "sim/results.pb.h"

namespace dure::analysis {
namespace {

Text about(const google::protobuf::Descriptor* message) {
  const auto& options = message->options();
  return {options.GetExtension(dure::about_en), options.GetExtension(dure::about_ko)};
}

Text about(const google::protobuf::FieldDescriptor* field) {
  Text text{field->options().GetExtension(dure::en), field->options().GetExtension(dure::ko)};
  if (text.ko.empty()) text.ko = text.en;
  if (text.en.empty() && field->message_type() != nullptr) text = about(field->message_type());
  return text;
}

/// Every message chosen in the scenario, down to the `oneof`s: the models of the run.
void list_models(const google::protobuf::Message& message, const std::string& path, std::vector<std::vector<Cell>>& rows, int depth) {
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->message_type() == nullptr || field->is_repeated()) continue;
    const std::string here = path.empty() ? field->name() : path + "." + field->name();
    Text meaning = about(field);
    if (meaning.en.empty() && field->message_type()->oneof_decl_count() > 0) meaning = {"a choice of models", "모형 선택"};
    rows.push_back({name(here), name(field->message_type()->name(), meaning)});
    if (depth < 4) list_models(message.GetReflection()->GetMessage(message, field), here, rows, depth + 1);
  }
}

void flatten(const nlohmann::ordered_json& json, const std::string& path, std::vector<std::vector<Cell>>& rows) {
  if (json.is_object() || json.is_array()) {
    for (const auto& [key, value] : json.items()) flatten(value, path.empty() ? key : path + "." + key, rows);
    return;
  }
  rows.push_back({name(path), name(json.is_string() ? json.get<std::string>() : json.dump())});
}

/// CardHoursRow describes the table card_hours.
std::string table_name(const google::protobuf::Descriptor* message) {
  std::string table;
  for (const char c : message->name().substr(0, message->name().find("Row"))) {
    const bool capital = c >= 'A' && c <= 'Z';
    if (capital && !table.empty()) table += '_';
    table += capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return table;
}

/// "scenarios/korea.txtpb:12" was set there; "default" stands in the schema.
Text origin_words(const std::string& origin) {
  if (origin.empty() || origin == "default") return word("default");
  return {"set at " + origin, origin + "에서 정함"};
}

}  // namespace

void add_assumptions(Page& page, const RunData& run) {
  page.section("assumptions", {"Assumptions", "가정"});
  if (run.assumptions.empty()) {
    page.paragraph({"The run wrote no inputs/assumptions.json, so what it assumed cannot be listed.", "이 실행에 inputs/assumptions.json이 없어 가정을 보일 수 없습니다."});
    return;
  }
  const auto weak = std::count_if(run.assumptions.begin(), run.assumptions.end(), [](const Assumption& assumption) { return assumption.weak(); });
  const std::string of = std::to_string(run.assumptions.size()), uncertain = std::to_string(weak);
  page.paragraph({uncertain + " of the " + of + " values this run used are assumptions or have low confidence; they are marked.",
                  "이 실행이 쓴 값 " + of + "개 가운데 " + uncertain + "개는 가정이거나 신뢰도가 낮으며 표시해 두었습니다."},
                 "lead");
  // The first box works without script, the second needs it and is shown by it.
  page.html("<p class=\"filter\"><input type=\"checkbox\" id=\"weak-only\"> <label for=\"weak-only\">" + in_both({"Only assumptions and low confidence", "가정과 낮은 신뢰도만"}) +
            "</label> <span class=\"needs-script\"><label for=\"assumption-filter\">" + in_both({"Search", "찾기"}) +
            "</label> <input type=\"search\" id=\"assumption-filter\" autocomplete=\"off\"> <output id=\"assumption-count\" for=\"assumption-filter weak-only\"></output></span></p>\n");
  Table table;
  table.id = "assumption-values";
  table.caption = {"Values of this run", "이 실행의 값"};
  table.columns = {name_column("path", {"value of", "항목"}), name_column("value", {"value, range", "값, 범위"}), {"low", {"low", "하한"}, ""}, {"high", {"high", "상한"}, ""}, name_column("unit", {"unit", "단위"}), name_column("origin", {"set where", "정한 곳"}),
                   name_column("confidence", {"confidence", "신뢰도"}), name_column("source", {"source", "출처"})};
  std::string rows;
  for (const Assumption& assumption : run.assumptions) {
    table.rows.push_back({name(assumption.path), name(assumption.value), assumption.low ? Cell(*assumption.low) : Cell(Nothing{}), assumption.high ? Cell(*assumption.high) : Cell(Nothing{}), name(assumption.unit), name(assumption.origin), name(assumption.confidence), name(assumption.source)});
    const std::string confidence = assumption.confidence.empty() ? "–" : in_both(word(assumption.confidence));
    const std::string range = assumption.low && assumption.high ? "<br><span class=\"unit\">" + exact(*assumption.low, 6) + " – " + exact(*assumption.high, 6) + "</span>" : "";
    rows += assumption.weak() ? "<tr class=\"weak\">" : "<tr>";
    rows += "<th scope=\"row\"><code>" + escape_html(assumption.path) + "</code>";
    if (!assumption.meaning.en.empty()) rows += "<br>" + in_both({assumption.meaning.en, assumption.meaning.ko.empty() ? assumption.meaning.en : assumption.meaning.ko});
    rows += "</th><td><bdi>" + escape_html(assumption.value) + "</bdi>" + range + "</td><td>" + in_both(unit_words(assumption.unit)) + "</td><td>" + in_both(origin_words(assumption.origin)) + "</td><td>" +
            (assumption.weak() ? "<span class=\"mark\">" + confidence + "</span>" : confidence) + "</td><td><bdi>" + escape_html(assumption.source) + "</bdi></td></tr>\n";
  }
  // The same frame as every table; the rows carry a mark, so they are written here. The range stands below the value, in the CSV beside it.
  Table frame = table;
  frame.rows.clear();
  std::erase_if(frame.columns, [](const Column& column) { return column.number; });
  std::string html = frame.html();
  const std::size_t body = html.find("<tbody>") + std::string("<tbody>").size();
  page.html(html.insert(body, rows));
  page.html("<p class=\"below\">" + table.csv_link() + "</p>\n");
}

void add_method(Page& page, const RunData& run) {
  page.section("method", {"Method", "방법"});
  page.paragraph({"Every card of a contract is nominal from its promised day (or its actual day if earlier) to its rental or planned retirement end. At every moment each nominal card is in one state, or, while "
                  "allocated, divided in shares that sum to one; so the states sum to nominal, which every run checks. Chance comes from named streams under one seed: the same program, scenario and seed "
                  "give the same figures.",
                  "계약된 모든 카드는 약속일(더 일찍 왔으면 실제 인도일)부터 임차 종료일 또는 예정 퇴역일까지 ‘명목’으로 셉니다. 명목 카드는 매 순간 한 가지 상태에 있거나, 할당된 동안에는 합이 1인 몫으로 나뉩니다. "
                  "따라서 상태의 합은 명목과 같으며 실행마다 이를 확인합니다. 우연은 시드 하나와 이름 붙은 난수열에서 나오므로 프로그램·시나리오·시드가 같으면 결과도 같습니다."});
  if (run.scenario.fidelity() == dure::Scenario::PLANNING)
    page.paragraph({"Fidelity: planning. Jobs smaller than a node are merged, by tenant or, where no rule tells tenants apart, by kind of tenant and region, into hourly batches of the same card-time; larger jobs are simulated one by one. Loads and checkpoints take the "
                    "time their bytes need and are no flows of their own. Counts and waits are of jobs, not of batches. Use full fidelity to look at the waits of small jobs and at single days.",
                    "정밀도: 계획용(planning). 서버 한 대보다 작은 작업은 기관별로(기관을 구별하는 규칙이 없으면 유형·권역별로) 한 시간씩 묶어 카드시간이 같은 묶음으로 모의하고, 그보다 큰 작업은 하나씩 모의합니다. 적재와 체크포인트는 전송 흐름을 따로 만들지 않고 "
                    "바이트에 필요한 시간만큼 걸립니다. 건수와 대기는 묶음이 아니라 작업을 기준으로 셉니다. 작은 작업의 대기나 하루 단위의 움직임은 전체 정밀도로 보십시오."});
  else
    page.paragraph({"Fidelity: full. Every job is simulated by itself, and every load of more than 1 GB is a flow.", "정밀도: 전체(full). 모든 작업을 하나씩 모의하고, 1 GB가 넘는 적재는 모두 전송 흐름으로 다룹니다."});
  page.heading({"States of a card, first that applies", "카드의 상태(앞의 것부터 적용)"});
  page.html("<dl class=\"states\">");
  for (std::size_t at = 0; at < sim::kCardStates; ++at) {
    const auto state = static_cast<sim::CardState>(at);
    page.html("<dt>" + in_both(state_name(state)) + " <code>" + std::string(sim::kCardStateNames[at]) + "</code></dt><dd>" + in_both(state_meaning(state)) + "</dd>\n");
  }
  page.html("</dl>\n");

  Table models;
  models.id = "models";
  models.caption = {"Models in this run", "이 실행의 모형"};
  models.columns = {name_column("field", {"in the scenario", "시나리오 항목"}), name_column("message", {"what it is", "설명"})};
  list_models(run.scenario, "", models.rows, 0);
  if (!models.rows.empty()) {
    page.table(models);
  }
  page.paragraph({"A model that is not listed was not in the run; its metrics are empty and say so.", "목록에 없는 모형은 이 실행에 쓰이지 않았으며, 그 지표는 비어 있고 까닭을 밝힙니다."}, "note");

  Table provenance;
  provenance.id = "run";
  provenance.caption = {"This run", "이 실행"};
  provenance.columns = {name_column("key", {"key", "항목"}), name_column("value", {"value", "값"})};
  nlohmann::ordered_json record = run.run;
  for (const char* clock : {"started_at", "finished_at", "wall_s"}) record.erase(clock);  // two runs of one seed give one page
  flatten(record, "", provenance.rows);
  page.table(provenance);
}

void add_data(Page& page, const RunData& run) {
  page.section("data", {"Data", "데이터"});
  page.paragraph({"Every table can be taken as a CSV file (UTF-8 with byte-order mark) from the link below it. The rows behind them lie in results.sqlite beside this page.",
                  "모든 표는 아래 링크에서 CSV 파일(UTF-8, BOM 포함)로 받을 수 있습니다. 바탕이 된 행은 이 문서와 같은 폴더의 results.sqlite에 있습니다."});
  const bool many = std::any_of(run.metrics.begin(), run.metrics.end(), [](const Metric& metric) { return metric.ci95_low.has_value(); });
  Table metrics;
  metrics.id = "metrics";
  metrics.caption = {"All metrics of summary.json", "summary.json의 모든 지표"};
  metrics.columns = {name_column("metric", {"metric", "지표"}), {"value", {"value", "값"}, "", 6}, name_column("unit", {"unit", "단위"})};
  if (many) metrics.columns.insert(metrics.columns.end(), {{"p05", {"5th percentile", "5백분위"}, "", 6}, {"p50", {"median", "중앙값"}, "", 6}, {"p95", {"95th percentile", "95백분위"}, "", 6},
                                                           {"ci95_low", {"95 % low", "95% 하한"}, "", 6}, {"ci95_high", {"95 % high", "95% 상한"}, "", 6}, {"n", {"runs", "실행 수"}, "", 0}});
  metrics.columns.push_back(name_column("meaning", {"meaning", "뜻"}));
  const auto maybe = [](const std::optional<double>& value) { return value ? Cell(*value) : Cell(Nothing{}); };
  for (const Metric& metric : run.metrics) {
    std::vector<Cell> row = {name(metric.name), metric.value ? Cell(*metric.value) : Cell(Nothing{metric.reason.en.empty() ? Text{"no value", "값 없음"} : metric.reason}), name(metric.unit, unit_words(metric.unit))};
    if (many) row.insert(row.end(), {maybe(metric.p05), maybe(metric.p50), maybe(metric.p95), maybe(metric.ci95_low), maybe(metric.ci95_high), static_cast<double>(metric.n)});
    row.push_back(name("", metric_meaning(metric.name)));
    metrics.rows.push_back(std::move(row));
  }
  page.table(metrics);

  page.heading({"Tables on this page", "이 문서의 표"});
  page.html("<ul class=\"table-list\">");
  for (const auto& [id, caption] : page.tables()) page.html("<li><a href=\"#" + id + "\">" + in_both(caption) + "</a></li>\n");
  page.html("</ul>\n");

  page.heading({"Tables of results.sqlite", "results.sqlite의 표"});
  const google::protobuf::FileDescriptor* file = dure::JobsRow::descriptor()->file();
  for (int i = 0; i < file->message_type_count(); ++i) {
    const google::protobuf::Descriptor* message = file->message_type(i);
    page.html("<details><summary><code>" + table_name(message) + "</code>: " + in_both(about(message)) + "</summary><dl class=\"columns\">");
    for (int j = 0; j < message->field_count(); ++j) {
      const auto* field = message->field(j);
      const std::string unit = field->options().GetExtension(dure::unit);
      page.html("<dt><code>" + escape_html(field->name()) + "</code>" + (unit.empty() ? "" : " <span class=\"unit\">" + in_both(unit_words(unit)) + "</span>") + "</dt><dd>" + in_both(about(field)) + "</dd>\n");
    }
    page.html("</dl></details>\n");
  }
}

}  // namespace dure::analysis
