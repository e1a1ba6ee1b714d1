#pragma once
#include <vector>

#include "sim/economics/economics.h"
#include "sim/engine/meters.h"
#include "sim/engine/run_state.h"

namespace dure::sim {

/// Who paid what: economics asked at deliveries, with every electricity bill, at every month's end and when a grant ends.
class Books {
 public:
  explicit Books(RunState& run);  // a run without Economics keeps no books

  void on_delivery(TrancheId tranche);
  void on_bill(SiteId site, const MonthBill& bill);
  void on_month();                       // an hour into a month, when the bills of the month before are in
  void on_payment(const Grant& grant, const std::string& tenant, double used_card_s);
  void on_support(const std::string& tenant, const char* reason, double krw);
  void close();
  void add_metrics(Summary& summary, double productive_card_hours) const;
  /// What the nominal cards of each pool carry for the whole run; only where why_no_total() says nothing.
  std::vector<Economics::Carried> carried() const;
  std::optional<Text> why_no_total() const;

 private:
  void book(const std::vector<MoneyEntry>& entries);
  void book_site(SiteId site, double electricity_krw);

  RunState& run_;
  std::unique_ptr<Economics> economics_;
  std::vector<double> booked_until_s_;   // by site
  std::vector<double> electricity_krw_;  // by site: billed, not booked yet
  std::vector<double> running_krw_;      // by site: booked, without rent of cards
  MoneyTotals totals_;
  bool has_electricity_ = false;
};

}  // namespace dure::sim
