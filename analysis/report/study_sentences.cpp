#include "analysis/report/study_sentences.h"

#include <fmt/format.h>


namespace dure::analysis {
using sim::Text;
namespace {

/// "+29 min (95 % interval +20 min to +35 min)".
Text with_interval(const Worth& worth, const std::string& unit) {
  const Text value = signed_in_unit(worth.value, unit), low = signed_in_unit(worth.interval.low, unit), high = signed_in_unit(worth.interval.high, unit);
  return {fmt::format("{} (95 % interval {} to {})", value.en, low.en, high.en), fmt::format("{}(95 % 구간 {}~{})", value.ko, low.ko, high.ko)};
}

}  // namespace

Text waiting_sentence(const StudyFindings& study) {
  if (!study.waiting) return {};
  const StudyWaiting& found = *study.waiting;
  const Text all = with_interval(found.perfect, found.unit);
  Text said{"Knowing", ""};
  if (found.waiting && found.wait) {
    const Text worth = with_interval(*found.waiting, found.unit), option = study.options[*found.wait].title;
    const bool costs = found.waiting->interval.high < 0;
    said.en = fmt::format("Waiting (“{}”) is worth {}{}; knowing", option.en, worth.en, costs ? ", so it costs more than it saves" : "");
    said.ko = fmt::format("기다림(‘{}’ 안)의 가치는 {}{}, ", option.ko, worth.ko, costs ? "로 손해이며" : "이며");
  }
  said.en += fmt::format(" everything beforehand, luck included, would be worth {}.", all.en);
  said.ko += fmt::format("우연까지 모두 미리 아는 것의 가치는 {}입니다.", all.ko);
  return said;
}

}  // namespace dure::analysis
