#include "sim/scenario_study_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace dure::sim {
namespace proto = ::dure;
namespace {

/// A number of a scenario that an input changes, and its path: tranche[first].cards where the input says tranche[*].cards.
struct Target {
  Message* message;
  const FieldDescriptor* field;
  std::string path;

  bool has_value() const { return field->has_default_value() || message->GetReflection()->HasField(*message, field); }
};

bool is_number(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return !field->is_repeated();
    default:
      return false;
  }
}

double number(const Target& target) {
  const auto* reflection = target.message->GetReflection();
  switch (target.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection->GetInt32(*target.message, target.field);
    case FieldDescriptor::CPPTYPE_INT64: return double(reflection->GetInt64(*target.message, target.field));
    default: return reflection->GetDouble(*target.message, target.field);
  }
}

void set_number(const Target& target, double value) {
  const auto* reflection = target.message->GetReflection();
  switch (target.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return reflection->SetInt32(target.message, target.field, int(std::lround(value)));
    case FieldDescriptor::CPPTYPE_INT64: return reflection->SetInt64(target.message, target.field, std::llround(value));
    default: return reflection->SetDouble(target.message, target.field, value);
  }
}

double default_number(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return field->default_value_int32();
    case FieldDescriptor::CPPTYPE_INT64: return double(field->default_value_int64());
    default: return field->default_value_double();
  }
}

/// Every number at `steps` that is there: parts that are absent are passed over, [*] is every element.
void find(Message& message, std::span<const Step> steps, const std::string& head, std::vector<Target>& found) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(steps.front().name);
  if (steps.size() == 1) {
    found.push_back({&message, field, join_path(head, field, message, 0)});
    return;
  }
  const auto* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    if (reflection->HasField(message, field)) find(*reflection->MutableMessage(&message, field), steps.subspan(1), join_path(head, field, message, 0), found);
    return;
  }
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    Message& element = *reflection->MutableRepeatedMessage(&message, field, i);
    const std::string& key = *steps.front().key;
    if (key == "*" || key_of(element) == key || std::to_string(i) == key) find(element, steps.subspan(1), join_path(head, field, message, i), found);
  }
}

/// The numbers that an input changes by one of its paths: a factor has nothing to multiply where a field is not set and has no default.
std::vector<Target> targets(proto::Scenario& scenario, const std::string& path, bool factor) {
  std::vector<Target> found;
  find(scenario, *parse_path(path), "", found);
  if (factor) std::erase_if(found, [](const Target& target) { return !target.has_value(); });
  return found;
}

/// What the schema allows; of whole numbers at most what they can hold.
FieldFacts limits(const FieldDescriptor* field) {
  FieldFacts known = facts(field);
  const bool is_32 = field->cpp_type() == FieldDescriptor::CPPTYPE_INT32;
  if (!is_32 && field->cpp_type() != FieldDescriptor::CPPTYPE_INT64) return known;
  const double most = is_32 ? std::numeric_limits<std::int32_t>::max() : 0x1p53;
  known.min = std::max(known.min.value_or(-most), -most);
  known.max = std::min(known.max.value_or(most), most);
  return known;
}

/// Whether `value`, as the field would hold it, is outside its limits.
bool is_outside(double value, const FieldDescriptor* field, const FieldFacts& known) {
  const double held = field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE ? value : std::round(value);
  return !std::isfinite(held) || (known.min && held < *known.min) || (known.max && held > *known.max);
}

/// The `--set` that says the number, of the study, the option or the command line; none where a scenario file does, or nothing.
std::optional<Place> set_at(const StudyOption& option, const Target& target) {
  if (!target.message->GetReflection()->HasField(*target.message, target.field)) return {};
  const auto place = option.loaded.place(target.path);
  return place && place->file == "--set" ? place : std::nullopt;
}

class InputReader {
 public:
  InputReader(LoadedStudy& out, std::vector<Error>& errors) : out_(out), errors_(errors) {}

  void read() {
    for (const proto::UncertainInput& input : out_.study.input()) {
      at_ = fmt::format("input[{}]", input.input());
      if (input.path_size() == 0) {
        fail({fmt::format("input `{}` names no field", input.input()), fmt::format("입력 `{}`에 path가 없습니다", input.input())}, {"add path: \"economics.staff_krw_per_year\"", "path: \"economics.staff_krw_per_year\"처럼 적으십시오"});
        continue;
      }
      StudyInput& made = out_.inputs.emplace_back();
      made.name = input.input();
      made.factor = input.factor();
      made.law = input.law();
      made.levels.assign(input.level().begin(), input.level().end());
      made.weights.assign(input.weight().begin(), input.weight().end());
      made.source = input.range_source();
      made.paths.assign(input.path().begin(), input.path().end());
      const FieldDescriptor* first = fields(made);
      if (first == nullptr) continue;
      for (const std::string& path : made.paths) is_somewhere(made, path);
      if (range(input, made, first)) may_change(made);
    }
  }

 private:
  void fail(Text message, Text help) { errors_.push_back(out_.located(ScenarioError(at_, std::move(message), std::move(help)))); }

  /// The first of its fields; null where one is none.
  const FieldDescriptor* fields(const StudyInput& made) {
    const FieldDescriptor* first = nullptr;
    for (const std::string& path : made.paths) {
      const auto steps = parse_path(path);
      const FieldDescriptor* field = steps ? field_at(*steps) : nullptr;
      if (field == nullptr || !is_number(field)) {
        fail({fmt::format("input `{}`: `{}` is no number of a scenario", made.name, path), fmt::format("입력 `{}`: `{}`은(는) 시나리오의 숫자 항목이 아닙니다", made.name, path)},
             {"write it as with --set; lists need a name or [*]", "--set처럼 적고, 목록은 이름이나 [*]로 고르십시오"});
        return nullptr;
      }
      if (first == nullptr) first = field;
    }
    return first;
  }

  /// Low, mid and high, from the study or the schema; false where there are none.
  bool range(const proto::UncertainInput& input, StudyInput& made, const FieldDescriptor* field) {
    const FieldFacts known = facts(field);
    made.label = {input.label_en().empty() ? known.en : input.label_en(), input.label_ko().empty() ? (known.ko.empty() ? known.en : known.ko) : input.label_ko()};
    made.unit = made.factor ? "ratio" : known.unit;
    const bool documented = !made.factor && known.low && known.high;
    if (made.source.empty()) made.source = known.source;
    if (made.law == proto::LEVELS) {
      if (made.levels.size() < 2 || !std::is_sorted(made.levels.begin(), made.levels.end()) || (!made.weights.empty() && made.weights.size() != made.levels.size())) {
        fail({fmt::format("input `{}`: two levels or more, least first, and a weight for each or none", made.name), fmt::format("입력 `{}`: 값이 둘 이상이고 작은 것부터 적혀 있어야 하며, 가중치는 값마다 있거나 없어야 합니다", made.name)},
             {"correct level and weight", "level과 weight를 고치십시오"});
        return false;
      }
      made.low = made.levels.front();
      made.mid = made.levels[made.levels.size() / 2];
      made.high = made.levels.back();
      return true;
    }
    if (!documented && (!input.has_low() || !input.has_high())) {
      fail({fmt::format("input `{}` has no range: `{}` documents none", made.name, field->name()), fmt::format("입력 `{}`의 범위가 없습니다. `{}`에 적힌 범위도 없습니다", made.name, field->name())},
           {"give low, high and range_source", "low, high와 range_source를 적으십시오"});
      return false;
    }
    made.low = input.has_low() ? input.low() : *known.low;
    made.high = input.has_high() ? input.high() : *known.high;
    made.mid = input.has_mid() ? input.mid() : made.factor ? 1.0 : field->has_default_value() ? default_number(field) : 0.5 * (made.low + made.high);
    if (!(made.low <= made.mid && made.mid <= made.high)) {
      fail({fmt::format("input `{}`: low {}, mid {}, high {} are out of order", made.name, number_text(made.low), number_text(made.mid), number_text(made.high)),
            fmt::format("입력 `{}`: 하한 {}, 중간 {}, 상한 {}의 순서가 맞지 않습니다", made.name, number_text(made.low), number_text(made.mid), number_text(made.high))},
           {"low <= mid <= high", "하한 <= 중간 <= 상한이어야 합니다"});
      return false;
    }
    if (documented && input.range_source().empty() && (made.low < *known.low || made.high > *known.high))
      fail({fmt::format("input `{}`: {} to {} goes beyond the documented {} to {}", made.name, number_text(made.low), number_text(made.high), number_text(*known.low), number_text(*known.high)),
            fmt::format("입력 `{}`: {}~{}은(는) 적힌 범위 {}~{}을(를) 넘습니다", made.name, number_text(made.low), number_text(made.high), number_text(*known.low), number_text(*known.high))},
           {"stay inside it, or give range_source for the wider one", "그 안의 값을 쓰거나, 더 넓은 범위의 근거를 range_source에 적으십시오"});
    return true;
  }

  /// Nothing that another input, or what is compared, decides; and nothing to a value that is not allowed.
  void may_change(const StudyInput& made) {
    for (const std::string& path : made.paths) {
      const FieldDescriptor* field = field_at(*parse_path(path));
      const FieldFacts known = limits(field);
      bool right = true;
      for (std::size_t option = 0; option < out_.options.size(); ++option)
        for (const Target& target : targets(out_.options[option].loaded.scenario, path, made.factor))
          right = right && alone(made, option, target) && (made.factor ? may_multiply(made, option, target, known) : may_set(made, option, target));
      if (right && !made.factor) ends(made, field, known);
    }
  }

  void is_somewhere(const StudyInput& made, const std::string& path) {
    const auto any = [&](bool factor) { return std::any_of(out_.options.begin(), out_.options.end(), [&](StudyOption& option) { return !targets(option.loaded.scenario, path, factor).empty(); }); };
    if (any(made.factor)) return;
    if (any(false))
      fail({fmt::format("input `{}` multiplies `{}`, which no option sets", made.name, path), fmt::format("입력 `{}`이(가) `{}`에 곱하는데, 이 값을 정한 안이 없습니다", made.name, path)},
           {"set it in the scenario, or give the values themselves without `factor`", "시나리오에서 값을 정하거나, factor 없이 값 자체를 적으십시오"});
    else
      fail({fmt::format("input `{}`: no option has `{}`", made.name, path), fmt::format("입력 `{}`: `{}`이(가) 있는 안이 없습니다", made.name, path)},
           {"add the part to an option, or leave the input out", "안에 그 부분을 넣거나 입력을 빼십시오"});
  }

  bool alone(const StudyInput& made, std::size_t option, const Target& target) {
    const auto [taken, is_first] = taken_.try_emplace({option, target.path}, made.name);
    if (is_first) return true;
    const std::string& other = taken->second;
    fail(other == made.name ? Text{fmt::format("input `{}` names `{}` twice", made.name, target.path), fmt::format("입력 `{}`이(가) `{}`을(를) 두 번 적었습니다", made.name, target.path)}
                            : Text{fmt::format("inputs `{}` and `{}` both change `{}`", other, made.name, target.path), fmt::format("입력 `{}`와(과) `{}`이(가) 모두 `{}`을(를) 바꿉니다", other, made.name, target.path)},
         {"leave one of them out", "둘 중 하나를 빼십시오"});
    return false;
  }

  bool may_set(const StudyInput& made, std::size_t option, const Target& target) {
    const StudyOption& one = out_.options[option];
    const int of_study = out_.study.set_size();
    const auto set = set_at(one, target);
    if (!set || set->line <= of_study) return true;
    if (const auto there = on_command_line(set, of_study + int(one.sets.size()))) {
      errors_.push_back(ScenarioError({fmt::format("`--set` gives `{}` a value, which input `{}` overwrites in every run", target.path, made.name), fmt::format("`--set`으로 정한 `{}`을(를) 입력 `{}`이(가) 실행마다 덮어씁니다", target.path, made.name)}, there,
                                      {"leave it out, or make the input a factor (`factor: true`)", "빼거나 입력을 배수로 하십시오(factor: true)"}));
      return false;
    }
    fail({fmt::format("input `{}` overwrites `{}`, by which option `{}` is compared", made.name, target.path, one.name), fmt::format("입력 `{}`이(가) 안 `{}`에서 비교하려고 정한 `{}`을(를) 덮어씁니다", made.name, one.name, target.path)},
         {"make it a factor (`factor: true`), or leave one of the two out", "배수로 하거나(factor: true) 둘 중 하나를 빼십시오"});
    return false;
  }

  bool may_multiply(const StudyInput& made, std::size_t option, const Target& target, const FieldFacts& known) {
    const double has = number(target);
    for (const double end : {made.low, made.high}) {
      if (!is_outside(has * end, target.field, known)) continue;
      const std::string& name = out_.options[option].name;
      fail({fmt::format("input `{}`: {} times `{}` of option `{}` ({}) is {}, outside {}", made.name, number_text(end), target.path, name, number_text(has), number_text(has * end), range_text(known)),
            fmt::format("입력 `{}`: 안 `{}`의 `{}`({})에 {}을(를) 곱하면 {}이(가) 되어 허용 범위({})를 벗어납니다", made.name, name, target.path, number_text(has), number_text(end), number_text(has * end), range_text(known))},
           {"narrow the range of the factor", "배수의 범위를 좁히십시오"});
      return false;
    }
    return true;
  }

  void ends(const StudyInput& made, const FieldDescriptor* field, const FieldFacts& known) {
    for (const double end : {made.low, made.high})
      if (is_outside(end, field, known))
        fail({fmt::format("input `{}`: {} is outside what `{}` allows ({})", made.name, number_text(end), field->name(), range_text(known)),
              fmt::format("입력 `{}`: {}은(는) `{}`이(가) 허용하는 범위({})를 벗어납니다", made.name, number_text(end), field->name(), range_text(known))},
             {"stay inside it", "범위 안의 값을 쓰십시오"});
  }

  LoadedStudy& out_;
  std::vector<Error>& errors_;
  std::string at_;                                                    // the input that is being read, in the study
  std::map<std::pair<std::size_t, std::string>, std::string> taken_;  // by option and path: the input that changes it
};

}  // namespace

const FieldDescriptor* field_at(const std::vector<Step>& steps) {
  const Descriptor* type = proto::Scenario::descriptor();
  const FieldDescriptor* field = nullptr;
  for (const Step& step : steps) {
    if (type == nullptr) return nullptr;
    field = type->FindFieldByName(step.name);
    if (field == nullptr || step.key.has_value() != (field->is_repeated() && field->message_type() != nullptr)) return nullptr;
    type = field->message_type();
  }
  return field;
}

void read_inputs(LoadedStudy& out, std::vector<Error>& errors) { InputReader(out, errors).read(); }

proto::Scenario with_inputs(const StudyOption& option, std::span<const StudyInput> inputs, std::span<const double> values) {
  proto::Scenario scenario = option.loaded.scenario;
  SIM_CHECK(values.empty() || values.size() == inputs.size(), "a value for each input");
  for (std::size_t i = 0; i < values.size(); ++i)
    for (const std::string& path : inputs[i].paths)
      for (const Target& target : targets(scenario, path, inputs[i].factor)) set_number(target, inputs[i].factor ? number(target) * values[i] : values[i]);
  return scenario;
}

}  // namespace dure::sim
