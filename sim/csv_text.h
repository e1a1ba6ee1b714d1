#pragma once
#include <string>
#include <string_view>

namespace dure::sim {

/// A text as a cell of CSV (RFC 4180): quoted where it holds a comma, a quote or a line end.
inline std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char letter : text) out.append(letter == '"' ? 2 : 1, letter);
  return out + '"';
}

}  // namespace dure::sim
