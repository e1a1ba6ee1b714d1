// At a glance, the waterfall, and cards over time: the three sections about the ledger.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/report/sections.h"
#include "analysis/report/words.h"
#include "sim/units.h"

namespace dure::analysis {
namespace {

using sim::CardState;

CardState state_at(std::size_t index) { return static_cast<CardState>(index); }
std::string state_key(CardState state) { return std::string(sim::kCardStateNames[static_cast<std::size_t>(state)]); }

/// Of 100: "41", below ten with a digit more.
std::string of_100(double share) {
  const double value = share * 100;
  return value != 0 && value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

/// What the charts paint a state with; small states of one kind share a style.
std::string style_of(CardState state) {
  switch (state) {
    case CardState::kNotDelivered: return "not_delivered";
    case CardState::kInstalling: return "installing";
    case CardState::kUnpowered:
    case CardState::kDown: return "down";
    case CardState::kOwnUse: return "own_use";
    case CardState::kWithheld: return "withheld";
    case CardState::kIdleFragmented: return "fragmented";
    case CardState::kIdleNoDemand: return "no_demand";
    case CardState::kProductive: return "productive";
    default: return "overhead";
  }
}

/// Is the state's model in the run? A null metric says no, with its reason.
const Metric* absent(const RunData& run, CardState state) {
  const Metric* metric = run.metric("card_hours." + state_key(state));
  return metric != nullptr && !metric->value ? metric : nullptr;
}

/// One figure of the first section.
struct Headline {
  Text label;
  std::string metric;               // whose value and reason count
  Text (*words)(double) = nullptr;  // how the value is said
  Text after;                       // what follows in smaller letters
};

std::string tile(const RunData& run, const Headline& headline) {
  const Metric* metric = run.metric(headline.metric);
  std::string out = "<li><span class=\"label\">" + in_both(headline.label) + "</span> ";
  if (metric == nullptr || !metric->value) {
    Text why{"not in summary.json", "summary.json에 없음"};
    if (metric != nullptr) why = metric->reason.en.empty() ? Text{"no value", "값 없음"} : metric->reason;
    return out + "<span class=\"value none\">–</span> <span class=\"after\">" + in_both(why) + "</span></li>\n";
  }
  out += "<span class=\"value\">" + in_both(headline.words(*metric->value)) + "</span>";
  if (!headline.after.en.empty()) out += " <span class=\"after\">" + in_both(headline.after) + "</span>";
  if (metric->ci95_low && metric->ci95_high) {
    const Text low = headline.words(*metric->ci95_low), high = headline.words(*metric->ci95_high);
    const std::string runs = std::to_string(metric->n);
    out += " <span class=\"after\">" + in_both({"95 % interval " + low.en + " – " + high.en + ", " + runs + " runs", "95% 구간 " + low.ko + " – " + high.ko + ", " + runs + "회"}) + "</span>";
  }
  return out + "</li>\n";
}

Text cards_words(double value) { return {exact(value, 0), exact(value, 0) + "장"}; }
Text plain_words(double value) { return both(exact(value, 3)); }
/// The ledger in all its units, state by state, with each state's share of the total; results from before it had them have no such table.
void add_ledger_in_units(Page& page, const RunData& run) {
  struct Unit {
    std::string prefix;    // of its metrics
    Column amount;
    double per;            // of the metric's unit in one of the column's
  };
  const std::vector<Unit> units = {{"card_hours.", {"card_hours", {"card-hours", "카드시간"}, "card-hours", 1}, 1},
                                   {"ledger_kwh.", {"gwh", {"electricity", "전력량"}, "GWh", 3}, 1e6},
                                   {"ledger_carbon_kg.", {"co2_t", {"carbon dioxide", "이산화탄소"}, "t", 1}, 1e3},
                                   {"ledger_krw.", {"krw_million", {"annualised cost", "연환산 비용"}, "M KRW", 0}, 1e6}};
  if (run.metric("ledger_kwh.productive") == nullptr) return;
  Table table;
  table.id = "ledger-in-units";
  table.caption = {"What each state took: card-hours, electricity, carbon and money", "상태별로 들어간 카드시간·전력·탄소·비용"};
  table.columns = {name_column("state", {"state", "상태"})};
  std::vector<std::optional<double>> totals;
  for (const Unit& unit : units) {
    table.columns.push_back(unit.amount);
    table.columns.push_back({unit.amount.id + "_share", {"share", "비중"}, "%", 2});
    double total = 0;
    bool known = true;
    for (std::size_t state = 0; state < sim::kCardStates; ++state) {
      const std::optional<double> value = run.value(unit.prefix + state_key(state_at(state)));
      known = known && value;
      total += value.value_or(0);
    }
    totals.push_back(known ? std::optional(total) : std::nullopt);
  }
  const auto add_row = [&](Cell head, auto value_of) {
    std::vector<Cell> row = {std::move(head)};
    for (std::size_t at = 0; at < units.size(); ++at) {
      const Metric* metric = run.metric(units[at].prefix + state_key(CardState::kProductive));
      const std::optional<double> value = value_of(at);
      row.push_back(value ? Cell(*value / units[at].per) : Cell(Nothing{metric != nullptr ? metric->reason : Text{}}));
      row.push_back(value && totals[at].value_or(0) > 0 ? Cell(100 * *value / *totals[at]) : Cell(Nothing{}));
    }
    table.rows.push_back(std::move(row));
  };
  for (std::size_t state = 0; state < sim::kCardStates; ++state)
    add_row(name(state_key(state_at(state)), state_name(state_at(state))), [&](std::size_t at) { return run.value(units[at].prefix + state_key(state_at(state))); });
  add_row(name("total", {"total", "합계"}), [&](std::size_t at) { return totals[at]; });
  page.table(table);
  page.paragraph({"Electricity is measured at the meter, cooling included. A powered card takes its part of what servers, fabric and storage draw anyway; what work adds counts where the work is. Cost is annualised: every card-hour carries the same from the promised day on, whatever the card does, so what comes late or stands idle costs too.",
                  "전력량은 냉각까지 포함한 계량기 기준입니다. 서버·네트워크·저장장치가 늘 쓰는 전력은 켜져 있는 카드에 고르게 나누고, 작업 때문에 더 쓴 전력은 그 작업의 상태에 넣었습니다. 비용은 연 단위로 나눈 값으로, 약속일부터는 카드가 무엇을 하든 카드시간마다 같은 비용이 듭니다. 그래서 늦게 들어오거나 놀고 있는 카드에도 비용이 잡힙니다."},
                 "note");
}

Text won_words(double value) { return {"KRW " + exact(value, 0), exact(value, 0) + "원"}; }

}  // namespace

Text waterfall_finding(const RunData& run) {
  const double nominal = run.nominal_card_hours();
  if (nominal <= 0) return {"This run counted no card-hours.", "이 실행에는 집계된 카드시간이 없습니다."};
  const double productive = run.state_card_hours(CardState::kProductive) / nominal;
  std::vector<std::size_t> losses;
  for (std::size_t state = 0; state + 1 < sim::kCardStates; ++state)
    if (run.total[state] / nominal >= 0.0005) losses.push_back(state);
  std::stable_sort(losses.begin(), losses.end(), [&](std::size_t a, std::size_t b) { return run.total[a] > run.total[b]; });
  Text finding{"Of 100 announced card-hours, " + of_100(productive) + " became productive", "발표된 카드시간의 " + percent(productive).ko + "가 유효 작업에 쓰였습니다"};
  if (losses.empty()) return {finding.en + ".", finding.ko + "."};
  const auto loss = [&](std::size_t at) {
    const Text name = state_name(state_at(losses[at]));
    const double share = run.total[losses[at]] / nominal;
    return Text{name.en + " (" + of_100(share) + ")", "‘" + name.ko + "’(" + percent(share).ko + ")"};
  };
  const Text first = loss(0);
  if (losses.size() == 1) return {finding.en + "; the rest was " + first.en + ".", finding.ko + ". 나머지는 " + first.ko + "입니다."};
  const Text second = loss(1);
  return {finding.en + "; most of the rest was " + first.en + " and " + second.en + ".", finding.ko + ". 나머지 가운데 큰 몫은 " + first.ko + ", " + second.ko + "입니다."};
}

void add_at_a_glance(Page& page, const RunData& run) {
  page.section("glance", {"At a glance", "한눈에 보기"});
  page.paragraph(waterfall_finding(run), "lead");
  const double nominal = run.value("card_hours.nominal").value_or(run.nominal_card_hours());
  const auto share_of_nominal = [&](const std::string& name) {
    const std::optional<double> value = run.value(name);
    if (!value || nominal <= 0) return Text{};
    const Text share = percent(*value / nominal);
    return Text{share.en + " of nominal", "명목의 " + share.ko};
  };
  const auto with = [&](const std::string& name, Text (*words)(double), const char* en, const char* ko) {
    const std::optional<double> value = run.value(name);
    if (!value) return Text{};
    const Text said = words(*value);
    return Text{en + said.en, ko + said.ko};
  };
  const std::vector<Headline> headlines = {
      {{"Nominal card-hours", "명목 카드시간"}, "card_hours.nominal", count, {"all contracts, from the promised day", "모든 계약, 약속일부터"}},
      {{"Productive card-hours", "유효 카드시간"}, "card_hours.productive", count, share_of_nominal("card_hours.productive")},
      {{"of these in jobs that completed", "그중 완료된 작업"}, "productive_card_hours.completed", count, share_of_nominal("productive_card_hours.completed")},
      {{"Cards delivered", "인도된 카드"}, "tranches.delivered_cards", cards_words, {}},
      {{"Median wait of a job", "작업 대기 중앙값"}, "wait_s.p50", duration, with("wait_s.p90", duration, "nine in ten wait less than ", "열에 아홉은 이보다 짧음: ")},
      {{"Projects granted", "배정된 과제"}, "projects.granted", plain_words, with("projects.applied", plain_words, "of those that applied: ", "신청 과제: ")},
      {{"Electricity at the meter", "시설 전력량"}, "energy_kwh.facility", energy_kwh, with("pue.mean", plain_words, "PUE ", "PUE ")},
      {{"Peak demand", "최대 수요전력"}, "peak_kw.facility", power_kw, {"15-minute mean, all sites", "전국 합계 15분 평균"}},
      {{"Carbon", "탄소 배출"}, "carbon_kg.total", mass_kg, {}},
      {{"Spending", "총지출"}, "cost_krw.total", krw, {"cash within the run", "기간 내 현금"}},
      {{"Cost of a productive card-hour", "유효 카드시간당 비용"}, "cost_krw_per_productive_card_hour", won_words, {"depreciation and running cost", "감가상각과 운영비"}},
      {{"Interruptions of jobs", "작업 중단"}, "interruptions.job", count, with("faults.node", count, "faults of nodes: ", "서버 고장: ")},
  };
  page.html("<ul class=\"tiles\">");
  for (const Headline& headline : headlines) page.html(tile(run, headline));
  page.html("</ul>\n");
  if (const int n = run.replicates(); n > 1)
    page.paragraph({fmt::format("Means of {} runs that differ by chance alone: these figures, card-hours by state, and all metrics. Of the first of them: what goes by day, month, year, site, job, project or grant.", n),
                    fmt::format("위 수치와 상태별 카드시간, 전체 지표는 난수만 다른 {}회 실행의 평균입니다. 날·달·해·센터·작업·과제·배정별 그림과 표는 그중 첫 실행의 값입니다.", n)}, "note");
}

void add_waterfall(Page& page, const RunData& run) {
  page.section("waterfall", {"From announced to productive", "발표에서 쓰임까지"});
  const double nominal = run.nominal_card_hours();
  Figure figure;
  figure.finding = waterfall_finding(run);
  figure.unit = {"Share of nominal card-hours, per cent. Each bar begins where the one above it ends.", "명목 카드시간 대비 비율(%). 각 막대는 위 막대가 끝난 곳에서 시작합니다."};
  figure.source = both("results.sqlite: card_hours; summary.json: productive_card_hours");
  Table& table = figure.table;
  table.id = "waterfall-figures";
  table.caption = {"Card-hours by state", "상태별 카드시간"};
  table.columns = {name_column("state", {"state", "상태"}), name_column("meaning", {"meaning", "뜻"}), {"card_hours", {"card-hours", "카드시간"}, "card-hours", 1},
                   {"share", {"share of nominal", "명목 대비"}, "%", 2}};
  const auto share = [&](double card_hours) { return nominal > 0 ? Cell(100 * card_hours / nominal) : Cell(Nothing{}); };
  nlohmann::json rows = nlohmann::json::array();
  const auto bar = [&](const Text& label, double from, double to, const Text& text, const std::string& style) {
    rows.push_back({{"label", text_json(label)}, {"from", from}, {"to", to}, {"text", text_json(text)}, {"style", style}});
  };
  const auto percent_text = [&](double card_hours) { return nominal > 0 ? percent(card_hours / nominal) : both("–"); };

  table.rows.push_back({name("nominal", {"nominal", "명목"}), name("", metric_meaning("card_hours.nominal")), nominal, share(nominal)});
  bar({"nominal", "명목"}, 0, 100, percent_text(nominal), "nominal");
  double left = nominal;
  for (std::size_t at = 0; at < sim::kCardStates; ++at) {
    const CardState state = state_at(at);
    const double card_hours = run.total[at];
    if (const Metric* metric = absent(run, state); metric != nullptr && card_hours == 0) {
      table.rows.push_back({name(state_key(state), state_name(state)), name("", state_meaning(state)), Nothing{metric->reason}, Nothing{}});
      continue;
    }
    table.rows.push_back({name(state_key(state), state_name(state)), name("", state_meaning(state)), card_hours, share(card_hours)});
    if (nominal > 0) bar(state_name(state), 100 * (left - card_hours) / nominal, 100 * left / nominal, percent_text(card_hours), style_of(state));
    left -= card_hours;
  }
  // The last bar is split by outcome: most card-time of real clusters ends cancelled, so "productive" alone would flatter.
  double split = 0;
  for (const std::string_view outcome : sim::kOutcomeNames) split += run.value("productive_card_hours." + std::string(outcome)).value_or(0);
  nlohmann::json parts = nlohmann::json::array();
  double from = 0;
  for (const std::string_view outcome : sim::kOutcomeNames) {
    const std::string metric_name = "productive_card_hours." + std::string(outcome);
    const Metric* metric = run.metric(metric_name);
    const Text label = word(outcome);
    Cell cell = Nothing{metric == nullptr ? Text{"not in summary.json", "summary.json에 없음"} : metric->reason};
    Cell share_cell = Nothing{};
    if (metric != nullptr && metric->value) {
      cell = *metric->value;
      share_cell = share(*metric->value);
      if (nominal > 0) {
        const double to = from + 100 * *metric->value / nominal;
        parts.push_back({{"label", text_json(label)}, {"from", from}, {"to", to}, {"text", text_json(percent_text(*metric->value))}, {"style", outcome}});
        from = to;
      }
    }
    table.rows.push_back({name(metric_name, {"– productive, " + label.en, "– 유효 작업, " + label.ko}), name("", metric_meaning(metric_name)), cell, share_cell});
  }
  if (nominal > 0) figure.chart = {{"kind", "waterfall"}, {"rows", rows}, {"parts", parts}};
  page.figure(figure);
  const double productive = run.state_card_hours(CardState::kProductive);
  if (productive > 0 && split > 0) {
    const Text completed = percent(run.value("productive_card_hours.completed").value_or(0) / productive);
    const Text cancelled = percent(run.value("productive_card_hours.cancelled").value_or(0) / productive);
    page.paragraph({"“Productive” says only that work moved forward. " + completed.en + " of it belongs to jobs that completed and " + cancelled.en + " to jobs that their owners cancelled.",
                    "‘유효 작업’은 일이 앞으로 나아갔다는 뜻일 뿐입니다. 그 가운데 " + completed.ko + "는 완료된 작업, " + cancelled.ko + "는 사용자가 취소한 작업의 몫입니다."});
  }

  add_ledger_in_units(page, run);
  if (run.by_cause.empty()) return;
  Table causes;
  causes.id = "idle-causes";
  causes.caption = {"Why free cards did not run waiting jobs", "빈 카드가 대기 작업을 받지 못한 까닭"};
  causes.columns = {name_column("cause", {"cause", "원인"}), name_column("state", {"state", "상태"}), {"card_hours", {"card-hours", "카드시간"}, "card-hours", 1},
                    {"share", {"share of nominal", "명목 대비"}, "%", 2}};
  for (const auto& [key, card_hours] : run.by_cause) {
    const auto state = static_cast<std::size_t>(std::find(sim::kCardStateNames.begin(), sim::kCardStateNames.end(), key.first) - sim::kCardStateNames.begin());
    causes.rows.push_back({name(key.second, word(key.second)), name(key.first, state_name(state_at(state))), card_hours, share(card_hours)});
  }
  std::stable_sort(causes.rows.begin(), causes.rows.end(), [](const auto& a, const auto& b) { return std::get<double>(a[2]) > std::get<double>(b[2]); });
  page.table(causes);
}

void add_over_time(Page& page, const RunData& run) {
  page.section("over-time", {"Cards over time", "시간에 따른 카드"});
  if (run.spans.empty()) {
    page.paragraph({"The table card_hours of this run is empty.", "이 실행의 card_hours 표가 비어 있습니다."});
    return;
  }
  // From useful at the bottom to absent at the top, so that the useful band rests on the axis.
  struct Band {
    std::string key, style;
    Text label;
    std::vector<CardState> states;
  };
  const std::vector<Band> bands = {
      {"productive", "productive", state_name(CardState::kProductive), {CardState::kProductive}},
      {"overhead", "overhead", {"allocated, not productive", "할당, 유효하지 않음"},
       {CardState::kRework, CardState::kHeldIdle, CardState::kThrottled, CardState::kRestarting, CardState::kCheckpointing, CardState::kStaging}},
      {"idle_no_demand", "no_demand", state_name(CardState::kIdleNoDemand), {CardState::kIdleNoDemand}},
      {"idle_fragmented", "fragmented", state_name(CardState::kIdleFragmented), {CardState::kIdleFragmented}},
      {"withheld", "withheld", state_name(CardState::kWithheld), {CardState::kWithheld}},
      {"own_use", "own_use", state_name(CardState::kOwnUse), {CardState::kOwnUse}},
      {"down_or_unpowered", "down", {"down or unpowered", "고장 또는 전원 없음"}, {CardState::kDown, CardState::kUnpowered}},
      {"installing", "installing", state_name(CardState::kInstalling), {CardState::kInstalling}},
      {"not_delivered", "not_delivered", state_name(CardState::kNotDelivered), {CardState::kNotDelivered}},
  };
  Figure figure;
  const Text span = run.span_days == 1 ? Text{"day", "하루"} : run.span_days == 7 ? Text{"week", "한 주"} : Text{"four weeks", "4주"};
  figure.unit = {"Cards, mean of each " + span.en, "카드 수(" + span.ko + " 평균)"};
  figure.source = both("results.sqlite: card_hours");
  Table& table = figure.table;
  table.id = "cards-over-time";
  table.caption = {"Cards by state, mean of each " + span.en, "상태별 카드 수, " + span.ko + " 평균"};
  table.columns = {name_column("from", {"from", "시작일"}), {"nominal", {"nominal", "명목"}, "cards", 1}};
  for (std::size_t state = sim::kCardStates; state-- > 0;)
    table.columns.push_back({state_key(state_at(state)), state_name(state_at(state)), "cards", 1});
  nlohmann::json x = nlohmann::json::array();
  std::vector<nlohmann::json> values(bands.size(), nlohmann::json::array());
  double peak_nominal = 0, best_productive = 0;
  std::string best_from;
  for (const Span& at : run.spans) {
    const std::string from = sim::to_string(run.calendar.date(at.start_s));
    double nominal = 0;
    for (const double card_hours : at.card_hours) nominal += card_hours;
    nominal /= at.hours;
    peak_nominal = std::max(peak_nominal, nominal);
    std::vector<Cell> row = {name(from), nominal};
    for (std::size_t state = sim::kCardStates; state-- > 0;) row.emplace_back(at.card_hours[state] / at.hours);
    table.rows.push_back(std::move(row));
    x.push_back(from);
    for (std::size_t band = 0; band < bands.size(); ++band) {
      double cards = 0;
      for (const CardState state : bands[band].states) cards += at.card_hours[static_cast<std::size_t>(state)];
      cards /= at.hours;
      values[band].push_back(std::round(cards * 100) / 100);
      if (band == 0 && cards > best_productive) {
        best_productive = cards;
        best_from = from;
      }
    }
  }
  figure.finding = {"At most " + exact(peak_nominal, 0) + " cards were announced at once; the best " + span.en + " kept " + exact(best_productive, 0) + " of them productive" +
                        (best_from.empty() ? "." : run.span_days == 1 ? " (" + best_from + ")." : " (from " + best_from + ")."),
                    "발표 기준 카드는 최대 " + exact(peak_nominal, 0) + "장이었고, 가장 좋았던 " + span.ko + "에 " + exact(best_productive, 0) + "장이 유효 작업을 했습니다" +
                        (best_from.empty() ? "." : run.span_days == 1 ? "(" + best_from + ")." : "(" + best_from + "부터).")};
  nlohmann::json series = nlohmann::json::array();
  for (std::size_t band = 0; band < bands.size(); ++band) {
    const bool any = std::any_of(values[band].begin(), values[band].end(), [](const nlohmann::json& value) { return value.get<double>() > 0; });
    if (any) series.push_back({{"label", text_json(bands[band].label)}, {"style", bands[band].style}, {"values", values[band]}});
  }
  figure.chart = {{"kind", "area"}, {"x", x}, {"series", series}};
  page.figure(figure);
}

}  // namespace dure::analysis
