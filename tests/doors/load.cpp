#include <doctest/doctest.h>
#include <google/protobuf/util/message_differencer.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/scenario.h"

using namespace dure::sim;
using google::protobuf::util::MessageDifferencer;

namespace {

const std::string kData = "tests/doors/data/";

std::string place_of(const Loaded& loaded, const std::string& path) {
  const auto place = loaded.place(path);
  return place ? place->file.substr(place->file.rfind('/') + 1) + ":" + std::to_string(place->line) + ":" + std::to_string(place->column)
               : "nowhere";
}

const Assumption& assumption(const std::vector<Assumption>& all, const std::string& path) {
  for (const Assumption& a : all)
    if (a.path == path) return a;
  FAIL("no assumption " << path);
  return all.front();
}

/// The codes of everything wrong, in order.
std::string codes(const std::string& file, const std::vector<std::string>& sets = {}) {
  try {
    load_scenario(file, sets);
    return "good";
  } catch (const ScenarioErrors& errors) {
    std::string all;
    for (const Error& error : errors.all) all += (all.empty() ? "" : " ") + error.code;
    return all;
  }
}

}  // namespace

TEST_CASE("door: table rows lie below what is written out, and both below --set") {
  const Loaded loaded = load_scenario(kData + "base.txtpb", {"site[honam].pue=1.2"});
  REQUIRE(loaded.scenario.site_size() == 2);
  const auto& honam = loaded.scenario.site(0);
  CHECK(honam.region() == "honam");   // table
  CHECK(honam.access_gbps() == 400);  // written out
  CHECK(honam.pue() == 1.2);          // --set
  CHECK(honam.name_ko() == "광주 \"첨단\" 센터");
  CHECK(loaded.scenario.site(1).name_ko() == "서울, 남산");
  CHECK_FALSE(loaded.scenario.site(1).has_pue());  // an empty cell sets nothing
  CHECK_FALSE(loaded.scenario.has_site_table());
  CHECK(place_of(loaded, "site[honam].region") == "sites.csv:2:30");
  CHECK(place_of(loaded, "site[honam].access_gbps") == "base.txtpb:10:35");
  CHECK(place_of(loaded, "site[honam].pue") == "--set:1:17");
  CHECK(place_of(loaded, "tranche[first].promised") == "base.txtpb:13:35");
  CHECK(place_of(loaded, "tranche[first].term_end") == "base.txtpb:11:1");  // not set: the tranche itself
}

TEST_CASE("door: a derived scenario joins by key, replaces values and switches behaviours") {
  const Loaded loaded = load_scenario(kData + "derived.txtpb");
  CHECK(loaded.scenario.name() == "derived");
  CHECK(loaded.scenario.horizon_s() == 31536000);
  CHECK(loaded.scenario.scheduler().has_easy_backfill());
  CHECK(loaded.scenario.scheduler().easy_backfill().depth() == 50);
  REQUIRE(loaded.scenario.site_size() == 2);
  CHECK(loaded.scenario.site(1).site() == "seoul");
  CHECK(loaded.scenario.site(1).pue() == 1.25);
  CHECK(loaded.scenario.site(1).region() == "capital");
  CHECK(place_of(loaded, "scheduler.easy_backfill.depth") == "derived.txtpb:5:36");
  CHECK(loaded.files ==
        std::vector<std::string>{kData + "derived.txtpb", kData + "base.txtpb", kData + "sites.csv", kData + "regions.csv"});
}

TEST_CASE("door: --set reaches values, lists by key, other cases of a choice, blocks and models") {
  CHECK(load_scenario(kData + "base.txtpb", {"workload.steady.offered_load=0.8"}).scenario.workload().steady().offered_load() == 0.8);
  CHECK(load_scenario(kData + "base.txtpb", {"scheduler.easy_backfill.depth=7"}).scenario.scheduler().easy_backfill().depth() == 7);
  CHECK(load_scenario(kData + "base.txtpb", {"scheduler=easy_backfill"}).scenario.scheduler().has_easy_backfill());
  CHECK(load_scenario(kData + "base.txtpb", {"reliability={faults_per_1000_node_days: 9}"})
            .scenario.reliability()
            .faults_per_1000_node_days() == 9);
  CHECK_FALSE(load_scenario(kData + "base.txtpb", {"workload=none"}).scenario.has_workload());
  CHECK(load_scenario(kData + "base.txtpb", {"horizon_s=3600", "horizon_s=7200"}).scenario.horizon_s() == 7200);
  CHECK_FALSE(load_scenario("scenarios/korea.txtpb", {"horizon_s=7200"}).scenario.has_end_date());  // which would hide what was asked for
  CHECK(load_scenario("scenarios/korea.txtpb", {"horizon_s=7200", "end_date=2026-01-01"}).scenario.has_end_date());
  CHECK(load_scenario(kData + "base.txtpb", {"title_en=a = b"}).scenario.title_en() == "a = b");
}

TEST_CASE("door: a --set that cannot be followed says which part of it") {
  CHECK(codes(kData + "base.txtpb", {"pue"}) == "E0119");
  CHECK(codes(kData + "base.txtpb", {"site[honam.pue=1"}) == "E0119");
  CHECK(codes(kData + "base.txtpb", {"site[honan].pue=1.2"}) == "E0120");
  CHECK(codes(kData + "base.txtpb", {"site.pue=1.2"}) == "E0120");
  CHECK(codes(kData + "base.txtpb", {"horizon=1"}) == "E0120");
  CHECK(codes(kData + "base.txtpb", {"horizon_s=long"}) == "E0104");
  CHECK(codes(kData + "base.txtpb", {"horizon_s=-1"}) == "E0107");
  CHECK(codes(kData + "base.txtpb", {"scheduler=lottery"}) == "E0120");
  CHECK(codes(kData + "base.txtpb", {"extends=derived.txtpb"}) == "E0119");
  try {
    load_scenario(kData + "base.txtpb", {"horizon_s=10", "site[honan].pue=1.2"});
    FAIL("accepted");
  } catch (const ScenarioErrors& errors) {
    CHECK(errors.exit_code == Exit::kInvalid);
    CHECK(render(errors.all[0], errors.sources, {}) == R"(error[E0120]: there is no site `honan`
  --> --set:2:6
   |
 2 | site[honan].pue=1.2
   |      ^^^^^ help: did you mean `honam`?
)");
  }
  try {
    load_scenario(kData + "base.txtpb", {"pue"});
    FAIL("accepted");
  } catch (const ScenarioErrors& errors) {
    CHECK(errors.exit_code == Exit::kCommandLine);
  }
}

TEST_CASE("door: an error of a room is given the place of its field") {
  const Loaded loaded = load_scenario(kData + "base.txtpb");
  const Error error = loaded.located(ScenarioError("tranche[first].cards", {"too many", "너무 많음"}));
  REQUIRE(error.place);
  CHECK(error.place->line == 12);
  CHECK(error.place->column == 54);
  CHECK(loaded.located(ScenarioError("power.tariff", {"none", "없음"})).place->file == kData + "base.txtpb");
}

TEST_CASE("door: assumptions list every value with origin, source and confidence") {
  const auto all = load_scenario(kData + "base.txtpb", {"site[honam].pue=1.2"}).assumptions();
  const Assumption& burn = assumption(all, "workload.steady.offered_load");
  CHECK(burn.value == "0.9");
  CHECK(burn.origin == "base.txtpb:17:35");
  const Assumption& fallback = assumption(all, "node[H200].idle_w");
  CHECK(fallback.value == "2400");
  CHECK(fallback.unit == "W");
  CHECK(fallback.origin == "default");
  CHECK(fallback.trust == "medium");
  CHECK(fallback.source.find("8xH100") == 0);
  const Assumption& row = assumption(all, "site[honam].peak_power_mw");
  CHECK(row.origin == "sites.csv:2:36");
  CHECK(assumption(all, "site[honam].pue").origin == "--set:1:17");
  CHECK(row.source == "sample sheet");
  CHECK(row.trust == "medium");
  CHECK(assumption(all, "card[H200].rated_w").source == "maker's sheet");  // the comment that ends the line
}

TEST_CASE("door: what a run keeps calls its files from the scenario's folder or from DURE_DATA, however they were reached") {
  const auto log_of = [](const Loaded& loaded) { return assumption(loaded.assumptions(), "workload.trace.file").value; };
  const std::string own = "workload={trace { format: \"own\" file: \"";
  const std::string absolute = std::filesystem::absolute(kData).string();
  const Loaded near = load_scenario(kData + "base.txtpb", {own + kData + "sites.csv\" }}"});
  const Loaded far = load_scenario(absolute + "base.txtpb", {own + absolute + "sites.csv\" }}"});
  CHECK(log_of(near) == "sites.csv");
  CHECK(assumptions_json(near) == assumptions_json(far));
  CHECK(to_text(near, {.portable = true}) == to_text(far, {.portable = true}));
  const char* before = std::getenv("DURE_DATA");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("DURE_DATA", absolute.c_str(), 1);
  const Loaded data = load_scenario(kData + "base.txtpb", {own + "${DURE_DATA}/sites.csv\" }}"});
  CHECK(log_of(data) == "${DURE_DATA}/sites.csv");
  CHECK(to_text(data, {.portable = true}).find("\"${DURE_DATA}/sites.csv\"") != std::string::npos);
  before == nullptr ? ::unsetenv("DURE_DATA") : ::setenv("DURE_DATA", kept.c_str(), 1);
}

TEST_CASE("door: the resolved scenario reads back to the same scenario") {
  const Loaded loaded = load_scenario(kData + "derived.txtpb", {"title_ko=따옴표 \" 와 \\ 역슬래시"});
  const auto folder = std::filesystem::temp_directory_path() / ("dure-door-test." + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  for (const WriteOptions& options : {WriteOptions{}, WriteOptions{.notes = true, .defaults = false}}) {
    const std::string file = (folder / "scenario.txtpb").string();
    std::ofstream(file) << to_text(loaded, options);
    const Loaded again = load_scenario(file);
    CHECK(MessageDifferencer::Equals(loaded.scenario, again.scenario));
    CHECK(fingerprint(loaded) == fingerprint(again));
  }
  CHECK(fingerprint(loaded) != fingerprint(load_scenario(kData + "base.txtpb")));
  std::filesystem::remove_all(folder);
}
