#pragma once
// What every command shares: language, colours, and an output that cannot lose an error.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "sim/scenario_diagnostic.h"

namespace dure::sim {

/// Standard output and the global options. A command gets it by reference and may keep the reference until its action ends.
struct Context {
  Language language = Language::kEnglish;
  bool json = false;              // one object on standard output, and nothing else there
  std::string progress = "auto";  // auto, bar, plain, none
  bool color_out = false;
  bool color_err = false;
  int verbosity = 0;  // -q: -1; each -v: one more
  bool force = false;
  std::string program = "dure";

  const std::string& say(const Text& text) const { return in(language, text); }
  const char* say(const char* en, const char* ko) const { return language == Language::kKorean ? ko : en; }
  std::string paint(const char* ansi, std::string_view text) const;  // for standard output

  void print(std::string_view text);  // to standard output, at once
  void print_json(const nlohmann::json& object, const std::string& mistakes_in_words = "");
  void report(const Error& error);  // a mistake: to standard error, or as JSON to standard output
  /// Ends with `code`, unless output was lost: a full disk turns success into exit 5 and says so; a reader that left does not.
  int finish(Exit code);

 private:
  int output_failure_ = 0;  // errno of the first write that failed
  std::string unshown_;     // errors that went to standard output as JSON, in words: shown if that was lost
};

/// The language before options are read: --lang, else LC_ALL, LC_MESSAGES, LANG.
Language first_language(int argc, const char* const* argv);

}  // namespace dure::sim
