#include "sim/cli/context.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

namespace dure::sim {

std::string Context::paint(const char* ansi, std::string_view text) const {
  return color_out ? fmt::format("\033[{}m{}\033[0m", ansi, text) : std::string(text);
}

void Context::print(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size() && output_failure_ == 0) output_failure_ = errno != 0 ? errno : EIO;
}

void Context::print_json(const nlohmann::json& object, const std::string& mistakes_in_words) {
  unshown_ += mistakes_in_words;
  print(object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void Context::report(const Error& error) {
  const auto* many = dynamic_cast<const ScenarioErrors*>(&error);
  const Style style{language, color_err};
  const std::string words = many != nullptr ? render(*many, style) : render(error, {}, style);
  if (!json) {
    std::fputs(words.c_str(), stderr);
    return;
  }
  nlohmann::json list = nlohmann::json::array();
  for (const Error& one : each(error)) list.push_back(to_json(one));
  print_json({{"ok", false}, {"exit", static_cast<int>(error.exit_code)}, {"errors", std::move(list)}}, words);
}

int Context::finish(Exit code) {
  errno = 0;
  if (std::fflush(stdout) != 0 && output_failure_ == 0) output_failure_ = errno != 0 ? errno : EIO;
  if (output_failure_ == 0) return static_cast<int>(code);
  std::fputs(unshown_.c_str(), stderr);
  if (output_failure_ == EPIPE) return static_cast<int>(code);
  const char* why = std::strerror(output_failure_);
  const Error lost(Exit::kEnvironment, "E0301",
                   {fmt::format("the output could not be written: {}", why), fmt::format("출력을 쓰지 못했습니다: {}", why)}, {},
                   {"free space, or write elsewhere", "공간을 비우거나 다른 곳에 쓰십시오"});
  std::fputs(render(lost, {}, {language, color_err}).c_str(), stderr);
  return static_cast<int>(code == Exit::kDone ? Exit::kEnvironment : code);
}

Language first_language(int argc, const char* const* argv) {
  const auto korean = [](std::string_view name) { return name.substr(0, 2) == "ko" ? Language::kKorean : Language::kEnglish; };
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;
    if (word.substr(0, 7) == "--lang=") return korean(word.substr(7));
    if (word == "--lang" && i + 1 < argc) return korean(argv[i + 1]);
  }
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return korean(value);
  return Language::kEnglish;
}

}  // namespace dure::sim
