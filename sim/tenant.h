#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/ids.h"

namespace dure::sim {

/// Who asks. The kinds the public record distinguishes.
enum class TenantKind : std::uint8_t { kFoundationTeam, kStartup, kService, kUniversity, kInstitute, kSmallFirm, kOther };
inline constexpr std::size_t kTenantKinds = 7;
inline constexpr std::array<std::string_view, kTenantKinds> kTenantKindNames = {
    "foundation_team", "startup", "service", "university", "institute", "small_firm", "other"};

inline std::optional<TenantKind> tenant_kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kTenantKinds; ++i)
    if (kTenantKindNames[i] == name) return static_cast<TenantKind>(i);
  return std::nullopt;
}

/// Kinds as prices and reports group them.
enum class TenantGroup : std::uint8_t { kAcademia, kSmallFirm, kFirm };
inline constexpr std::size_t kTenantGroups = 3;
inline constexpr std::array<std::string_view, kTenantGroups> kTenantGroupNames = {"academia", "small_firm", "firm"};

constexpr TenantGroup group_of(TenantKind kind) {
  if (kind == TenantKind::kUniversity || kind == TenantKind::kInstitute) return TenantGroup::kAcademia;
  return kind == TenantKind::kStartup || kind == TenantKind::kSmallFirm ? TenantGroup::kSmallFirm : TenantGroup::kFirm;
}

/// Cards a tenant has from a moment on, until the next step.
struct QuotaStep {
  double from_s = 0;
  int cards = 0;
};

struct Tenant {
  std::string name;
  TenantKind kind = TenantKind::kOther;
  RegionId region{};
  std::vector<QuotaStep> quota = {};  // fixed by who runs the cluster, in order of time; before the first step, or without one, no quota
};

/// A project asks for cards (workload); a call grants or refuses it (programme); the engine carries it from one to the other.
struct Application {
  ProjectId project{};
  TenantId tenant{};
  TenantKind kind = TenantKind::kOther;
  RegionId region{};
  int cards = 0;            // asked
  double months = 0;        // asked
  double merit = 0;         // what a perfect jury would see, standard normal
  double dataset_bytes = 0;
  CardTypeId card_type{};   // kAnyCardType if it does not matter
  double loss = 0;          // of the best model so far, nats; 0: none yet. What an evaluation looks at
  bool continues = false;   // it held cards in an earlier round of the same contest
  std::uint32_t draw = 0;   // which candidate it is of all that were drawn; the stream of its work
  int need = 0;             // cards it has work for; 0: as many as it gets
  std::optional<double> value_share = {};   // most it would pay, as a share of the market price; none: nobody asked
};

/// Cards a project may use at once, from a day to a day.
struct Grant {
  ProjectId project{};
  PoolId pool{};              // where its cards are and its data lies
  int cards = 0;
  double start_s = 0;
  double end_s = 0;
  double user_price_krw_per_card_hour = 0;
  int number = 0;             // of the project's grants, from 0: stages of a contest
  double data_ready_s = -1;   // its data was there; below 0: not yet
  int at_once = 0;            // cards its jobs may hold at once, where that is more than `cards`
};

}  // namespace dure::sim
