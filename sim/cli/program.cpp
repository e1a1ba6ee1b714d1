#include "sim/cli/program.h"

#include "sim/cli/source_commit.h"

namespace dure::sim {

const char* const kVersion = DURE_VERSION;
const char* const kCommit = DURE_COMMIT;
const char* const kBuiltFrom = DURE_VERSION " (" DURE_BUILT_FROM ")";

}  // namespace dure::sim
