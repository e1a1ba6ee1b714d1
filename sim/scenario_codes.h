#pragma once
// What each code of a message means: `dure explain E0103` and docs/reference/errors.md read it here.
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace dure::sim {

struct CodeFacts {
  std::string code;
  Text title;
  Text meaning;
  std::string example;  // what brings it about
  Text remedy;
};
const std::vector<CodeFacts>& all_codes();
const CodeFacts* find_code(std::string_view code);

}  // namespace dure::sim
