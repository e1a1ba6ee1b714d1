#include "sim/cli/compare_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/report/database.h"
#include "sim/cli/study_folder.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace {

const Text kGiveAnother{"give a folder that `dure study` or `dure run -n` wrote", "`dure study`나 `dure run -n`이 만든 폴더를 주십시오"};

[[noreturn]] void refuse(Text what, Text help) { throw Error(Exit::kInvalid, "E0303", std::move(what), {}, std::move(help)); }

/// Throws for a folder without the file of replicates.
void must_have_replicates(const std::string& name, bool is_study) {
  if (fs::exists(fs::path(name) / "replicates.nc")) return;
  if (!fs::exists(name)) refuse({fmt::format("{} does not exist", name), fmt::format("{} 폴더가 없습니다", name)}, kGiveAnother);
  if (is_study) refuse({fmt::format("the study in {} has not come to its end", name), fmt::format("{}의 연구가 아직 끝나지 않았습니다", name)}, {"go on with `dure study --resume`", "`dure study --resume`으로 이어 가십시오"});
  if (!fs::exists(fs::path(name) / "run.json")) refuse({fmt::format("{} holds no results: it has no run.json", name), fmt::format("{}에 결과가 없습니다(run.json 없음)", name)}, kGiveAnother);
  refuse({fmt::format("{} holds no replicates: it was run once", name), fmt::format("{}은(는) 한 번만 실행해 반복 결과가 없습니다", name)}, kGiveAnother);
}

std::set<std::uint32_t> numbers(const analysis::Replicates& replicates) {
  std::set<std::uint32_t> all;
  for (const analysis::MetricTable& table : replicates.tables) all.insert(table.replicates.begin(), table.replicates.end());
  return all;
}

}  // namespace

ComparedFolder compared_folder(const std::string& name) {
  const bool is_study = is_study_folder(name);
  must_have_replicates(name, is_study);
  ComparedFolder folder{name, analysis::read_replicates(fs::path(name) / "replicates.nc"), {}};
  if (!is_study) return folder;
  const analysis::Database database(fs::path(name) / "results.sqlite");
  if (auto any = database.rows("SELECT 1 FROM runs WHERE purpose = 'replicate'"); !any.next())
    refuse({fmt::format("{} holds no replicates: it is a sensitivity study", name), fmt::format("{}은(는) 민감도 연구라 반복 결과가 없습니다", name)}, kGiveAnother);
  if (numbers(folder.replicates).empty()) refuse({fmt::format("no replicate of {} ran to its end: models refused them", name), fmt::format("{}의 반복은 모두 모형이 거절했습니다", name)}, kGiveAnother);
  auto drawn = database.rows("SELECT runs.replicate, inputs.input, inputs.value FROM inputs JOIN runs ON runs.run = inputs.run WHERE runs.purpose = 'replicate'");
  while (drawn.next()) folder.inputs[std::uint32_t(drawn.integer(0))][std::string(drawn.text(1))] = drawn.number(2);
  return folder;
}

void must_pair(const ComparedFolder& a, const ComparedFolder& b) {
  if (a.replicates.seed != b.replicates.seed)
    refuse({fmt::format("{} has seed {}, {} has {}: their luck is not the same, so nothing can be paired", b.name, b.replicates.seed, a.name, a.replicates.seed),
            fmt::format("{}의 시드는 {}, {}의 시드는 {}입니다. 난수가 달라 짝지을 수 없습니다", b.name, b.replicates.seed, a.name, a.replicates.seed)},
           {"run them with the same --seed", "같은 --seed로 실행하십시오"});
  const std::set<std::uint32_t> of_b = numbers(b.replicates);
  const auto inputs = [](const ComparedFolder& folder, std::uint32_t replicate) {
    const auto found = folder.inputs.find(replicate);
    return found == folder.inputs.end() ? std::map<std::string, double>() : found->second;
  };
  for (const std::uint32_t replicate : numbers(a.replicates)) {
    if (!of_b.contains(replicate) || inputs(a, replicate) == inputs(b, replicate)) continue;
    refuse({fmt::format("their inputs differ: those of replicate {} in {} are not those in {}, so nothing can be paired", replicate, b.name, a.name),
            fmt::format("입력이 다릅니다. {}번 반복의 입력이 {}와(과) {}에서 달라 짝지을 수 없습니다", replicate, a.name, b.name)},
           {"compare studies that draw the same inputs, or put the options into one study", "같은 입력을 뽑는 연구끼리 비교하거나 안들을 한 연구에 넣으십시오"});
  }
}

}  // namespace dure::sim
