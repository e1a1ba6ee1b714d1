#pragma once
// What a fit may not rest on, and what may not come out of one. Each throws Error (exit 3) at the place of the record that is to blame.
#include <set>
#include <string>
#include <vector>

#include "analysis/calibration/fits.h"
#include "sim/error.h"
#include "sim/measured_limits.h"

namespace dure::analysis {

/// The points of one curve, and where the record has each.
template <class Measurement>
struct Curve {
  std::vector<Measurement> points;
  std::vector<sim::Place> places;
  void add(const Measurement& measurement, sim::Place place) {
    points.push_back(measurement);
    places.push_back(std::move(place));
  }
};

/// How many of the points differ in `key`.
template <class Measurement, class Key>
std::size_t different(const Curve<Measurement>& curve, Key key) {
  std::set<decltype(key(curve.points[0]))> keys;
  for (const Measurement& point : curve.points) keys.insert(key(point));
  return keys.size();
}

/// E0143: fewer points than the fit needs, or fewer `differing` ("shapes") among them: repeats of one point tell one constant.
struct Counted {
  std::size_t points = 0, different = 0;
  sim::Text differing;
};
void too_few(const std::string& part, int least, const Counted& counted, const sim::Place& first);

/// E0142: what sim/measured_limits.h refuses.
void impossible(const std::optional<sim::Refusal>& refusal, const sim::Place& place);
/// E0144: another card than the catalogue's.
void another(const std::optional<sim::Refusal>& refusal, const sim::Place& place);

/// E0146: nine of ten points must lie within this of the fitted curve; a curve that misses by more is none of these points.
inline constexpr double kMostP90_pct = 50;
void law_fails(const std::string& part, const ::dure::FitQuality& quality, const sim::Place& first);

/// E0146: the largest transfer must owe at least this share of its time to its bytes, or no rate can be told from it.
inline constexpr double kLeastShareOfBytes = 0.1;
void no_rate(const std::string& part, const FittedRate& fit, const Curve<RateMeasurement>& curve);

/// E0142: at a lower share of time busy the card may draw this much more than at the highest; at rest it must draw less.
inline constexpr double kMostFallOfPower = 1.1;
void falling_power(const Curve<PowerMeasurement>& curve);

}  // namespace dure::analysis
