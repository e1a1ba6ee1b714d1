// Money in whole runs: every won of the table is in the budget, the metrics and the balances, and each rule moves its metric.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <sstream>

#include "sim/engine/run.h"
#include "sim/error.h"
#include "sim/random.h"
#include "sim/scenario.h"
#include "sim/units.h"
#include "tests/support/run_text.h"

using namespace dure::test;

namespace {

/// Question 5 on 160 cards, of which the operator keeps 32; bought within the run, which lasts to the end of September.
dure::Scenario centre(std::vector<std::string> sets = {}) {
  std::vector<std::string> all = {"tranche[centre].cards=160", "tranche[centre].government_use_cards=128", "site[centre].peak_power_mw=2", "workload.projects.applicants_per_call=20",
                                  "workload.projects.cards_max=32", "tranche[centre].ordered=2026-01-15", "end_date=2026-10-01"};
  all.insert(all.end(), sets.begin(), sets.end());
  return dure::sim::load_scenario("scenarios/questions/05-own-use.txtpb", all).scenario;
}

void add_schedule(dure::Scenario& scenario, double at_order, double at_delivery, double at_acceptance, double months_later) {
  auto* schedule = scenario.mutable_economics()->add_payment_schedule();
  schedule->set_schedule("usual");
  const auto add = [&](dure::Payment::Milestone at, double share, double months) {
    auto* payment = schedule->add_payment();
    payment->set_at(at);
    payment->set_share(share);
    payment->set_months(months);
  };
  add(dure::Payment::order, at_order, 0);
  add(dure::Payment::delivery, at_delivery, 0);
  add(dure::Payment::acceptance, at_acceptance, months_later);
}

/// What does not agree with what; nothing: empty.
std::string broken(const RunResult& run, double discount_rate) {
  std::ostringstream wrong;
  const auto sum = [&](const std::string& where) { return run.number("SELECT ifnull(sum(krw), 0) FROM money WHERE " + where); };
  if (run.number("SELECT count(*) FROM money WHERE typeof(krw) <> 'integer' OR krw <= 0 OR payer = payee OR payer = '' OR payee = '' OR reason = '' OR date = ''") > 0) wrong << "rows that are no payments\n";
  for (const char* kind : {"capex", "facility", "electricity", "staff", "maintenance", "network", "rent", "programme"})
    if (run[std::string("cost_krw.") + kind] != sum(std::string("kind = '") + kind + "'")) wrong << "metric and rows of " << kind << "\n";
  const std::string costs = "kind IN ('capex', 'facility', 'electricity', 'staff', 'maintenance', 'network', 'rent', 'programme')";
  if (run["cost_krw.total"] != sum(costs)) wrong << "total\n";
  double monthly = 0;
  for (const double krw : run.numbers("SELECT sum(krw) FROM money WHERE " + costs + " GROUP BY substr(date, 1, 7)")) monthly += krw;
  if (run["cost_krw.total"] != monthly) wrong << "months\n";
  if (run["income_krw.user_payments"] != sum("kind = 'user_payments'") || run["memo_krw.subsidy"] != sum("kind = 'subsidy'") || run["residual_krw"] != sum("kind = 'residual_value'")) wrong << "income and memo\n";
  if (run.number("SELECT count(*) FROM money WHERE memo <> (kind IN ('subsidy', 'residual_value'))") > 0) wrong << "memo rows\n";
  if (run.number("SELECT count(*) FROM money WHERE fiscal_year > CAST(substr(date, 1, 4) AS INTEGER)") > 0) wrong << "fiscal years that have not begun\n";
  for (const std::string account : {"state", "operator"}) {
    const double cash = sum("memo = 0 AND payee = '" + account + "'") - sum("memo = 0 AND payer = '" + account + "'");
    const double filed = run.number("SELECT ifnull(sum(CASE side WHEN 'revenue' THEN krw ELSE -krw END), 0) FROM budget WHERE account = '" + account + "'");
    if (cash != filed) wrong << account << " filed " << filed << " and moved " << cash << "\n";
  }
  if (run.number("SELECT count(*) FROM budget WHERE krw_million <> krw / 1e6 OR line_ko = '' OR line_en = ''") > 0) wrong << "millions\n";
  if (run.number("SELECT count(*) FROM (SELECT fiscal_year, sum(krw) AS k FROM money WHERE memo = 0 AND payer = 'state' GROUP BY 1) AS paid "
                 "WHERE k <> (SELECT sum(krw) FROM budget WHERE account = 'state' AND side = 'expenditure' AND fiscal_year = paid.fiscal_year)") > 0)
    wrong << "fiscal years\n";
  double house = 0, state = 0;
  for (const auto& row : run.rows("SELECT at_s, payer, payee, krw FROM money WHERE kind <> 'subsidy'")) {
    const double now = std::stod(row[3]) * std::pow(1 + discount_rate, -std::stod(row[0]) / dure::sim::kYear_s);
    const auto in_house = [](const std::string& who) { return who == "state" || who == "operator"; };
    house += now * (int(in_house(row[2])) - int(in_house(row[1])));
    state += now * (int(row[2] == "state") - int(row[1] == "state"));
  }
  // Sums of doubles in the same order.
  if (std::abs(house - run["npv_krw.total"]) > 1e-9 * std::abs(house) || std::abs(state - run["npv_krw.state"]) > 1e-9 * std::abs(state)) wrong << "net present values\n";
  return wrong.str();
}

}  // namespace

TEST_CASE("money: over random terms the rows, the budget, the metrics and the net present value of a run agree to the won") {
  for (std::uint64_t number = 1; number <= 12; ++number) {
    dure::sim::Random draw(dure::sim::Seed{number}, "test/money");
    dure::Scenario scenario = centre({"end_date=" + std::string(number % 3 == 0 ? "2027-02-11" : number % 3 == 1 ? "2026-05-20" : "2026-03-31")});
    scenario.set_seed(number);
    auto& terms = *scenario.mutable_economics();
    terms.set_discount_rate_per_year(draw.uniform(0, 0.2));
    terms.set_network_krw_per_site_month(draw.uniform(0, 1e8));
    terms.mutable_operator_()->set_fee_krw_per_card_year(draw.uniform(0, 1e7));
    terms.mutable_operator_()->set_availability(draw.uniform(0.97, 1));
    terms.mutable_operator_()->set_penalty_krw_per_card_hour(draw.uniform(1, 9000));
    if (draw.chance(0.5)) scenario.mutable_tranche(0)->set_price_covers("server");
    if (draw.chance(0.5)) scenario.mutable_site(0)->set_owned_building(true);
    const double first = draw.uniform(), second = draw.uniform(0, 1 - first);
    if (draw.chance(0.7)) add_schedule(scenario, first, second, 1 - first - second, draw.uniform(0, 12));
    const RunResult done = run(scenario);
    CHECK_MESSAGE(broken(done, terms.discount_rate_per_year()).empty(), "number " << number << ": " << broken(done, terms.discount_rate_per_year()));
  }
}

TEST_CASE("money: an advance before the run is no cash of it, the last part after it is still owed, and both leave a part of the worth") {
  const RunResult at_once = run(centre());
  const double price = 160.0 * 111144945;
  CHECK(at_once["cost_krw.capex"] == price);
  CHECK(at_once["memo_krw.unpaid"] == 0);
  dure::Scenario scenario = centre();
  add_schedule(scenario, 0.3, 0.5, 0.2, 12);
  const RunResult parts = run(scenario);
  CHECK(parts["cost_krw.capex"] == doctest::Approx(0.5 * price).epsilon(1e-9));
  CHECK(parts["memo_krw.unpaid"] == doctest::Approx(0.2 * price).epsilon(1e-9));
  CHECK(parts["residual_krw"] == doctest::Approx(0.5 * at_once["residual_krw"]).epsilon(1e-9));
  CHECK(parts["cost_krw_per_productive_card_hour"] == at_once["cost_krw_per_productive_card_hour"]);  // when it is paid is not what it costs
  // 214 days of service: 1 - 0.9 x 214 / (5 x 365.25) of the price is left.
  CHECK(at_once["residual_krw"] == doctest::Approx(price * (1 - 0.9 * 214 / (5 * 365.25))).epsilon(1e-6));
  scenario.mutable_economics()->mutable_payment_schedule(0)->mutable_payment(0)->set_share(0.4);
  CHECK_THROWS_WITH(run(scenario), doctest::Contains("sum to 1.1 of the price, not to 1"));
}

TEST_CASE("money, ablated: each rule moves its own metric, and what its model is not in the run for is empty with a reason") {
  const RunResult base = run(centre());
  const auto with = [](const std::string& set) { return run(centre({set})); };
  CHECK(with("economics.residual_value_share=0")["residual_krw"] < base["residual_krw"]);
  CHECK(with("economics.discount_rate_per_year=0")["npv_krw.total"] > base["npv_krw.total"]);   // cards are paid on the first day; what is left of them weighs more
  CHECK(with("economics.network_krw_per_site_month=5e7")["cost_krw.network"] == doctest::Approx(5e7 * 12 * 214 / 365.25).epsilon(1e-6));
  CHECK(base["cost_krw.network"] == 0);
  CHECK(base["operator_krw.penalty"] == 0);
  const RunResult strict = run(centre({"economics.operator.availability=1", "economics.operator.penalty_krw_per_card_hour=1000"}));
  CHECK(strict["operator_krw.penalty"] > 0);
  CHECK(strict["operator_krw.penalty"] <= 1000 * strict["card_hours.down"]);  // own-use cards that are down are not the state's
  CHECK(strict["operator_krw.margin"] == base["operator_krw.margin"] - strict["operator_krw.penalty"]);
  CHECK(strict["cost_krw.total"] == base["cost_krw.total"]);
  // Users pay up to a tenth of 6,100 won; all of the market price is either paid or given.
  CHECK(base["memo_krw.subsidy"] + base["income_krw.user_payments"] == doctest::Approx(6100 * base.number("SELECT sum(used_card_hours) FROM grants")).epsilon(1e-6));
  CHECK(base["subsidised_share"] > 0.9);
  CHECK(with("programme.user_price.small_firm=1")["subsidised_share"] < base["subsidised_share"]);
  // What users used, at its market price, is all that the net benefit adds: later than the first day, so worth a little less than its sum.
  const double use_krw = base["npv_krw.net_benefit"] - base["npv_krw.total"];
  CHECK(use_krw < base["memo_krw.subsidy"]);
  CHECK(use_krw > base["memo_krw.subsidy"] * std::pow(1.045, -214 / 365.25));
  CHECK(with("economics.discount_rate_per_year=0")["npv_krw.net_benefit"] - with("economics.discount_rate_per_year=0")["npv_krw.total"] == base["memo_krw.subsidy"]);
  const double unit_krw = base["cost_krw_per_productive_card_hour"] * base["card_hours.productive"];
  CHECK(base["cost_krw_per_project_served"] == doctest::Approx(unit_krw / base["projects.granted"]));
  if (base["capability.models"] > 0) CHECK(base["cost_krw_per_trained_model"] == doctest::Approx(unit_krw / base["capability.models"]));
  // An H200 has the BF16 peak of an H100, so its hours count as they are; a B200 counts 2,250 / 989.
  CHECK(base["h100_equivalent_card_hours"] == doctest::Approx(base["card_hours.productive"]));
  CHECK(base["cost_krw_per_h100_equivalent_hour"] == doctest::Approx(base["cost_krw_per_productive_card_hour"]));
  const RunResult newer = with("tranche[centre].card=B200-SXM-180");
  CHECK(newer["h100_equivalent_card_hours"] == doctest::Approx(newer["card_hours.productive"] * 2250 / 989));
  CHECK(newer["cost_krw_per_h100_equivalent_hour"] == doctest::Approx(newer["cost_krw_per_productive_card_hour"] / 2250 * 989));
  CHECK(base["break_even_utilisation"] == doctest::Approx(base["cost_krw.annual_per_owned_card"] / (4.3 * 1422 * 8766)));
  CHECK(with("economics.fx_krw_per_usd=1300")["break_even_utilisation"] == doctest::Approx(base["break_even_utilisation"] * 1422 / 1300));

  dure::Scenario bare = centre();
  bare.mutable_economics()->clear_market_rent();
  bare.mutable_programme()->clear_capability();
  bare.mutable_economics()->clear_operator_();
  const RunResult without = run(bare);
  for (const char* metric : {"break_even_utilisation", "cost_krw_per_trained_model", "operator_krw.penalty"}) {
    CHECK_FALSE(without.has(metric));
    CHECK_FALSE(without.metrics[metric]["reason"]["ko"].get<std::string>().empty());
  }
  bare.clear_economics();
  const RunResult none = run(bare);
  for (const char* metric : {"cost_krw.network", "npv_krw.total", "npv_krw.state", "npv_krw.net_benefit", "residual_krw", "memo_krw.subsidy", "memo_krw.unpaid", "subsidised_share", "cost_krw.annual_per_owned_card",
                             "cost_krw_per_project_served"}) {
    CHECK_FALSE(none.has(metric));
    CHECK_FALSE(none.metrics[metric]["reason"]["en"].get<std::string>().empty());
  }
  CHECK(none.number("SELECT count(*) FROM budget") == 0);
}

TEST_CASE("money: productive card-hours for a million won are those of the run over what its cards carry, and fewer where power is dearer") {
  const RunResult base = run(centre());
  const auto stated_krw = [](const RunResult& one) { return one.number("SELECT sum(krw) FROM ledger"); };
  CHECK(base["productive_card_hours_per_million_krw"] == doctest::Approx(base["card_hours.productive"] / (stated_krw(base) / 1e6)).epsilon(1e-9));
  dure::Scenario dear = centre();
  for (auto& region : *dear.mutable_region()) region.set_tariff_adder_krw_per_kwh(200);
  const RunResult dearer = run(dear);
  CHECK(dearer["card_hours.productive"] == base["card_hours.productive"]);
  // The ledger carries the bill: what it is more by, the million won buy less by.
  const double more_krw = dearer["cost_krw.electricity"] - base["cost_krw.electricity"];
  CHECK(more_krw > 200 * 0.99 * base["energy_kwh.facility"]);
  CHECK(stated_krw(dearer) - stated_krw(base) == doctest::Approx(more_krw).epsilon(1e-6));
  CHECK(dearer["productive_card_hours_per_million_krw"] == doctest::Approx(base["card_hours.productive"] / ((stated_krw(base) + more_krw) / 1e6)).epsilon(1e-9));
  CHECK(dearer["productive_card_hours_per_million_krw"] < 0.99 * base["productive_card_hours_per_million_krw"]);
  dure::Scenario unpriced = centre();
  unpriced.mutable_power()->clear_tariff_row();
  const RunResult none = run(unpriced);
  CHECK_FALSE(none.has("productive_card_hours_per_million_krw"));
  CHECK_FALSE(none.metrics["productive_card_hours_per_million_krw"]["reason"]["ko"].get<std::string>().empty());
}

TEST_CASE("money: a rental paid when used costs what jobs held, month by month") {
  const std::vector<std::string> rental = {"tranche[centre].kind=rental", "tranche[centre].term_end=2027-12-31", "tranche[centre].rent_krw_per_card_hour=5000", "tranche[centre].government_use_cards=160"};
  dure::Scenario scenario = centre(rental);
  scenario.mutable_tranche(0)->clear_price_krw_per_card();
  const RunResult reserved = run(scenario);
  CHECK(reserved["cost_krw.rent"] == doctest::Approx(160 * 214 * 24 * 5000.0).epsilon(1e-9));
  scenario.mutable_tranche(0)->set_rent_basis("used");
  const RunResult used = run(scenario);
  double held = 0;
  for (const char* state : {"staging", "checkpointing", "restarting", "throttled", "held_idle", "rework", "productive"}) held += used[std::string("card_hours.") + state];
  CHECK(held > 0);
  CHECK(used["cost_krw.rent"] == doctest::Approx(held * 5000).epsilon(1e-9));
  CHECK(used["ledger_krw.total"] == doctest::Approx(used["cost_krw.rent"]).epsilon(1e-9));
  CHECK(broken(used, 0.045).empty());
}

TEST_CASE("money: the running costs of December are filed in December's year though paid in January; a discount rate of 100 % is refused") {
  dure::Scenario scenario = centre({"start_date=2026-12-01", "end_date=2027-01-03", "tranche[centre].promised=2026-12-01", "tranche[centre].delivered_low=2026-12-01",
                                    "tranche[centre].delivered_mid=2026-12-01", "tranche[centre].delivered_high=2026-12-01"});
  scenario.mutable_programme()->clear_call_rounds();
  scenario.mutable_workload()->clear_projects();
  scenario.mutable_programme()->clear_capability();
  const RunResult winter = run(scenario);
  CHECK(winter.number("SELECT krw FROM money WHERE kind = 'staff' AND fiscal_year = 2026") > 20 * winter.number("SELECT krw FROM money WHERE kind = 'staff' AND fiscal_year = 2027") / 2);
  CHECK(winter.rows("SELECT date FROM money WHERE kind = 'staff' AND fiscal_year = 2026")[0][0] == "2027-01-01");
  try {
    centre({"economics.discount_rate_per_year=1"});
    FAIL("100 % was taken");
  } catch (const dure::sim::Error& error) {
    CHECK(error.message.en == "`discount_rate_per_year` is 1, but must be at most 0.99");
    CHECK(error.help.en.find("0.045 is 4.5 %") != std::string::npos);
    CHECK(error.help.ko.find("0.045는 4.5%") != std::string::npos);
  }
}
