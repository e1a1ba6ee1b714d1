// What a run assumed, and the scenario written back.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/options.pb.h"
#include "sim/scenario.h"
#include "sim/scenario_schema.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

std::string place_text(const Place& place) {
  if (place.file.empty()) return "";
  return place.line > 0 ? fmt::format("{}:{}:{}", place.file, place.line, std::max(1, place.column)) : place.file;
}

/// A file as it is called from the scenario's folder, so that the place of a checkout changes no byte of a result. What lies
/// in the folder that DURE_DATA names is called from there; what shares only the root with the scenario keeps its whole name.
std::string portable_path(const std::string& file, const fs::path& folder) {
  const auto plain = [](const fs::path& path) { return fs::absolute(path).lexically_normal(); };
  if (file.empty()) return file;
  const fs::path path = plain(file);
  if (const char* data = std::getenv("DURE_DATA"); data != nullptr && *data != '\0')
    if (const std::string inside = path.lexically_relative(plain(fs::path(data) / "")).string(); !inside.empty() && !inside.starts_with(".."))
      return "${DURE_DATA}/" + inside;
  const fs::path from = folder.lexically_normal();
  const auto first = [](const fs::path& whole) { return whole.relative_path().string().substr(0, whole.relative_path().string().find('/')); };
  return first(path) == first(from) ? path.lexically_relative(from).string() : path.string();
}

std::string portable_place(Place place, const fs::path& folder) {
  if (!place.file.empty() && place.file != "--set") place.file = portable_path(place.file, folder);
  return place_text(place);
}

std::string own_text(const Message& message, const char* field_name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  return field != nullptr && !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? value_text(message, field)
                                                                                                           : "";
}

/// A list whose elements have no names (hours of a climate, rows of a tariff) is one entry: how many rows, from where.
Assumption whole_list(const Message& message, const FieldDescriptor* field, const Trail& trail, const std::string& path, const fs::path& folder) {
  const auto* reflection = message.GetReflection();
  std::set<std::string> sources, trusts;
  const int rows = reflection->FieldSize(message, field);
  for (int i = 0; i < rows; ++i) {
    sources.insert(own_text(reflection->GetRepeatedMessage(message, field, i), "provenance"));
    trusts.insert(own_text(reflection->GetRepeatedMessage(message, field, i), "confidence"));
  }
  const auto join = [](std::set<std::string> words, std::size_t most) {
    words.erase("");
    std::string all;
    std::size_t n = 0;
    for (const std::string& word : words)
      if (n++ < most) all += (all.empty() ? "" : "; ") + word;
    return words.size() > most ? all + "; ..." : all;
  };
  const FieldFacts f = facts(field);
  const auto& about = field->message_type()->options();
  const Trail* first = trail.find(field->number());
  return {.path = path + (path.empty() ? "" : ".") + field->name(),
          .value = std::to_string(rows),
          .unit = "rows",
          .en = f.en.empty() ? about.GetExtension(::dure::about_en) : f.en,
          .ko = f.ko.empty() ? about.GetExtension(::dure::about_ko) : f.ko,
          .origin = first != nullptr ? portable_place(first->place, folder) : "",
          .source = join(sources, 3),
          .trust = join(trusts, 4),
          .low = {},
          .high = {}};
}

void list(const Message& message, const Trail& trail, const std::string& path, const fs::path& folder, std::vector<Assumption>& out) {
  const auto* reflection = message.GetReflection();
  const std::string provenance = own_text(message, "provenance");
  const std::string confidence = own_text(message, "confidence");
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const FieldFacts f = facts(field);
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : (reflection->HasField(message, field) ? 1 : 0);
    if (f.key || field->name() == "provenance" || field->name() == "confidence") continue;  // names; and what speaks of the others
    if (field->is_repeated() && field->message_type() != nullptr && key_field(field->message_type()) == nullptr && count > 0) {
      out.push_back(whole_list(message, field, trail, path, folder));
      continue;
    }
    for (int v = 0; v < count; ++v) {
      const std::string below = join_path(path, field, message, v);
      const Trail* part = trail.find(field->number(), v);
      if (field->message_type() != nullptr) {
        static const Trail kNowhere;
        list(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, v) : reflection->GetMessage(message, field),
             part != nullptr ? *part : kNowhere, below, folder, out);
        continue;
      }
      std::string value = value_text(message, field, v);
      if (is_path(field)) value = portable_path(value, folder);
      const std::string note = part != nullptr ? part->note : "";
      out.push_back({.path = below,
                     .value = value,
                     .unit = f.unit,
                     .en = f.en,
                     .ko = f.ko,
                     .origin = part != nullptr ? portable_place(part->place, folder) : "",
                     .source = note.empty() ? provenance : note,
                     .trust = confidence,
                     .low = f.low,
                     .high = f.high});
    }
    if (count == 0 && field->message_type() == nullptr && field->real_containing_oneof() == nullptr)
      if (const auto value = default_text(field))
        out.push_back({.path = path + (path.empty() ? "" : ".") + field->name(),
                       .value = *value,
                       .unit = f.unit,
                       .en = f.en,
                       .ko = f.ko,
                       .origin = "default",
                       .source = f.source,
                       .trust = f.trust,
                       .low = f.low,
                       .high = f.high});
  }
}

void write(const Message& message, const Trail& trail, const WriteOptions& options, const fs::path& folder, int depth, std::string& out) {
  const auto* reflection = message.GetReflection();
  const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
  const auto line = [&](const std::string& code, const std::string& origin) {
    out += indent + code;
    if (options.notes && !origin.empty())
      out += std::string(static_cast<std::size_t>(std::max(2, 44 - display_width(indent + code))), ' ') + "# " + origin;
    out += "\n";
  };
  const auto scalar = [](const FieldDescriptor* field, const std::string& value) {
    return field->name() + ": " + (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? quote(value) : value);
  };
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : (reflection->HasField(message, field) ? 1 : 0);
    for (int v = 0; v < count; ++v) {
      const Trail* part = trail.find(field->number(), v);
      const std::string origin = part != nullptr ? place_text(part->place) : "";
      if (field->message_type() == nullptr) {
        const std::string value = value_text(message, field, v);
        line(scalar(field, options.portable && is_path(field) ? portable_path(value, folder) : value), origin);
        continue;
      }
      const Message& inner =
          field->is_repeated() ? reflection->GetRepeatedMessage(message, field, v) : reflection->GetMessage(message, field);
      static const Trail kNowhere;
      std::string inside;
      write(inner, part != nullptr ? *part : kNowhere, options, folder, depth + 1, inside);
      line(field->name() + (inside.empty() ? " {}" : " {"), origin);
      if (!inside.empty()) out += inside + indent + "}\n";
    }
    if (options.defaults && count == 0 && field->message_type() == nullptr && field->real_containing_oneof() == nullptr)
      if (const auto value = default_text(field)) line(scalar(field, *value), "default");
  }
}

std::string sha256(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  SIM_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) == 1, "SHA-256 is not to be had");
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

std::vector<Assumption> Loaded::assumptions() const {
  std::vector<Assumption> out;
  list(scenario, trail, "", fs::absolute(file).parent_path(), out);
  return out;
}

std::string to_text(const Loaded& loaded, WriteOptions options) {
  std::string out = "# proto-message: dure.Scenario\n";
  write(loaded.scenario, loaded.trail, options, fs::absolute(loaded.file).parent_path(), 0, out);
  return out;
}

nlohmann::json assumptions_json(const Loaded& loaded) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Assumption& a : loaded.assumptions()) {
    nlohmann::json row = {{"path", a.path}, {"value", a.value},   {"unit", a.unit},     {"en", a.en},
                          {"ko", a.ko},     {"origin", a.origin}, {"source", a.source}, {"trust", a.trust}};
    if (a.low) row["low"] = *a.low;
    if (a.high) row["high"] = *a.high;
    rows.push_back(std::move(row));
  }
  return {{"schema", 1}, {"assumptions", std::move(rows)}};
}

std::string fingerprint(const Loaded& loaded) {
  Loaded copy = loaded;
  change_paths(copy.scenario, [](const std::string& path) {
    const auto bytes = read_file(path);
    return bytes ? sha256(*bytes) : "unreadable";
  });
  return sha256(to_text(copy));
}

}  // namespace dure::sim
