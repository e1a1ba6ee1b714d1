#include "analysis/export/headlines.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace dure::analysis {
using nlohmann::ordered_json;
namespace {

void add(Headlines& to, const std::string& option, const ordered_json& metrics) {
  for (const auto& [name, json] : metrics.items()) {
    const auto number = [&json](const char* key) {
      const auto found = json.find(key);
      return found != json.end() && found->is_number() ? std::optional(found->template get<double>()) : std::nullopt;
    };
    Headline row{option, name, json.value("unit", ""), number("value"), number("p05"), number("p50"), number("p95"), number("ci95_low"), number("ci95_high"), int(number("n").value_or(1)), {}};
    if (const auto reason = json.find("reason"); reason != json.end() && reason->is_object()) row.reason = {reason->value("en", ""), reason->value("ko", "")};
    to.rows.push_back(std::move(row));
  }
}

}  // namespace

Headlines read_headlines(const std::filesystem::path& out) {
  std::ifstream in(out / "summary.json");
  const ordered_json summary = ordered_json::parse(in, nullptr, false);
  if (!summary.is_object())
    throw sim::Error(sim::Exit::kInvalid, "E0303", {fmt::format("{} holds no results: it has no summary.json that can be read", out.string()), fmt::format("{}에 결과가 없습니다(읽을 수 있는 summary.json 없음)", out.string())}, {},
                     {"give the folder that `dure run` or `dure study` wrote to its end", "`dure run`이나 `dure study`가 끝까지 쓴 폴더를 주십시오"});
  Headlines found;
  found.study = summary.contains("study");
  found.name = summary.value(found.study ? "study" : "scenario", "");
  const auto below = [](const ordered_json& object, const char* key) -> const ordered_json& {
    static const ordered_json kNothing = ordered_json::object();
    const auto at = object.find(key);
    return at == object.end() ? kNothing : *at;
  };
  if (!found.study) add(found, "", below(summary, "metrics"));
  else
    for (const auto& [option, json] : below(summary, "options").items()) add(found, option, below(json, "metrics"));
  return found;
}

}  // namespace dure::analysis
