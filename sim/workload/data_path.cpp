#include "sim/workload/data_path.h"

#include <cstdlib>

#include "sim/error.h"

namespace dure::sim {

std::filesystem::path data_path(std::string name, const std::filesystem::path& base, const std::string& field_path) {
  constexpr std::string_view kVariable = "${DURE_DATA}";
  if (const std::size_t at = name.find(kVariable); at != std::string::npos) {
    const char* folder = std::getenv("DURE_DATA");
    if (folder == nullptr)
      throw ScenarioError(field_path,
                          {"the log lies in ${DURE_DATA}, which is not set", "기록이 ${DURE_DATA}에 있지만 그 변수가 없습니다"},
                          {"set DURE_DATA to the folder of third-party files", "DURE_DATA를 외부 자료 폴더로 지정하십시오"});
    name.replace(at, kVariable.size(), folder);
  }
  return base / name;
}

}  // namespace dure::sim
