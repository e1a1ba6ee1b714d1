#pragma once
#include <functional>
#include <vector>

#include "sim/economics/economics.h"
#include "sim/economics/money_ledger.h"
#include "sim/engine/meters.h"
#include "sim/engine/run_state.h"

namespace dure::sim {

/// Who paid what: economics asked on days of payment, with every electricity bill, at every month's end and when a grant ends.
class Books {
 public:
  explicit Books(RunState& run);  // a run without Economics keeps no books

  void on_payment_day(std::uint32_t number);
  void on_bill(SiteId site, const MonthBill& bill);
  void on_month();                       // an hour into a month, when the bills of the month before are in
  void on_grant_used(const Grant& grant, const std::string& tenant, double used_card_s);
  void on_support(const std::string& tenant, const char* reason, double krw);
  void close();                          // books what is left, checks that everything closes, writes the budget
  void add_metrics(Summary& summary, double productive_card_hours) const;
  void add_unit_costs(Summary& summary) const;  // once models and projects are counted
  /// What the nominal cards of each pool carry for the whole run; only where why_no_total() says nothing.
  std::vector<Economics::Carried> carried() const;
  std::optional<Text> why_no_total() const;

  /// Card-seconds of public bought cards of a site that were down so far.
  std::function<double(SiteId)> public_down_card_s;

 private:
  void book(const MoneyEntry& entry);
  void book_site(SiteId site);
  double held_card_s(std::size_t pool) const;  // by jobs, so far

  struct Due {
    TrancheId tranche;
    MoneyEntry entry;
  };

  RunState& run_;
  std::unique_ptr<Economics> economics_;
  std::unique_ptr<MoneyLedger> ledger_;
  std::vector<Due> due_;                                // purchases of what comes within the run, by number
  std::vector<std::vector<MoneyEntry>> paid_;           // of them, by tranche
  std::vector<double> booked_until_s_;                  // by site
  std::vector<double> electricity_krw_;                 // by site: billed, not booked yet
  std::vector<double> electricity_paid_krw_;            // by site: booked
  std::vector<double> down_booked_card_s_;              // by site: of public bought cards, until booked_until_s_
  std::vector<double> running_krw_;                     // by site: booked, without rent of cards
  std::vector<double> held_booked_card_s_;              // by pool: held by jobs until booked_until_s_ of its site
  bool has_electricity_ = false;
};

}  // namespace dure::sim
