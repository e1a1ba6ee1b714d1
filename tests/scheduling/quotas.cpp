// Who stands aside because of a quota, and who is let in.
#include "sim/scheduling/quotas.h"

#include <doctest/doctest.h>
#include <google/protobuf/text_format.h>

#include "sim/error.h"
#include "tests/scheduling/replay.h"

using namespace dure::sim;
using namespace dure::sim::test;

namespace {

const std::vector<std::string> kRegions = {"north", "south"};

proto::Quotas quotas_of(const char* text) {
  proto::Quotas config;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return config;
}

Tenant tenant(const char* name, TenantKind kind = TenantKind::kOther, std::uint32_t region = 0, std::vector<QuotaStep> quota = {}) {
  return {name, kind, RegionId{region}, std::move(quota)};
}

WaitingJob waits(std::uint64_t order, std::uint32_t tenant, int cards) { return {JobId{order}, {cards, 0}, 100, order, TenantId{tenant}}; }

/// The orders of all jobs let in now.
std::vector<std::uint64_t> let_in(Quotas& quotas) {
  std::vector<std::uint64_t> orders;
  while (const auto job = quotas.let_in()) orders.push_back(job->order);
  return orders;
}

std::string refusal(const char* text, const std::vector<Tenant>& tenants) {
  try {
    Quotas(quotas_of(text), tenants, kRegions);
  } catch (const ScenarioError& error) {
    return error.path + ": " + error.message.en + (error.message.ko.empty() || error.help.ko.empty() ? " (no Korean)" : "");
  }
  return "accepted";
}

using Orders = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("quotas: a tenant's jobs are let in up to its quota; what fits passes what does not, unless in order") {
  const std::vector<Tenant> tenants = {tenant("lab", {}, 0, {{-1e300, 8}}), tenant("free")};
  for (const bool in_order : {false, true}) {
    Quotas quotas(quotas_of(in_order ? "in_order: true" : ""), tenants, kRegions);
    quotas.advance(0);
    CHECK_FALSE(quotas.binds(TenantId{1}));
    REQUIRE(quotas.binds(TenantId{0}));
    quotas.wait(waits(1, 0, 6));
    quotas.wait(waits(2, 0, 16));  // more than the quota: passed over, and holds up nobody
    quotas.wait(waits(3, 0, 4));
    quotas.wait(waits(4, 0, 2));
    CHECK(let_in(quotas) == (in_order ? Orders{1} : Orders{1, 4}));
    CHECK(quotas.over_milli(TenantId{0}) <= 0);
    quotas.gives_back(TenantId{0}, {6, 0});
    CHECK(let_in(quotas) == (in_order ? Orders{3, 4} : Orders{3}));
    CHECK_FALSE(quotas.may_let_in());
  }
}

TEST_CASE("quotas: a quota that changes by day lets in when it grows and takes nothing from who runs when it falls") {
  const std::vector<Tenant> tenants = {tenant("lab", {}, 0, {{100, 4}, {200, 8}, {300, 2}})};
  Quotas quotas(quotas_of(""), tenants, kRegions);
  CHECK(quotas.changes_s() == std::vector<double>{100, 200, 300});
  quotas.advance(0);
  REQUIRE(quotas.binds(TenantId{0}));
  quotas.wait(waits(1, 0, 3));
  CHECK(let_in(quotas) == Orders{1});  // before its first step a tenant has no quota
  quotas.advance(100);
  quotas.wait(waits(2, 0, 3));
  CHECK(let_in(quotas).empty());
  quotas.advance(200);
  CHECK(let_in(quotas) == Orders{2});
  quotas.advance(300);
  CHECK(quotas.over_milli(TenantId{0}) == 4000);
  quotas.gives_back(TenantId{0}, {3, 0});
  quotas.wait(waits(3, 0, 1));
  CHECK(let_in(quotas).empty());
  quotas.gives_back(TenantId{0}, {3, 0});
  CHECK(let_in(quotas) == Orders{3});
}

TEST_CASE("quotas: tenants of a kind and region share one; their own hold beside it, and the first in order goes first") {
  const std::vector<Tenant> tenants = {tenant("a", TenantKind::kSmallFirm, 1), tenant("b", TenantKind::kSmallFirm, 1, {{-1e300, 2}}),
                                       tenant("c", TenantKind::kSmallFirm, 0), tenant("d", TenantKind::kUniversity, 1)};
  Quotas quotas(quotas_of(R"(quota { quota: "southern firms" tenant_kind: "small_firm" region: "south" cards: 4 }
                             quota { quota: "universities" tenant_kind: "university" share: 0.25 })"),
                tenants, kRegions);
  quotas.advance(0);
  quotas.in_service(10, 0);
  CHECK_FALSE(quotas.binds(TenantId{2}));
  for (const WaitingJob& job : {waits(1, 1, 2), waits(2, 1, 1), waits(3, 0, 2), waits(4, 0, 1), waits(5, 3, 3), waits(6, 3, 2)}) {
    REQUIRE(quotas.binds(job.tenant));
    quotas.wait(job);
  }
  CHECK(let_in(quotas) == Orders{1, 3, 6});  // 2: b has two; 4: the firms have four; 5: a quarter of ten is two
  quotas.gives_back(TenantId{1}, {2, 0});
  CHECK(let_in(quotas) == Orders{2, 4});
  quotas.in_service(20, 0);
  CHECK(let_in(quotas) == Orders{5});
}

TEST_CASE("quotas: a card above a narrow and a wide quota is borrowed once, and what a fallen quota leaves is not borrowed") {
  const std::vector<Tenant> tenants = {tenant("a", {}, 0, {{-1e300, 4}}), tenant("b", {}, 0, {{-1e300, 4}, {100, 1}})};
  Quotas quotas(quotas_of(R"(quota { quota: "all" cards: 6 })"), tenants, kRegions);
  quotas.advance(0);
  quotas.holds(TenantId{1}, 4000, false, 0);  // within
  quotas.holds(TenantId{0}, 7000, true, 0);   // a is three above its four; together they are five above six
  CHECK(quotas.borrowed_card_s(10) == doctest::Approx(5 * 10));
  quotas.advance(100);                        // b is three above its own now, with no borrower
  CHECK(quotas.borrowed_card_s(110) == doctest::Approx(5 * 110));
  quotas.holds(TenantId{1}, -4000, false, 110);  // a alone: three above its own, one above all
  CHECK(quotas.borrowed_card_s(120) == doctest::Approx(5 * 110 + 3 * 10));
  quotas.holds(TenantId{0}, -7000, true, 120);
  CHECK(quotas.borrowed_card_s(1000) == doctest::Approx(5 * 110 + 3 * 10));
}

TEST_CASE("quotas: unknown tenants, groups that nobody belongs to, and neither or both of cards and share are refused") {
  const std::vector<Tenant> tenants = {tenant("lab", TenantKind::kUniversity)};
  CHECK(refusal(R"(quota { quota: "x" tenant: "lba" cards: 1 })", tenants) == "scheduler.quotas.quota[x].tenant: no tenant of the run is \"lba\", of that kind and region");
  CHECK(refusal(R"(quota { quota: "x" tenant_kind: "startup" cards: 1 })", tenants) == "scheduler.quotas.quota[x]: no tenant of the run is of this kind and region");
  CHECK(refusal(R"(quota { quota: "x" region: "south" cards: 1 })", tenants) == "scheduler.quotas.quota[x]: no tenant of the run is of this kind and region");
  CHECK(refusal(R"(quota { quota: "x" region: "east" cards: 1 })", tenants) == "scheduler.quotas.quota[x].region: there is no region \"east\"");
  CHECK(refusal(R"(quota { quota: "x" })", tenants) == "scheduler.quotas.quota[x]: a quota is a number of cards or a share of all cards, one of the two");
  CHECK(refusal(R"(quota { quota: "x" cards: 1 share: 0.5 })", tenants) == "scheduler.quotas.quota[x]: a quota is a number of cards or a share of all cards, one of the two");
  CHECK(refusal(R"(quota { quota: "x" tenant: "lab" cards: 1 })", tenants) == "accepted");
}

TEST_CASE("lending: who is above his quota borrows only what does not delay the first in line") {
  // Four one-card nodes: two are held until 100 s. The first in line wants three.
  Pool hall = pool(4, 1, scheduler("easy_backfill"));
  hall.submit({JobId{1}, {2, 0}, 100, 1});
  REQUIRE(hall.start_next(0));
  hall.submit({JobId{2}, {3, 0}, 50, 2});
  CHECK_FALSE(hall.start_next(0));
  WaitingQueue aside;
  aside.push({JobId{3}, {2, 0}, 200, 3});  // would delay it
  CHECK_FALSE(hall.next_to_borrow(aside, 0));
  aside.push({JobId{4}, {1, 0}, 200, 4});  // one card is to spare at 100 s
  CHECK(hall.next_to_borrow(aside, 0)->order == 4);
  aside.push({JobId{5}, {2, 0}, 100, 5});
  aside.remove({JobId{4}, {1, 0}, 200, 4});
  CHECK(hall.next_to_borrow(aside, 0)->order == 5);  // ends by then
}

TEST_CASE("recall: the borrowed job that started last gives way, as long as its tenant is above its quota, and no other") {
  std::int64_t over_milli = 2000;
  Pool hall = pool(4, 1, scheduler("easy_backfill"));
  hall.allow_recall([&](TenantId tenant) { return tenant == TenantId{1} ? over_milli : 0; });
  const auto run = [&](WaitingJob job, double now_s) { return hall.borrow(job, now_s); };
  hall.submit(waits(1, 0, 1));
  REQUIRE(hall.start_next(0));
  run(waits(2, 1, 1), 1);
  run(waits(3, 1, 1), 2);
  run(waits(4, 2, 1), 3);  // borrowed too, but its tenant has come back within its quota
  WaitingJob owner = waits(5, 3, 1);
  CHECK_FALSE(hall.preempt(4));
  hall.submit(owner);  // no quota of its own: calls nobody back
  CHECK_FALSE(hall.preempt(4));
  owner = waits(6, 3, 1);
  owner.marks = kRecalls;
  hall.submit(owner);
  auto order = hall.preempt(4);
  REQUIRE(order);
  CHECK(order->job.order == 6);
  CHECK(order->victims == std::vector<JobId>{JobId{3}});
  hall.withdraw(owner);
  owner = waits(7, 3, 3);
  owner.marks = kRecalls;
  hall.submit(owner);
  CHECK_FALSE(hall.preempt(4));  // only two can be called back
  over_milli = 0;
  hall.withdraw(owner);
  owner = waits(8, 3, 1);
  owner.marks = kRecalls;
  hall.submit(owner);
  CHECK_FALSE(hall.preempt(4));
}
