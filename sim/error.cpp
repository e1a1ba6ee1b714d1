#include "sim/error.h"

#include <stdexcept>

namespace dure::sim {

Error::Error(Exit exit_code_, std::string code_, Text message_, std::optional<Place> place_, Text help_)
    : exit_code(exit_code_), code(std::move(code_)), message(std::move(message_)), place(std::move(place_)), help(std::move(help_)) {}

void check_failed(const char* condition, const char* file, int line, const std::string& why) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + why + " (" + condition + ")");
}

}  // namespace dure::sim
