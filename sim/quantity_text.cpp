#include "sim/quantity_text.h"

#include <cctype>
#include <charconv>

namespace dure::sim {
namespace {

bool digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The quantity that begins at text[0], if one does.
std::optional<Quantity> at_start(std::string_view text, std::initializer_list<std::string_view> units) {
  Quantity found;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), found.value);
  if (error != std::errc()) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  for (const std::string_view unit : units)
    if (text.starts_with(unit) && (text.size() == unit.size() || !letter(text[unit.size()]))) {
      found.unit = unit;
      return found;
    }
  return {};
}

}  // namespace

std::optional<Quantity> find_quantity(std::string_view text, std::initializer_list<std::string_view> units, std::string_view after) {
  std::size_t word = 0;
  while (true) {
    if (!after.empty() && (word = text.find(after, word)) == std::string_view::npos) return {};
    const std::size_t from = word + after.size();
    for (std::size_t i = from; i < text.size(); ++i) {
      if (!after.empty() && text[i] == ';') break;
      if (!digit(text[i])) continue;
      if (const auto found = at_start(text.substr(i), units)) return found;
      if (!after.empty()) break;
      while (i + 1 < text.size() && (digit(text[i + 1]) || text[i + 1] == '.')) ++i;
    }
    if (after.empty()) return {};
    ++word;
  }
}

}  // namespace dure::sim
