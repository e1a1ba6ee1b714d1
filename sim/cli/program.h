#pragma once
// Which program this is: what `--version`, `doctor` and run.json say of it.

namespace dure::sim {

extern const char* const kVersion;  // "0.1.0"
extern const char* const kCommit;   // of the sources, 40 hexadecimal digits; "unknown" if they were no git checkout
/// Version and what it was built from, "0.1.0 (commit …)", or "0.1.0 (sources …)" with a digest of them where some were not those of the
/// commit. Runs of two programs are of one study only where this is the same.
extern const char* const kBuiltFrom;

}  // namespace dure::sim
