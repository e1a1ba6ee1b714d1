#include "analysis/export/sheet.h"

#include <fmt/format.h>

namespace dure::analysis {

Workbook::Workbook(std::filesystem::path file, bool korean) : file_(std::move(file)), korean_(korean), book_(workbook_new(beside().c_str())), bold_(workbook_add_format(book_)) {
  // The clock on the wall would make every file another.
  lxw_doc_properties properties = {};
  properties.created = 1767225600;  // 2026-01-01
  workbook_set_properties(book_, &properties);
  format_set_bold(bold_);
}

Workbook::~Workbook() {
  if (book_ == nullptr) return;
  lxw_workbook_free(book_);
}

void Workbook::commit() {
  lxw_workbook* closing = book_;
  book_ = nullptr;
  const lxw_error status = workbook_close(closing);
  std::error_code failure;
  if (status == LXW_NO_ERROR) std::filesystem::rename(beside(), file_, failure);
  if (status == LXW_NO_ERROR && !failure) return;
  const std::string why = status != LXW_NO_ERROR ? lxw_strerror(status) : failure.message();
  std::filesystem::remove(beside(), failure);
  throw sim::Error(sim::Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file_.string(), why), fmt::format("{}에 쓸 수 없습니다: {}", file_.string(), why)}, {},
                   {"free space or choose another folder; what was finished before is kept", "공간을 비우거나 다른 폴더를 고르십시오. 끝난 것은 남아 있습니다"});
}

}  // namespace dure::analysis
