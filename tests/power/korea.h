#pragma once
#include "sim/scenario.h"

namespace dure::test {

/// The Korean power tables, through the door, read once.
inline const Power& korea() {
  static const sim::Loaded loaded = sim::load_scenario("tests/power/data/korea_power.txtpb");
  return loaded.scenario.power();
}

}  // namespace dure::test
