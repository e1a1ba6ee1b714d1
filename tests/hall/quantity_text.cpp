#include "sim/quantity_text.h"

#include <doctest/doctest.h>

using dure::sim::find_quantity;

TEST_CASE("quantities in text: the number before a unit, behind a word, and nothing else") {
  CHECK(find_quantity("site of 20 MW IT load", {"MW"})->value == 20);
  CHECK(find_quantity("8 cards, 1.2e25 FLOP", {"FLOP"})->value == doctest::Approx(1.2e25));
  CHECK(find_quantity("4.5US cents/kWh", {"US cents/kWh"})->value == doctest::Approx(4.5));
  const auto mttf = find_quantity("job MTTF = 3.09 h; write 10 s", {"s", "min", "h"}, "MTTF");
  REQUIRE(mttf);
  CHECK(mttf->value == doctest::Approx(3.09));
  CHECK(mttf->unit == "h");
  CHECK(find_quantity("MTTF unknown; write 10 s", {"s", "h"}, "MTTF").has_value() == false);
  CHECK(find_quantity("MTTF of 2 nodes 3 h", {"h"}, "MTTF").has_value() == false);  // another number stands between
  CHECK(find_quantity("write 10 seconds", {"s"}, "write").has_value() == false);    // a word that only begins like the unit
  CHECK(find_quantity("", {"s"}).has_value() == false);
}
