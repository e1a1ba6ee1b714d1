#pragma once
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace dure::test {

/// A folder that goes when the last copy of it goes.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "dure-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = std::shared_ptr<std::filesystem::path>(new std::filesystem::path(name), [](std::filesystem::path* path) {
      std::error_code ignored;
      std::filesystem::remove_all(*path, ignored);
      delete path;
    });
  }
  std::filesystem::path operator/(const std::string& file) const { return *path_ / file; }
  std::string string() const { return path_->string(); }

 private:
  std::shared_ptr<std::filesystem::path> path_;
};

}  // namespace dure::test
