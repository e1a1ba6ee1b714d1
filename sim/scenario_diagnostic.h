#pragma once
// How a mistake is shown: code, place, source line, caret, remedy; in English or Korean, plain, coloured or as JSON.
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace dure::sim {

enum class Language { kEnglish, kKorean };

inline const std::string& in(Language language, const Text& text) {
  return language == Language::kKorean && !text.ko.empty() ? text.ko : text.en;
}

/// Texts that are no files (the --set arguments); every other name is read from disk when a line of it is shown.
class Sources {
 public:
  void add(const std::string& name, std::string text) { texts_[name] = std::move(text); }
  void add(const Sources& others) { texts_.insert(others.texts_.begin(), others.texts_.end()); }
  std::optional<std::string> line(const std::string& name, int line_from_1) const;

 private:
  std::map<std::string, std::string> texts_;
};

/// Everything that is wrong with a scenario, at once. As an Error it is the first of them.
class ScenarioErrors : public Error {
 public:
  ScenarioErrors(std::vector<Error> all_are, Sources sources_are)
      : Error(all_are.at(0)), all(std::move(all_are)), sources(std::move(sources_are)) {}
  std::vector<Error> all;
  Sources sources;
};

struct Style {
  Language language = Language::kEnglish;
  bool color = false;
};

/// The look of a compiler:
///
///   error[E0103]: unknown field `peak_powr_mw` in Site
///     --> scenarios/base.txtpb:4:3
///      |
///    4 |   peak_powr_mw: 40
///      |   ^^^^^^^^^^^^ help: did you mean `peak_power_mw`? (MW, 0..5000)
///
/// Columns count characters; the caret is moved by the width on the screen (a Hangul syllable takes two cells).
std::string render(const Error& error, const Sources& sources, const Style& style);
std::string render(const ScenarioErrors& errors, const Style& style);  // all, and a last line that counts them

nlohmann::json to_json(const Error& error);

/// The errors inside `error`: all of a ScenarioErrors, or the one it is.
std::vector<Error> each(const Error& error);

/// The candidate nearest to `word` by edit distance (insert, delete, replace, swap of neighbours), if near enough to be meant.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

/// A Korean word with the particle its last letter asks for: 정수 + 가, 숫자형 + 이. Both, "이(가)", behind what is no Hangul.
std::string with_particle(const std::string& word, const char* after_consonant, const char* after_vowel);

int display_width(std::string_view utf8);             // cells on the screen
std::size_t count_characters(std::string_view utf8);  // code points
bool is_utf8(std::string_view bytes);

}  // namespace dure::sim
