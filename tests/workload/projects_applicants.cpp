#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "projects_tables.h"
#include "sim/error.h"
#include "sim/units.h"
#include "sim/workload/projects.h"

using namespace dure::sim;
using dure::sim::testing::platform_job_classes;
using dure::sim::testing::platform_projects;

namespace {

const Calendar kCalendar(parse_date("2025-01-01"));
const std::vector<DemandRegion> kRegions = {{"capital", 0.8}, {"honam", 0.2}};

struct Town {
  explicit Town(const dure::Projects& spec, std::uint64_t seed = 1)
      : population{{}, platform_job_classes(), {}}, applicants(spec, population, kRegions, {seed, 0}, kCalendar) {}
  Population population;
  Applicants applicants;
};

std::string path_of(const dure::Projects& spec) {
  try {
    Town town(spec);
  } catch (const ScenarioError& error) {
    return error.path;
  }
  return "no error";
}

}  // namespace

TEST_CASE("applicants: 514 projects ask for about 13,712 cards, and academia for about 8,600 of them, as in round 1") {
  const auto spec = platform_projects();
  constexpr int replicates = 200;
  double cards = 0, squares = 0;
  std::map<TenantKind, double> by_kind;
  for (int r = 0; r < replicates; ++r) {
    Town town(spec, std::uint64_t(r) + 1);
    double asked = 0;
    for (const auto& application : town.applicants.call(0, 0)) {
      asked += application.cards;
      by_kind[application.kind] += application.cards;
    }
    cards += asked;
    squares += asked * asked;
  }
  const double mean = cards / replicates;
  const double sd = std::sqrt(squares / replicates - mean * mean);
  const double academia = by_kind[TenantKind::kUniversity] / cards;
  const double institutes = by_kind[TenantKind::kInstitute] / cards;
  fmt::print("cards asked by 514 applicants: {:.0f} +- {:.0f} a call (record 13,712)\n", mean, sd);
  fmt::print("  academia {:.3f} (record {:.3f}), institutes {:.3f} (derived {:.3f}), industry {:.3f} (derived {:.3f})\n", academia,
             8600.0 / 13712, institutes, 5112.0 / 13712 * 312 / 1600, 1 - academia - institutes, 5112.0 / 13712 * 1288 / 1600);
  const double standard_error = sd / std::sqrt(replicates);
  CHECK(std::abs(mean - 13759.1) < 4 * standard_error);  // sum over archetypes of share x closed mean, worked out apart
  CHECK(std::abs(mean - 13712) < sd);                    // the record is one draw from it
  CHECK(academia == doctest::Approx(8600.0 / 13712).epsilon(0.03));
  CHECK(institutes == doctest::Approx(5112.0 / 13712 * 312 / 1600).epsilon(0.08));
}

TEST_CASE("applicants: cards come in whole servers, none above the cap, and the median request is one server") {
  const auto spec = platform_projects();
  Random random({1, 0}, "cards");
  int one_server = 0;
  for (int i = 0; i < 20000; ++i) {
    const int cards = cards_asked(7, spec, random);
    CHECK_MESSAGE((cards % 8 == 0 && cards >= 8 && cards <= 256), cards);
    one_server += cards == 8;
  }
  // P(X <= 8) = Phi(ln(8/7)/1.6) = 0.533; standard error 0.0035
  CHECK(std::abs(one_server / 20000.0 - 0.533) < 0.014);
}

TEST_CASE("applicants: kinds and regions come in their shares, within four standard errors") {
  auto spec = platform_projects();
  spec.set_applicants_per_call(20000);
  Town town(spec);
  const auto applications = town.applicants.call(0, 0);
  REQUIRE(applications.size() == 20000);
  std::map<std::string, double> kinds;
  double capital = 0;
  for (const auto& application : applications) {
    kinds[std::string(kTenantKindNames[std::size_t(application.kind)])] += 1.0 / 20000;
    capital += application.region == RegionId{0} ? 1.0 / 20000 : 0;
  }
  for (const auto& row : spec.archetype()) {
    const double p = row.applicant_share();
    CHECK_MESSAGE(std::abs(kinds[row.archetype()] - p) < 4 * std::sqrt(p * (1 - p) / 20000), row.archetype());
  }
  CHECK(std::abs(capital - 0.8) < 4 * std::sqrt(0.16 / 20000));
}

TEST_CASE("applicants: 514 grow by a quarter a year, counted from the reference day") {
  auto spec = platform_projects();
  spec.set_applicants_on("2026-01-01");
  Town town(spec);
  CHECK(town.applicants.call(0, kCalendar.at_s(parse_date("2025-01-01"))).size() == 411);  // 514 / 1.25^(365/365.25)
  CHECK(town.applicants.call(1, kCalendar.at_s(parse_date("2026-01-01"))).size() == 514);
  CHECK(town.applicants.call(2, kCalendar.at_s(parse_date("2027-01-01"))).size() == 642);  // 514 x 1.25^(365/365.25)
}

TEST_CASE("applicants: a tenant applies at most once a call, and two fifths of later applicants have applied before") {
  const auto spec = platform_projects();
  Town town(spec);
  const auto first = town.applicants.call(0, 0);
  const auto second = town.applicants.call(1, 0);
  std::set<TenantId> before, again;
  for (const auto& application : first) before.insert(application.tenant);
  CHECK(before.size() == first.size());
  std::set<TenantId> now;
  for (const auto& application : second) {
    now.insert(application.tenant);
    if (before.count(application.tenant)) again.insert(application.tenant);
  }
  CHECK(now.size() == second.size());
  CHECK(std::abs(double(again.size()) / 514 - 0.4) < 4 * std::sqrt(0.24 / 514));
  CHECK(index(second.front().project) == 514);  // projects are numbered through
}

TEST_CASE("applicants: the same seed gives the same call, another seed another, and more applicants change none of the first") {
  auto spec = platform_projects();
  Town one(spec), same(spec), other(spec, 2);
  spec.set_applicants_per_call(600);
  Town larger(spec);
  const auto a = one.applicants.call(0, 0), b = same.applicants.call(0, 0), c = other.applicants.call(0, 0),
             d = larger.applicants.call(0, 0);
  bool differs = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (const auto* twin : {&b, &d}) {
      CHECK((*twin)[i].cards == a[i].cards);
      CHECK((*twin)[i].merit == a[i].merit);
      CHECK((*twin)[i].kind == a[i].kind);
    }
    differs = differs || c[i].merit != a[i].merit;
  }
  CHECK(differs);
}

TEST_CASE("projects: what does not add up is refused, with the field") {
  CHECK(path_of(platform_projects()) == "no error");
  auto spec = platform_projects();
  spec.mutable_archetype(0)->set_applicant_share(0.5);
  CHECK(path_of(spec) == "workload.projects.archetype");
  spec = platform_projects();
  spec.mutable_archetype(1)->set_explore(0.9);
  CHECK(path_of(spec) == "workload.projects.archetype[startup]");
  spec = platform_projects();
  spec.mutable_archetype(1)->set_archetype("start-up");
  CHECK(path_of(spec) == "workload.projects.archetype[start-up].archetype");
  spec = platform_projects();
  spec.mutable_job_pattern(2)->set_explore(0.9);
  CHECK(path_of(spec) == "workload.projects.job_pattern");
  spec = platform_projects();
  spec.mutable_job_pattern(2)->set_job_class("finetune");
  CHECK(path_of(spec) == "workload.projects.job_pattern[finetune].job_class");
  spec = platform_projects();
  spec.add_hour_weight(1);
  CHECK(path_of(spec) == "workload.projects.hour_weight");
  spec = platform_projects();
  spec.clear_archetype();
  CHECK(path_of(spec) == "workload.projects.archetype");
  Population population{{}, platform_job_classes(), {}};
  CHECK_THROWS_AS(Applicants(platform_projects(), population, {{"capital", 0.5}}, Seed{}, kCalendar), ScenarioError);
}
