// report_page OUT              writes OUT/report.html of a finished run
// report_page OUT JOBS         first fills OUT with four synthetic years of JOBS jobs
// report_page OUT day          first fills OUT with the synthetic day
#include <fmt/format.h>

#include <chrono>
#include <string>

#include "analysis/report/report.h"
#include "sim/error.h"
#include "tests/analysis/report_fixture.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  using namespace dure::analysis;
  try {
    if (argc > 2) (std::string(argv[2]) == "day" ? a_day() : four_years(std::stoi(argv[2]))).write(argv[1]);
    const auto start = std::chrono::steady_clock::now();
    write_report(argv[1]);
    fmt::print("{}/report.html in {:.2f} s\n", argv[1], std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  } catch (const dure::sim::Error& error) {
    fmt::print(stderr, "{}\n{}\n", error.message.en, error.help.en);
    return static_cast<int>(error.exit_code);
  }
}
