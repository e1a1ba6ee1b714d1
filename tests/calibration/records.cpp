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
    CHECK(en.err.find(".txtpb:") != std::string::npos);  // with its place
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
  bench.refused(replaced(good, "power { load: \"idle\" duty: 0 ", "power { load: \"gemm\" duty: 0.1 "), "E0143", "power: no point at rest", "유휴 상태(duty 0)의 측정점이 없습니다");
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

namespace {

std::string record_of(const std::string& points) { return "# proto-message: dure.MicrobenchRecord\n" + head() + points; }

std::string product(int m, int n, int k, double time_s) { return fmt::format("gemm {{ precision: \"bf16\" m: {} n: {} k: {} {} }}\n", m, n, k, us(time_s)); }

/// Transfers of `bytes`, doubled `count` times, at the times of a law.
template <class Law>
std::string transfers(const std::string& kind, double bytes, int count, Law time_s) {
  std::string made;
  for (int i = 0; i < count; ++i, bytes *= 2) made += fmt::format("{} bytes: {:.9g} {} }}\n", kind, bytes, us(time_s(bytes)));
  return made;
}

std::string powers(const std::vector<std::pair<double, double>>& duty_and_w) {
  std::string made;
  for (const auto& [duty, watts] : duty_and_w)
    made += fmt::format("power {{ load: \"{}\" duty: {} power {{ unit: \"W\" median: {} lower: 1 upper: 9999 repeats: 40 }} }}\n", duty == 0 ? "idle" : "gemm", duty, watts);
  return made;
}

}  // namespace

TEST_CASE("calibrate: rates above the card's own are refused at their point, or where the fit begins") {
  const Bench bench;
  const double flop = 2.0 * 8192 * 8192 * 8192;
  const std::string good = record_text();
  const std::string quick = good + product(8192, 8192, 8192, flop / 1100e12), there = fmt::format("bad.txtpb:{}:1", std::count(quick.begin(), quick.end(), '\n'));
  bench.refused(quick, "E0142", "gemm bf16: 1100 TFLOP/s is above the peak of 989", "gemm bf16: 1100 TFLOP/s가 최대 성능 989보다 큽니다");
  bench.refused(quick, "E0142", there, there);  // the last line is the point's
  CHECK(dure_says({"calibrate", bench.file("rounded.txtpb", good + product(8192, 8192, 8192, flop / 1000e12)), "-o", bench.out()}).exit == 0);  // 1 % above a rounded peak
  std::filesystem::remove(bench.out());

  // Small products of a card whose best would be 1500: each is possible, what they lead to is not.
  sim::GemmConstants law = kLaw;
  law.rate_flop_per_s = 1500e12;
  std::string small;
  for (int m = 128; m <= 1024; m *= 2)
    for (int n = 128; n <= 1024; n *= 2)
      for (int k = 256; k <= 1024; k *= 2) small += product(m, n, k, sim::GemmTime(law).time_s(m, n, k));
  bench.refused(record_of(small), "E0142", "gemm bf16, fitted: 1", "최대 성능 989보다 큽니다");

  bench.refused(record_of(transfers("memory { operation: \"read\"", 1e9, 5, [](double bytes) { return 2e-6 + bytes / 50e12; })), "E0142", "memory read, past the cache: 4e+04 GB/s is above the 4800", "카드 메모리 대역폭 4800보다");
  std::string copies;  // each could owe some of its bytes to the cache, all of them together not
  for (const double bytes : {2.4e8, 2.8e8, 3.2e8, 4.8e8}) copies += transfers("memory { operation: \"copy\"", bytes, 1, [](double b) { return b / 5.5e12; });
  bench.refused(record_of(copies), "E0142", "memory copy, fitted: 5500 GB/s", "5500 GB/s가 카드 메모리 대역폭 4800보다");
  bench.refused(record_of(transfers("elementwise { kernel: \"adam\"", 1e9, 5, [](double bytes) { return bytes / 6e12; })), "E0142", "elementwise adam, past the cache", "elementwise adam");
  bench.refused(record_of(transfers("host_link { direction: \"host_to_device\"", 4096, 9, [](double bytes) { return bytes / 5e13; })), "E0142", "host_link host_to_device, fitted: 5e+04 GB/s", "host_link host_to_device(맞춘 값): 5e+04 GB/s가");
  std::string attention;
  for (int length = 512; length <= 16384; length *= 2)
    attention += fmt::format("attention {{ form: \"fused\" direction: \"forward\" precision: \"bf16\" batch: 1 heads: 16 seq_len: {} head_dim: 128 causal: false {} }}\n", length, us(4 * 16.0 * length * length * 128 / 1200e12));
  bench.refused(record_of(attention), "E0142", "attention bf16: 1200 TFLOP/s is above the peak of 989", "최대 성능 989보다");
  bench.refused(replaced(good, "burst_tflops: 800", "burst_tflops: 8000"), "E0142", "burst_tflops: 8000 TFLOP/s is above the peak", "burst_tflops: 8000 TFLOP/s가 최대 성능");
}

TEST_CASE("calibrate: a curve that misses its points, or a time that does not grow, gives no constants") {
  const Bench bench;
  const std::string link = "host_link { direction: \"host_to_device\"";
  bench.refused(record_of(transfers(link, 1e6, 9, [](double bytes) { return 1e6 / bytes; })), "E0146", "the law does not hold", "식이 성립하지 않습니다");
  bench.refused(record_of(transfers(link, 1e6, 9, [](double) { return 1e-3; })), "E0146", "the time does not grow with the bytes", "시간이 늘지 않아");
  bench.refused(record_of(transfers("memory { operation: \"read\"", 1e6, 5, [](double) { return 1e-5; })), "E0146", "memory read_cache: the time does not grow", "memory read_cache");
}

TEST_CASE("calibrate: repeats of a few points are no measurement of a curve") {
  const Bench bench;
  std::string same, sizes;
  for (int i = 0; i < 30; ++i) same += product(1024, 1024, 1024, 1e-5);
  for (int i = 0; i < 9; ++i) sizes += transfers("checkpoint { stage: \"written\"", i % 2 ? 1e9 : 2e9, 1, [](double bytes) { return bytes / 2e9; });
  bench.refused(record_of(same), "E0143", "30 points, but the number of different shapes among them is 1, and a fit needs at least 18", "서로 다른 모양은(는) 1가지뿐입니다");
  bench.refused(record_of(sizes), "E0143", "the number of different sizes among them is 2", "서로 다른 크기은(는) 2가지뿐");
  bench.refused(record_of(powers({{0, 100}, {0.5, 400}, {0.501, 401}, {0.502, 400}, {0.503, 402}, {1, 700}})), "E0143", "the number of different duties among them is 3", "duty은(는) 3가지뿐");
}

TEST_CASE("calibrate: power rises with load, and a held product is not quicker than a cool one") {
  const Bench bench;
  const std::string good = record_text();
  bench.refused(record_of(powers({{0, 120}, {0.25, 110}, {0.5, 100}, {0.75, 90}, {1, 60}})), "E0142", "power: 120 W at rest is not below 60 W when busy", "유휴 전력 120 W가 부하 때의 60 W보다 작지 않습니다");
  bench.refused(record_of(powers({{0, 100}, {0.25, 600}, {0.5, 500}, {0.75, 400}, {1, 300}})), "E0142", "power does not fall with load", "부하가 늘 때 전력이 줄 수는 없습니다");
  bench.refused(replaced(good, "burst_tflops: 800", "burst_tflops: 80"), "E0142", "at 9 times its rate on a cool card: 1.05 is the most", "9배입니다. 1.05배보다 클 수 없습니다");
  std::string slow = good;
  for (std::size_t at = 0; (at = slow.find("busy_tflops: 720", at)) != std::string::npos;) slow.replace(at, 16, "busy_tflops: 7");
  bench.refused(slow, "E0142", "at 0.00875 times its rate on a cool card: 0.2 is the least", "0.2배보다 작을 수 없습니다");
}

TEST_CASE("calibrate: a record whose multiprocessors or memory are not the card's is another card's") {
  const Bench bench;
  const std::string good = record_text();
  bench.refused(replaced(good, "compute_units: 132", "compute_units: 66"), "E0144", "66 multiprocessors, but H200-SXM-141 has 132", "멀티프로세서가 66개인데");
  bench.refused(replaced(good, "H200-SXM-141", "H100-SXM-80"), "E0144", "140 GB of memory, but H100-SXM-80 has 80", "메모리가 140 GB인데 H100-SXM-80은(는) 80 GB");
  bench.refused(replaced(good, "H200-SXM-141", "H100-SXM-80"), "E0144", "bad.txtpb:2:14", "bad.txtpb:2:14");  // where the card is named
  CHECK(dure_says({"calibrate", bench.file("real.txtpb", replaced(good, "memory_bytes: 1.4e11", "memory_bytes: 1.5075e11")), "-o", bench.out()}).exit == 0);  // as its driver says: 143,771 MiB
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
