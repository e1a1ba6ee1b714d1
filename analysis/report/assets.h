#pragma once
#include <string_view>

namespace dure::analysis {

/// analysis/report/web/style.css, as it was at build time.
std::string_view style_sheet();
/// The script with the charts, made by esbuild from analysis/report/web; empty when the build had no Node.
std::string_view script_bundle();

}  // namespace dure::analysis
