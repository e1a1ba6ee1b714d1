// The answer of a comparison as a sentence or two.
#include <fmt/format.h>

#include <algorithm>

#include "analysis/report/words.h"
#include "analysis/study/answer.h"

namespace dure::analysis {
using sim::Text;
namespace {

constexpr std::size_t kMostNamed = 3;  // that one sentence holds with their figures

Text join(const Text& list, const Text& next, const char* between) {
  if (list.en.empty() || next.en.empty()) return list.en.empty() ? next : list;
  return {list.en + between + next.en, list.ko + between + next.ko};
}

/// One answer in words, by the first decision metric.
class Speaker {
 public:
  Speaker(const Answer& answer, std::span<const NamedOption> options, std::size_t baseline, const Text& what) : answer_(answer), options_(options), baseline_(baseline), what_(what) {
    for (const Beside& one : answer.beside) {
      if (one.comparison.verdict == Verdict::kEqual) same_.push_back(&one);
      else if (one.comparison.verdict == Verdict::kCannotTell) unknown_.push_back(&one);
      else worse_.push_back(&one);
    }
    const auto nearer = [](const Beside* a, const Beside* b) { return std::abs(a->comparison.mean_difference) < std::abs(b->comparison.mean_difference); };
    std::stable_sort(unknown_.begin(), unknown_.end(), nearer);
    std::stable_sort(worse_.begin(), worse_.end(), nearer);
  }

  Text say() const {
    const Text best = title(*answer_.best);
    if (answer_.replicates < 2) return {"One replicate cannot tell the options apart. " + pairs(all()).en, "반복 한 번으로는 안을 구별할 수 없습니다. " + pairs(all()).ko};
    if (unknown_.empty() && worse_.empty()) return no_difference();
    if (!unknown_.empty()) {
      const Text names = listed(unknown_), figures = pairs(unknown_);
      Text said = {fmt::format("These runs cannot tell {} from {}. {}", best.en, names.en, figures.en), fmt::format("이 실행으로는 {} 안과 {} 안을 구별할 수 없습니다. {}", best.ko, names.ko, figures.ko)};
      if (!same_.empty()) {
        const Text twins = listed(same_);
        said = join(said, {fmt::format("The same as {} in every run: {}.", best.en, twins.en), fmt::format("모든 실행에서 {} 안과 결과가 같은 안: {}.", best.ko, twins.ko)}, " ");
      }
      if (std::any_of(unknown_.begin(), unknown_.end(), [](const Beside* one) { return leaves_out_zero(one->comparison); }))
        said = join(said, {"An interval is that of its pair alone; among so many comparisons chance makes one like it.", "구간은 그 짝만의 것이며, 비교가 여럿이면 우연히도 이런 구간이 나옵니다."}, " ");
      return join(said, beaten(), " ");
    }
    const Text figures = pair(*beside_speaker());
    if (!same_.empty()) {
      const Text twins = listed(same_);
      return {fmt::format("{} and {} come out the same, and better than {}. {}", best.en, twins.en, rest().en, figures.en), fmt::format("{} 안과 {} 안은 결과가 같고, {}보다 낫습니다. {}", best.ko, twins.ko, rest().ko, figures.ko)};
    }
    if (answer_.ranked.size() == 2) {
      const Text other = title(worse_.front()->option);
      return {fmt::format("{} is better than {}. {}", best.en, other.en, figures.en), fmt::format("{} 안이 {} 안보다 낫습니다. {}", best.ko, other.ko, figures.ko)};
    }
    return {fmt::format("{} is the best of {}. {}", best.en, answer_.ranked.size(), figures.en), fmt::format("{}개 안 가운데 {} 안이 가장 낫습니다. {}", answer_.ranked.size(), best.ko, figures.ko)};
  }

 private:
  using Those = std::vector<const Beside*>;

  static bool leaves_out_zero(const Comparison& c) { return c.interval && (c.interval->low > 0 || c.interval->high < 0); }
  Text title(std::size_t option) const { return {"“" + options_[option].title.en + "”", "‘" + options_[option].title.ko + "’"}; }
  Text value(double x) const { return in_unit(x, answer_.unit); }
  Text runs(Eigen::Index n) const { return {fmt::format("{} paired run{}", n, n == 1 ? "" : "s"), fmt::format("짝지은 실행 {}개", n)}; }

  Those all() const {
    Those those;
    for (const Beside& one : answer_.beside) those.push_back(&one);
    std::stable_sort(those.begin(), those.end(), [](const Beside* a, const Beside* b) { return std::abs(a->comparison.mean_difference) < std::abs(b->comparison.mean_difference); });
    return those;
  }

  Text listed(const Those& those) const {
    Text all;
    for (std::size_t i = 0; i < std::min(kMostNamed, those.size()); ++i) all = join(all, title(those[i]->option), ", ");
    return with_rest(all, those.size());
  }
  static Text with_rest(Text list, std::size_t size) {
    if (size <= kMostNamed) return list;
    return {fmt::format("{} and {} more", list.en, size - kMostNamed), fmt::format("{} 외 {}개", list.ko, size - kMostNamed)};
  }
  Text rest() const {
    if (worse_.size() == 1) return {title(worse_.front()->option).en, title(worse_.front()->option).ko + " 안"};
    return {fmt::format("the other {}", worse_.size()), fmt::format("나머지 {}개 안", worse_.size())};
  }

  /// "+1, 95 % interval −0.5 to +2.5", as of `sign` times the comparison.
  Text difference(const Comparison& c, double sign) const {
    const Text by = signed_in_unit(sign * c.mean_difference, answer_.unit);
    if (!c.interval) return by;
    const double low = sign > 0 ? c.interval->low : -c.interval->high, high = sign > 0 ? c.interval->high : -c.interval->low;
    const Text from = signed_in_unit(low, answer_.unit), to = signed_in_unit(high, answer_.unit);
    return {fmt::format("{}, 95 % interval {} to {}", by.en, from.en, to.en), fmt::format("{}, 95 % 구간 {} ~ {}", by.ko, from.ko, to.ko)};
  }

  /// The best and one other: an option against the baseline where one of them is the baseline.
  Text pair(const Beside& other) const {
    const bool turned = *answer_.best == baseline_;
    const Text one = title(turned ? other.option : *answer_.best), two = title(turned ? *answer_.best : other.option);
    const Text of_one = value(turned ? other.mean : answer_.best_mean), of_two = value(turned ? answer_.best_mean : other.mean);
    const Text by = difference(other.comparison, turned ? 1 : -1), n = runs(other.comparison.n);
    return {fmt::format("By {}: {} {} against {} {}, difference {}, {}.", what_.en, one.en, of_one.en, two.en, of_two.en, by.en, n.en),
            fmt::format("{}: {} {}, {} {}, 차이 {}, {}.", what_.ko, one.ko, of_one.ko, two.ko, of_two.ko, by.ko, n.ko)};
  }
  /// The best and several others.
  Text pairs(const Those& others) const {
    if (others.size() == 1) return pair(*others.front());
    Text list;
    for (std::size_t i = 0; i < std::min(kMostNamed, others.size()); ++i) {
      const Text name = title(others[i]->option), mean = value(others[i]->mean), by = difference(others[i]->comparison, 1);
      list = join(list, {fmt::format("{} {} (difference {})", name.en, mean.en, by.en), fmt::format("{} {}(차이 {})", name.ko, mean.ko, by.ko)}, "; ");
    }
    const Text best = title(*answer_.best), mean = value(answer_.best_mean), n = runs(others.front()->comparison.n);
    return {fmt::format("By {}: {} {}; beside it {}; {}.", what_.en, best.en, mean.en, list.en, n.en), fmt::format("{}: {} {}; 그 밖에 {}; {}.", what_.ko, best.ko, mean.ko, list.ko, n.ko)};
  }
  /// Whom the figures of a best option are held against: the baseline, or the nearest where the best is the baseline or its twin.
  const Beside* beside_speaker() const {
    for (const Beside* one : worse_)
      if (one->option == baseline_) return one;
    return worse_.front();
  }

  Text no_difference() const {
    const Text each = value(answer_.best_mean), n = runs(answer_.replicates);
    const Text figures = {fmt::format("{} each, {}.", each.en, n.en), fmt::format("모두 {}, {}.", each.ko, n.ko)};
    const bool at_all = std::all_of(answer_.rows.begin(), answer_.rows.end(), [](const DecisionRow& row) { return row.comparison && row.comparison->verdict == Verdict::kEqual; });
    if (at_all) return {fmt::format("The options make no difference here. By {}: {}", what_.en, figures.en), fmt::format("안에 따른 차이가 없습니다. {}: {}", what_.ko, figures.ko)};
    return {fmt::format("By {} the options come out the same: {}", what_.en, figures.en), fmt::format("{} 기준으로는 안의 결과가 같습니다. {}", what_.ko, figures.ko)};
  }

  /// Of the best and those that cannot be told from it, which are told from the baseline.
  Text beaten() const {
    std::vector<const DecisionRow*> rows;
    for (const DecisionRow& row : answer_.rows) {
      const bool leads = row.option == *answer_.best || std::any_of(unknown_.begin(), unknown_.end(), [&](const Beside* one) { return one->option == row.option; }) ||
                         std::any_of(same_.begin(), same_.end(), [&](const Beside* one) { return one->option == row.option; });
      if (row.decision == 0 && leads && row.comparison && row.comparison->verdict == Verdict::kBetter) rows.push_back(&row);
    }
    if (rows.empty()) return {};
    std::stable_sort(rows.begin(), rows.end(), [](const DecisionRow* a, const DecisionRow* b) { return std::abs(a->comparison->mean_difference) > std::abs(b->comparison->mean_difference); });
    Text list;
    for (std::size_t i = 0; i < std::min(kMostNamed, rows.size()); ++i) {
      const Text name = title(rows[i]->option), by = difference(*rows[i]->comparison, 1);
      list = join(list, {fmt::format("{} ({})", name.en, by.en), fmt::format("{}({})", name.ko, by.ko)}, "; ");
    }
    list = with_rest(list, rows.size());
    const Text base = title(baseline_), mean = value(rows.front()->of_baseline.mean);
    return {fmt::format("Better than the baseline {} at {}: {}.", base.en, mean.en, list.en), fmt::format("기준인 {} 안({})보다 나은 안: {}.", base.ko, mean.ko, list.ko)};
  }

  const Answer& answer_;
  std::span<const NamedOption> options_;
  std::size_t baseline_;
  Text what_;
  Those same_, unknown_, worse_;
};

}  // namespace

Text sentence(const Answer& answer, std::span<const NamedOption> options, std::size_t baseline, std::span<const DecisionMetric> decisions) {
  if (!answer.best || decisions.empty()) {
    const Text why = answer.rows.empty() ? Text{} : answer.rows.front().why_none;
    return {"No answer: " + (why.en.empty() ? "there is nothing to compare" : why.en) + ".", "답할 수 없습니다: " + (why.ko.empty() ? "비교할 것이 없습니다" : why.ko) + "."};
  }
  if (answer.beside.empty()) return {"No answer: only one option has a value.", "답할 수 없습니다: 값이 있는 안이 하나뿐입니다."};
  return Speaker(answer, options, baseline, metric_label(decisions.front().metric)).say();
}

}  // namespace dure::analysis
