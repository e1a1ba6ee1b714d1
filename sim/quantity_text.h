#pragma once
// Quantities inside free text: "job MTTF 3.09 h; checkpoint write 10 s".
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace dure::sim {

struct Quantity {
  double value = 0;
  std::string_view unit;
};

/// The first number that one of `units` follows as a whole word, blanks between them allowed. With `after`, behind that word, with neither
/// another digit nor a semicolon between word and number. Numbers are unsigned: 20, 0.5, 1.2e25.
std::optional<Quantity> find_quantity(std::string_view text, std::initializer_list<std::string_view> units, std::string_view after = {});

}  // namespace dure::sim
