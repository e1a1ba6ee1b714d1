#include "analysis/calibration/refuse.h"

#include <fmt/format.h>

#include <algorithm>

namespace dure::analysis {

using sim::Error;
using sim::Exit;
using sim::Place;
using sim::Text;

void too_few(const std::string& part, int least, const Counted& counted, const Place& first) {
  const auto [points, different, differing] = counted;
  const auto wanted = static_cast<std::size_t>(least);
  if (points < wanted)
    throw Error(Exit::kInvalid, "E0143",
                {fmt::format("{}: {} point{}, but a fit needs at least {}", part, points, points == 1 ? "" : "s", least),
                 fmt::format("{}: 측정점이 {}개뿐입니다. 맞추려면 적어도 {}개가 필요합니다", part, points, least)},
                first, {"measure the whole part, and give all records of the card together", "그 부분을 모두 측정하고, 카드의 기록을 모두 함께 주십시오"});
  if (different < wanted)
    throw Error(Exit::kInvalid, "E0143",
                {fmt::format("{}: {} points, but the number of different {} among them is {}, and a fit needs at least {}", part, points, differing.en, different, least),
                 fmt::format("{}: 측정점은 {}개지만 서로 다른 {}은(는) {}가지뿐입니다. 맞추려면 적어도 {}가지가 필요합니다", part, points, differing.ko, different, least)},
                first, {"measure the whole part; the same point again tells nothing new", "그 부분을 모두 측정하십시오. 같은 점을 되풀이해도 새로 알 수 있는 것이 없습니다"});
}

void impossible(const std::optional<sim::Refusal>& refusal, const Place& place) {
  if (refusal) throw Error(Exit::kInvalid, "E0142", refusal->what, place, refusal->remedy);
}

void another(const std::optional<sim::Refusal>& refusal, const Place& place) {
  if (refusal) throw Error(Exit::kInvalid, "E0144", refusal->what, place, refusal->remedy);
}

void law_fails(const std::string& part, const ::dure::FitQuality& quality, const Place& first) {
  if (quality.p90_pct() <= kMostP90_pct) return;
  throw Error(Exit::kInvalid, "E0146",
              {fmt::format("{}: one point in ten lies {:.3g} % or more off the best fit, and {:.0f} % is the most: the law does not hold for these points", part, quality.p90_pct(), kMostP90_pct),
               fmt::format("{}: 열 점 가운데 하나는 가장 잘 맞춘 식에서 {:.3g} % 넘게 벗어납니다(한도 {:.0f} %). 이 점들에는 식이 성립하지 않습니다", part, quality.p90_pct(), kMostP90_pct)},
              first, {"measure the part again with nothing else on the machine, or leave it out of the record", "장비에 다른 작업이 없을 때 다시 측정하거나, 그 부분을 기록에서 빼십시오"});
}

void no_rate(const std::string& part, const FittedRate& fit, const Curve<RateMeasurement>& curve) {
  const auto largest = std::max_element(curve.points.begin(), curve.points.end(), [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
  const double share = largest->bytes / fit.bytes_per_s / largest->time_s;
  if (share >= kLeastShareOfBytes) return;
  throw Error(Exit::kInvalid, "E0146",
              {fmt::format("{}: the time does not grow with the bytes (they make {:.2g} % of it at the largest size, and {:.0f} % is the least), so no rate can be told", part, 100 * share, 100 * kLeastShareOfBytes),
               fmt::format("{}: 바이트가 늘어도 시간이 늘지 않아(가장 큰 크기에서 시간의 {:.2g} %, 최소 {:.0f} %) 속도를 알 수 없습니다", part, 100 * share, 100 * kLeastShareOfBytes)},
              curve.places[static_cast<std::size_t>(largest - curve.points.begin())], {"measure larger sizes, or measure again", "더 큰 크기까지 측정하거나 다시 측정하십시오"});
}

void falling_power(const Curve<PowerMeasurement>& curve) {
  const auto busiest = *std::max_element(curve.points.begin(), curve.points.end(), [](const auto& a, const auto& b) { return a.duty < b.duty; });
  for (std::size_t i = 0; i < curve.points.size(); ++i) {
    const PowerMeasurement& point = curve.points[i];
    if (point.duty == 0) impossible(sim::idle_above_busy(point.power_w, busiest.power_w), curve.places[i]);
    if (point.power_w > kMostFallOfPower * busiest.power_w)
      throw Error(Exit::kInvalid, "E0142",
                  {fmt::format("power: {:.4g} W at a duty of {:.3g} is above {:.4g} W at {:.3g}; power does not fall with load", point.power_w, point.duty, busiest.power_w, busiest.duty),
                   fmt::format("power: duty {:.3g}에서 {:.4g} W로 duty {:.3g}의 {:.4g} W보다 큽니다. 부하가 늘 때 전력이 줄 수는 없습니다", point.duty, point.power_w, busiest.duty, busiest.power_w)},
                  curve.places[i], {fmt::format("measure again with nothing else on the card; {:.0f} % are left for chance", 100 * (kMostFallOfPower - 1)), fmt::format("카드에 다른 작업이 없을 때 다시 측정하십시오. 오차는 {:.0f} %까지 허용합니다", 100 * (kMostFallOfPower - 1))});
  }
}

}  // namespace dure::analysis
