#include "analysis/report/words.h"

#include <algorithm>
#include <array>

#include "sim/results.h"

namespace dure::analysis {
namespace {

struct StateWords {
  Text name;
  Text meaning;
  StateGroup group;
};

const std::array<StateWords, sim::kCardStates>& states() {
  using enum StateGroup;
  static const std::array<StateWords, sim::kCardStates> all = {{
      {{"not delivered", "미인도"}, {"promised by contract, not yet delivered or cancelled", "약속일이 지났으나 아직 인도되지 않았거나 취소됨"}, kNotOnOffer},
      {{"installing", "설치 중"}, {"delivered, being installed and tested", "인도 후 설치·시험 중"}, kNotOnOffer},
      {{"unpowered", "전원 없음"}, {"no power supply or no operating budget", "수전 또는 운영예산이 없음"}, kNotOnOffer},
      {{"down", "고장·수리"}, {"failed or under repair, or lost before its planned end", "고장, 수리 중이거나 예정보다 먼저 폐기됨"}, kNotOnOffer},
      {{"operator's own use", "운영사 자체활용"}, {"the operator's share by contract; not looked into", "협약에 따른 운영사 몫이며 내부는 보지 않음"}, kNotOnOffer},
      {{"withheld by a rule", "규칙에 묶임"}, {"free and wanted by a waiting job that fits, but a rule forbids it", "비어 있고 맞는 작업도 기다리지만 규칙이 막음"}, kFree},
      {{"idle without fit", "조각난 유휴"}, {"free, but the waiting jobs do not fit in what is free", "비어 있으나 기다리는 작업의 크기·종류에 맞지 않음"}, kFree},
      {{"idle without demand", "수요 없는 유휴"}, {"free, and no waiting job asks for it", "비어 있고 찾는 작업이 없음"}, kFree},
      {{"staging", "데이터 적재"}, {"loading data from the site's storage at the start of a job", "작업 시작 때 센터 저장장치에서 데이터를 읽음"}, kOverhead},
      {{"checkpointing", "체크포인트 저장"}, {"writing a checkpoint", "중간 결과를 저장함"}, kOverhead},
      {{"restarting", "재시작"}, {"coming back after an interruption", "중단된 뒤 다시 올라옴"}, kOverhead},
      {{"throttled", "속도 제한"}, {"slowed by a cap on power or by a slow card", "전력 제한 등으로 느려진 몫"}, kOverhead},
      {{"held idle", "점유 중 유휴"}, {"allocated to a job that leaves it idle", "작업이 잡고 있으나 쓰지 않음"}, kOverhead},
      {{"rework", "재작업"}, {"doing again what an interruption undid", "중단으로 잃은 일을 다시 함"}, kOverhead},
      {{"productive", "유효 작업"}, {"moving a job forward, whatever its outcome", "작업을 앞으로 나아가게 함(결과와 무관)"}, kProductive},
  }};
  return all;
}

struct Word {
  std::string_view key;
  const char* en;
  const char* ko;
};

constexpr auto kWords = std::to_array<Word>({
    {"completed", "completed", "완료"},
    {"cancelled", "cancelled by its owner", "사용자 취소"},
    {"failed", "failed", "실패"},
    {"running", "still running", "실행 중"},
    {"waiting", "still waiting", "대기 중"},
    {"rejected", "rejected", "거절"},
    {"foundation_team", "foundation-model team", "파운데이션 모델 팀"},
    {"startup", "start-up", "스타트업"},
    {"service", "AI service", "AI 서비스 기업"},
    {"university", "university lab", "대학 연구실"},
    {"institute", "institute", "연구기관"},
    {"small_firm", "small firm", "중소기업"},
    {"other", "other", "기타"},
    {"software", "software", "소프트웨어"},
    {"gpu", "GPU", "GPU"},
    {"unknown", "unknown", "원인 모름"},
    {"stress_test", "stress test", "부하 시험"},
    {"cable", "cable", "케이블"},
    {"fan", "fan", "팬"},
    {"nic", "network card", "네트워크 카드"},
    {"power_supply", "power supply", "전원 장치"},
    {"grant", "no grant", "배정 없음"},
    {"quota", "quota", "한도"},
    {"reservation", "reservation", "예약"},
    {"queue_order", "queue order", "대기 순서"},
    {"drain", "draining", "비우는 중"},
    {"spare", "kept as spare", "예비품"},
    {"power_cap", "power cap", "전력 상한"},
    {"size", "size", "크기"},
    {"type", "card type", "카드 종류"},
    {"leaf", "leaf switch", "리프 스위치"},
    {"capex", "cards and servers", "장비 구매"},
    {"facility", "buildings", "시설"},
    {"electricity", "electricity", "전기요금"},
    {"staff", "staff", "인건비"},
    {"maintenance", "maintenance", "유지보수"},
    {"network", "network", "네트워크"},
    {"rent", "rent", "임차료"},
    {"user_payments", "user payments (income)", "이용자 부담금(수입)"},
    {"programme", "support of teams", "팀 지원금"},
    {"own_use", "own use of the operator (income)", "운영사 자체활용(수입)"},
    {"operator_fee", "fee of the operator (state to operator)", "운영비(국가가 운영사에)"},
    {"penalty", "penalty of the operator (operator to state)", "위약금(운영사가 국가에)"},
    {"purchase", "purchase", "구매"},
    {"rental", "rental", "임차"},
    {"data_set", "data set of a project", "과제 데이터"},
    {"staging", "staging", "적재"},
    {"checkpoint", "checkpoint", "체크포인트"},
    {"high", "high", "높음"},
    {"medium", "medium", "중간"},
    {"low", "low", "낮음"},
    {"assumption", "assumption", "가정"},
    {"default", "default", "기본값"},
    {"open_queue", "open queue", "열린 대기열"},
    {"call_rounds", "calls with grants", "공모 배정"},
    {"fcfs", "first come, first served", "선착순"},
    {"easy_backfill", "EASY backfilling", "EASY 백필"},
    {"notebook", "notebook", "노트북"},
    {"evaluation", "evaluation", "평가"},
    {"fine_tune", "fine-tuning", "미세조정"},
    {"training", "training", "학습"},
    {"pretrain", "pre-training", "사전학습"},
    {"serve", "serving", "서비스"},
    {"distil", "distillation", "증류"},
    {"rl", "reinforcement learning", "강화학습"},
    {"full", "full: every job", "전체: 작업마다"},
    {"planning", "planning: small jobs merged by the hour", "계획용: 작은 작업을 시간별로 묶음"},
    {"complete", "complete", "완료"},
    {"partial", "partial", "일부"},
    {"debug", "debugging", "디버그"},
    {"capital", "Capital region", "수도권"},
    {"chungcheong", "Chungcheong", "충청권"},
    {"honam", "Honam", "호남권"},
    {"daegyeong", "Daegu-Gyeongbuk", "대구·경북"},
    {"buulgyeong", "Busan-Ulsan-Gyeongnam", "부산·울산·경남"},
    {"gangwon", "Gangwon", "강원권"},
    {"jeju", "Jeju", "제주권"},
});

constexpr auto kMetrics = std::to_array<Word>({
    {"card_hours.nominal", "cards of all contracts, from the promised day", "모든 계약 카드(약속일부터)"},
    {"memo_card_hours.lost_not_redone", "work lost and never done again (outside the sum)", "잃고 다시 하지 않은 작업(합계 밖)"},
    {"productive_card_hours.completed", "productive, of jobs that completed", "유효 작업 가운데 완료된 작업의 몫"},
    {"productive_card_hours.cancelled", "productive, of jobs their owners cancelled", "유효 작업 가운데 취소된 작업의 몫"},
    {"productive_card_hours.failed", "productive, of jobs that failed", "유효 작업 가운데 실패한 작업의 몫"},
    {"productive_card_hours.running", "productive, of jobs still running at the end", "유효 작업 가운데 끝까지 실행 중인 작업의 몫"},
    {"jobs.submitted", "jobs submitted", "제출된 작업"},
    {"jobs.rejected", "jobs rejected", "거절된 작업"},
    {"jobs.completed", "jobs completed", "완료된 작업"},
    {"jobs.cancelled", "jobs cancelled by their owners", "취소된 작업"},
    {"jobs.failed", "jobs failed", "실패한 작업"},
    {"jobs.running", "jobs still running", "실행 중인 작업"},
    {"jobs.waiting", "jobs still waiting", "대기 중인 작업"},
    {"wait_s.mean", "wait from submission to first start, mean", "대기 시간 평균"},
    {"wait_s.p50", "wait, median", "대기 시간 중앙값"},
    {"wait_s.p90", "wait, nine in ten wait less", "대기 시간 90백분위"},
    {"wait_s.p99", "wait, 99 in 100 wait less", "대기 시간 99백분위"},
    {"wait_s.mean.academia", "mean wait, universities and institutes", "평균 대기, 학계·연구기관"},
    {"wait_s.mean.small_firm", "mean wait, start-ups and small firms", "평균 대기, 스타트업·소기업"},
    {"wait_s.mean.firm", "mean wait, other firms", "평균 대기, 그 밖의 기업"},
    {"data_wait_s.p50", "wait for data, median", "데이터 대기 중앙값"},
    {"energy_kwh.it", "energy of nodes, fabric and storage", "서버·네트워크·저장장치 전력량"},
    {"energy_kwh.facility", "energy at the meter", "시설 전체 전력량"},
    {"pue.mean", "facility over IT energy", "시설 전력량 ÷ IT 전력량"},
    {"peak_kw.facility", "highest 15-minute mean of all sites together", "전국 합계 15분 최대 수요"},
    {"carbon_kg.total", "carbon dioxide of the electricity", "전력의 이산화탄소 배출"},
    {"cost_krw.capex", "cards and servers, cash", "장비 구매(현금)"},
    {"cost_krw.facility", "buildings or their rent", "건물 또는 상면 임차"},
    {"cost_krw.electricity", "electricity bills", "전기요금"},
    {"cost_krw.staff", "staff", "인건비"},
    {"cost_krw.maintenance", "maintenance", "유지보수"},
    {"cost_krw.network", "network: bought beside servers, and lines", "네트워크(서버와 따로 산 장비, 회선료)"},
    {"cost_krw.annual_per_owned_card", "what owning a card in service costs a year", "구매 카드 한 장을 1년 보유하는 비용"},
    {"cost_krw.rent", "rent of cards", "카드 임차료"},
    {"cost_krw.programme", "paid to teams: people, data, winners of contests", "팀 지원: 인력·데이터, 경연 우승 팀 이용료"},
    {"cost_krw.total", "all spending, cash within the run", "총지출(기간 내 현금)"},
    {"income_krw.user_payments", "paid by users", "이용자 부담금 수입"},
    {"operator_krw.income", "what the operator earns: own use and fee", "운영사 수입(자체활용, 운영비)"},
    {"operator_krw.penalty", "paid by the operator for missing availability", "운영사가 가용률 미달로 낸 위약금"},
    {"operator_krw.cost", "running costs that the operator pays", "운영사가 내는 운영 비용"},
    {"operator_krw.margin", "income of the operator less penalties and costs", "운영사 손익(수입 - 위약금 - 비용)"},
    {"cost_krw_per_productive_card_hour", "cost of a productive card-hour: depreciation, rent and running cost over productive card-hours", "유효 카드시간당 비용: (감가상각 + 임차료 + 운영비) ÷ 유효 카드시간"},
    {"memo_krw.subsidy", "market price of granted card-hours that users did not pay", "배정 카드시간의 시장 가격 중 이용자가 내지 않은 금액"},
    {"subsidised_share", "share of that market price that users did not pay", "그 시장 가격 중 지원된 비율"},
    {"memo_krw.unpaid", "purchases that fall due after the end of the run", "모의 종료 뒤에 치를 구매 잔금"},
    {"residual_krw", "worth of what was bought and paid, when it goes or at the end of the run", "산 것의 잔존가치(폐기 때 또는 모의 종료 때)"},
    {"npv_krw.total", "net present value: state and operator together, residual value included", "순현재가치(국가·운영사 합산, 잔존가치 포함)"},
    {"npv_krw.state", "net present value of the state alone, residual value included", "국가 순현재가치(잔존가치 포함)"},
    {"npv_krw.net_benefit", "net present value with what users used counted at its market price", "순현재가치(이용자가 쓴 카드시간을 시장 가격으로 셈)"},
    {"break_even_utilisation", "utilisation above which owning is cheaper than renting what is used", "이보다 많이 쓰면 소유가 임차보다 싼 활용률(손익분기)"},
    {"cost_krw_per_trained_model", "depreciation and running cost over models at the threshold loss", "(감가상각 + 운영비) ÷ 기준 손실에 이른 모델 수"},
    {"cost_krw_per_project_served", "depreciation and running cost over projects granted", "(감가상각 + 운영비) ÷ 배정된 과제 수"},
    {"ledger_krw.total", "annualised cost of all nominal card-hours, from the promised day", "약속일부터 센 명목 카드시간의 연환산 비용 합계"},
    {"faults.node", "faults of nodes", "서버 고장"},
    {"interruptions.job", "interruptions of jobs", "작업 중단"},
    {"ettr.mean", "productive share of allocated and re-queued time, multi-node jobs", "여러 서버 작업의 유효 시간 비율(ETTR)"},
    {"fairness.gini_card_hours", "inequality of card-hours over all applicants (0 equal, 1 one has all)", "신청자 간 카드시간 불평등(0 균등, 1 독점)"},
    {"fairness.gini_tenant", "inequality of card-hours over tenants", "기관 간 카드시간 불평등"},
    {"fairness.gini_region", "inequality of card-hours per application over regions", "권역 간 신청당 카드시간 불평등"},
    {"fairness.gini_kind", "inequality of card-hours per application over kinds of tenant", "기관 유형 간 신청당 카드시간 불평등"},
    {"projects.applied", "projects that applied", "신청한 과제"},
    {"projects.granted", "projects granted", "배정된 과제"},
    {"projects.finished", "projects whose term ended", "끝난 과제"},
    {"projects.granted_share", "applications granted", "신청 대비 배정"},
    {"projects.firms_served", "firms that used cards", "카드를 쓴 기업"},
    {"projects.granted_share.academia", "applications granted, universities and institutes", "신청 대비 배정, 학계·연구기관"},
    {"projects.granted_share.small_firm", "applications granted, start-ups and small firms", "신청 대비 배정, 스타트업·소기업"},
    {"projects.granted_share.firm", "applications granted, other firms", "신청 대비 배정, 그 밖의 기업"},
    {"projects.granted_share.largest_region", "applications granted, region with most applicants", "신청 대비 배정, 신청이 가장 많은 권역"},
    {"projects.granted_share.other_regions", "applications granted, all other regions", "신청 대비 배정, 나머지 권역"},
    {"calls.held", "calls within the run: calls, stages, sales", "모의 기간 안의 공모(단계·배정 포함)"},
    {"calls.after_end", "calls left out because they are decided after the run", "종료일 이후여서 제외한 공모"},
    {"grants.card_hours", "card-hours granted, to the end of the run", "배정된 카드시간(모의 종료까지)"},
    {"grants.unused_card_hours", "card-hours granted that no job held", "배정받고 쓰지 않은 카드시간"},
    {"applicants.priced_out", "applicants lost to the price", "가격 때문에 신청하지 않은 과제"},
    {"applicants.gave_up", "applicants who gave up after a refusal", "탈락 뒤 신청을 그만둔 과제"},
    {"applicants.excess_cards", "cards asked beyond need", "필요보다 더 요청한 카드"},
    {"credits.issued_card_hours", "card-hours issued as credit", "크레딧으로 발급한 카드시간"},
    {"credits.expired_card_hours", "card-hours of credit that expired", "소멸한 크레딧(카드시간)"},
    {"capability.best_loss", "lowest training loss reached", "가장 낮은 학습 손실"},
    {"capability.models", "models at or below the threshold loss", "기준 손실에 이른 모델 수"},
    {"capability.effective_flop", "effective compute that went into best models, all teams", "모든 팀의 최고 모델에 들어간 유효 연산량"},
    {"contest.best_team_won", "contests won by the team with most skill", "역량이 가장 높은 팀이 우승한 경연 비율"},
    {"contest.card_hours_cut_teams", "card-hours of teams that were cut", "탈락 팀이 쓴 카드시간"},
    {"reclaim.card_hours", "card-hours taken back from idle grants", "유휴 배정에서 회수한 카드시간"},
    {"reclaim.projects", "grants cut because they stood idle", "유휴로 줄인 배정"},
    {"reclaim.granted_again", "projects served with reclaimed cards", "회수한 카드로 배정받은 과제"},
    {"availability.mean", "share of promised card-time in which the card was in service", "약속된 카드 시간 가운데 가동 중인 비율"},
    {"concentration.largest_site", "share of the cards at the largest site", "가장 큰 센터에 몰린 카드 비율"},
    {"time_to_power_months.mean", "from the request to supply, mean over cards", "수전 신청에서 수전까지(카드 평균)"},
    {"time_to_first_card_months", "from the first day to the first card in service", "모의 첫날에서 첫 카드 가동까지"},
    {"utilisation.mean", "utilisation: public card-time in service that jobs held", "활용률(공공 카드 가동 시간 가운데 작업이 쓴 비율)"},
    {"productive_card_hours_per_million_krw", "productive card-hours for a million won of annualised cost", "연환산 비용 백만 원당 유효 카드시간"},
    {"tranches.delivered_cards", "cards delivered", "인도된 카드"},
    {"cards_in_service.after_03_months", "cards in service after 3 months", "3개월 뒤 가동 카드"},
    {"cards_in_service.after_06_months", "cards in service after 6 months", "6개월 뒤 가동 카드"},
    {"cards_in_service.after_09_months", "cards in service after 9 months", "9개월 뒤 가동 카드"},
    {"cards_in_service.after_12_months", "cards in service after 12 months", "12개월 뒤 가동 카드"},
    {"cards_in_service.after_18_months", "cards in service after 18 months", "18개월 뒤 가동 카드"},
    {"cards_in_service.after_24_months", "cards in service after 24 months", "24개월 뒤 가동 카드"},
    {"months_to_service.90_percent", "months until nine in ten promised cards serve", "약속된 카드의 90%가 가동되기까지의 개월 수"},
    {"h100_equivalent_card_hours", "productive card-hours weighed by BF16 peak, an H100 counting 1", "BF16 최대 성능으로 환산한 유효 카드시간(H100 = 1)"},
    {"cost_krw_per_h100_equivalent_hour", "depreciation and running cost over H100-equivalent productive card-hours", "(감가상각 + 운영비) ÷ H100 환산 유효 카드시간"},
    {"quotas.borrowed_card_hours", "card-hours that jobs ran above their quotas", "쿼터를 넘겨 빌려 쓴 카드시간"},
    {"quotas.recalled_jobs", "jobs above their quotas that gave way to the owner of the cards", "쿼터 기관이 회수해 중단된 차용 작업"},
});

/// The ledger's other units, by state.
constexpr std::array<Word, 3> kLedgerUnits = {{{"ledger_kwh.", "electricity at the meter", "시설 전력량"},
                                               {"ledger_carbon_kg.", "carbon dioxide", "이산화탄소"},
                                               {"ledger_krw.", "annualised cost", "연환산 비용"}}};

}  // namespace

Text state_name(sim::CardState state) { return states()[static_cast<std::size_t>(state)].name; }
Text state_meaning(sim::CardState state) { return states()[static_cast<std::size_t>(state)].meaning; }
StateGroup state_group(sim::CardState state) { return states()[static_cast<std::size_t>(state)].group; }

Text group_name(StateGroup group) {
  switch (group) {
    case StateGroup::kNotOnOffer: return {"not on offer", "공급 전"};
    case StateGroup::kFree: return {"free", "비어 있음"};
    case StateGroup::kOverhead: return {"allocated, not productive", "할당되었으나 유효하지 않음"};
    case StateGroup::kProductive: break;
  }
  return {"productive", "유효 작업"};
}

Text word(std::string_view key) {
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& known) { return known.key == key; });
  if (found != kWords.end()) return {found->en, found->ko};
  if (key.empty()) return {"(none)", "(없음)"};
  return both(std::string(key));
}

Text fidelity_words(const dure::Scenario& scenario) {
  return scenario.fidelity() == dure::Scenario::PLANNING ? Text{"planning fidelity", "계획용 정밀도"} : Text{"full fidelity", "전체 정밀도"};
}

namespace {
/// "utilisation.2028" and "utilisation.2028-03".
Text utilisation_of(std::string_view when) {
  const auto digits = [&](std::size_t from, std::size_t n) { return when.size() >= from + n && std::all_of(when.begin() + std::ptrdiff_t(from), when.begin() + std::ptrdiff_t(from + n), [](char c) { return c >= '0' && c <= '9'; }); };
  const std::string text(when);
  if (when.size() == 4 && digits(0, 4)) return {"utilisation in " + text, text + "년 활용률"};
  if (when.size() == 7 && digits(0, 4) && when[4] == '-' && digits(5, 2)) return {"utilisation in " + text, text.substr(0, 4) + "년 " + std::to_string(std::stoi(text.substr(5))) + "월 활용률"};
  return {};
}
}  // namespace

Text metric_label(std::string_view name) {
  if (const sim::RegionalName regional = sim::regional_name(name); !regional.region.empty()) {
    const Text label = metric_label(regional.metric), region = word(regional.region);
    return {label.en + ", " + region.en, region.ko + " " + label.ko};
  }
  for (std::size_t state = 0; state < sim::kCardStates; ++state)
    if (name == "card_hours." + std::string(sim::kCardStateNames[state])) return {states()[state].name.en + " card-hours", states()[state].name.ko + " 카드시간"};
  const Text meaning = metric_meaning(name);
  return meaning.en.empty() ? both(std::string(name)) : meaning;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const std::string_view state : sim::kCardStateNames) names.push_back("card_hours." + std::string(state));
  for (const Word& known : kMetrics) names.emplace_back(known.key);
  return names;
}

Text metric_meaning(std::string_view name) {
  if (const sim::RegionalName regional = sim::regional_name(name); !regional.region.empty()) {
    const Text meaning = metric_meaning(regional.metric), region = word(regional.region);
    return meaning.en.empty() ? Text{} : Text{meaning.en + ", " + region.en, region.ko + " " + meaning.ko};
  }
  for (std::size_t state = 0; state < sim::kCardStates; ++state)
    if (name == "card_hours." + std::string(sim::kCardStateNames[state])) return states()[state].meaning;
  for (const Word& known : kMetrics)
    if (known.key == name) return {known.en, known.ko};
  if (constexpr std::string_view kUtilisation = "utilisation."; name.starts_with(kUtilisation)) return utilisation_of(name.substr(kUtilisation.size()));
  for (const auto& [prefix, group] : {std::pair{std::string_view("withheld_card_hours."), sim::CardState::kWithheld}, std::pair{std::string_view("idle_fragmented_card_hours."), sim::CardState::kIdleFragmented}})
    if (name.starts_with(prefix)) {
      const Text cause = word(name.substr(prefix.size()));
      return {state_name(group).en + ": " + cause.en, state_name(group).ko + ": " + cause.ko};
    }
  for (const Word& unit : kLedgerUnits)
    for (std::size_t state = 0; state < sim::kCardStates; ++state)
      if (name == std::string(unit.key) + std::string(sim::kCardStateNames[state])) return {std::string(unit.en) + ": " + states()[state].name.en, std::string(unit.ko) + ": " + states()[state].name.ko};
  return {};
}

}  // namespace dure::analysis
