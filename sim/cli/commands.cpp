#include "sim/cli/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>

namespace dure::sim {

const std::vector<Command>& commands() {
  static const std::vector<Command> kCommands = {
      {"run", {"simulate one scenario and write its results and report", "시나리오를 실행해 결과와 보고서를 씀"}, setup_run},
      {"study", {"run a study: options, uncertain inputs, many paired runs", "연구 실행: 여러 안, 불확실한 입력, 짝지은 반복"}, setup_study},
      {"compare", {"paired differences of runs and studies, and which is best", "실행과 연구를 짝지어 비교하고 어느 것이 나은지 보임"}, setup_compare},
      {"worker", {"run one shard of a study that was begun", "시작된 연구의 조각 하나를 실행"}, setup_worker},
      {"merge", {"make a study's results from its shards", "연구의 조각을 모아 결과를 만듦"}, setup_merge},
      {"report", {"write the report of a run again", "실행 결과의 보고서를 다시 만듦"}, setup_report},
      {"export", {"results as CSV, Excel, NetCDF or IAMC files", "결과를 CSV, 엑셀, NetCDF, IAMC 파일로 내보냄"}, setup_export},
      {"import", {"turn a log of jobs or requests into our own columns", "작업·요청 기록을 두레의 열로 바꿈"}, setup_import},
      {"check", {"check scenario and study files: all mistakes at once", "시나리오·연구 파일을 검사해 모든 잘못을 한 번에 보임"}, setup_check},
      {"show", {"the whole scenario, with where each value came from", "값의 출처를 밝힌 전체 시나리오"}, setup_show},
      {"explain", {"what a field or an error code means", "항목이나 오류 코드의 뜻"}, setup_explain},
      {"models", {"the catalogue of models and their parameters", "모형과 매개변수 목록"}, setup_models},
      {"calibrate", {"fit a card's curves to records of the microbenchmarks", "측정 기록에 카드의 성능 곡선을 맞춤"}, setup_calibrate},
      {"validate", {"published cases: measured, computed, error", "발표 사례: 측정, 계산, 오차"}, setup_validate},
      {"bench", {"how fast this machine simulates: the speed table", "이 컴퓨터에서의 실행 속도표"}, setup_bench},
      {"doctor", {"look over this installation", "설치 상태 점검"}, setup_doctor},
      {"completion", {"completion for the shell", "셸 자동 완성"}, setup_completion},
  };
  return kCommands;
}

std::string not_negative(const std::string& number) {
  if (number.find_first_not_of(" \t") == std::string::npos || number[number.find_first_not_of(" \t")] != '-') return "";
  return fmt::format("Value {} not in range 0 to {}", number, std::numeric_limits<std::uint64_t>::max());
}

void add_set_option(CLI::App& app, const Context& context, std::vector<std::string>& sets) {
  app.add_option("--set", sets,
                 context.say("change a value, e.g. --set site[honam].pue=1.2; may be repeated",
                             "값 바꾸기. 예: --set site[honam].pue=1.2 (여러 번 가능)"))
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
}

}  // namespace dure::sim
