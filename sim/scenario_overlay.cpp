#include "sim/scenario_overlay.h"

#include <fmt/format.h>

#include <cstdlib>
#include <map>

#include "sim/scenario_diagnostic.h"
#include "sim/scenario_schema.h"
#include "sim/scenario_table.h"

namespace dure::sim {
namespace {

std::vector<const FieldDescriptor*> set_fields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

/// Forgets where the other case of a oneof came from, before `field` takes its place.
void forget_other_case(Trail& trail, const FieldDescriptor* field) {
  if (const OneofDescriptor* choice = field->real_containing_oneof())
    for (int i = 0; i < choice->field_count(); ++i)
      if (choice->field(i) != field) trail.parts.erase(choice->field(i)->number());
}

Trail part_of(Trail& trail, const FieldDescriptor* field, int index) {
  auto& list = trail.parts[field->number()];
  return static_cast<std::size_t>(index) < list.size() ? std::move(list[static_cast<std::size_t>(index)]) : Trail{};
}

int find_key(const Message& message, const FieldDescriptor* field, const std::string& key) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < reflection->FieldSize(message, field); ++i)
    if (key_of(reflection->GetRepeatedMessage(message, field, i)) == key) return i;
  return -1;
}

}  // namespace

void overlay(Message& to, Trail& to_trail, Message& from, Trail from_trail) {
  const auto* reflection = to.GetReflection();
  to_trail.damaged = to_trail.damaged || from_trail.damaged;
  for (const FieldDescriptor* field : set_fields(from)) {
    const int number = field->number();
    forget_other_case(to_trail, field);
    if (field->message_type() == nullptr || (field->is_repeated() && key_field(field->message_type()) == nullptr)) {
      reflection->ClearField(&to, field);
      reflection->SwapFields(&to, &from, {field});
      to_trail.parts[number] = std::move(from_trail.parts[number]);
    } else if (!field->is_repeated()) {
      auto& list = to_trail.parts[number];
      if (list.empty()) list.emplace_back();
      Trail part = part_of(from_trail, field, 0);
      list.front().place = part.place;
      list.front().note = part.note;
      overlay(*reflection->MutableMessage(&to, field), list.front(), *reflection->MutableMessage(&from, field), std::move(part));
    } else {
      auto& list = to_trail.parts[number];
      std::map<std::string, int> known;
      for (int i = 0; i < reflection->FieldSize(to, field); ++i) known.emplace(key_of(reflection->GetRepeatedMessage(to, field, i)), i);
      known.erase("");
      for (int i = 0; i < reflection->FieldSize(from, field); ++i) {
        Message& element = *reflection->MutableRepeatedMessage(&from, field, i);
        Trail part = part_of(from_trail, field, i);
        if (const auto same = known.find(key_of(element)); same != known.end()) {
          Trail& under = list[static_cast<std::size_t>(same->second)];
          under.place = part.place;
          overlay(*reflection->MutableRepeatedMessage(&to, field, same->second), under, element, std::move(part));
        } else {
          reflection->AddMessage(&to, field)->CopyFrom(element);
          list.push_back(std::move(part));
        }
      }
    }
  }
}

void refuse_twins(const Message& message, const Trail& trail, std::vector<Error>& errors) {
  const auto* reflection = message.GetReflection();
  for (const FieldDescriptor* field : set_fields(message)) {
    if (field->message_type() == nullptr) continue;
    if (!field->is_repeated()) {
      if (const Trail* part = trail.find(field->number())) refuse_twins(reflection->GetMessage(message, field), *part, errors);
      continue;
    }
    const FieldDescriptor* key = key_field(field->message_type());
    std::map<std::string, Place> seen;
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      const Message& element = reflection->GetRepeatedMessage(message, field, i);
      const Trail* part = trail.find(field->number(), i);
      if (part == nullptr) continue;
      refuse_twins(element, *part, errors);
      const std::string name = key_of(element);
      if (name.empty()) continue;
      const Trail* at = part->find(key->number());
      const Place place = at != nullptr ? at->place : part->place;
      const auto [first, is_new] = seen.emplace(name, place);
      if (!is_new)
        errors.emplace_back(Exit::kInvalid, "E0111",
                            Text{fmt::format("the name `{}` stands twice among `{}`", name, field->name()),
                                 fmt::format("{} 목록에 `{}`이(가) 둘 있습니다", field->name(), name)},
                            place,
                            Text{fmt::format("the first stands in line {}; rename or remove one", first->second.line),
                                 fmt::format("처음 것은 {}번째 줄에 있습니다. 하나의 이름을 바꾸거나 지우십시오", first->second.line)});
    }
  }
}

namespace {

/// `text` with ${NAME} replaced; the first name that is not set is returned in `missing`.
std::string expand_environment(std::string_view text, std::string& missing) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = text.find("${");
    const std::size_t close = dollar == std::string_view::npos ? dollar : text.find('}', dollar);
    if (close == std::string_view::npos) return out + std::string(text);
    out += text.substr(0, dollar);
    const std::string name(text.substr(dollar + 2, close - dollar - 2));
    const char* value = std::getenv(name.c_str());
    if (value == nullptr || *value == '\0') {
      if (missing.empty()) missing = name;
    } else {
      out += value;
    }
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

void resolve_paths(Message& message, const Trail& trail, const std::filesystem::path& folder, std::vector<Error>& errors) {
  const auto* reflection = message.GetReflection();
  for (const FieldDescriptor* field : set_fields(message)) {
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const Trail* part = trail.find(field->number(), i);
      if (part == nullptr) continue;
      if (field->message_type() != nullptr) {
        resolve_paths(
            field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i) : *reflection->MutableMessage(&message, field),
            *part, folder, errors);
        continue;
      }
      if (!is_path(field)) continue;
      std::string missing;
      const std::string written = value_text(message, field, i);
      std::filesystem::path path = expand_environment(written, missing);
      if (!missing.empty())
        errors.emplace_back(Exit::kInvalid, "E0117",
                            Text{fmt::format("environment variable {} is not set", missing),
                                 fmt::format("환경 변수 {}이(가) 설정되지 않았습니다", missing)},
                            part->place,
                            Text{fmt::format("set it before the command: {}=/folder dure ...", missing),
                                 fmt::format("명령 앞에 {}=/폴더를 붙이십시오", missing)});
      if (!missing.empty()) continue;
      if (!written.empty() && path.is_relative()) path = (folder / path).lexically_normal();
      if (field->is_repeated())
        reflection->SetRepeatedString(&message, field, i, path.string());
      else
        reflection->SetString(&message, field, path.string());
    }
  }
}

namespace {

/// Reads the tables that `field` names, whose rows are elements of `list`, and lays what the message says itself over them.
void lay_below(Message& message, Trail& trail, const FieldDescriptor* field, const FieldDescriptor* list, std::vector<std::string>& files, std::vector<Error>& errors) {
  const auto* reflection = message.GetReflection();
  const std::size_t before = errors.size();
  const Message& prototype = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(list->message_type());
  std::unique_ptr<Message> below(message.New());
  Trail below_trail;
  bool unknown_place = false, any = false;
  for (int i = 0; i < (field->is_repeated() ? reflection->FieldSize(message, field) : 1); ++i) {
    const std::string file = value_text(message, field, field->is_repeated() ? i : -1);
    const Trail* named = trail.find(field->number(), i);
    if (file.empty() || named == nullptr) continue;
    any = true;
    files.push_back(file);
    if (file.find("${") != std::string::npos) {  // said already
      unknown_place = true;
      continue;
    }
    for (TableRow& row : read_table(file, named->place, prototype, errors)) {
      reflection->AddMessage(below.get(), list)->CopyFrom(*row.message);
      below_trail.parts[list->number()].push_back(std::move(row.trail));
    }
  }
  if (!any) return;
  refuse_twins(*below, below_trail, errors);
  std::unique_ptr<Message> above(message.New());
  Trail above_trail;
  reflection->SwapFields(&message, above.get(), {list});
  above_trail.parts[list->number()] = std::move(trail.parts[list->number()]);
  overlay(*below, below_trail, *above, std::move(above_trail));
  reflection->SwapFields(&message, below.get(), {list});
  trail.parts[list->number()] = std::move(below_trail.parts[list->number()]);
  if (unknown_place || errors.size() > before)  // what is missing may stand in the part that could not be read
    for (Trail& element : trail.parts[list->number()]) element.damaged = true;
}

}  // namespace

void expand_tables(Message& message, Trail& trail, std::vector<std::string>& files, std::vector<Error>& errors) {
  const auto* reflection = message.GetReflection();
  for (const FieldDescriptor* field : set_fields(message)) {
    if (field->message_type() != nullptr) {
      const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        auto& list = trail.parts[field->number()];
        if (static_cast<std::size_t>(i) < list.size())
          expand_tables(
              field->is_repeated() ? *reflection->MutableRepeatedMessage(&message, field, i) : *reflection->MutableMessage(&message, field),
              list[static_cast<std::size_t>(i)], files, errors);
      }
      continue;
    }
    const std::string list_name = facts(field).table_of;
    if (list_name.empty()) continue;
    const FieldDescriptor* list = message.GetDescriptor()->FindFieldByName(list_name);
    SIM_CHECK(list != nullptr && list->is_repeated() && list->message_type() != nullptr,
              field->full_name() + " names no repeated message beside it");
    lay_below(message, trail, field, list, files, errors);
    reflection->ClearField(&message, field);
    trail.parts.erase(field->number());
  }
}

namespace {

constexpr const char* kSetFile = "--set";

/// PATH and VALUE of a setting; the = inside brackets belongs to a key.
std::optional<std::size_t> equals_sign(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']') --depth;
    if (text[i] == '=' && depth == 0) return i;
  }
  return {};
}

class Setter {
 public:
  Setter(const Setting& setting, std::vector<Error>& errors) : text_(setting.text), number_(setting.number), errors_(errors) {}

  void apply(Message& root, Trail& root_trail) {
    const auto equals = equals_sign(text_);
    const auto steps = equals ? parse_path(std::string_view(text_).substr(0, *equals)) : std::nullopt;
    if (!steps) {
      fail(Exit::kCommandLine, "E0119", place(0, text_.size()),
           {fmt::format("`--set {}` is not PATH=VALUE", text_), fmt::format("`--set {}`은(는) 경로=값 꼴이 아닙니다", text_)},
           {"as in --set site[honam].pue=1.2", "예: --set site[honam].pue=1.2"});
      return;
    }
    value_at_ = *equals + 1;
    value_ = text_.substr(value_at_);
    Message* message = &root;
    Trail* trail = &root_trail;
    std::size_t at = 0;  // of the step in the text
    for (std::size_t s = 0; s < steps->size(); ++s) {
      const Step& step = (*steps)[s];
      const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(step.name);
      const Place here = place(at, step.name.size());
      if (field == nullptr) {
        fail(Exit::kInvalid, "E0120", here,
             {fmt::format("{} has no field `{}`", message->GetDescriptor()->name(), step.name),
              fmt::format("{}에 `{}`(이)라는 항목은 없습니다", message->GetDescriptor()->name(), step.name)},
             field_suggestion(step.name, message->GetDescriptor()));
        return;
      }
      const bool last = s + 1 == steps->size();
      const bool elements = field->is_repeated() && field->message_type() != nullptr;
      if (elements && !step.key) {
        const std::string hint = field->name() + "[" + (key_field(field->message_type()) != nullptr ? "NAME" : "0") + "]";
        fail(Exit::kInvalid, "E0120", here,
             {fmt::format("`{}` is a list: say which one", field->name()),
              fmt::format("`{}`은(는) 목록입니다. 어느 것인지 밝히십시오", field->name())},
             {fmt::format("write {}; {}", hint, known_keys(*message, field).en),
              fmt::format("{} 꼴로 쓰십시오. {}", hint, known_keys(*message, field).ko)});
        return;
      }
      if (step.key && !elements) {
        fail(Exit::kInvalid, "E0120", here,
             {fmt::format("`{}` is no list of named parts", field->name()),
              fmt::format("`{}`은(는) 이름으로 고르는 목록이 아닙니다", field->name())},
             {fmt::format("drop [{}]", *step.key), fmt::format("[{}]을(를) 빼십시오", *step.key)});
        return;
      }
      if (!last && field->message_type() == nullptr) {
        fail(Exit::kInvalid, "E0120", here,
             {fmt::format("`{}` is a value and has no parts", field->name()),
              fmt::format("`{}`은(는) 값이어서 하위 항목이 없습니다", field->name())});
        return;
      }
      if (last && !elements) return set(*message, *trail, field, place(at, step.name.size()));
      const auto* reflection = message->GetReflection();
      if (elements) {
        const int index = find_element(*message, field, *step.key);
        if (index < 0) {
          fail(Exit::kInvalid, "E0120", place(at + step.name.size() + 1, step.key->size()),
               {fmt::format("there is no {} `{}`", field->name(), *step.key),
                fmt::format("{} 목록에 `{}`이(가) 없습니다", field->name(), *step.key)},
               known_keys(*message, field, *step.key));
          return;
        }
        Trail& part = trail->parts[field->number()].at(static_cast<std::size_t>(index));
        Message& element = *reflection->MutableRepeatedMessage(message, field, index);
        if (last) return merge_block(element, part, here);
        message = &element;
        trail = &part;
        at += step.key->size() + 2;
      } else {
        forget_other_case(*trail, field);
        auto& list = trail->parts[field->number()];
        if (list.empty()) list.emplace_back().place = here;
        message = reflection->MutableMessage(message, field);
        trail = &list.front();
      }
      at += step.name.size() + 1;
    }
  }

 private:
  Place place(std::size_t begin, std::size_t length) const {
    const std::string_view text = text_;
    return {kSetFile, number_, static_cast<int>(count_characters(text.substr(0, begin))) + 1,
            std::max(1, static_cast<int>(count_characters(text.substr(begin, length))))};
  }
  void fail(Exit exit, const char* code, Place where, Text message, Text help = {}) {
    errors_.emplace_back(exit, code, std::move(message), std::move(where), std::move(help));
  }

  static int find_element(const Message& message, const FieldDescriptor* field, const std::string& key) {
    if (key_field(field->message_type()) != nullptr) return find_key(message, field, key);
    const int size = message.GetReflection()->FieldSize(message, field);
    const bool digits = !key.empty() && key.size() < 9 && key.find_first_not_of("0123456789") == std::string::npos;
    return digits && std::stoi(key) < size ? std::stoi(key) : -1;
  }

  static Text known_keys(const Message& message, const FieldDescriptor* field, const std::string& meant = "") {
    std::vector<std::string> keys;
    const int size = message.GetReflection()->FieldSize(message, field);
    if (key_field(field->message_type()) == nullptr) return {fmt::format("0 to {}", size - 1), fmt::format("0부터 {}까지", size - 1)};
    for (int i = 0; i < size; ++i) keys.push_back(key_of(message.GetReflection()->GetRepeatedMessage(message, field, i)));
    if (const auto near = nearest(meant, keys); near && !meant.empty())
      return {fmt::format("did you mean `{}`?", *near), fmt::format("`{}`을(를) 뜻하셨습니까?", *near)};
    if (keys.empty()) return {"there are none", "하나도 없습니다"};
    std::string some;
    for (std::size_t i = 0; i < keys.size() && i < 8; ++i) some += (i ? ", " : "") + keys[i];
    if (keys.size() > 8) some += ", ...";
    return {"known: " + some, "있는 것: " + some};
  }

  void merge_block(Message& into, Trail& trail, const Place& name) {
    if (value_.size() < 2 || value_.front() != '{' || value_.back() != '}') {
      const std::string type = into.GetDescriptor()->name();
      fail(Exit::kInvalid, "E0120", place(value_at_, value_.size()),
           {fmt::format("{} is a block, not a value", type), fmt::format("{}은(는) 값이 아니라 블록입니다", type)},
           {fmt::format("name one of its fields, or write {{ ... }}; see `dure explain {}`", type),
            fmt::format("하위 항목을 지정하거나 {{ ... }}로 쓰십시오. `dure explain {}` 참고", type)});
      return;
    }
    std::unique_ptr<Message> block(into.New());
    Trail block_trail;
    const std::string inside = value_.substr(1, value_.size() - 2);
    read_text(kSetFile, inside, *block, block_trail, errors_, number_, place(value_at_ + 1, 1).column);
    resolve_paths(*block, block_trail, ".", errors_);
    overlay(into, trail, *block, std::move(block_trail));
    trail.place = name;
  }

  void set(Message& message, Trail& trail, const FieldDescriptor* field, const Place& name) {
    const auto* reflection = message.GetReflection();
    if (field->message_type() != nullptr) {
      if (value_ == "none") {
        reflection->ClearField(&message, field);
        trail.parts.erase(field->number());
        return;
      }
      forget_other_case(trail, field);
      auto& list = trail.parts[field->number()];
      if (list.empty()) list.emplace_back().place = name;
      Message& inner = *reflection->MutableMessage(&message, field);
      const OneofDescriptor* choice = only_oneof(field->message_type());
      if (choice != nullptr && (value_.empty() || value_.front() != '{')) return choose(inner, list.front(), choice);
      return merge_block(inner, list.front(), name);
    }
    forget_other_case(trail, field);
    if (const auto problem = set_value(message, field, value_)) {
      fail(Exit::kInvalid, problem->code.c_str(), place(value_at_, value_.size()), problem->message, problem->help);
      return;
    }
    Trail part;
    part.place = place(value_at_, value_.size());
    trail.parts[field->number()].assign(field->is_repeated() ? static_cast<std::size_t>(reflection->FieldSize(message, field)) : 1, part);
    if (is_path(field)) {
      std::unique_ptr<Message> only(message.New());
      Trail only_trail;
      only_trail.parts[field->number()] = trail.parts[field->number()];
      reflection->SwapFields(only.get(), &message, {field});
      resolve_paths(*only, only_trail, ".", errors_);
      reflection->SwapFields(only.get(), &message, {field});
    }
  }

  void choose(Message& message, Trail& trail, const OneofDescriptor* choice) {
    std::vector<std::string> names;
    std::string all;
    for (int i = 0; i < choice->field_count(); ++i) {
      names.push_back(choice->field(i)->name());
      all += (i ? ", " : "") + names.back();
    }
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(value_);
    if (field == nullptr || field->real_containing_oneof() != choice || field->message_type() == nullptr) {
      const auto near = nearest(value_, names);
      fail(Exit::kInvalid, "E0120", place(value_at_, value_.size()),
           {fmt::format("no {} is called `{}`", choice->name(), value_), fmt::format("{}에 `{}`(이)라는 선택지가 없습니다", choice->name(), value_)},
           {near ? fmt::format("did you mean `{}`?", *near) : "one of " + all,
            near ? fmt::format("`{}`을(를) 뜻하셨습니까?", *near) : all + " 중 하나"});
      return;
    }
    forget_other_case(trail, field);
    message.GetReflection()->MutableMessage(&message, field);
    auto& list = trail.parts[field->number()];
    if (list.empty()) list.emplace_back();
    list.front().place = place(value_at_, value_.size());
  }

  const std::string text_;
  int number_;
  std::vector<Error>& errors_;
  std::size_t value_at_ = 0;
  std::string value_;
};

}  // namespace

void apply(const Setting& setting, Message& root, Trail& trail, std::vector<Error>& errors) { Setter(setting, errors).apply(root, trail); }

bool overwrite_each_other(const Setting& a, const Setting& b, const Message& message, const Trail& trail) {
  const auto after = [&](const Setting& first, const Setting& second) {
    std::unique_ptr<Message> copy(message.New());
    copy->CopyFrom(message);
    Trail its_trail = trail;
    std::vector<Error> ignored;
    apply(first, *copy, its_trail, ignored);
    apply(second, *copy, its_trail, ignored);
    return copy->SerializeAsString();
  };
  return after(a, b) != after(b, a);
}

bool names_table(const Setting& setting, const Descriptor* root) {
  const auto equals = equals_sign(setting.text);
  const auto steps = equals ? parse_path(std::string_view(setting.text).substr(0, *equals)) : std::nullopt;
  if (!steps) return false;
  const Descriptor* type = root;
  const FieldDescriptor* field = nullptr;
  for (const Step& step : *steps) {
    field = type == nullptr ? nullptr : type->FindFieldByName(step.name);
    if (field == nullptr) return false;
    type = field->message_type();
  }
  return !facts(field).table_of.empty();
}

}  // namespace dure::sim
