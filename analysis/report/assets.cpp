#include "analysis/report/assets.h"

#include <cstddef>

// The assembler takes the files in as they are; CMake rebuilds this file when they change.
#define DURE_EMBED(symbol, path)                                  \
  __asm__(".pushsection .rodata\n.global " symbol "\n" symbol     \
          ":\n.incbin \"" path "\"\n.global " symbol "_end\n" symbol \
          "_end:\n.byte 0\n.popsection\n")

DURE_EMBED("dure_report_style", DURE_REPORT_STYLE);
DURE_EMBED("dure_report_script", DURE_REPORT_SCRIPT);

extern "C" {
extern const char dure_report_style[];
extern const char dure_report_style_end[];
extern const char dure_report_script[];
extern const char dure_report_script_end[];
}

namespace dure::analysis {

std::string_view style_sheet() { return {dure_report_style, static_cast<std::size_t>(dure_report_style_end - dure_report_style)}; }
std::string_view script_bundle() { return {dure_report_script, static_cast<std::size_t>(dure_report_script_end - dure_report_script)}; }

}  // namespace dure::analysis
