#include "sim/scenario_measured.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "sim/results.h"
#include "sim/scenario.h"
#include "sim/scenario_schema.h"
#include "sim/scenario_text.h"

namespace dure::sim {
namespace proto = ::dure;
namespace {

using google::protobuf::Message;

[[noreturn]] void refuse(Error error) { throw ScenarioErrors({std::move(error)}, {}); }

struct Opened {
  std::string text;
  Announced announced;
};

Opened open(const std::string& file, const char* wanted_en, const char* wanted_ko) {
  const std::optional<std::string> text = read_file(file);
  if (!text)
    refuse({Exit::kInvalid, "E0101", {fmt::format("cannot read `{}`", file), fmt::format("`{}`을(를) 읽을 수 없습니다", file)}, {}, {wanted_en, wanted_ko}});
  if (const int line = first_line_not_utf8(*text))
    refuse({Exit::kInvalid, "E0118", {"the file is not UTF-8 text", "UTF-8 텍스트 파일이 아닙니다"}, Place{file, line, 0, 0}, {wanted_en, wanted_ko}});
  const Announced announced = announced_type(file, *text);
  if (announced.type.empty())
    refuse({Exit::kInvalid,
            "E0122",
            {"the file does not say what it is: it has no line `# proto-message: ...`", "파일의 종류가 적혀 있지 않습니다. `# proto-message: ...` 줄이 없습니다"},
            Place{file, 1, 0, 0},
            {wanted_en, wanted_ko}});
  return {*text, announced};
}

[[noreturn]] void another_kind(const Announced& announced, const char* wanted_en, const char* wanted_ko) {
  refuse({Exit::kInvalid,
          "E0121",
          {fmt::format("`{}` is another kind of file", announced.type), fmt::format("`{}`은(는) 다른 종류의 파일입니다", announced.type)},
          announced.place,
          {wanted_en, wanted_ko}});
}

/// Every Measured below `message`: its unit is the one its field asks for, its values are possible.
void check_measured(const Message& message, const Trail& trail, const std::string& path, std::vector<Error>& errors) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (field->message_type() == nullptr) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : reflection->HasField(message, field) ? 1 : 0;
    for (int v = 0; v < count; ++v) {
      static const Trail kNowhere;
      const Trail* found = trail.find(field->number(), v);
      const Trail& part = found != nullptr ? *found : kNowhere;
      const Message& below = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, v) : reflection->GetMessage(message, field);
      const std::string name = join_path(path, field, message, v);
      if (field->message_type() != proto::Measured::descriptor()) {
        check_measured(below, part, name, errors);
        continue;
      }
      const auto& measured = static_cast<const proto::Measured&>(below);
      const auto fail = [&](const char* code, int number, Text text, Text help) {
        const Trail* at = part.find(number);
        errors.emplace_back(Exit::kInvalid, code, std::move(text), (at != nullptr ? at : &part)->place, std::move(help));
        errors.back().path = name;
      };
      const std::string unit = facts(field).unit;
      if (measured.has_unit() && measured.unit() != unit)
        fail("E0141", proto::Measured::kUnitFieldNumber,
             {fmt::format("`{}` is in \"{}\", but must be in {}", name, measured.unit(), unit), fmt::format("`{}`의 단위는 {}여야 하는데 \"{}\"입니다", name, unit, measured.unit())},
             {"convert it, or measure again", "단위를 바꾸거나 다시 측정하십시오"});
      else if (!measured.has_unit())
        fail("E0141", 0, {fmt::format("`{}` has no unit; it must be in {}", name, unit), fmt::format("`{}`에 단위가 없습니다. {}여야 합니다", name, unit)},
             {fmt::format("add unit: \"{}\" if that is what was measured", unit), fmt::format("그 단위로 측정했다면 unit: \"{}\"을(를) 넣으십시오", unit)});
      if (!std::isfinite(measured.median()) || !std::isfinite(measured.lower()) || !std::isfinite(measured.upper())) continue;  // said already
      if (measured.has_median() && measured.median() <= 0)
        fail("E0142", proto::Measured::kMedianFieldNumber,
             {fmt::format("`{}` is {} {}, which no measurement gives", name, number_text(measured.median()), unit),
              fmt::format("`{}`이(가) {} {}입니다. 측정에서 나올 수 없는 값입니다", name, number_text(measured.median()), unit)},
             {"measure again", "다시 측정하십시오"});
      else if (measured.has_lower() && measured.has_upper() && (measured.lower() > measured.median() || measured.upper() < measured.median()))
        fail("E0142", proto::Measured::kMedianFieldNumber,
             {fmt::format("`{}`: the median {} does not lie between the quartiles {} and {}", name, number_text(measured.median()), number_text(measured.lower()), number_text(measured.upper())),
              fmt::format("`{}`: 중앙값 {}이(가) 사분위수 {}와 {} 사이에 있지 않습니다", name, number_text(measured.median()), number_text(measured.lower()), number_text(measured.upper()))},
             {"measure again", "다시 측정하십시오"});
    }
  }
}

void read(const std::string& file, const Opened& opened, Message& message, Trail& trail) {
  std::vector<Error> errors;
  trail.place = {file, 1, 1, 1};
  read_text(file, opened.text, message, trail, errors);
  // A missing unit is told once, by check_measured, which knows the right one.
  std::vector<Error> more;
  check_fields(message, trail, more);
  for (Error& error : more)
    if (!(error.code == "E0109" && error.path.ends_with(".unit"))) errors.push_back(std::move(error));
  check_measured(message, trail, "", errors);
  if (!errors.empty()) throw ScenarioErrors(std::move(errors), {});
}

constexpr const char* kRecordEn = "give records of platforms/microbench: they begin with `# proto-message: dure.MicrobenchRecord`";
constexpr const char* kRecordKo = "platforms/microbench의 기록을 주십시오. `# proto-message: dure.MicrobenchRecord`로 시작합니다";
constexpr const char* kCardEn = "give a file that `dure calibrate` wrote";
constexpr const char* kCardKo = "`dure calibrate`가 쓴 파일을 주십시오";

template <class Type>
Type read_one(const std::string& file, Trail& trail) {
  const Opened opened = open(file, kCardEn, kCardKo);
  if (opened.announced.type != Type::descriptor()->full_name()) another_kind(opened.announced, kCardEn, kCardKo);
  Type message;
  read(file, opened, message, trail);
  return message;
}

}  // namespace

Place ReadRecord::place(int field, int index, int part) const {
  const Trail* value = trail.find(field, index);
  if (value == nullptr) return trail.place;
  const Trail* below = part == 0 ? nullptr : value->find(part);
  return below != nullptr ? below->place : value->place;
}

ReadRecord read_record(const std::string& file) {
  const Opened opened = open(file, kRecordEn, kRecordKo);
  ReadRecord record{file, digest(opened.text), {}, {}, {}};
  if (opened.announced.type == "dure.MicrobenchRecord")
    read(file, opened, record.card.emplace(), record.trail);
  else if (opened.announced.type == "dure.InterconnectRecord")
    read(file, opened, record.interconnect.emplace(), record.trail);
  else
    another_kind(opened.announced, kRecordEn, kRecordKo);
  return record;
}

proto::MeasuredCard read_measured_card(const std::string& file, Trail* trail) {
  Trail own;
  return read_one<proto::MeasuredCard>(file, trail != nullptr ? *trail : own);
}
proto::MeasuredInterconnect read_measured_interconnect(const std::string& file) {
  Trail own;
  return read_one<proto::MeasuredInterconnect>(file, own);
}

void write_measured(const std::string& file, const Message& message) {
  std::string text;
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.PrintToString(message, &text);
  text = "# proto-message: " + message.GetDescriptor()->full_name() + "\n# Written by `dure calibrate`; fields and units: sim/measured.proto\n" + text;
  const std::string part = file + ".part";
  std::FILE* out = std::fopen(part.c_str(), "wb");
  bool whole = out != nullptr && std::fwrite(text.data(), 1, text.size(), out) == text.size() && std::fflush(out) == 0 && ::fsync(::fileno(out)) == 0;
  int why = errno;
  if (out != nullptr) std::fclose(out);
  if (whole && std::rename(part.c_str(), file.c_str()) != 0) {
    why = errno;
    whole = false;
  }
  if (!whole) {
    std::remove(part.c_str());
    throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file, std::strerror(why)), fmt::format("{}에 쓸 수 없습니다: {}", file, std::strerror(why))});
  }
}

}  // namespace dure::sim
