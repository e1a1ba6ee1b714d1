#pragma once
// What a reader of a message can mend is an Error with an exit code; what only we can mend is SIM_CHECK.
#include <exception>
#include <optional>
#include <string>

namespace dure::sim {

/// One sentence in the two languages of the project.
struct Text {
  std::string en;
  std::string ko;
};

enum class Exit : int {
  kDone = 0, kBug = 1, kCommandLine = 2, kInvalid = 3, kPartial = 4, kEnvironment = 5, kCriterion = 6, kInterrupted = 130
};

/// Where a mistake stands. Lines and columns from 1; 0 means unknown.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  int length = 0;  // of the token to underline
};

/// A mistake with its remedy.
class Error : public std::exception {
 public:
  Error(Exit exit_code_is, std::string code_is, Text message_is, std::optional<Place> place_is = {}, Text help_is = {});
  const char* what() const noexcept override { return message.en.c_str(); }

  Exit exit_code;
  std::string code;  // "E0103"; `dure explain E0103` says more
  Text message;
  std::optional<Place> place;
  Text help;
  std::string path;  // field the message is about, e.g. "tranche[kisti].promised"; the door finds its place
};

/// A scenario or a table that says something impossible (exit 3).
class ScenarioError : public Error {
 public:
  explicit ScenarioError(Text sentence, std::optional<Place> at = {}, Text remedy = {})
      : Error(Exit::kInvalid, "E0200", std::move(sentence), std::move(at), std::move(remedy)) {}
  ScenarioError(std::string field_path, Text sentence, Text remedy = {})
      : Error(Exit::kInvalid, "E0200", std::move(sentence), {}, std::move(remedy)) { path = std::move(field_path); }
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line, const std::string& why);

}  // namespace dure::sim

/// Stays on in every build.
#define SIM_CHECK(condition, why) \
  do { if (!(condition)) ::dure::sim::check_failed(#condition, __FILE__, __LINE__, (why)); } while (false)
