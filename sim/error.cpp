#include "sim/error.h"

#include <stdexcept>

namespace dure::sim {

Error::Error(Exit exit_code_is, std::string code_is, Text message_is, std::optional<Place> place_is, Text help_is)
    : exit_code(exit_code_is), code(std::move(code_is)), message(std::move(message_is)), place(std::move(place_is)), help(std::move(help_is)) {}

void check_failed(const char* condition, const char* file, int line, const std::string& why) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + why + " (" + condition + ")");
}

}  // namespace dure::sim
