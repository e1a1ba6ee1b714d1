#include "sim/scenario_diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace dure::sim {
namespace {

/// One code point of `bytes` from `at`, which moves behind it. A byte that is no UTF-8 counts as itself, one cell.
char32_t next_code_point(std::string_view bytes, std::size_t& at, bool* valid = nullptr) {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  const int length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  char32_t code = length <= 1 ? lead : lead & (0xFFu >> (length + 1));
  bool good = length > 0 && at + static_cast<std::size_t>(length) <= bytes.size();
  for (int i = 1; good && i < length; ++i) {
    const auto more = static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    good = more >> 6 == 2;
    code = code << 6 | (more & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  good = good && code >= kSmallest[static_cast<std::size_t>(length)] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  if (valid != nullptr) *valid = good;
  at += good ? static_cast<std::size_t>(length) : 1;
  return good ? code : lead;
}

/// Cells of a code point after Unicode's East Asian Width (W and F take two); combining marks take none.
int cells(char32_t c) {
  if ((c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0x303E) || (c >= 0x3041 && c <= 0x33FF) ||
                    (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0xA4CF) || (c >= 0xA960 && c <= 0xA97C) ||
                    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) ||
                    (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1F64F) ||
                    (c >= 0x1F900 && c <= 0x1F9FF) || (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

/// What a terminal may be given: tabs become four spaces, control characters and bytes that are no UTF-8 a question mark.
std::string for_screen(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    bool valid = true;
    const char32_t c = next_code_point(text, at, &valid);
    if (c == '\t')
      shown += "    ";
    else if (!valid || c < 0x20 || (c >= 0x7F && c < 0xA0))
      shown += '?';
    else
      shown += text.substr(from, at - from);
  }
  return shown;
}

std::string_view first_characters(std::string_view text, int characters) {
  std::size_t at = 0;
  for (int i = 0; i < characters && at < text.size(); ++i) next_code_point(text, at);
  return text.substr(0, at);
}

constexpr int kScreen = 120;  // cells of a source line that are shown

/// A source line cut to the screen, and the cells before the token.
struct Window {
  std::string text;
  int indent = 0;
};
Window fit(std::string_view before, std::string_view rest) {
  std::string head;
  if (display_width(before) + display_width(rest) > kScreen && display_width(before) > kScreen / 2) {
    while (display_width(before) > kScreen / 3) {
      std::size_t at = 0;
      next_code_point(before, at);
      before.remove_prefix(at);
    }
    head = "...";
  }
  Window window{head + std::string(before), display_width(before) + static_cast<int>(head.size())};
  int width = window.indent;
  for (std::size_t at = 0; at < rest.size();) {
    const std::size_t from = at;
    width += cells(next_code_point(rest, at));
    if (width > kScreen) {
      window.text += "...";
      break;
    }
    window.text += rest.substr(from, at - from);
  }
  return window;
}

int distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = static_cast<int>(j);
  const auto low = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = low(a[i - 1]) == low(b[j - 1]) ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && low(a[i - 1]) == low(b[j - 2]) && low(a[i - 2]) == low(b[j - 1]))
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> Sources::line(const std::string& name, int line_from_1) const {
  const auto known = texts_.find(name);
  std::istringstream text(known == texts_.end() ? "" : known->second);
  std::ifstream file(known == texts_.end() ? name : "");
  std::istream& from = known == texts_.end() ? static_cast<std::istream&>(file) : text;
  std::string line;
  for (int i = 1; std::getline(from, line); ++i) {
    if (i == 1 && line.starts_with("\x1f\x8b")) return {};  // gzip: nothing to show
    if (i != line_from_1) continue;
    if (i == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  return {};
}

std::string render(const Error& error, const Sources& sources, const Style& style) {
  const bool korean = style.language == Language::kKorean;
  const auto paint = [&style](const char* color, const std::string& text) {
    return style.color ? fmt::format("\033[{}m{}\033[0m", color, text) : text;
  };
  const char* const kRed = "1;31";
  const char* const kBlue = "1;34";
  const char* const kGreen = "32";
  const std::string head = error.code.empty() ? (korean ? "오류" : "error") : fmt::format("{}[{}]", korean ? "오류" : "error", error.code);
  std::string out = paint(kRed, head) + ": " + for_screen(in(style.language, error.message)) + "\n";
  const std::string help = for_screen(in(style.language, error.help));
  const std::string help_word = korean ? "도움말: " : "help: ";
  if (!error.place || error.place->file.empty()) {
    if (!help.empty()) out += "  = " + paint(kGreen, help_word + help) + "\n";
    return out;
  }
  const Place& place = *error.place;
  const std::string number = place.line > 0 ? std::to_string(place.line) : "";
  const std::string margin(number.size() + 1, ' ');
  std::string where = for_screen(place.file);
  if (place.line > 0) where += ":" + number + (place.column > 0 ? ":" + std::to_string(place.column) : "");
  out += margin + paint(kBlue, "-->") + " " + where + "\n";
  const std::optional<std::string> line = sources.line(place.file, place.line);
  const std::string gutter = margin + " " + paint(kBlue, "|");
  bool help_shown = help.empty();
  if (line) {
    const std::string_view before = first_characters(*line, place.column - 1);
    const std::string_view token = first_characters(std::string_view(*line).substr(before.size()), std::max(place.length, 1));
    const Window window = fit(for_screen(before), for_screen(std::string_view(*line).substr(before.size())));
    out += gutter + "\n" + paint(kBlue, " " + number + " |") + " " + window.text + "\n";
    if (place.column > 0) {
      const int carets = std::clamp(display_width(for_screen(token)), 1, std::max(1, kScreen - window.indent));
      const bool beside = !help_shown && window.indent + carets + display_width(help) <= kScreen - 10;
      out += gutter + " " + std::string(static_cast<std::size_t>(window.indent), ' ') +
             paint(kRed, std::string(static_cast<std::size_t>(carets), '^'));
      if (beside) out += " " + paint(kGreen, help_word + help);
      out += "\n";
      help_shown = help_shown || beside;
    }
  }
  if (!help_shown) out += margin + " = " + paint(kGreen, help_word + help) + "\n";
  return out;
}

std::string render(const ScenarioErrors& errors, const Style& style) {
  std::string out;
  for (const Error& error : errors.all) out += render(error, errors.sources, style) + "\n";
  const std::size_t n = errors.all.size();
  return out + (style.language == Language::kKorean ? fmt::format("오류 {}건\n", n) : fmt::format("{} error{}\n", n, n == 1 ? "" : "s"));
}

nlohmann::json to_json(const Error& error) {
  nlohmann::json out = {{"severity", "error"}, {"code", error.code}, {"message", {{"en", error.message.en}, {"ko", error.message.ko}}}};
  if (!error.help.en.empty()) out["help"] = {{"en", error.help.en}, {"ko", error.help.ko}};
  if (!error.path.empty()) out["path"] = error.path;
  if (error.place) {
    out["file"] = error.place->file;
    if (error.place->line > 0) out["line"] = error.place->line;
    if (error.place->column > 0) out["column"] = error.place->column;
    if (error.place->length > 0) out["length"] = error.place->length;
  }
  return out;
}

std::vector<Error> each(const Error& error) {
  if (const auto* many = dynamic_cast<const ScenarioErrors*>(&error)) return many->all;
  return {error};
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  const int most = std::max(1, static_cast<int>(word.size()) / 3);
  int best = most + 1;
  std::optional<std::string> found;
  for (const std::string& candidate : candidates) {
    const int d = distance(word, candidate);
    if (d < best) {
      best = d;
      found = candidate;
    }
  }
  return found;
}

std::string with_particle(const std::string& word, const char* after_consonant, const char* after_vowel) {
  char32_t last = 0;
  for (std::size_t at = 0; at < word.size();) {
    const char32_t c = next_code_point(word, at);
    if (c == '(') break;  // 날짜("2026-03-31"): the word before the bracket counts
    last = c;
  }
  if (last < 0xAC00 || last > 0xD7A3) return word + after_consonant + "(" + after_vowel + ")";
  return word + ((last - 0xAC00) % 28 != 0 ? after_consonant : after_vowel);
}

int display_width(std::string_view utf8) {
  int width = 0;
  for (std::size_t at = 0; at < utf8.size();) width += cells(next_code_point(utf8, at));
  return width;
}

std::size_t count_characters(std::string_view utf8) {
  std::size_t n = 0;
  for (std::size_t at = 0; at < utf8.size(); ++n) next_code_point(utf8, at);
  return n;
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    bool valid = true;
    next_code_point(bytes, at, &valid);
    if (!valid) return false;
  }
  return true;
}

}  // namespace dure::sim
