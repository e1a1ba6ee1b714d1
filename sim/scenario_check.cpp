// What can be wrong with a scenario that reads well.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "sim/calendar.h"
#include "sim/scenario.h"
#include "sim/scenario_schema.h"
#include "sim/unit_words.h"

namespace dure::sim {
namespace proto = ::dure;
namespace {

class Checker {
 public:
  Checker(const proto::Scenario& scenario, const Trail& trail, std::vector<Error>& errors, bool whole)
      : scenario_(scenario), trail_(trail), errors_(errors), whole_(whole) {}

  void fields(const Message& m) { message(m, trail_, ""); }

  void run() {
    message(scenario_, trail_, "");
    horizon();
    for (int i = 0; i < scenario_.tranche_size(); ++i) tranche(scenario_.tranche(i), trail_.find(proto::Scenario::kTrancheFieldNumber, i));
    commissioning();
    powerless_sites();
  }

 private:
  void fail(const char* code, const std::string& path, const Trail* at, Text text, Text help = {}) {
    errors_.emplace_back(Exit::kInvalid, code, std::move(text),
                         at == nullptr || at->place.file.empty() ? std::nullopt : std::optional(at->place), std::move(help));
    errors_.back().path = path;
  }

  void message(const Message& m, const Trail& trail, const std::string& path) {
    const Descriptor* type = m.GetDescriptor();
    const auto* reflection = m.GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const FieldFacts f = facts(field);
      const int count = field->is_repeated() ? reflection->FieldSize(m, field) : (reflection->HasField(m, field) ? 1 : 0);
      const bool empty_text =
          count == 1 && !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && value_text(m, field).empty();
      if ((count == 0 || empty_text) && f.required && !trail.damaged) {
        const std::string whose = path.empty() ? "" : fmt::format(" of {}", path);
        fail("E0109", path.empty() ? field->name() : path + "." + field->name(), &trail,
             {fmt::format("`{}`{} must be given: {}", field->name(), whose, f.en),
              fmt::format("{}{}`{}`이(가) 필요합니다: {}", path, path.empty() ? "" : "에 ", field->name(), f.ko)},
             {fmt::format("add `{}: ...`{}", field->name(), in_brackets(unit_and_range(field)).en), fmt::format("`{}: ...`을(를) 넣으십시오{}", field->name(), in_brackets(unit_and_range(field)).ko)});
        continue;
      }
      if (count == 0 && !f.refers_to.empty() && whole_)
        if (const auto fallback = default_text(field))
          reference(field, f.refers_to, *fallback, &trail, path.empty() ? field->name() : path + "." + field->name(), true);
      for (int v = 0; v < count; ++v) {
        const Trail* part = trail.find(field->number(), v);
        const std::string below = join_path(path, field, m, v);
        if (field->message_type() != nullptr) {
          static const Trail kNowhere;
          message(field->is_repeated() ? reflection->GetRepeatedMessage(m, field, v) : reflection->GetMessage(m, field),
                  part != nullptr ? *part : kNowhere, below);
        } else {
          value(m, field, f, v, part, below);
        }
      }
    }
  }

  void value(const Message& m, const FieldDescriptor* field, const FieldFacts& f, int index, const Trail* at, const std::string& path) {
    const std::string text = value_text(m, field, index);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT:
      case FieldDescriptor::CPPTYPE_INT32:
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT32:
      case FieldDescriptor::CPPTYPE_UINT64: {
        const double x = std::strtod(text.c_str(), nullptr);
        if (!std::isfinite(x)) {
          fail("E0108", path, at,
               {fmt::format("`{}` must be a finite number, not {}", field->name(), text),
                fmt::format("`{}`은(는) 유한한 수여야 하는데 {}입니다", field->name(), text)},
               allowed(f));
        } else if ((f.min && x < *f.min) || (f.max && x > *f.max)) {
          const bool low = f.min && x < *f.min;
          const std::string limit = number_text(low ? *f.min : *f.max);
          fail("E0107", path, at,
               {fmt::format("`{}` is {}, but must be {} {}", field->name(), text, low ? "at least" : "at most", limit),
                fmt::format("`{}`은(는) {} {} 하는데 {}입니다", field->name(), limit, low ? "이상이어야" : "이하여야", text)},
               allowed(f));
        }
        return;
      }
      case FieldDescriptor::CPPTYPE_STRING:
        break;
      default:
        return;
    }
    if (f.form == "date") {
      try {
        if (parse_date(text); text.size() == 10) return;
      } catch (const Error&) {
      }
      fail("E0110", path, at,
           {fmt::format("`{}` is not a date: \"{}\"", field->name(), text),
            fmt::format("`{}`의 \"{}\"은(는) 날짜가 아닙니다", field->name(), text)},
           {"write it as 2026-03-31", "2026-03-31처럼 쓰십시오"});
    }
    if (!f.one_of.empty() && !text.empty()) vocabulary(field, f.one_of, text, at, path);
    if (!f.refers_to.empty() && whole_) reference(field, f.refers_to, text, at, path);
    if (f.form == "path" && whole_ && !text.empty()) {
      std::error_code failure;
      if (!std::filesystem::exists(text, failure))
        fail("E0113", path, at, {fmt::format("cannot find file `{}`", text), fmt::format("파일 `{}`을(를) 찾을 수 없습니다", text)},
             {"the path is taken from the folder of the file that names it", "경로는 이를 적은 파일이 있는 폴더를 기준으로 합니다"});
    }
  }

  void vocabulary(const FieldDescriptor* field, const std::string& one_of, const std::string& text, const Trail* at, const std::string& path) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < one_of.size();) {
      const std::size_t end = std::min(one_of.find(", ", begin), one_of.size());
      words.push_back(one_of.substr(begin, end - begin));
      if (words.back() == text) return;
      begin = end + 2;
    }
    const auto near = nearest(text, words);
    fail("E0105", path, at,
         {fmt::format("`{}` is no value of `{}`", text, field->name()), fmt::format("`{}`은(는) `{}`의 값이 아닙니다", text, field->name())},
         near ? Text{fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)}
              : Text{"one of " + one_of, one_of + " 중 하나를 쓰십시오"});
  }

  static Text allowed(const FieldFacts& f) {
    const std::string range = range_text(f);
    if (range.empty()) return {};
    const std::string between = f.unit.empty() ? "" : ", ";
    return {fmt::format("{} ({}{}{})", f.en, f.unit, between, range), fmt::format("{} ({}{}{})", f.ko, unit_words(f.unit).ko, between, range)};
  }

  void reference(const FieldDescriptor* field, const std::string& list_name, const std::string& text, const Trail* at,
                 const std::string& path, bool fallback = false) {
    auto [known, fresh] = keys_.try_emplace(list_name);
    if (fresh) {
      const FieldDescriptor* list = scenario_.GetDescriptor()->FindFieldByName(list_name);
      SIM_CHECK(list != nullptr && list->is_repeated() && list->message_type() != nullptr,
                field->full_name() + " refers to " + list_name + ", which is no list of the scenario");
      for (int i = 0; i < scenario_.GetReflection()->FieldSize(scenario_, list); ++i)
        known->second.push_back(key_of(scenario_.GetReflection()->GetRepeatedMessage(scenario_, list, i)));
    }
    for (const std::string& key : known->second)
      if (key == text) return;
    const auto near = nearest(text, known->second);
    std::string some;
    for (std::size_t i = 0; i < known->second.size() && i < 8; ++i) some += (i ? ", " : "") + known->second[i];
    const Text missing{fmt::format("there is no {} `{}`", list_name, text), fmt::format("{} 목록에 `{}`이(가) 없습니다", list_name, text)};
    fail("E0112", path, at,
         fallback ? Text{fmt::format("{}, the default of `{}`", missing.en, field->name()),
                         fmt::format("`{}`의 기본값인데 {}", field->name(), missing.ko)}
                  : missing,
         near ? Text{fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)}
         : some.empty()
             ? Text{fmt::format("the scenario has no {} at all", list_name), fmt::format("시나리오의 {} 목록이 비어 있습니다", list_name)}
             : Text{"known: " + some, "있는 것: " + some});
  }

  // ---- across fields ----

  static std::optional<std::chrono::sys_days> day(const std::string& text) {
    try {
      if (text.size() == 10) return std::chrono::sys_days(parse_date(text));
    } catch (const Error&) {  // said already
    }
    return {};
  }

  /// `later` may not come before `earlier`; both are dates of one message, empty ones are passed over.
  void order(const char* code, const Message& m, const Trail* trail, const std::string& path, const char* earlier, const char* later,
             const Text& sentence, const Text& help) {
    const FieldDescriptor* a = m.GetDescriptor()->FindFieldByName(earlier);
    const FieldDescriptor* b = m.GetDescriptor()->FindFieldByName(later);
    const auto first = day(value_text(m, a));
    const auto second = day(value_text(m, b));
    if (!first || !second || *second >= *first) return;
    const Trail* at = trail == nullptr ? nullptr : trail->find(b->number());
    fail(code, path + (path.empty() ? "" : ".") + later, at != nullptr ? at : trail,
         {fmt::format("{}{} ({} {}, {} {})", path.empty() ? "" : path + ": ", sentence.en, later, value_text(m, b), earlier,
                      value_text(m, a)),
          fmt::format("{}{} ({} {}, {} {})", path.empty() ? "" : path + ": ", sentence.ko, later, value_text(m, b), earlier,
                      value_text(m, a))},
         help);
  }

  void horizon() {
    order("E0132", scenario_, &trail_, "", "start_date", "end_date", {"the scenario ends before it starts", "종료일이 시작일보다 앞섭니다"},
          {"put end_date after start_date", "end_date를 start_date 뒤로 옮기십시오"});
    if (scenario_.has_end_date() && scenario_.end_date() == scenario_.start_date())
      fail("E0132", "end_date", trail_.find(proto::Scenario::kEndDateFieldNumber),
           {"the scenario ends on the day it starts", "종료일과 시작일이 같습니다"},
           {"end_date is the day after the last", "end_date는 마지막 날의 다음 날입니다"});
  }

  void tranche(const proto::Tranche& t, const Trail* trail) {
    const std::string path = fmt::format("tranche[{}]", t.tranche());
    const Text swap{"check which of the two days is right", "두 날짜 중 어느 것이 맞는지 확인하십시오"};
    for (const char* delivered : {"delivered_low", "delivered_mid", "delivered_high"})
      order("E0130", t, trail, path, "ordered", delivered, {"delivered before it is ordered", "발주보다 먼저 인도됩니다"}, swap);
    order("E0130", t, trail, path, "ordered", "promised", {"promised before it is ordered", "발주일보다 약속일이 앞섭니다"}, swap);
    const Text sorted{"the three days are the earliest, the most likely and the latest",
                      "세 날짜는 차례로 가장 이른 날, 유력한 날, 가장 늦은 날입니다"};
    const Text sentence{"the days of delivery are out of order", "인도일의 순서가 맞지 않습니다"};
    order("E0131", t, trail, path, "delivered_low", "delivered_mid", sentence, sorted);
    order("E0131", t, trail, path, "delivered_mid", "delivered_high", sentence, sorted);
    if (!t.has_delivered_mid()) order("E0131", t, trail, path, "delivered_low", "delivered_high", sentence, sorted);
    order("E0132", t, trail, path, "promised", "term_end", {"its term ends before the promised day", "약속일보다 먼저 계약이 끝납니다"},
          swap);
    if (t.has_government_use_cards() && t.government_use_cards() > t.cards())
      fail("E0134", path + ".government_use_cards",
           trail == nullptr ? nullptr : trail->find(proto::Tranche::kGovernmentUseCardsFieldNumber),
           {fmt::format("{}: {} cards for public use, but only {} in the contract", path, t.government_use_cards(), t.cards()),
            fmt::format("{}: 정부 활용 카드 {}장이 계약 카드 {}장보다 많습니다", path, t.government_use_cards(), t.cards())},
           {"government_use_cards is a part of cards", "government_use_cards는 cards의 일부입니다"});
  }

  void commissioning() {
    const proto::Commissioning& c = scenario_.commissioning();
    const Trail* trail = trail_.find(proto::Scenario::kCommissioningFieldNumber);
    if (c.lead_months_low() <= c.lead_months_mid() && c.lead_months_mid() <= c.lead_months_high()) return;
    const Trail* at = trail == nullptr ? nullptr : trail->find(proto::Commissioning::kLeadMonthsMidFieldNumber);
    fail("E0131", "commissioning.lead_months_mid", at != nullptr ? at : trail,
         {fmt::format("lead times are out of order: low {}, mid {}, high {}", number_text(c.lead_months_low()),
                      number_text(c.lead_months_mid()), number_text(c.lead_months_high())),
          fmt::format("납기의 순서가 맞지 않습니다: 최단 {}, 유력 {}, 최장 {}", number_text(c.lead_months_low()),
                      number_text(c.lead_months_mid()), number_text(c.lead_months_high()))},
         {"low <= mid <= high, defaults included", "기본값을 포함해 최단 <= 유력 <= 최장이어야 합니다"});
  }

  void powerless_sites() {
    std::map<std::string, int> cards;
    for (const proto::Tranche& t : scenario_.tranche())
      if (!t.cancelled()) cards[t.site()] += t.cards();
    for (int i = 0; i < scenario_.site_size(); ++i) {
      const proto::Site& site = scenario_.site(i);
      if (site.peak_power_mw() > 0 || cards[site.site()] == 0) continue;
      const Trail* trail = trail_.find(proto::Scenario::kSiteFieldNumber, i);
      const Trail* at = trail == nullptr ? nullptr : trail->find(proto::Site::kPeakPowerMwFieldNumber);
      fail("E0133", fmt::format("site[{}].peak_power_mw", site.site()), at != nullptr ? at : trail,
           {fmt::format("site `{}` gets {} cards but has no power", site.site(), cards[site.site()]),
            fmt::format("센터 `{}`에 카드 {}장이 들어가는데 수전 용량이 0입니다", site.site(), cards[site.site()])},
           {"set peak_power_mw, or powered_from for a supply that comes later",
            "peak_power_mw를 정하거나, 나중에 수전하면 powered_from을 쓰십시오"});
    }
  }

  const proto::Scenario& scenario_;
  const Trail& trail_;
  std::vector<Error>& errors_;
  const bool whole_;  // nothing was lost on the way here: what is not found is not there
  std::map<std::string, std::vector<std::string>> keys_;
};

}  // namespace

void check_scenario(const proto::Scenario& scenario, const Trail& trail, std::vector<Error>& errors) {
  Checker(scenario, trail, errors, errors.empty()).run();
}

void check_fields(const Message& message, const Trail& trail, std::vector<Error>& errors) {
  Checker(proto::Scenario::default_instance(), trail, errors, false).fields(message);
}

}  // namespace dure::sim
