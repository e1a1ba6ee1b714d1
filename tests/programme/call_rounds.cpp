#include "sim/programme/call_rounds.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "sim/error.h"
#include "sim/programme/programme.h"
#include "sim/units.h"
#include "tests/programme/rule_text.h"

using namespace dure::sim;

namespace {

constexpr double kHorizon_s = 365 * kDay_s;
const std::vector<std::string> kRegions = {"capital", "honam"};

std::unique_ptr<Programme> programme(const std::string& text) { return dure::test::rule_of(text, kHorizon_s, kRegions); }

std::string calls(const std::string& rest = "") {
  return "call_rounds { call { call: 'a' decided: '2026-03-01' } jury_noise: 0 " + rest + " }";
}

std::string path_of(const std::string& text) {
  try {
    programme(text);
  } catch (const ScenarioError& error) {
    return error.path;
  }
  return "no error";
}

/// Applications by the letters A, B, C ...: cards, merit, kind, region.
struct Ask {
  int cards;
  double merit;
  TenantKind kind = TenantKind::kUniversity;
  unsigned region = 0;
  double months = 12;
};
std::vector<Application> applications(const std::vector<Ask>& asks) {
  std::vector<Application> made;
  for (const Ask& ask : asks) {
    Application& a = made.emplace_back();
    a.project = static_cast<ProjectId>(made.size() - 1);
    a.cards = ask.cards;
    a.merit = ask.merit;
    a.kind = ask.kind;
    a.region = RegionId{ask.region};
    a.months = ask.months;
  }
  return made;
}

/// "B16 A8": grants in the order they are made.
std::string drawn(const std::vector<Grant>& grants) {
  std::string text;
  for (const Grant& grant : grants) text += fmt::format("{}{}{}", text.empty() ? "" : " ", char('A' + index(grant.project)), grant.cards);
  return text;
}

/// A pool of so many cards.
Seat pool_of(int& free) {
  return [&free](const Application&, int cards, double) -> std::optional<PoolId> {
    if (cards > free) return std::nullopt;
    free -= cards;
    return PoolId{3};
  };
}

std::string decided(const std::string& text, const std::vector<Ask>& asks, int on_offer) {
  const auto rule = programme(text);
  Round round = rule->rounds().at(0);
  round.cards_on_offer = std::min(round.cards_on_offer, on_offer);
  int free = on_offer;
  Random jury({1, 0}, "jury/a");
  return drawn(rule->decide(round, applications(asks), pool_of(free), jury));
}

}  // namespace

TEST_CASE("call_rounds: the best applicants get what they ask, up to the cap, while there is room; a smaller one may slip in") {
  // B is best but capped at 256; C does not fit into what is left; A does.
  CHECK(decided(calls(), {{8, 0.1}, {400, 2.0}, {64, 1.0}}, 300) == "B256 A8");
  CHECK(decided(calls("cap_cards: 32"), {{8, 0.1}, {400, 2.0}, {64, 1.0}}, 300) == "B32 C32 A8");
  CHECK(decided("call_rounds { jury_noise: 0 call { call: 'a' decided: '2026-03-01' cards: 16 } }", {{8, 1}, {8, 2}, {8, 3}}, 300) ==
        "C8 B8");
}

TEST_CASE("call_rounds: a partial grant is the largest number of whole servers that fits, and not below the least share") {
  CHECK(decided(calls("min_grant_share: 0.5"), {{64, 1}}, 50) == "A48");
  CHECK(decided(calls("min_grant_share: 0.5"), {{64, 1}}, 32) == "A32");
  CHECK(decided(calls("min_grant_share: 0.5"), {{64, 1}}, 31) == "");
  const auto rule = programme(calls("min_grant_share: 0.1"));
  Random jury({1, 0}, "jury");
  const Seat small = [](const Application&, int cards, double) { return cards <= 20 ? std::optional(PoolId{1}) : std::nullopt; };
  CHECK(drawn(rule->decide(rule->rounds()[0], applications({{64, 1}}), small, jury)) == "A16");  // no pool has more
}

TEST_CASE("call_rounds: a reserve is kept for its group, and goes to everybody when the group has no more applicants") {
  const std::string text = calls("quota { quota: 'small' tenant_kind: 'small_firm' reserved_share: 0.3 }");
  const Ask good{32, 2}, fair{64, 1}, small{16, -1, TenantKind::kSmallFirm};
  CHECK(decided(text, {good, fair, small}, 100) == "C16 A32");     // 30 reserved: small first; 52 left is too little for 64
  CHECK(decided(text, {good, fair, good}, 100) == "A32 C32");      // nobody small: the reserve is open to all
  CHECK(decided(calls(), {good, fair, small}, 100) == "A32 B64");  // without a quota the small firm gets nothing
}

TEST_CASE("call_rounds: a group never gets more than its ceiling, by kind or by region") {
  const Ask capital{40, 3}, also{40, 2}, honam{40, 1, TenantKind::kUniversity, 1};
  CHECK(decided(calls("quota { quota: 'capital' region: 'capital' at_most_share: 0.5 }"), {capital, also, honam}, 100) == "A40 C40");
  CHECK(decided(calls("quota { quota: 'school' tenant_kind: 'university' at_most_share: 0.4 }"), {capital, also, honam}, 100) == "A40");
}

TEST_CASE("call_rounds: grants of a random round never exceed offer, caps, ceilings or what was asked") {
  const auto rule = programme(
      "call_rounds { call { call: 'a' decided: '2026-03-01' } min_grant_share: 0.25 cap_cards: 128"
      " quota { quota: 's' tenant_kind: 'startup' tenant_kind: 'small_firm' reserved_share: 0.3 at_most_share: 0.4 }"
      " quota { quota: 'h' region: 'honam' reserved_share: 0.2 } }");
  Random random({5, 0}, "asks");
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<Ask> asks;
    for (int i = 0; i < 60; ++i)
      asks.push_back({8 * (1 + int(random.uniform(0, 32))), random.normal(0, 1), static_cast<TenantKind>(int(random.uniform(0, 7))),
                      unsigned(random.uniform(0, 2)), random.uniform(0.2, 20)});
    const auto all = applications(asks);
    Round round = rule->rounds()[0];
    round.cards_on_offer = int(random.uniform(1, 3000));
    int free = int(random.uniform(1, 3000));
    const int had = free;
    Random jury({5, 0}, "jury");
    int sum = 0, startups = 0;
    std::vector<bool> seen(all.size(), false);
    for (const Grant& grant : rule->decide(round, all, pool_of(free), jury)) {
      const Application& asked = all[index(grant.project)];
      CHECK_FALSE(seen[index(grant.project)]);
      seen[index(grant.project)] = true;
      CHECK((grant.cards >= 1 && grant.cards <= asked.cards && grant.cards <= 128));
      CHECK(grant.cards >= 0.25 * std::min(128, asked.cards));
      CHECK((grant.end_s - grant.start_s <= 366 * kDay_s && grant.end_s - grant.start_s >= 28 * kDay_s));
      sum += grant.cards;
      startups += asked.kind == TenantKind::kStartup || asked.kind == TenantKind::kSmallFirm ? grant.cards : 0;
    }
    CHECK(sum <= round.cards_on_offer);
    CHECK(sum == had - free);
    CHECK(startups <= 0.4 * round.cards_on_offer);
  }
}

TEST_CASE("call_rounds: with noise of 0.7 the jury's order agrees with merit at correlation 1/sqrt(1.49)") {
  const auto rule = programme("call_rounds { call { call: 'a' decided: '2026-03-01' } }");
  std::vector<Ask> asks;
  Random random({1, 0}, "merit");
  for (int i = 0; i < 4000; ++i) asks.push_back({8, random.normal(0, 1)});
  const auto all = applications(asks);
  Random jury({1, 0}, "jury");
  int free = 8 * 2000;  // the better half by score
  double merit = 0;
  const auto grants = rule->decide(rule->rounds()[0], all, pool_of(free), jury);
  REQUIRE(grants.size() == 2000);
  for (const Grant& grant : grants) merit += all[index(grant.project)].merit / 2000;
  // E[merit | score above its median] = correlation x sqrt(2/pi) = 0.8192 x 0.7979; standard error about 0.02
  CHECK(std::abs(merit - 0.6537) < 0.06);
}

TEST_CASE("call_rounds: a term is the months asked, within the shortest and the longest; grants begin on the day decided") {
  const auto rule = programme(calls());
  Random jury({1, 0}, "jury");
  int free = 1000;
  const auto grants = rule->decide(
      rule->rounds()[0],
      applications(
          {{8, 3, TenantKind::kUniversity, 0, 6}, {8, 2, TenantKind::kUniversity, 0, 24}, {8, 1, TenantKind::kUniversity, 0, 0.5}}),
      pool_of(free), jury);
  REQUIRE(grants.size() == 3);
  CHECK(grants[0].start_s == 59 * kDay_s);  // 31 + 28 days
  CHECK(grants[0].end_s == 243 * kDay_s);  // 1 September
  CHECK(grants[1].end_s == (59 + 365) * kDay_s);  // 1 March: the next call of that day sees the cards
  CHECK(grants[2].end_s == (59 + 31) * kDay_s);
  CHECK(grants[0].pool == PoolId{3});
  const auto rental = programme("call_rounds { call { call: 'rental' decided: '2026-03-01' max_months: 4 } }");
  CHECK(rental->decide(rental->rounds()[0], applications({{8, 1}}), pool_of(free), jury).at(0).end_s ==
        181 * kDay_s);
}

TEST_CASE("call_rounds: academia pays nothing, small firms 5 % and other firms 10 % of the market price") {
  const auto rule = programme("user_price { market_price_krw_per_card_hour: 6000 } " + calls());
  const auto price = [&](TenantKind kind) {
    Random jury(Seed{1, 0}, "test");
    int free = 8;
    const double krw = rule->decide(rule->rounds()[0], applications({{8, 1, kind}}), pool_of(free), jury).at(0).user_price_krw_per_card_hour;
    CHECK(krw == doctest::Approx(6000 * rule->price_share(rule->rounds()[0], kind)));   // what applicants are told is what they pay
    return krw;
  };
  CHECK(price(TenantKind::kUniversity) == 0);
  CHECK(price(TenantKind::kInstitute) == 0);
  CHECK(price(TenantKind::kStartup) == doctest::Approx(300));
  CHECK(price(TenantKind::kService) == doctest::Approx(600));
}

TEST_CASE("call_rounds: calls after the end of the run are left out and counted") {
  const auto rule = programme("call_rounds { call { call: 'a' decided: '2026-03-01' } call { call: 'late' decided: '2030-03-01' } }");
  CHECK(rule->rounds().size() == 1);
  CHECK(rule->rounds_after_end() == 1);
  CHECK(programme("priced { begins: '2030-03-01' }")->rounds_after_end() == 1);
  CHECK(programme("priced { begins: '2026-03-01' }")->rounds_after_end() == 0);
}

TEST_CASE("call_rounds: a project's jobs hold at most its cards; an open queue admits everything") {
  const auto rule = programme(calls());
  Job job;
  job.cards = 8;
  CHECK(rule->admits(job, 16, 8));
  CHECK_FALSE(rule->admits(job, 16, 9));
  CHECK_FALSE(rule->admits(job, 0, 0));
  job.cards = 1;
  job.share_milli = 500;
  CHECK(rule->admits(job, 8, 7.5));
  CHECK_FALSE(rule->admits(job, 8, 7.75));
  CHECK(programme("open_queue {}")->admits(job, 0, 0));
  CHECK(programme("")->admits(job, 0, 0));
  CHECK(programme("open_queue {}")->rounds().empty());
}

TEST_CASE("call_rounds: calls come in order of their days, whatever the order in the file") {
  const auto rule =
      programme("call_rounds { call { call: 'late' decided: '2026-09-01' } call { call: 'early' decided: '2026-03-01' cards: 4224 } }");
  REQUIRE(rule->rounds().size() == 2);
  CHECK(rule->rounds()[0].call == "early");
  CHECK(rule->rounds()[0].cards_on_offer == 4224);
  CHECK(rule->rounds()[1].cards_on_offer == Round::kNoLimit);
}

TEST_CASE("call_rounds: a call of a day that a shorter run does not reach is left out") {
  const auto rule = programme("call_rounds { call { call: 'near' decided: '2026-03-01' } call { call: 'far' decided: '2027-03-01' } }");
  REQUIRE(rule->rounds().size() == 1);
  CHECK(rule->rounds()[0].call == "near");
}

TEST_CASE("call_rounds: what cannot be is refused, with the field") {
  CHECK(path_of(calls()) == "no error");
  CHECK(path_of("call_rounds { }") == "programme.call_rounds.call");
  CHECK(path_of("call_rounds { call { call: 'a' decided: '2025-12-31' } }") == "programme.call_rounds.call[a].decided");
  CHECK(path_of(calls("call { call: 'a' decided: '2026-06-01' }")) == "programme.call_rounds.call[a]");
  CHECK(path_of(calls("cap_cards: 0")) == "programme.call_rounds.cap_cards");
  CHECK(path_of(calls("min_months: 13")) == "programme.call_rounds.min_months");
  CHECK(path_of(calls("quota { quota: 'q' reserved_share: 1.1 }")) == "programme.call_rounds.quota[q].reserved_share");
  CHECK(path_of(calls("quota { quota: 'q' reserved_share: 0.6 } quota { quota: 'r' reserved_share: 0.5 }")) ==
        "programme.call_rounds.quota");
  CHECK(path_of(calls("quota { quota: 'q' reserved_share: 0.6 at_most_share: 0.5 }")) == "programme.call_rounds.quota[q].reserved_share");
  CHECK(path_of(calls("quota { quota: 'q' tenant_kind: 'school' }")) == "programme.call_rounds.quota[q].tenant_kind");
  CHECK(path_of(calls("quota { quota: 'q' region: 'jeju' }")) == "programme.call_rounds.quota[q].region");
}

TEST_CASE("programme: every rule of the schema has a model") {
  const auto* rules = dure::Programme::descriptor()->FindOneofByName("rule");
  const auto models = programme_models();
  REQUIRE(models.size() == std::size_t(rules->field_count()));
  for (int i = 0; i < rules->field_count(); ++i) CHECK(std::count(models.begin(), models.end(), rules->field(i)->name()) == 1);
}
