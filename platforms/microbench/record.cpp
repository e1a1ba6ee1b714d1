#include "record.h"

#include <unistd.h>

#include <cstring>

namespace dure::bench {

std::string number_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.7g", value);
  if (std::strtod(text, nullptr) != value && value == static_cast<double>(static_cast<long long>(value))) std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

std::string quoted(const std::string& text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return made + "\"";
}

Line& Line::word(const char* field, const std::string& value) {
  text_ += std::string(" ") + field + ": " + quoted(value);
  return *this;
}
Line& Line::number(const char* field, double value) {
  text_ += std::string(" ") + field + ": " + number_text(value);
  return *this;
}
Line& Line::flag(const char* field, bool value) {
  text_ += std::string(" ") + field + (value ? ": true" : ": false");
  return *this;
}
Line& Line::measured(const char* field, const char* unit, const Spread& spread) {
  text_ += std::string(" ") + field + " { unit: " + quoted(unit) + " median: " + number_text(spread.median) + " lower: " + number_text(spread.lower) +
           " upper: " + number_text(spread.upper) + " repeats: " + std::to_string(spread.repeats) + " }";
  return *this;
}

Record::Record(const std::string& file, const std::string& message) : file_(file), out_(std::fopen((file + ".part").c_str(), "w")) {
  if (out_ == nullptr) stop(Exit::kEnvironment, "cannot write " + file + ".part: " + std::strerror(errno));
  std::fprintf(out_, "# proto-message: %s\n", message.c_str());
}
Record::~Record() {
  if (out_ != nullptr) std::fclose(out_);
}
void Record::note(const std::string& comment) { std::fprintf(out_, "# %s\n", comment.c_str()); }
void Record::add(const Line& line) { std::fprintf(out_, "%s\n", line.text().c_str()); }
void Record::add(const std::string& field, const std::string& text) { std::fprintf(out_, "%s: %s\n", field.c_str(), quoted(text).c_str()); }
void Record::add(const std::string& field, double value) { std::fprintf(out_, "%s: %s\n", field.c_str(), number_text(value).c_str()); }

void Record::close() {
  const bool whole = std::fflush(out_) == 0 && fsync(fileno(out_)) == 0 && std::ferror(out_) == 0;
  std::fclose(out_);
  out_ = nullptr;
  if (!whole || std::rename((file_ + ".part").c_str(), file_.c_str()) != 0) stop(Exit::kEnvironment, "cannot write " + file_ + ": " + std::strerror(errno));
}

}  // namespace dure::bench
