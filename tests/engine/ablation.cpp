// Built means: taking a model away changes a named metric.
#include <doctest/doctest.h>

#include "tests/support/run_text.h"

using namespace dure::test;

namespace {
dure::Scenario whole() {
  return scenario_of(R"(
    name: "whole" start_date: "2026-01-01" horizon_s: 10368000 seed: 4
    region { region: "here" city: "X" climate_city: "Seoul" demand_share: 0.7 } region { region: "there" city: "Y" climate_city: "Busan" demand_share: 0.3 }
    link { link: "line" a: "X" b: "Y" gbps: 0.4 }
    card { card: "H" } node { card: "H" cards_per_node: 8 idle_w: 2400 busy_w: 7000 }
    site { site: "hall" region: "there" peak_power_mw: 100 pue: 1.3 nodes_per_leaf: 4 }
    site { site: "barn" region: "here" peak_power_mw: 100 pue: 1.3 nodes_per_leaf: 4 }
    commissioning { install_days: 10 nodes_per_day: 2 }
    tranche { tranche: "first" site: "hall" card: "H" cards: 64 government_use_cards: 56 installed: true price_krw_per_card: 50000000
      promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" term_end: "2030-12-31" }
    tranche { tranche: "second" site: "barn" card: "H" cards: 32 government_use_cards: 32 price_krw_per_card: 50000000
      promised: "2026-02-01" delivered_low: "2026-02-01" delivered_mid: "2026-02-10" delivered_high: "2026-03-01" term_end: "2030-12-31" }
    job_class { job_class: "training" active_fraction: 0.7 staging_gb_per_card: 30 checkpoint_gb_per_card: 20 }
    scheduler { easy_backfill {} } placement {} region_choice {}
    programme { call_rounds { max_months: 2 call { call: "one" decided: "2026-01-02" } call { call: "two" decided: "2026-03-01" } } }
    workload { projects {
      applicants_per_call: 10 cards_median: 8 cards_sigma: 1 months_max: 3 intensity: 1
      archetype { archetype: "startup" applicant_share: 1 dataset_median_tb: 2 pre_train: 1 }
      job_pattern { job_class: "training" explore: 1 fine_tune: 1 pre_train: 1 distil: 1 rl_post_train: 1 serve: 1 cards_median: 4 cards_sigma: 1 long_median_h: 6 long_sigma: 1 max_h: 100 }
    } }
    reliability { faults_per_1000_node_days: 40 } power {} economics {})");
}
}  // namespace

TEST_CASE("ablation: what a model contributes goes when it goes, and its metrics say why they are empty") {
  const RunResult base = run(whole());
  auto without = [&](auto change) {
    dure::Scenario scenario = whole();
    change(scenario);
    return run(scenario);
  };
  SUBCASE("reliability") {
    const RunResult run = without([](auto& scenario) { scenario.clear_reliability(); });
    for (const char* state : {"card_hours.down", "card_hours.rework", "card_hours.restarting", "card_hours.checkpointing"}) {
      CHECK_MESSAGE(base[state] > 0, state);
      CHECK_MESSAGE(run[state] == 0, state);
    }
    CHECK(base["faults.node"] > 0);
    CHECK_FALSE(run.has("faults.node"));
    CHECK(run["ettr.mean"] > base["ettr.mean"]);
  }
  SUBCASE("repair shop") {
    const RunResult run = without([](auto& scenario) { scenario.mutable_reliability()->mutable_repair_shop()->set_spare_parts_share(1); });
    CHECK(run["card_hours.down"] != base["card_hours.down"]);  // a part in stock shortens the long repairs
  }
  SUBCASE("power") {
    const RunResult run = without([](auto& scenario) { scenario.clear_power(); });
    for (const char* metric : {"energy_kwh.it", "energy_kwh.facility", "pue.mean", "peak_kw.facility", "ledger_kwh.productive", "ledger_kwh.own_use"}) {
      CHECK_MESSAGE(base[metric] > 0, metric);
      CHECK_MESSAGE(!run.has(metric), metric);
    }
    CHECK(run["card_hours.productive"] == base["card_hours.productive"]);  // it measures, and moves no job
  }
  SUBCASE("economics") {
    const RunResult run = without([](auto& scenario) { scenario.clear_economics(); });
    for (const char* metric : {"cost_krw.capex", "cost_krw.staff", "cost_krw.maintenance"}) {
      CHECK_MESSAGE(base[metric] > 0, metric);
      CHECK_MESSAGE(!run.has(metric), metric);
    }
    CHECK(run["card_hours.productive"] == base["card_hours.productive"]);
  }
  SUBCASE("the backbone") {
    // 2 TB over 0.4 Gbit/s are eleven hours and more, over a line a million times wider nothing.
    const RunResult run = without([](auto& scenario) {
      scenario.mutable_link(0)->set_gbps(400000);
      for (auto& site : *scenario.mutable_site()) site.set_access_gbps(100000);
    });
    CHECK(base.number("SELECT max(data_ready_s - start_s) FROM grants") > 20000);
    CHECK(run.number("SELECT max(data_ready_s - start_s) FROM grants") < 20);
    CHECK(base.number("SELECT max(data_wait_s) FROM jobs") > 20000);
    CHECK(run.number("SELECT max(data_wait_s) FROM jobs") < 20);
    CHECK(run["card_hours.productive"] != base["card_hours.productive"]);
  }
  SUBCASE("what a call offers") {
    const RunResult run = without([](auto& scenario) {
      for (auto& call : *scenario.mutable_programme()->mutable_call_rounds()->mutable_call()) call.set_cards(8);
    });
    CHECK(run["projects.granted"] < base["projects.granted"]);
    CHECK(run["fairness.gini_card_hours"] > base["fairness.gini_card_hours"]);
    CHECK(base.number("SELECT sum(card_hours) FROM card_hours WHERE state = 'withheld' AND cause = 'grant'") > 0);
  }
  SUBCASE("staging") {
    const RunResult run = without([](auto& scenario) { scenario.mutable_job_class(0)->set_staging_gb_per_card(0); });
    CHECK(base["card_hours.staging"] > 0);
    CHECK(run["card_hours.staging"] == 0);
  }
  SUBCASE("waiting of the card inside a job") {
    const RunResult run = without([](auto& scenario) { scenario.mutable_job_class(0)->set_active_fraction(1); });
    CHECK(base["card_hours.held_idle"] > 0);
    CHECK(run["card_hours.held_idle"] < 1e-6);
  }
  SUBCASE("commissioning") {
    const RunResult run = without([](auto& scenario) { scenario.mutable_tranche(1)->set_installed(true); });
    CHECK(base["card_hours.installing"] > 0);
    CHECK(run["card_hours.installing"] == 0);
  }
  SUBCASE("late delivery") {
    const RunResult run = without([](auto& scenario) {
      auto* tranche = scenario.mutable_tranche(1);
      tranche->set_delivered_low("2026-02-01");
      tranche->set_delivered_mid("2026-02-01");
      tranche->set_delivered_high("2026-02-01");
    });
    CHECK(base["card_hours.not_delivered"] > 0);
    CHECK(run["card_hours.not_delivered"] == 0);
  }
}

TEST_CASE("ablation: backfilling shortens the waits of an open queue, spilling over too") {
  const auto open_queue = [](const std::string& more) {
    return run_text(R"(
      name: "open" start_date: "2026-01-01" horizon_s: 2592000 seed: 2
      region { region: "here" city: "X" demand_share: 0.8 } region { region: "there" city: "Y" demand_share: 0.2 }
      link { link: "line" a: "X" b: "Y" gbps: 100 }
      card { card: "H" } node { card: "H" cards_per_node: 8 }
      site { site: "hall" region: "there" peak_power_mw: 100 } site { site: "barn" region: "here" peak_power_mw: 100 }
      commissioning { draw_delivery: false }
      tranche { tranche: "a" site: "hall" card: "H" cards: 64 government_use_cards: 64 installed: true promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" }
      tranche { tranche: "b" site: "barn" card: "H" cards: 64 government_use_cards: 64 installed: true promised: "2026-01-01" delivered_low: "2026-01-01" delivered_mid: "2026-01-01" delivered_high: "2026-01-01" }
      job_class { job_class: "training" }
      workload { steady { offered_load: 0.85 jobs_per_year: 30000 max_cards: 64 } } )" + more);
  };
  const RunResult easy = open_queue("scheduler { easy_backfill {} }");
  const RunResult fcfs = open_queue("scheduler { fcfs {} }");
  const RunResult home = open_queue("scheduler { easy_backfill {} } region_choice { spill_over: false }");
  CHECK(easy["wait_s.mean"] < fcfs["wait_s.mean"]);
  CHECK(easy["wait_s.mean"] < home["wait_s.mean"]);
  CHECK(fcfs.number("SELECT count(*) FROM card_hours WHERE cause = 'queue_order'") > 0);
  CHECK(easy.number("SELECT count(*) FROM card_hours WHERE cause = 'reservation'") > 0);
}

TEST_CASE("ablation: each scheduler and placement moves the metric it is for") {
  // One site at 95 %, small and large jobs, eight tenants of whom the first submits most.
  const auto site = [](const std::string& more) {
    return run_text(hall(12, 8, R"(
      horizon_s: 2592000 seed: 5 job_class { job_class: "training" active_fraction: 1 staging_gb_per_card: 0 }
      workload { steady { offered_load: 0.95 jobs_per_year: 60000 tenants: 8 tenant_exponent: 1.5
        size { cards: 1 weight: 50 } size { cards: 3 weight: 25 } size { cards: 8 weight: 15 } size { cards: 32 weight: 5 } } } )" + more));
  };
  const auto wait_s = [](const RunResult& run, const std::string& where) { return run.number("SELECT avg(wait_s) FROM jobs WHERE " + where); };
  const RunResult easy = site("scheduler { easy_backfill {} }");
  SUBCASE("conservative_backfill: fewer may slip in where every promise counts") {
    const RunResult other = site("scheduler { conservative_backfill {} }");
    MESSAGE("wait_s.mean " << easy["wait_s.mean"] << " -> " << other["wait_s.mean"] << ", card_hours.withheld " << easy["card_hours.withheld"] << " -> " << other["card_hours.withheld"]);
    CHECK(other["wait_s.p50"] > easy["wait_s.p50"]);
    CHECK(other["card_hours.withheld"] > easy["card_hours.withheld"]);
  }
  SUBCASE("fair_share, dominant_resource: who asks for little waits less than who asks for most") {
    const std::string small = "tenant = (SELECT tenant FROM jobs GROUP BY tenant ORDER BY count(*) LIMIT 1)";
    for (const std::string policy : {"fair_share", "dominant_resource"}) {
      CAPTURE(policy);
      const RunResult other = site("scheduler { " + policy + " {} }");
      MESSAGE(policy << ": wait of the smallest tenant " << wait_s(easy, small) << " -> " << wait_s(other, small) << " s, of all " << easy["wait_s.mean"] << " -> " << other["wait_s.mean"]);
      CHECK(wait_s(other, small) < 0.7 * wait_s(easy, small));
      CHECK(other["wait_s.p50"] != easy["wait_s.p50"]);
    }
  }
  SUBCASE("placement: spreading fragments, least fragmentation fragments least") {
    const RunResult spread = site("scheduler { easy_backfill {} } placement { rule: SPREAD }");
    const RunResult least = site("scheduler { easy_backfill {} } placement { rule: LEAST_FRAGMENTATION }");
    MESSAGE("card_hours.idle_fragmented: pack " << easy["card_hours.idle_fragmented"] << ", spread " << spread["card_hours.idle_fragmented"] << ", least " << least["card_hours.idle_fragmented"]);
    CHECK(spread["card_hours.idle_fragmented"] > easy["card_hours.idle_fragmented"]);
    CHECK(least["card_hours.idle_fragmented"] != easy["card_hours.idle_fragmented"]);
    CHECK(least["card_hours.idle_fragmented"] < spread["card_hours.idle_fragmented"]);
  }
}
