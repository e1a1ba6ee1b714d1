#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "sim/economics/economics.h"
#include "sim/economics/money_ledger.h"
#include "sim/engine/meters.h"
#include "sim/engine/run_state.h"

namespace dure::sim {

/// Who paid what: economics asked for payments, with every electricity bill, at every month's end and when a grant ends.
///
/// Nothing in a run reads the books, so they can be kept again from the first day, on other terms and for another fleet, from what was noted.
class Books {
 public:
  explicit Books(RunState& run);  // a run without Economics keeps no books

  void on_bill(SiteId site, const MonthBill& bill);
  void on_month();                       // an hour into a month, when the bills of the month before are in
  void on_grant_used(const Grant& grant, const std::string& tenant, double used_card_s);
  void on_support(const std::string& tenant, const char* reason, double krw);
  /// Other terms and another fleet from the first day on.
  void become(const ::dure::Scenario& scenario, const Fleet& fleet);
  void close();                          // books what is left, checks that everything closes, writes the budget
  void add_metrics(Summary& summary, double productive_card_hours) const;
  void add_unit_costs(Summary& summary) const;  // once models and projects are counted
  /// What the nominal cards of each pool carry for the whole run; only where why_no_total() says nothing.
  std::vector<Economics::Carried> carried() const;
  std::optional<Text> why_no_total() const;

  /// Card-seconds of public bought cards of a site that were down so far.
  std::function<double(SiteId)> public_down_card_s;

 private:
  void begin();
  void pay_until(double at_s, Event event);   // what fell due by the time that such an event is dealt with
  void note(const MoneyEntry& entry);
  void book(const MoneyEntry& entry);
  void book_site(SiteId site, double down_card_s, const std::vector<double>& held_card_s, double until_s);
  std::vector<double> held_so_far_card_s(SiteId site) const;   // by jobs, by pool of the site

  struct Due {
    TrancheId tranche;
    MoneyEntry entry;
  };

  /// What the books were told; the fields that its event does not use are empty.
  struct Noted {
    double at_s;
    Event event;
    SiteId site{};
    double bill_krw = 0;
    double down_card_s = 0;                             // of the site, at a month's end
    std::vector<double> held_card_s = {};               // of its pools, at a month's end
    std::optional<MoneyEntry> entry = {};
  };

  RunState& run_;
  const ::dure::Scenario* scenario_;
  const Fleet* fleet_;
  std::vector<Noted> noted_;
  bool again_ = false;                                  // it has been in the tables before
  std::unique_ptr<Economics> economics_;
  std::unique_ptr<MoneyLedger> ledger_;
  std::vector<Due> due_;                                // purchases of what comes within the run, in order of time
  std::size_t paid_so_far_ = 0;                         // of them
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
