#pragma once
// Which program this is: what `--version`, `doctor` and run.json say of it.

namespace dure::sim {

extern const char* const kVersion;  // "0.1.0"
extern const char* const kCommit;   // of the sources, 40 hexadecimal digits; "unknown" if they were no git checkout

}  // namespace dure::sim
