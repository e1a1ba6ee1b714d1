#pragma once
// Writes a record: protobuf text format, one measured point a line. The fields are those of sim/measured.proto.
#include <cstdio>
#include <string>

#include "bench.h"

namespace dure::bench {

/// One point, built field by field: Line("gemm").word("precision", "bf16").number("m", 4096).measured("time", "us", spread).
class Line {
 public:
  explicit Line(const char* message) : text_(std::string(message) + " {") {}
  Line& word(const char* field, const std::string& value);
  Line& number(const char* field, double value);
  Line& flag(const char* field, bool value);
  Line& measured(const char* field, const char* unit, const Spread& spread);
  std::string text() const { return text_ + " }"; }

 private:
  std::string text_;
};

/// A file that appears under its name only when it is complete.
class Record {
 public:
  /// `message` is the type named in the first line.
  Record(const std::string& file, const std::string& message);
  ~Record();
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  void note(const std::string& comment);
  void add(const Line& line);
  void add(const std::string& field, const std::string& text);  // field: "text"
  void add(const std::string& field, double value);
  void flush() { std::fflush(out_); }  // what is measured so far can be read in FILE.part
  void close();

 private:
  std::string file_;
  std::FILE* out_;
};

std::string number_text(double value);  // 15 digits at most: 1.5, 4096, 1e-06
std::string quoted(const std::string& text);

}  // namespace dure::bench
