#include "analysis/export/text_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "sim/error.h"

namespace dure::analysis {

TextFile::TextFile(std::filesystem::path file) : file_(std::move(file)), stream_(beside(), std::ios::binary) {
  if (!stream_) fail();
  stream_ << "\xEF\xBB\xBF";
}

TextFile::~TextFile() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove(beside(), ignored);
}

void TextFile::commit() {
  stream_.close();
  std::error_code failure;
  if (stream_) std::filesystem::rename(beside(), file_, failure);
  if (!stream_ || failure) fail();
  committed_ = true;
}

void TextFile::fail() const {
  const std::string why = std::strerror(errno);
  throw sim::Error(sim::Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file_.string(), why), fmt::format("{}에 쓸 수 없습니다: {}", file_.string(), why)}, {},
                   {"free space or choose another folder; what was finished before is kept", "공간을 비우거나 다른 폴더를 고르십시오. 끝난 것은 남아 있습니다"});
}

}  // namespace dure::analysis
