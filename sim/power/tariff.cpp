#include "sim/power/tariff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "sim/error.h"

namespace dure::sim {
namespace {
namespace proto = ::dure;
using std::chrono::days;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 3> kSeasonNames{"summer", "spring_fall", "winter"};
constexpr std::array<std::string_view, 3> kDayTypeNames{"weekday", "saturday", "holiday"};
constexpr std::array<std::string_view, 3> kBandNames{"light", "mid", "peak"};

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& names, const std::string& name, const std::string& field) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw ScenarioError(field, {fmt::format("\"{}\" is none of {}", name, fmt::join(names, ", ")),
                                fmt::format("\"{}\"은(는) {} 가운데 하나가 아닙니다", name, fmt::join(names, ", "))});
  return int(found - names.begin());
}

int season_of(Date date) {
  const unsigned month = unsigned(date.month());
  if (month >= 6 && month <= 8) return 0;
  return month >= 11 || month <= 2 ? 2 : 1;
}

}  // namespace

Tariff::Tariff(const proto::Power& power, const std::string& contract, const std::string& field, double adder_krw_per_kwh)
    : contract_(contract), adder_krw_per_kwh_(adder_krw_per_kwh), saturday_holiday_is_holiday_(power.saturday_holiday_is_holiday()), surcharges_(power) {
  read_rates(power, field);
  read_bands(power);
  for (const auto& row : power.holiday()) holidays_.push_back(parse_date(row.date()));
  std::sort(holidays_.begin(), holidays_.end());
}

void Tariff::read_rates(const proto::Power& power, const std::string& field) {
  std::set<std::string> contracts;
  for (const auto& row : power.tariff_row()) {
    contracts.insert(row.contract());
    if (row.contract() != contract_) continue;
    const sys_days first = parse_date(row.effective_date());
    const sys_days last = row.has_end_date() ? parse_date(row.end_date()) : parse_date("9999-12-31");
    auto at = std::find_if(versions_.begin(), versions_.end(), [&](const Version& known) { return known.first == first; });
    if (at == versions_.end()) {
      Version fresh;
      fresh.first = first;
      fresh.last = last;
      fresh.industrial_b = row.contract_type() == "industrial_b";
      fresh.bands_version = row.tou_bands_version();
      fresh.demand_krw_per_kw = row.demand_krw_per_kw();
      for (auto& season : fresh.energy_krw_per_kwh) season.fill(std::nan(""));
      at = versions_.insert(versions_.end(), fresh);
    }
    double& energy = at->energy_krw_per_kwh[std::size_t(index_of(kSeasonNames, row.season(), "power.tariff"))]
                                           [std::size_t(index_of(kBandNames, row.band(), "power.tariff"))];
    if (!std::isnan(energy) || at->last != last || at->bands_version != row.tou_bands_version() ||
        at->demand_krw_per_kw != row.demand_krw_per_kw())
      throw ScenarioError(
          "power.tariff",
          {fmt::format("rows of {} from {} contradict one another ({} {})", contract_, row.effective_date(), row.season(), row.band()),
           fmt::format("{}의 {} 시행 행들이 서로 어긋납니다({} {})", contract_, row.effective_date(), row.season(), row.band())},
          {"give each season and band once, all with the same dates, demand charge and bands",
           "계절·시간대마다 한 행씩, 날짜·기본요금·시간대 판을 같게 하십시오"});
    energy = row.energy_krw_per_kwh();
  }
  if (versions_.empty())
    throw ScenarioError(
        field,
        {fmt::format("the tariff table has no contract \"{}\"", contract_),
         fmt::format("요금표에 계약종별 \"{}\"이(가) 없습니다", contract_)},
        {fmt::format("it has: {}", fmt::join(contracts, ", ")), fmt::format("표에 있는 계약종별: {}", fmt::join(contracts, ", "))});
  std::sort(versions_.begin(), versions_.end(), [](const Version& a, const Version& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < versions_.size(); ++i) {
    const Version& version = versions_[i];
    const std::string from = to_string(Date(version.first));
    for (const auto& season : version.energy_krw_per_kwh)
      for (const double energy : season)
        if (std::isnan(energy))
          throw ScenarioError("power.tariff",
                              {fmt::format("{} from {} lacks a season or band; nine rows make a table", contract_, from),
                               fmt::format("{}의 {} 시행 요금에 빠진 계절·시간대가 있습니다(9행이 필요)", contract_, from)});
    if (i > 0 && version.first <= versions_[i - 1].last)
      throw ScenarioError(
          "power.tariff",
          {fmt::format("two tables of {} hold on {}", contract_, from), fmt::format("{}에 {}의 요금표가 둘입니다", from, contract_)},
          {"end the older one the day before", "앞선 요금표를 그 전날에 끝내십시오"});
  }
}

void Tariff::read_bands(const proto::Power& power) {
  for (Version& version : versions_) {
    for (const auto& row : power.tou_band()) {
      if (row.bands_version() != version.bands_version) continue;
      Hour& hour = version.hours[std::size_t(index_of(kSeasonNames, row.season(), "power.tou_bands"))]
                                [std::size_t(index_of(kDayTypeNames, row.day_type(), "power.tou_bands"))][std::size_t(row.hour())];
      if (hour.band >= 0)
        throw ScenarioError(
            "power.tou_bands",
            {fmt::format("{} {} {} hour {} stands twice in the table", row.bands_version(), row.season(), row.day_type(), row.hour()),
             fmt::format("{} {} {} {}시가 표에 두 번 있습니다", row.bands_version(), row.season(), row.day_type(), row.hour())});
      hour = {index_of(kBandNames, row.band(), "power.tou_bands"), row.industrial_b_energy_factor()};
    }
    for (const auto& season : version.hours)
      for (const auto& type : season)
        for (const Hour& hour : type)
          if (hour.band < 0)
            throw ScenarioError("power.tou_bands",
                                {fmt::format("the bands \"{}\" that {} needs are missing or have gaps; 216 rows make a version",
                                             version.bands_version, contract_),
                                 fmt::format("{}에 필요한 시간대 구분 \"{}\"이(가) 없거나 빠진 행이 있습니다(216행이 필요)", contract_,
                                             version.bands_version)});
  }
}

const Tariff::Version* Tariff::version(Date date) const {
  for (const Version& version : versions_)
    if (version.first <= sys_days(date) && sys_days(date) <= version.last) return &version;
  return nullptr;
}

int Tariff::day_type(Date date) const {
  const auto weekday = std::chrono::weekday(sys_days(date));
  if (weekday == std::chrono::Sunday) return 2;
  if (weekday == std::chrono::Saturday && !saturday_holiday_is_holiday_) return 1;
  if (std::binary_search(holidays_.begin(), holidays_.end(), sys_days(date))) return 2;
  return weekday == std::chrono::Saturday ? 1 : 0;
}

TariffDay Tariff::day(Date date) const {
  const Version* const table = version(date);
  SIM_CHECK(table != nullptr, "a day without a tariff; check_covers was not asked");
  const int season = season_of(date);
  const auto& hours = table->hours[std::size_t(season)][std::size_t(day_type(date))];
  // Without a row in the surcharges the band table alone decides.
  const bool discount =
      table->industrial_b && (!surcharges_.has("weekend_midday_discount") || surcharges_.value("weekend_midday_discount", date));
  TariffDay day;
  for (std::size_t h = 0; h < 24; ++h) {
    day.energy_krw_per_kwh[h] =
        table->energy_krw_per_kwh[std::size_t(season)][std::size_t(hours[h].band)] * (discount ? hours[h].industrial_b_energy_factor : 1.0) + adder_krw_per_kwh_;
    day.sets_demand[h] = hours[h].band > 0;
  }
  const auto value = [&](const char* item) { return surcharges_.value(item, date).value_or(0.0); };
  day.surcharge_krw_per_kwh = value("climate_environment_charge") + value("fuel_cost_adjustment");
  day.fund_share = value("power_industry_fund");
  day.vat_share = value("vat");
  day.demand_krw_per_kw = table->demand_krw_per_kw;
  day.demand_floor_share = value("demand_floor_share");
  return day;
}

void Tariff::check_covers(Date first, Date last) const {
  for (sys_days day = first; day <= sys_days(last);) {
    const Version* const table = version(Date(day));
    if (table == nullptr)
      throw ScenarioError("power.tariff",
                          {fmt::format("the tariff table has no rates of {} on {}", contract_, to_string(Date(day))),
                           fmt::format("요금표에 {}의 {} 요금이 없습니다", contract_, to_string(Date(day)))},
                          {"add rows for that time, or move the run", "그 기간의 행을 더하거나 모의 기간을 옮기십시오"});
    day = table->last + days(1);
  }
  for (const char* item : {"climate_environment_charge", "fuel_cost_adjustment", "power_industry_fund", "vat", "demand_floor_share"})
    surcharges_.check_covers(item, first, last);
  for (auto year = first.year(); year <= last.year(); ++year) {
    const auto from = std::lower_bound(holidays_.begin(), holidays_.end(), sys_days(year / 1 / 1));
    if (from == holidays_.end() || Date(*from).year() != year)
      throw ScenarioError(
          "power.holidays",
          {fmt::format("the table of public holidays has none in {}", int(year)), fmt::format("공휴일표에 {}년이 없습니다", int(year))},
          {"add that year's holidays; the tariff needs them", "그 해의 공휴일을 더하십시오. 요금 계산에 필요합니다"});
  }
}

}  // namespace dure::sim
