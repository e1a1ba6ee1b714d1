// A thousand random fleets and terms: whatever they are, the ledger closes to the won.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "sim/economics/money_ledger.h"
#include "sim/random.h"
#include "tests/economics/support.h"

using namespace dure::sim;
using namespace dure::test;

namespace {

/// Two years of sites, tranches and terms, drawn from one number.
struct Draw {
  explicit Draw(std::uint64_t number) : random(Seed{number}, "test/money") {}
  int between(int low, int high) { return low + int(random.uniform() * (high - low + 1)); }
  double real(double low, double high) { return low + random.uniform() * (high - low); }
  bool coin() { return random.uniform() < 0.5; }
  Random random;
};

std::string day(int number) { return to_string(Calendar(parse_date("2025-01-01")).date(number * kDay_s)); }

std::string random_text(Draw& draw) {
  std::ostringstream text;
  text.precision(17);
  text << "card { card: \"H\" } node { card: \"H\" cards_per_node: 8 } card { card: \"L\" } node { card: \"L\" cards_per_node: 4 } region { region: \"r\" city: \"c\" }\n";
  const int sites = draw.between(1, 3), tranches = draw.between(1, 5);
  for (int s = 0; s < sites; ++s) text << "site { site: \"s" << s << "\" region: \"r\" peak_power_mw: 100 owned_building: " << (draw.coin() ? "true" : "false") << " }\n";
  for (int t = 0; t < tranches; ++t) {
    const int cards = draw.between(1, 900), ordered = draw.between(-300, 400), delivered = ordered + draw.between(0, 300);
    const bool rental = draw.between(0, 3) == 0;
    text << "tranche { tranche: \"t" << t << "\" site: \"s" << draw.between(0, sites - 1) << "\" card: \"" << (draw.coin() ? "H" : "L") << "\" cards: " << cards
         << " government_use_cards: " << draw.between(0, cards) << " ordered: \"" << day(ordered) << "\" promised: \"" << day(ordered + draw.between(0, 300)) << "\" delivered_mid: \"" << day(delivered)
         << "\" installed: " << (draw.coin() ? "true" : "false") << " cancelled: " << (draw.between(0, 7) == 0 ? "true" : "false");
    if (rental) text << " kind: \"rental\" term_end: \"" << day(ordered + 300 + draw.between(0, 600)) << "\"";
    if (draw.coin()) {
      text << (rental ? " rent_usd_per_card_hour: " : " price_usd_per_card: ") << draw.real(1, rental ? 9 : 90000);
      if (!rental && draw.coin()) text << " price_covers: \"server\"";
    }
    text << " }\n";
  }
  text << "commissioning { draw_delivery: false retirement_years: " << draw.real(0.2, 6) << " }\n";
  text << "economics { fx_krw_per_usd: " << draw.real(1000, 2000) << " discount_rate_per_year: " << draw.real(0, 0.2) << " residual_value_share: " << draw.real(0, 1)
       << " network_krw_per_site_month: " << draw.real(0, 1e8) << " bulk_exponent: " << draw.real(0, 0.1) << " colocation_basis: " << (draw.coin() ? "delivered" : "contracted");
  if (draw.coin()) text << " operator { fee_krw_per_card_year: " << draw.real(0, 1e7) << " availability: " << draw.real(0.8, 1) << " penalty_krw_per_card_hour: " << draw.real(0, 9000) << " }";
  if (draw.coin()) text << " market_rent { card: \"H\" usd_per_card_hour: " << draw.real(1, 9) << " }";
  if (draw.coin()) {
    const double first = draw.real(0, 1), second = draw.real(0, 1 - first);
    text << " payment_schedule { schedule: \"usual\" payment { at: order share: " << first << " } payment { share: " << second << " months: " << draw.between(0, 3)
         << " } payment { at: acceptance share: " << 1 - first - second << " months: " << draw.real(0, 20) << " } }";
  }
  text << " }";
  return text.str();
}

/// What is wrong with the books of two years; nothing: empty.
std::string broken(std::uint64_t number) {
  Draw draw(number);
  const std::string text = random_text(draw);
  const Case c(parsed(text));
  const double end_s = 730 * kDay_s;
  const double rate = c.scenario.economics().discount_rate_per_year();
  MoneyLedger ledger(rate, Calendar(parse_date("2025-01-01")), end_s);
  std::vector<MoneyEntry> booked;
  const auto book = [&](const MoneyEntry& entry) {
    if (entry.krw == 0) return;
    ledger.book(entry);
    booked.push_back(entry);
  };
  std::ostringstream wrong;
  for (std::uint32_t t = 0; t < c.fleet.tranches().size(); ++t) {
    std::vector<MoneyEntry> paid;
    std::int64_t price_krw = 0;
    for (const MoneyEntry& entry : c.economics.purchase(TrancheId{t})) {
      if (entry.kind != MoneyKind::kFacility) price_krw += entry.krw;
      if (entry.at_s < 0 || entry.at_s >= end_s) continue;
      paid.push_back(entry);
      book(entry);
    }
    const TrancheFacts& tranche = c.fleet.tranches()[t];
    const std::int64_t due_krw = tranche.rental || tranche.cancelled ? 0 : whole_krw(c.economics.price_krw_per_card(TrancheId{t}) * tranche.cards);
    if (price_krw != due_krw) wrong << "payments of " << tranche.name << " sum to " << price_krw << ", its price is " << due_krw << "\n";
    std::int64_t worth_krw = 0, paid_krw = 0;
    for (const MoneyEntry& entry : c.economics.residual(TrancheId{t}, paid, end_s)) {
      worth_krw += entry.krw;
      book(entry);
    }
    for (const MoneyEntry& entry : paid) paid_krw += entry.krw;
    if (worth_krw > paid_krw + 1) wrong << tranche.name << " is worth more than was paid\n";  // two sums rounded
  }
  for (std::uint32_t s = 0; s < c.fleet.sites().size(); ++s)
    for (double from_s = 0; from_s < end_s;) {
      const double until_s = std::min(end_s, from_s + draw.real(1, 60) * kDay_s);
      for (const MoneyEntry& entry : c.economics.running_costs(SiteId{s}, from_s, until_s, draw.real(0, 1e9), draw.real(0, 100) * kDay_s)) book(entry);
      from_s = until_s;
    }
  for (int project = draw.between(0, 20); project > 0; --project) {
    const std::string tenant = "tenant " + std::to_string(draw.between(1, 5));
    const double at_s = draw.real(0, end_s), hours = draw.real(0, 1e5), price = draw.real(0, 6100);
    book(Economics::user_payment(at_s, tenant, "project", hours, price));
    book(Economics::subsidy(at_s, tenant, "project", hours, 6100 - price));
    if (draw.coin()) book(Economics::support(at_s, tenant, "people", draw.real(0, 1e9)));
  }
  ledger.check_closes();

  // The same once more, from the entries alone.
  std::map<std::string, std::int64_t> cash, filed;
  std::map<MoneyKind, std::int64_t> by_kind;
  std::int64_t all = 0, budget_krw = 0;
  double npv = 0, moved = 0;
  for (const MoneyEntry& entry : booked) {
    by_kind[entry.kind] += entry.krw;
    moved += double(entry.krw);
    if (entry.kind != MoneyKind::kSubsidy)
      for (const auto& [account, sign] : {std::pair{entry.payee, 1.0}, {entry.payer, -1.0}})
        if (account == "state" || account == "operator") npv += sign * double(entry.krw) / std::pow(1 + rate, entry.at_s / kYear_s);
    if (is_memo(entry.kind)) continue;
    cash[entry.payer] -= entry.krw;
    cash[entry.payee] += entry.krw;
  }
  for (const auto& [account, krw] : cash) {
    all += krw;
    if (krw != ledger.cash_balance_krw(account)) wrong << "balance of " << account << "\n";
  }
  if (all != 0) wrong << "balances sum to " << all << "\n";
  for (const auto& [kind, krw] : by_kind)
    if (krw != ledger.totals().of(kind)) wrong << "sum of " << kMoneyKindNames[std::size_t(kind)] << "\n";
  for (const BudgetItem& item : ledger.budget()) {
    filed[item.account] += is_revenue(item.line) ? item.krw : -item.krw;
    if (!is_revenue(item.line)) budget_krw += item.krw;
  }
  for (const char* account : {"state", "operator"})
    if (filed[account] != cash[account]) wrong << "budget of the " << account << "\n";
  if (budget_krw != ledger.totals().cost_krw() + ledger.totals().of(MoneyKind::kOperatorFee) + ledger.totals().of(MoneyKind::kPenalty)) wrong << "what is filed is not what was spent\n";
  // Sums of doubles in the same order, relative to what moved.
  if (std::abs(npv - ledger.npv_house_krw()) > 1e-12 * moved) wrong << "net present value\n";
  return wrong.str().empty() ? std::string() : wrong.str() + text;
}

}  // namespace

TEST_CASE("random fleets: in a thousand of them every won has a payer and a payee, and budget, balances and sums agree to the won") {
  int closed = 0;
  for (std::uint64_t number = 1; number <= 1000; ++number) {
    const std::string wrong = broken(number);
    closed += wrong.empty();
    CHECK_MESSAGE(wrong.empty(), "fleet " << number << ":\n" << wrong);
  }
  MESSAGE(closed, " of 1,000 fleets close to the won");
}
