#pragma once
#include <filesystem>
#include <fstream>
#include <string_view>

namespace dure::analysis {

/// A text file with a byte order mark (Excel asks for it) and lines that end in CR LF, written under another name and put in place by commit().
/// Throws sim::Error (exit 5) when the disk is full.
class TextFile {
 public:
  explicit TextFile(std::filesystem::path file);
  ~TextFile();  // without commit(): nothing is left
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  void line(std::string_view text) { stream_ << text << "\r\n"; }
  void commit();

 private:
  std::filesystem::path beside() const { return file_.string() + ".part"; }
  [[noreturn]] void fail() const;
  std::filesystem::path file_;
  std::ofstream stream_;
  bool committed_ = false;
};

}  // namespace dure::analysis
