#pragma once
#include <string>
#include <string_view>

namespace dure::sim {

/// A metric of one region is called NAME@REGION; NAME alone is the whole country.
inline std::string at_region(std::string_view metric, std::string_view region) { return std::string(metric) + "@" + std::string(region); }
struct RegionalName {
  std::string_view metric, region;  // region empty: the whole country
};
inline RegionalName regional_name(std::string_view name) {
  const std::size_t at = name.find('@');
  return at == std::string_view::npos ? RegionalName{name, {}} : RegionalName{name.substr(0, at), name.substr(at + 1)};
}

}  // namespace dure::sim
