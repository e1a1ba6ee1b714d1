#include <doctest/doctest.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "sim/scenario.h"
#include "sim/scenario_overlay.h"
#include "sim/scenario_schema.h"
#include "sim/scenario_table.h"
#include "sim/tenant.h"

using namespace dure::sim;
namespace proto = ::dure;
using google::protobuf::util::MessageDifferencer;

namespace {

proto::Scenario read(const std::string& text, std::vector<Error>* errors = nullptr) {
  proto::Scenario scenario;
  Trail trail;
  std::vector<Error> found;
  read_text("text", text, scenario, trail, found);
  if (errors != nullptr)
    *errors = found;
  else
    CHECK(found.empty());
  return scenario;
}

std::vector<TableRow> table(const std::string& text, std::vector<Error>& errors) {
  const std::string file = "/tmp/dure-door-table." + std::to_string(getpid()) + ".csv";
  std::ofstream(file, std::ios::binary) << text;
  auto rows = read_table(file, {}, proto::Site(), errors);
  std::remove(file.c_str());
  return rows;
}

const proto::Site& site(const TableRow& row) { return static_cast<const proto::Site&>(*row.message); }

}  // namespace

TEST_CASE("text: reads what protobuf's own reader reads") {
  for (const char* text : {
           "",
           "name: 'single' title_en: \"joined\" ' text' seed: 0x1F",
           "site { site: \"a\" pue: 1. lat: -3.5e1 lon: 1.5f } site < site: 'b' region: 'r' owned_building: t >",
           "site: { site: \"a\\\"b\\n\\101\\xea\\xb0\\x80\", lat: 10; nodes_per_leaf: 017, }",
           "site: [ { site: \"a\" }, { site: \"b\" } ] horizon_s: inf # comment",
           "workload { steady { run_time: FIXED size { cards: 1 } size { cards: 2 weight: 3 } } }",
           "workload { steady { run_time: 1 } }",
           "workload { projects { hour_weight: [1, 2.5, -3] hour_weight: 4 } }",
           "site { site: \"a\" owned_building: 1 } site { site: \"b\" owned_building: False }",
           "scheduler {} programme { open_queue {} }",
       }) {
    CAPTURE(text);
    proto::Scenario expected;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &expected));
    CHECK(MessageDifferencer::Equals(read(text), expected));
  }
}

TEST_CASE("text: refuses what protobuf's own reader refuses") {
  for (const char* text : {"name",
                           "name:",
                           "name: 3",
                           "seed: -1",
                           "seed: 1.5",
                           "site",
                           "site {",
                           "site }",
                           "site { site: \"a\" ",
                           "nam: \"a\"",
                           "name: \"a\" name: \"b\"",
                           "horizon_s: [1]",
                           "site { lat: 1 lat: 2 }",
                           "site { lat: 010 }",
                           "site { lat: 0x1F }",
                           "scheduler { fcfs {} easy_backfill {} }",
                           "workload { steady { run_time: 77 } }",
                           "site [ { } ",
                           "horizon_s: - name: \"a\"",
                           "name: \"a",
                           "seed: 99999999999999999999999",
                           "{}",
                           ": 3",
                           "site { nodes_per_leaf: 3000000000 }"}) {
    CAPTURE(text);
    proto::Scenario ignored;
    google::protobuf::TextFormat::Parser parser;
    class Silent : public google::protobuf::io::ErrorCollector {
      void AddError(int, int, const std::string&) override {}
    } silent;
    parser.RecordErrorsTo(&silent);
    CHECK_FALSE(parser.ParseFromString(text, &ignored));
    std::vector<Error> errors;
    read(text, &errors);
    CHECK_FALSE(errors.empty());
  }
}

TEST_CASE("text: places count characters, not bytes, and tabs as one") {
  proto::Scenario scenario;
  Trail trail;
  std::vector<Error> errors;
  read_text("f", "# 첫 줄\n\tname: \"가나다\"\ttitle_en: \"x\" # 출처: 여기\n", scenario, trail, errors);
  const Trail* name = trail.find(proto::Scenario::kNameFieldNumber);
  const Trail* title = trail.find(proto::Scenario::kTitleEnFieldNumber);
  REQUIRE(name != nullptr);
  REQUIRE(title != nullptr);
  CHECK(name->place.line == 2);
  CHECK(name->place.column == 8);
  CHECK(name->place.length == 5);
  CHECK(title->place.column == 24);
  CHECK(title->note == "출처: 여기");
}

TEST_CASE("table: quotes, commas, line ends within quotes, CRLF and a byte-order mark") {
  std::vector<Error> errors;
  const auto rows =
      table("\xEF\xBB\xBFsite,name_en,pue,lat\r\n\r\na,\"one, \"\"two\"\"\r\nthree\",1.5,\r\n  b , plain text ,,-3\r\nc,,2,0", errors);
  CHECK(errors.empty());
  REQUIRE(rows.size() == 3);
  CHECK(site(rows[0]).name_en() == "one, \"two\"\r\nthree");
  CHECK_FALSE(site(rows[0]).has_lat());
  CHECK(site(rows[1]).site() == "b");
  CHECK(site(rows[1]).name_en() == "plain text");
  CHECK_FALSE(site(rows[1]).has_pue());
  CHECK(site(rows[1]).lat() == -3);
  const auto place = [&](int row, int field) { return rows[static_cast<std::size_t>(row)].trail.find(field)->place; };
  CHECK(place(0, proto::Site::kSiteFieldNumber).line == 3);
  CHECK(place(0, proto::Site::kPueFieldNumber).line == 4);  // behind the quoted line end
  CHECK(place(0, proto::Site::kPueFieldNumber).column == 8);
  CHECK(place(1, proto::Site::kSiteFieldNumber).line == 5);
  CHECK(place(1, proto::Site::kSiteFieldNumber).column == 3);
  CHECK(place(1, proto::Site::kSiteFieldNumber).length == 1);
  CHECK(place(2, proto::Site::kLatFieldNumber).line == 6);
  CHECK(place(2, proto::Site::kLatFieldNumber).column == 6);
}

TEST_CASE("table: an unclosed quote, an empty file and a lone header") {
  std::vector<Error> errors;
  CHECK(table("site,name_en\na,\"never closed\nb,c\n", errors).empty());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == "E0114");
  CHECK(errors[0].place->line == 2);
  CHECK(errors[0].place->column == 3);
  errors.clear();
  CHECK(table("", errors).empty());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == "E0115");
  errors.clear();
  CHECK(table("site,pue\n", errors).empty());
  CHECK(errors.empty());
}

TEST_CASE("schema: numbers are written so that they read back, short ones short") {
  CHECK(number_text(40) == "40");
  CHECK(number_text(0.05) == "0.05");
  CHECK(number_text(86400) == "86400");
  CHECK(number_text(31557600) == "31557600");
  CHECK(number_text(1.3e10) == "1.3e10");
  CHECK(number_text(1e-6) == "1e-6");
  CHECK(number_text(-0.0) == "0");
  for (const double x : {0.1 + 0.2, 1e300, 5e-324, 123456789.125, 1.0 / 3, -2.5e-7})
    CHECK(std::strtod(number_text(x).c_str(), nullptr) == x);
}

TEST_CASE("suggestions: near words only") {
  CHECK(nearest("peak_powr_mw", {"pue", "peak_power_mw"}) == "peak_power_mw");
  CHECK(nearest("PUE", {"pue", "site"}) == "pue");
  CHECK(nearest("regoin", {"region", "reason"}) == "region");
  CHECK_FALSE(nearest("qqq", {"pue", "site"}).has_value());
}

TEST_CASE("screen: Hangul takes two cells; bad bytes are found and shown harmlessly") {
  CHECK(display_width("광주 DC") == 7);
  CHECK(count_characters("광주 DC") == 5);
  CHECK(is_utf8("두레"));
  CHECK_FALSE(is_utf8("\xb1\xa4"));
  CHECK_FALSE(is_utf8("\xc0\x80"));
  const Error error(Exit::kInvalid, "E0999", {"bad \x1b[31m text", ""});
  CHECK(render(error, {}, {}) == "error[E0999]: bad ?[31m text\n");
  CHECK(with_particle("정수", "이", "가") == "정수가");
  CHECK(with_particle("목록", "이", "가") == "목록이");
  CHECK(with_particle("pue", "이", "가") == "pue이(가)");
}

TEST_CASE("schema: the words for kinds of tenant are those of the code") {
  std::string names;
  for (const std::string_view name : kTenantKindNames) names += (names.empty() ? "" : ", ") + std::string(name);
  CHECK(facts(proto::Archetype::descriptor()->FindFieldByName("archetype")).one_of == names);
  CHECK(facts(proto::Quota::descriptor()->FindFieldByName("tenant_kind")).one_of == names);
}
