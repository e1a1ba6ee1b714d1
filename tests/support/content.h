#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace dure::test {

/// The bytes of a file.
inline std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace dure::test
