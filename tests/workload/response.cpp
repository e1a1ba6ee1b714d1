// How applicants answer to price and refusal: anchored at round 1, and each answer by itself.
#include "sim/workload/response.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "projects_tables.h"
#include "sim/units.h"
#include "sim/workload/projects.h"
#include "sim/workload/run_time.h"

using namespace dure::sim;
using dure::sim::testing::platform_job_classes;
using dure::sim::testing::platform_projects;

namespace {

const Calendar kCalendar(parse_date("2025-01-01"));
const Applicants::Prices kReference = {0, 0.05, 0.1};   // academia, small firms, other firms

struct Town {
  explicit Town(const dure::Projects& spec, std::uint64_t seed = 1)
      : population{{}, platform_job_classes(), {}}, applicants(spec, population, {{"capital", 1}}, {seed, 0}, kCalendar) {}
  Population population;
  Applicants applicants;
};

dure::Projects responding() {
  auto spec = platform_projects();
  spec.mutable_response();
  return spec;
}

struct Mean {
  void add(double value) { sum += value, squares += value * value, ++n; }
  double mean() const { return sum / n; }
  double error() const { return std::sqrt((squares / n - mean() * mean()) / n); }
  double sum = 0, squares = 0;
  int n = 0;
};

struct Called {
  Mean projects, cards, excess, priced_out;
};
Called call_at(const Applicants::Prices& prices, int replicates = 100) {
  Called called;
  for (int r = 0; r < replicates; ++r) {
    Town town(responding(), std::uint64_t(r) + 1);
    const auto applications = town.applicants.call(0, 0, {}, prices);
    double cards = 0;
    for (const Application& each : applications) cards += each.cards;
    called.projects.add(double(applications.size()));
    called.cards.add(cards);
    called.excess.add(town.applicants.answers().excess_cards);
    called.priced_out.add(town.applicants.answers().priced_out);
  }
  return called;
}

}  // namespace

TEST_CASE("response: at the prices of round 1 as many apply and ask as in round 1") {
  const Called round_1 = call_at(kReference);
  fmt::print("at the prices of round 1: {:.1f} +- {:.1f} projects (record 514), {:.0f} +- {:.0f} cards (record 13,712)\n", round_1.projects.mean(), round_1.projects.error(),
             round_1.cards.mean(), round_1.cards.error());
  CHECK(std::abs(round_1.projects.mean() - 514) < 4 * round_1.projects.error() + 0.5);   // the number of candidates is rounded
  CHECK(std::abs(round_1.cards.mean() - 13759.1) < 4 * round_1.cards.error());           // the mean of the model without response
}

TEST_CASE("response: a price keeps away those to whom cards are worth less, as the distribution says") {
  // Small firms: ln v normal around ln 0.2 with sigma 1, so of those who pay 5 % the share that pays 20 % is 0.5 / Phi(ln 4).
  int at_5 = 0, at_20 = 0;
  for (int r = 0; r < 40; ++r)
    for (const double price : {0.05, 0.2}) {
      Town town(responding(), std::uint64_t(r) + 1);
      for (const Application& each : town.applicants.call(0, 0, {}, {0, price, 0.1})) (price < 0.1 ? at_5 : at_20) += group_of(each.kind) == TenantGroup::kSmallFirm;
    }
  const double share = double(at_20) / at_5, expected = 0.5 / normal_cdf(std::log(4.0));
  CHECK(std::abs(share - expected) < 4 * std::sqrt(expected * (1 - expected) / at_5));
}

TEST_CASE("response: who applies at two prices is the same, and asks for the same work") {
  Town cheap(responding()), dear(responding());
  const auto many = cheap.applicants.call(0, 0, {}, {0, 0.05, 0.1}), few = dear.applicants.call(0, 0, {}, {0, 0.2, 0.4});
  REQUIRE(few.size() < many.size());
  std::size_t at = 0;
  for (const Application& each : few) {
    while (at < many.size() && many[at].draw != each.draw) ++at;
    REQUIRE(at < many.size());
    CHECK(many[at].merit == each.merit);
    CHECK(many[at].need == each.need);
    CHECK(many[at].cards >= each.cards);
  }
}

TEST_CASE("response: excess falls with the price to nothing, and grows with refusals up to three") {
  const Called free = call_at({0, 0, 0}, 20), reference = call_at(kReference, 20), dear = call_at({0.1, 0.1, 0.1}, 20);
  CHECK(free.excess.mean() > reference.excess.mean());
  CHECK(dear.excess.mean() < 0.35 * reference.excess.mean());   // whole servers: a need of 12 still asks for 16
  const Response response(responding().response());
  Response::Candidate hoarder;
  hoarder.hoards = true;
  CHECK(response.asks(hoarder, TenantGroup::kAcademia, 16, 0, 0) == doctest::Approx(16));
  CHECK(response.need(hoarder, TenantGroup::kAcademia, 16) == doctest::Approx(8));
  CHECK(response.asks(hoarder, TenantGroup::kAcademia, 16, 0, 2) == doctest::Approx(24));    // 8 x (1 + 1 + 2 x 0.5)
  CHECK(response.asks(hoarder, TenantGroup::kAcademia, 16, 0.05, 0) == doctest::Approx(12));
  CHECK(response.asks(hoarder, TenantGroup::kAcademia, 16, 0, 9) == response.asks(hoarder, TenantGroup::kAcademia, 16, 0, 3));
  hoarder.hoards = false;
  CHECK(response.asks(hoarder, TenantGroup::kAcademia, 16, 0, 3) == 16);
}

TEST_CASE("response: the refused give up in part, and without refusals nobody does") {
  const auto second_call = [](bool granted) {
    Town town(responding());
    for (const Application& each : town.applicants.call(0, 0, {}, kReference)) town.applicants.answered(each, granted);
    const std::size_t applied = town.applicants.call(1, 0.5 * kYear_s, {}, kReference).size();
    return std::pair(applied, town.applicants.answers().gave_up);
  };
  const auto [after_grants, left_after_grants] = second_call(true);
  const auto [after_refusals, left_after_refusals] = second_call(false);
  CHECK(left_after_grants == 0);
  CHECK(left_after_refusals > 0);
  CHECK(after_grants - after_refusals == std::size_t(left_after_refusals));
}
