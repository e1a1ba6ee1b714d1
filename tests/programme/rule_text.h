#pragma once
// A programme written as text in the test; the run begins on 2026-01-01.
#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include <memory>
#include <span>
#include <string>

#include "sim/programme/programme.h"

namespace dure::test {

inline std::unique_ptr<sim::Programme> rule_of(const std::string& text, double horizon_s, std::span<const std::string> regions = {}) {
  ::dure::Programme spec;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  return sim::make_programme(spec, sim::Calendar(sim::parse_date("2026-01-01")), horizon_s, regions);
}

}  // namespace dure::test
