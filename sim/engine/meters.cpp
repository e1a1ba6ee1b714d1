#include "sim/engine/meters.h"

#include <algorithm>
#include <cmath>

#include "sim/scenario.pb.h"
#include "sim/units.h"

namespace dure::sim {
namespace proto = ::dure;

namespace {
constexpr double kQuarter_s = 900;
std::int64_t milliwatts(double power_w) { return std::llround(power_w * 1000); }
}  // namespace

std::vector<PoolWatts> pool_watts(const Facts& facts) {
  std::vector<PoolWatts> pools;
  if (!facts.scenario.has_power()) return pools;
  for (const PoolFacts& pool : facts.fleet.pools()) {
    for (const proto::NodeType& node : facts.scenario.node()) {
      if (node.card() != facts.fleet.card(pool.card).name) continue;
      const NodePowerModel model(node, facts.scenario.power());
      pools.push_back({milliwatts(model.it_w(0)), milliwatts((model.draw_w(1) - model.draw_w(0)) / pool.cards_per_node)});
    }
  }
  SIM_CHECK(pools.size() == facts.fleet.pools().size(), "every pool has a node type");
  return pools;
}

Meters::Meters(RunState& run) : run_(run) {
  for (const auto& room_mw : power_rooms(run)) caps_.push_back(room_mw ? std::make_unique<PowerCap>(*room_mw) : nullptr);
  if (!run.scenario.has_power()) return;
  const proto::Power& power = run.scenario.power();
  own_use_activity_ = power.own_use_activity();
  for (int i = 0; i < run.scenario.site_size(); ++i) {
    const proto::Site& site = run.scenario.site(i);
    const SiteFacts& facts = run.fleet.sites()[std::size_t(i)];
    const proto::Region& region = run.scenario.region(int(facts.region));
    Site& metered = sites_.emplace_back();
    metered.power = std::make_unique<SitePower>(power, site, region.climate_city().empty() ? region.city() : region.climate_city(), facts.contracted_kw,
                                                run.calendar, run.seed, run.horizon_s, region.tariff_adder_krw_per_kwh());
  }
  pools_ = pool_watts(run);
  energy_.resize(pools_.size());
  if (kQuarter_s < run.horizon_s) run.timers.set(kQuarter_s, Event::kQuarterHour, 0);
}

void Meters::change(SiteId id, std::int64_t by_mw) {
  Site& site = sites_[index(id)];
  site.it_mw += by_mw;
  site.it_j.set(run_.now_s, double(site.it_mw) * 1e-3);
}

void Meters::node_power(NodeId node, bool on) {
  if (sites_.empty()) return;
  const NodeFacts& facts = run_.fleet.node(node);
  const PoolWatts& watts = pools_[index(facts.pool)];
  const std::int64_t mw = (on ? 1 : -1) * watts.base_mw(facts, own_use_activity_);
  change(run_.fleet.pool(facts.pool).site, mw);
  energy_[index(facts.pool)].node(run_.now_s, facts.own_use, mw);
}

void Meters::job_works(const ActiveJob& job, const JobClass& job_class, int sign) {
  if (sites_.empty()) return;
  const double working = double(job.shares.working + job.shares.throttled) * 1e-9;  // cards
  const std::int64_t mw = std::llround(double(pools_[index(job.pool)].span_mw_per_card) * working * job_class.activity);
  change(run_.fleet.pool(job.pool).site, sign * mw);
  energy_[index(job.pool)].work(run_.now_s, job.regaining, sign * mw);
}

void Meters::on_quarter_hour() {
  book_quarter();
  if (run_.now_s + kQuarter_s < run_.horizon_s) run_.timers.set(run_.now_s + kQuarter_s, Event::kQuarterHour, 0);
}

/// Of the quarter-hour that is not booked yet, so that weather is asked for in the order of time.
double Meters::quarter_pue(Site& site, SiteId id) const {
  return site.power->pue(double(quarters_) * kQuarter_s, site.it_mw > 0 ? double(site.it_mw) * 1e-3 : contracted_kw(id) * 1000);
}

std::optional<double> Meters::krw_per_it_kwh(SiteId id) {
  if (sites_.empty()) return {};
  Site& site = sites_[index(id)];
  const auto price = site.power->marginal_krw_per_kwh(double(quarters_) * kQuarter_s);
  return price ? std::optional(*price * quarter_pue(site, id)) : std::nullopt;
}

std::optional<double> Meters::carbon_kg_per_it_kwh(SiteId id) {
  if (sites_.empty()) return {};
  Site& site = sites_[index(id)];
  const auto carbon = site.power->carbon_kg_per_kwh(double(quarters_) * kQuarter_s);
  return carbon ? std::optional(*carbon * quarter_pue(site, id)) : std::nullopt;
}

/// The quarter-hour that ends now; at the end of a run it may be shorter.
void Meters::book_quarter() {
  const double from_s = double(quarters_) * kQuarter_s;
  const double span_s = run_.now_s - from_s;
  const std::size_t quarter = std::size_t(quarters_++ % 4);
  double national_kw = 0;
  for (Site& site : sites_) {
    site.it_j.settle(run_.now_s);
    const double it_j = site.it_j.total() - site.it_j_before;
    site.it_j_before = site.it_j.total();
    const double it_w = it_j / span_s;
    const double facility_kw = it_w > 0 ? it_w * site.power->pue(from_s, it_w) / 1000 : 0;
    site.hour_it_j += it_j;
    site.quarter_kw[quarter] = facility_kw;
    site.hour_facility_kwh += facility_kw * span_s / kHour_s;
    national_kw += facility_kw;
  }
  peak_kw_ = std::max(peak_kw_, national_kw);
  if (quarter == 3)
    for (std::size_t i = 0; i < sites_.size(); ++i) book_hour(i, from_s - 3 * kQuarter_s);
}

void Meters::book_hour(std::size_t number, double hour_start_s) {
  Site& site = sites_[number];
  const double facility_kwh = site.hour_facility_kwh;
  const double peak_kw = *std::max_element(site.quarter_kw.begin(), site.quarter_kw.end());
  const double it_kwh = kwh_from_j(site.hour_it_j);
  it_kwh_ += it_kwh;
  facility_kwh_ += facility_kwh;
  site.it_kwh += it_kwh;
  site.facility_kwh += facility_kwh;
  const std::optional<double> carbon = site.power->carbon_kg_per_kwh(hour_start_s);
  has_carbon_ = has_carbon_ && carbon;
  carbon_kg_ += carbon.value_or(0) * facility_kwh;
  const SiteFacts& facts = run_.fleet.sites()[number];
  for (std::size_t pool = facts.pool_begin; pool < facts.pool_end; ++pool)
    energy_[pool].hour(run_.now_s, run_.pools[pool].ledger, it_kwh > 0 ? facility_kwh / it_kwh : 1, carbon.value_or(0));
  if (it_kwh > 0 && run_.recorder->power() != nullptr) {
    const std::optional<Air> air = site.power->air(hour_start_s);
    run_.recorder->power()->insert(std::int64_t(std::llround(hour_start_s / kHour_s)), std::string_view(run_.names.sites[number]), it_kwh, facility_kwh,
                                   facility_kwh / it_kwh, air ? std::optional<double>(air->wet_bulb_c) : std::nullopt, peak_kw);
  }
  if (hour_start_s >= facts.powered_from_s)  // no supply, no contract, no demand charge
    if (const auto bill = site.power->hour(hour_start_s, facility_kwh, site.quarter_kw); bill && billed) billed(SiteId(number), *bill);
  site.hour_it_j = 0;
  site.hour_facility_kwh = 0;
  site.quarter_kw.fill(0);
}

void Meters::close() {
  if (sites_.empty()) return;
  if (run_.now_s > double(quarters_) * kQuarter_s) book_quarter();
  if (quarters_ % 4 != 0)
    for (std::size_t i = 0; i < sites_.size(); ++i) book_hour(i, double(quarters_ / 4) * kHour_s);
  for (std::size_t i = 0; i < sites_.size(); ++i)
    if (const auto bill = sites_[i].power->close(); bill && billed) billed(SiteId(i), *bill);
}

std::optional<Text> Meters::why_no_energy() const {
  if (is_on()) return {};
  return Text{"no power model in this run", "이 실행에는 전력 모형이 없습니다"};
}

std::optional<Text> Meters::why_no_carbon() const {
  if (!is_on()) return why_no_energy();
  if (auto reason = no_carbon_reason(run_.scenario.power())) return reason;
  if (has_carbon_) return {};
  return Text{"grid_emission_factor does not cover every day of this run", "전력배출계수 grid_emission_factor가 실행 기간 전체를 덮지 않습니다"};
}

/// Both sides add the same whole milliwatts, each change of a draw rounding by at most 2^-53 of the sum: ten million changes stay
/// below a relative 1e-9 even if all rounded one way (four years of korea: 3e-14).
void Meters::check_closes() const {
  Energy sum;
  for (const EnergyLedger& pool : energy_)
    for (std::size_t account = 0; account < kAccounts; ++account) {
      const Energy& energy = pool[Account(account)];
      sum.it_kwh += energy.it_kwh;
      sum.facility_kwh += energy.facility_kwh;
      sum.carbon_kg += energy.carbon_kg;
    }
  auto is = [](double all, double metered) { return std::abs(all - metered) <= 1e-9 * std::max(1.0, metered); };
  SIM_CHECK(is(sum.it_kwh, it_kwh_), "the ledger in kWh does not close: the accounts do not sum to what the sites drew");
  SIM_CHECK(is(sum.facility_kwh, facility_kwh_), "the ledger in kWh does not close: the accounts do not sum to the energy at the meters");
  SIM_CHECK(is(sum.carbon_kg, carbon_kg_), "the ledger in kg of CO2 does not close");
}

void Meters::add_metrics(Summary& summary) const {
  const Text absent = why_no_energy().value_or(Text{});
  auto add = [&](std::string name, const char* unit, double value, bool is_there, const Text& reason) {
    summary.metrics.push_back({std::move(name), unit, is_there ? std::optional<double>(value) : std::nullopt, reason});
  };
  const bool on = is_on();
  add("energy_kwh.it", "kWh", it_kwh_, on, absent);
  add("energy_kwh.facility", "kWh", facility_kwh_, on, absent);
  add("pue.mean", "ratio", it_kwh_ > 0 ? facility_kwh_ / it_kwh_ : 0, on && it_kwh_ > 0, on ? Text{"nothing drew power", "전력을 쓴 것이 없습니다"} : absent);
  for (const std::size_t region : run_.regions_with_cards()) {
    double it_kwh = 0, facility_kwh = 0;
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      if (index(run_.fleet.sites()[i].region) != region) continue;
      it_kwh += sites_[i].it_kwh;
      facility_kwh += sites_[i].facility_kwh;
    }
    add(at_region("energy_kwh.facility", run_.names.regions[region]), "kWh", facility_kwh, on, absent);
    add(at_region("pue.mean", run_.names.regions[region]), "ratio", it_kwh > 0 ? facility_kwh / it_kwh : 0, on && it_kwh > 0, on ? Text{"nothing drew power", "전력을 쓴 것이 없습니다"} : absent);
  }
  add("peak_kw.facility", "kW", peak_kw_, on, absent);
  const auto no_carbon = why_no_carbon();
  add("carbon_kg.total", "kg", carbon_kg_, !no_carbon, no_carbon.value_or(Text{}));
}

}  // namespace dure::sim
