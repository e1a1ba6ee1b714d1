#pragma once
// What is around every page: languages, contents, style, script, and the policy that lets nothing else in.
#include <filesystem>
#include <string>

#include "analysis/report/page.h"

namespace dure::analysis {

struct Frame {
  Text title;
  bool korean = true;    // what is seen first
  bool asked = false;    // because somebody asked for it; else the reader's own choice is remembered
  std::string facts;     // HTML below the title
  std::string warnings;  // HTML above the content
  Text footer;
};

/// The whole document. Nothing is loaded from anywhere; only our style and our script may act.
std::string framed(const Frame& frame, const Page& page);

/// Writes under a temporary name, syncs, renames. Throws sim::Error (exit 5).
void write_page(const std::filesystem::path& file, const std::string& text);

}  // namespace dure::analysis
