// Records in, a card out, and everything that is refused, in both languages.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "sim/scenario_measured.h"
#include "sim/scenario_schema.h"
#include "tests/calibration/synthetic.h"
#include "tests/cli/says.h"
#include "tests/support/temp_folder.h"

using namespace dure;
using namespace dure::test;

namespace {

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

class Bench {
 public:
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::string out() const { return folder_ / "card.txtpb"; }
  /// Refused with exit 3 and `code`, naming `english` and `korean`, and nothing is written.
  void refused(const std::string& text, const std::string& code, const std::string& english, const std::string& korean, std::vector<std::string> more = {}) const {
    std::vector<std::string> words = {"calibrate", file("bad.txtpb", text), "-o", out()};
    words.insert(words.end(), more.begin(), more.end());
    const Said en = dure_says(words);
    INFO(en.err);
    CHECK(en.exit == 3);
    CHECK(en.err.find(code) != std::string::npos);
    CHECK(en.err.find(english) != std::string::npos);
    words.insert(words.end(), {"--lang", "ko"});
    const Said ko = dure_says(words);
    INFO(ko.err);
    CHECK(ko.exit == 3);
    CHECK(ko.err.find(korean) != std::string::npos);
    CHECK(!std::filesystem::exists(out()));
  }

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("calibrate: a record becomes a card whose constants are those of the law that made it") {
  const Bench bench;
  const Said said = dure_says({"calibrate", bench.file("record.txtpb", record_text()), "-o", bench.out(), "--card", "H200-SXM-141"});
  INFO(said.err);
  REQUIRE(said.exit == 0);
  CHECK(said.out.find("gemm bf16") != std::string::npos);
  CHECK(said.out.find("yardstick") != std::string::npos);
  const MeasuredCard card = sim::read_measured_card(bench.out());
  CHECK(card.card() == "H200-SXM-141");
  CHECK(card.record(0).date() == "2026-11-21");
  CHECK(card.digest(0).size() == 64);
  const GemmFit* gemm = sim::find_gemm(card, "bf16");
  REQUIRE(gemm != nullptr);
  CHECK(gemm->rate_tflops() == doctest::Approx(780).epsilon(0.02));  // noise of 1 % over 60 points
  CHECK(gemm->peak_tflops() == 989);
  CHECK(sim::GemmTime(*gemm, card.compute_units()).efficiency(8192, 8192, 8192) ==
        doctest::Approx(2.0 * 8192 * 8192 * 8192 / sim::GemmTime(kLaw).time_s(8192, 8192, 8192) / 989e12).epsilon(0.02));
  CHECK(sim::find_gemm(card, "fp8") == nullptr);
  std::map<std::string, double> rates;
  for (const RateFit& fit : card.memory()) rates[fit.name()] = fit.gb_per_s();
  CHECK(rates["copy"] == doctest::Approx(4200).epsilon(1e-3));
  CHECK(rates["copy_cache"] == doctest::Approx(9000).epsilon(1e-2));
  CHECK(card.attention(0).rate_tflops() == doctest::Approx(400).epsilon(1e-3));
  CHECK(card.power().idle_w() == doctest::Approx(120).epsilon(1e-3));
  CHECK(card.power().sustained_share() == doctest::Approx(0.9));
  CHECK(card.launch_us() == doctest::Approx(2.1));

  SUBCASE("an earlier result is not overwritten unasked") {
    CHECK(dure_says({"calibrate", bench.file("record.txtpb", record_text()), "-o", bench.out()}).exit == 5);
    CHECK(dure_says({"calibrate", bench.file("record.txtpb", record_text()), "-o", bench.out(), "--force"}).exit == 0);
  }
  SUBCASE("with --json there is one object") {
    const Said json = dure_says({"--json", "calibrate", bench.file("record.txtpb", record_text()), "-o", bench.out(), "--force"});
    const auto answer = nlohmann::json::parse(json.out);
    CHECK(answer["card"] == "H200-SXM-141");
    CHECK(answer["parts"].size() == 7);
    CHECK(answer["parts"][0]["left_out_median_error_pct"].get<double>() < 1.5);
  }
  SUBCASE("in Korean, too") {
    const Said ko = dure_says({"--lang", "ko", "calibrate", bench.file("record.txtpb", record_text()), "-o", bench.out(), "--force"});
    CHECK(ko.out.find("한 점씩 뺐을 때") != std::string::npos);
  }
}

TEST_CASE("calibrate: the links go into a file of their own") {
  const Bench bench;
  std::string text = "# proto-message: dure.InterconnectRecord\n" + head();
  for (double bytes = 1e4; bytes < 1e9; bytes *= 10) text += fmt::format("collective {{ operation: \"all_reduce\" ranks: 8 bytes: {:.9g} {} }}\n", bytes, us(20e-6 + bytes / 250e9));
  const Said said = dure_says({"calibrate", bench.file("record.txtpb", record_text()), bench.file("links.txtpb", text), "-o", bench.out()});
  INFO(said.err);
  REQUIRE(said.exit == 0);
  const std::string links = replaced(bench.out(), "card.txtpb", "card.interconnect.txtpb");
  const MeasuredInterconnect made = sim::read_measured_interconnect(links);
  REQUIRE(made.collective_size() == 1);
  CHECK(made.collective(0).gb_per_s() == doctest::Approx(250).epsilon(1e-3));
  CHECK(made.collective(0).ranks() == 8);
  CHECK(content(bench.out()).find("collective") == std::string::npos);
}

TEST_CASE("calibrate: what cannot be a measurement is refused, with the reason in both languages") {
  const Bench bench;
  const std::string good = record_text();
  bench.refused(replaced(good, "unit: \"us\" ", ""), "E0141", "has no unit; it must be in us", "단위가 없습니다");
  bench.refused(replaced(good, "unit: \"us\"", "unit: \"ms\""), "E0141", "is in \"ms\", but must be in us", "단위는 us여야 하는데");
  bench.refused(replaced(good, "unit: \"W\"", "unit: \"kW\""), "E0141", "must be in W", "단위는 W여야 하는데");
  bench.refused(replaced(good, "duty: 0.25 power { unit: \"W\" median: 3", "duty: 0.25 power { unit: \"W\" median: nan # "), "E0108", "finite", "유한한 수");
  const std::string launch = "median: 2.1 lower: 2 upper: 2.3";
  bench.refused(replaced(good, launch, "median: nan lower: 2 upper: 2.3"), "E0108", "must be a finite number", "유한한 수여야");
  bench.refused(replaced(good, launch, "median: 0 lower: 0 upper: 0"), "E0142", "no measurement gives", "나올 수 없는 값");
  bench.refused(replaced(good, launch, "median: -1 lower: -2 upper: 1"), "E0142", "no measurement gives", "나올 수 없는 값");
  bench.refused(replaced(good, launch, "median: 3 lower: 2 upper: 2.3"), "E0142", "does not lie between", "사이에 있지 않습니다");
  bench.refused(replaced(good, launch, "lower: 2 upper: 2.3"), "E0109", "`median`", "`median`");
  bench.refused(replaced(good, "precision: \"bf16\"", "precision: \"bf61\""), "E0105", "did you mean `bf16`", "`bf16`");
}

TEST_CASE("calibrate: too few points, trials, wrong answers and other cards are refused") {
  const Bench bench;
  const std::string good = record_text();
  std::string few = "# proto-message: dure.MicrobenchRecord\n" + head();
  for (int i = 0; i < 17; ++i) few += fmt::format("gemm {{ precision: \"fp8\" m: {} n: 512 k: 512 {} }}\n", 512 + 16 * i, us(1e-5));
  bench.refused(few, "E0143", "gemm fp8: 17 points, but a fit needs at least 18", "측정점이 17개뿐입니다. 맞추려면 적어도 18개가 필요합니다");
  bench.refused(replaced(good, "power { load: \"idle\" duty: 0 ", "power { load: \"gemm\" duty: 0.1 "), "E0143", "power: 0 points", "power");
  bench.refused(replaced(good, "commit: \"none\"", "commit: \"none\" quick: true"), "E0145", "is a trial run", "시험 실행");
  bench.refused(good + "check { kernel: \"gemm fp8\" error_over_tolerance: 7.5 passed: false }\n", "E0145", "7.5 times what is tolerated", "허용 오차의 7.5배");
  bench.refused("# proto-message: dure.MicrobenchRecord\n" + head(), "E0145", "no points at all", "측정점이 하나도");
  bench.refused(good, "E0144", "is of H200-SXM-141, not of H100-SXM-80", "H100-SXM-80이(가) 아니라 H200-SXM-141의 기록", {"--card", "H100-SXM-80"});
  bench.refused(replaced(good, "H200-SXM-141", "H200-SXM-142"), "E0144", "did you mean `H200-SXM-141`", "목록에 `H200-SXM-142`");
  const std::string other = bench.file("other.txtpb", replaced(good, "H200-SXM-141", "H100-SXM-80"));
  bench.refused(good, "E0144", "of H100-SXM-80", "H100-SXM-80", {other});
  const std::string other_chip = bench.file("chip.txtpb", replaced(good, "compute_units: 132", "compute_units: 114"));
  bench.refused(good, "E0144", "(114)", "(114개)", {other_chip});
  bench.refused("# proto-message: dure.Scenario\n", "E0121", "another kind of file", "다른 종류의 파일");
  bench.refused("head { }\n", "E0122", "does not say what it is", "파일의 종류가");
  const Said missing = dure_says({"calibrate", "/nowhere.txtpb", "-o", bench.out()});
  CHECK(missing.exit == 3);
  CHECK(dure_says({"calibrate", bench.file("record.txtpb", good)}).exit == 2);
}

TEST_CASE("microbench: the lines it writes are fields of the schema, in the units of the schema") {
  const std::regex made(R"re(Line(?: (\w+))?\("(\w+)"\))re"), field(R"re((word|number|flag|measured)\("(\w+)"(?:, "([^"]+)")?)re"), variable(R"re(^\s*(\w+)\.(?:word|number|flag|measured)\()re");
  int lines = 0, fields = 0;
  for (const auto& entry : std::filesystem::directory_iterator("platforms/microbench")) {
    const auto extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".cu") continue;
    std::map<std::string, std::string> variables;
    std::string statement;
    for (const char c : content(entry.path())) {
      if (c != ';' && c != '{' && c != '}') {
        statement += c;
        continue;
      }
      std::smatch found;
      std::string message;
      if (std::regex_search(statement, found, made)) {
        message = found[2];
        if (found[1].matched) variables[found[1]] = message;
      } else if (std::regex_search(statement, found, variable)) {
        if (variables.contains(found[1])) message = variables[found[1]];
      }
      if (!message.empty()) {
        ++lines;
        const auto* holder = MicrobenchRecord::descriptor()->FindFieldByName(message);
        if (holder == nullptr) holder = InterconnectRecord::descriptor()->FindFieldByName(message);
        INFO(entry.path().string(), ": ", statement);
        REQUIRE(holder != nullptr);
        for (std::sregex_iterator one(statement.begin(), statement.end(), field), end; one != end; ++one) {
          const auto* known = holder->message_type()->FindFieldByName((*one)[2]);
          REQUIRE_MESSAGE(known != nullptr, message, " has no ", (*one)[2].str());
          if ((*one)[1] == "measured") CHECK((*one)[3].str() == sim::facts(known).unit);
          ++fields;
        }
      }
      statement.clear();
    }
  }
  CHECK(lines >= 13);
  CHECK(fields >= 70);
}
