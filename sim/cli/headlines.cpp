#include "sim/cli/headlines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace dure::sim {
namespace {

/// 1234567 as "1,234,567".
std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", std::abs(value));
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return (value < -0.5 ? "-" : "") + digits;
}

/// Won in the reader's large units: 조 and 억, or tn and bn.
std::string won(double krw, bool korean) {
  if (korean) return std::abs(krw) >= 1e12 ? fmt::format("{:.2f}조 원", krw / 1e12) : std::abs(krw) >= 1e8 ? grouped(krw / 1e8) + "억 원" : grouped(krw) + "원";
  return std::abs(krw) >= 1e12 ? fmt::format("{:.2f} tn KRW", krw / 1e12) : std::abs(krw) >= 1e9 ? fmt::format("{:.1f} bn KRW", krw / 1e9) : grouped(krw) + " KRW";
}

std::string duration(double time_s, bool korean) {
  if (time_s < 120) return fmt::format(fmt::runtime(korean ? "{:.0f}초" : "{:.0f} s"), time_s);
  if (time_s < 7200) return fmt::format(fmt::runtime(korean ? "{:.0f}분" : "{:.0f} min"), time_s / 60);
  if (time_s < 172800) return fmt::format(fmt::runtime(korean ? "{:.1f}시간" : "{:.1f} h"), time_s / 3600);
  return fmt::format(fmt::runtime(korean ? "{:.1f}일" : "{:.1f} days"), time_s / 86400);
}

/// Columns a text takes on a terminal: Hangul takes two.
std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (const char byte : text) {
    const auto bits = static_cast<unsigned char>(byte);
    if ((bits & 0xC0) == 0x80) continue;
    columns += bits >= 0xE0 ? 2 : 1;
  }
  return columns;
}

}  // namespace

std::string headlines(const Summary& summary, const Context& context) {
  const bool korean = context.language == Language::kKorean;
  struct Row {
    std::string label;
    std::string value;
  };
  std::vector<Row> rows;
  int runs = 1;   // that the values are means of
  auto value = [&](std::string_view name) -> std::optional<double> {
    const Metric* metric = summary.find(name);
    return metric != nullptr ? metric->value : std::nullopt;
  };
  auto add_between = [&](const char* en, const char* ko, std::string_view name, auto show, auto show_end) {
    const Metric* metric = summary.find(name);
    if (metric == nullptr || !metric->value) return;
    std::string said = show(*metric->value);
    if (metric->spread && !said.empty()) {
      if (metric->spread->ci95_low && metric->spread->ci95_high) said += fmt::format(" [{}, {}]", show_end(*metric->spread->ci95_low), show_end(*metric->spread->ci95_high));
      runs = std::max(runs, metric->spread->n);
    }
    rows.push_back({context.say(en, ko), std::move(said)});
  };
  auto add = [&](const char* en, const char* ko, std::string_view name, auto show) { add_between(en, ko, name, show, show); };
  const double nominal = value("card_hours.nominal").value_or(0);
  auto share = [&](double hours) {
    const double percent = nominal > 0 ? 100 * hours / nominal : 0;
    return fmt::format(fmt::runtime(korean ? "{}시간 (명목의 {:.1f} %)" : "{} ({:.1f} % of nominal)"), grouped(hours), percent);
  };
  auto count = [&](double number) { return grouped(number); };
  auto time = [&](double time_s) { return duration(time_s, korean); };
  auto money = [&](double krw) { return won(krw, korean); };
  add("cards delivered", "인도된 카드", "tranches.delivered_cards", count);
  add("card-hours, nominal", "명목 카드시간", "card_hours.nominal", [&](double hours) { return grouped(hours); });
  add_between("  productive", "  유효", "card_hours.productive", share, grouped);
  add_between("  idle, no demand", "  수요 없는 유휴", "card_hours.idle_no_demand", share, grouped);
  add_between("  down", "  고장", "card_hours.down", share, grouped);
  add_between("projects granted", "배정된 과제", "projects.granted", [&](double granted) {
    return fmt::format(fmt::runtime(korean ? "{}건 (신청 {}건)" : "{} of {} that applied"), grouped(granted), grouped(value("projects.applied").value_or(0)));
  }, grouped);
  add("calls after the end, left out", "종료 뒤라 제외한 공모", "calls.after_end", [&](double calls) { return calls > 0 ? grouped(calls) : std::string(); });
  add("granted and never used", "배정받고 쓰지 않음", "grants.unused_card_hours", [&](double hours) { return grouped(hours) + (korean ? " 카드시간" : " card-hours"); });
  add("best training loss", "가장 낮은 학습 손실", "capability.best_loss", [](double loss) { return fmt::format("{:.3f}", loss); });
  add("contests won by the best team", "가장 뛰어난 팀이 우승한 경연", "contest.best_team_won", [](double part) { return fmt::format("{:.0f} %", 100 * part); });
  add("taken back from idle grants", "유휴 배정에서 회수", "reclaim.card_hours", [&](double hours) { return grouped(hours) + (korean ? " 카드시간" : " card-hours"); });
  add("borrowed above quotas", "쿼터를 넘겨 빌려 씀", "quotas.borrowed_card_hours", [&](double hours) { return grouped(hours) + (korean ? " 카드시간" : " card-hours"); });
  add("jobs submitted", "제출된 작업", "jobs.submitted", count);
  add("wait, median", "대기 시간 중앙값", "wait_s.p50", time);
  add("wait, 90th percentile", "대기 시간 90백분위", "wait_s.p90", time);
  add("PUE, mean", "평균 PUE", "pue.mean", [](double pue) { return fmt::format("{:.3f}", pue); });
  add("energy at the meter", "시설 전력량", "energy_kwh.facility", [&](double kwh) { return grouped(kwh / 1000) + " MWh"; });
  add("cost, total", "총비용", "cost_krw.total", money);
  add("cost per productive card-hour", "유효 카드시간당 비용", "cost_krw_per_productive_card_hour", [&](double krw) { return grouped(krw) + (korean ? "원" : " KRW"); });
  add("operator's margin", "운영사 손익", "operator_krw.margin", money);
  std::erase_if(rows, [](const Row& row) { return row.value.empty(); });
  std::size_t widest = 0;
  for (const Row& row : rows) widest = std::max(widest, width(row.label));
  std::string text;
  if (runs > 1) text = fmt::format(fmt::runtime(context.say("mean of {} runs [its 95 % interval]\n", "{}회 실행의 평균 [평균의 95 % 구간]\n")), runs);
  for (const Row& row : rows) text += row.label + std::string(widest - width(row.label) + 2, ' ') + row.value + "\n";
  return text;
}

}  // namespace dure::sim
