#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "analysis/calibration/calibrate.h"
#include "sim/cli/commands.h"
#include "sim/inventory/inventory.pb.h"
#include "sim/scenario_measured.h"
#include "sim/scenario_table.h"

namespace dure::sim {
namespace fs = std::filesystem;
namespace proto = ::dure;
namespace {

struct Arguments {
  std::vector<std::string> records;
  std::string out;
  std::string card;
  std::string catalogue = "platforms/catalogue/cards.csv";
};

Place card_place(const ReadRecord& record) { return record.place(proto::MicrobenchRecord::kHeadFieldNumber, 0, proto::RecordHead::kCardFieldNumber); }

/// The catalogue's row of the card that the records are of.
proto::CardType row_of(const ReadRecord& record, const std::string& catalogue) {
  const std::string& card = record.head().card();
  std::vector<Error> errors;
  const std::vector<TableRow> rows = read_table(catalogue, {}, proto::CardType(), errors);
  if (!errors.empty()) throw ScenarioErrors(std::move(errors), {});
  std::vector<std::string> known;
  for (const TableRow& row : rows) {
    const auto& type = static_cast<const proto::CardType&>(*row.message);
    if (type.card() == card) return type;
    known.push_back(type.card());
  }
  const auto near = nearest(card, known);
  throw Error(Exit::kInvalid, "E0144", {fmt::format("no card of the catalogue is called `{}`", card), fmt::format("목록에 `{}`(이)라는 카드가 없습니다", card)}, card_place(record),
              near ? Text{fmt::format("did you mean `{}`? Measure with --card, or add the card to {}", *near, catalogue),
                          fmt::format("`{}`을(를) 뜻하셨습니까? --card로 이름을 주어 측정하거나 {}에 카드를 넣으십시오", *near, catalogue)}
                   : Text{fmt::format("measure with --card NAME, or add the card to {}", catalogue), fmt::format("--card로 이름을 주어 측정하거나 {}에 카드를 넣으십시오", catalogue)});
}

/// "card.txtpb" -> "card.interconnect.txtpb".
std::string interconnect_file(const std::string& out) {
  const fs::path path(out);
  return (path.parent_path() / fs::path(path.stem().string() + ".interconnect" + path.extension().string())).string();
}

nlohmann::json to_json(const analysis::FittedPart& part) {
  nlohmann::json made = {{"part", part.part},
                         {"name", part.name},
                         {"found", part.found},
                         {"points", part.quality.points()},
                         {"median_error_pct", part.quality.median_pct()},
                         {"p90_error_pct", part.quality.p90_pct()},
                         {"worst_error_pct", part.quality.worst_pct()},
                         {"left_out_median_error_pct", part.quality.left_out_median_pct()},
                         {"left_out_p90_error_pct", part.quality.left_out_p90_pct()}};
  if (part.interpolated_median_pct >= 0) made["interpolated_median_error_pct"] = part.interpolated_median_pct;
  return made;
}

std::string padded(std::string text, int width) {
  for (int cells = display_width(text); cells < width; ++cells) text += ' ';
  return text;
}

Exit run(const Arguments& arguments, Context& context) {
  std::vector<ReadRecord> read;
  for (const std::string& file : arguments.records) read.push_back(read_record(file));
  std::vector<analysis::NamedRecord> named;
  for (const ReadRecord& record : read) {
    if (!arguments.card.empty() && record.head().card() != arguments.card)
      throw Error(Exit::kInvalid, "E0144",
                  {fmt::format("{} is of {}, not of {}", record.file, record.head().card(), arguments.card),
                   fmt::format("{}은(는) {}이(가) 아니라 {}의 기록입니다", record.file, arguments.card, record.head().card())},
                  card_place(record), {"give records of the card you ask for", "요청한 카드의 기록을 주십시오"});
    named.push_back({record.file, record.digest, record.card ? &*record.card : nullptr, record.interconnect ? &*record.interconnect : nullptr,
                     [&record](int field, int index, int part) { return record.place(field, index, part); }});
  }
  const std::string links = interconnect_file(arguments.out);
  for (const std::string& file : {arguments.out, links})
    if (!context.force && fs::exists(file))
      throw Error(Exit::kEnvironment, "E0502", {fmt::format("{} exists already", file), fmt::format("{}이(가) 이미 있습니다", file)}, {},
                  {"choose another name, or --force", "다른 이름을 고르거나 --force를 쓰십시오"});
  const analysis::Calibrated made = analysis::calibrate(named, row_of(read.front(), arguments.catalogue));
  std::vector<std::string> written;
  if (const fs::path folder = fs::path(arguments.out).parent_path(); !folder.empty()) {
    std::error_code failure;
    fs::create_directories(folder, failure);
  }
  if (made.has_card) {
    write_measured(arguments.out, made.card);
    written.push_back(arguments.out);
  }
  if (made.has_interconnect) {
    write_measured(links, made.interconnect);
    written.push_back(links);
  }
  if (context.json) {
    nlohmann::json parts = nlohmann::json::array();
    for (const analysis::FittedPart& part : made.parts) parts.push_back(to_json(part));
    context.print_json({{"card", read.front().head().card()}, {"parts", std::move(parts)}, {"written", written}});
    return Exit::kDone;
  }
  if (context.verbosity < 0) return Exit::kDone;
  std::string out = fmt::format("{}, {}, {}\n\n", read.front().head().card(), read.front().head().date(), read.front().head().driver());
  out += padded(context.say("part", "부분"), 44) + padded(context.say("found", "결과"), 34) +
         context.say("points   median      p90    worst   left out: median      p90\n", "측정점     중앙값      p90     최대   한 점씩 뺐을 때: 중앙값      p90\n");
  for (const analysis::FittedPart& part : made.parts) {
    const auto& q = part.quality;
    out += padded(part.part + " " + part.name, 44) + padded(part.found, 34) +
           fmt::format("{:6} {:7.2f}% {:7.2f}% {:7.2f}%          {:7.2f}% {:7.2f}%\n", q.points(), q.median_pct(), q.p90_pct(), q.worst_pct(), q.left_out_median_pct(), q.left_out_p90_pct());
    if (part.interpolated_median_pct >= 0)
      out += fmt::format(fmt::runtime(context.say("    yardstick: each point from its four neighbours, without a formula: {:.2f}%\n", "    견줄 값: 식 없이 이웃 네 점으로 구했을 때 {:.2f}%\n")), part.interpolated_median_pct);
  }
  out += '\n';
  for (const std::string& file : written) out += fmt::format("{}: {}\n", context.say("written", "기록한 파일"), file);
  context.print(out);
  return Exit::kDone;
}

}  // namespace

Action setup_calibrate(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<Arguments>();
  app.add_option("RECORD", arguments->records, context.say("records of platforms/microbench", "platforms/microbench의 기록"))->required()->type_name("");
  app.add_option("-o,--out", arguments->out, context.say("file of the fitted card; its links go to a file of their own beside it", "맞춘 카드 파일(링크는 옆의 다른 파일에 씀)"))
      ->required()
      ->type_name("FILE");
  app.add_option("--card", arguments->card, context.say("refuse records of any other card", "다른 카드의 기록이면 거절"))->type_name("NAME");
  app.add_option("--catalogue", arguments->catalogue, context.say("table of cards, for the makers' figures", "제조사 수치가 있는 카드 목록"))->type_name("CSV");
  return [arguments, &context] { return run(*arguments, context); };
}

}  // namespace dure::sim
