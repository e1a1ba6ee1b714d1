// The formats by name. To add one: write its reader in a file of its own, and its row here and in `Trace.format` of the schema.
#include <fmt/format.h>

#include <array>

#include "sim/workload/trace_reader.h"

namespace dure::sim {
namespace {

struct Format {
  std::string_view name;
  TraceJobs (*read)(const std::filesystem::path& file);
  TraceJobs (*read_requests)(const std::filesystem::path& file, const RequestRate& rate);  // of a request log
};

constexpr Format kFormats[] = {
    {"philly", read_philly, nullptr}, {"swf", read_swf, nullptr},         {"helios", read_helios, nullptr},
    {"acme", read_acme, nullptr},     {"pai", read_pai, nullptr},         {"openb", read_openb, nullptr},
    {"azure", nullptr, read_azure},   {"mooncake", nullptr, read_mooncake}, {"own", read_own, nullptr},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kFormats)> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kFormats[i].name;
  return names;
}();

const Format* format_named(std::string_view name) {
  for (const Format& format : kFormats)
    if (format.name == name) return &format;
  return nullptr;
}

}  // namespace

std::span<const std::string_view> trace_formats() { return kNames; }

bool is_request_log(std::string_view format) {
  const Format* named = format_named(format);
  return named != nullptr && named->read_requests != nullptr;
}

TraceJobs read_trace_file(std::string_view name, const std::filesystem::path& file, const RequestRate& rate) {
  const Format* format = format_named(name);
  if (format == nullptr)
    throw ScenarioError(
        "workload.trace.format", {fmt::format("unknown format \"{}\"", name), fmt::format("알 수 없는 형식 \"{}\"", name)},
        {fmt::format("the formats are {}", fmt::join(kNames, ", ")), fmt::format("쓸 수 있는 형식: {}", fmt::join(kNames, ", "))});
  return format->read != nullptr ? format->read(file) : format->read_requests(file, rate);
}

}  // namespace dure::sim
