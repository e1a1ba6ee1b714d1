#include "sim/workload/trace_reader.h"

#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <charconv>
#include <cmath>
#include <deque>
#include <fstream>
#include <istream>
#include <limits>

namespace dure::sim {

std::optional<double> parse_number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

bool is_absent(std::string_view text) {
  constexpr std::string_view kNothing[] = {"", "None", "NaT", "nan", "NaN", "NULL", "Unknown"};
  return std::find(std::begin(kNothing), std::end(kNothing), text) != std::end(kNothing);
}

namespace drop_reason {
const Text kNoCards{"no GPU: a CPU job", "GPU를 쓰지 않는 CPU 작업"};
const Text kNegativeSubmit{"submitted before second 0 of the log", "기록의 0초보다 앞선 제출"};
const Text kNeverStarted{"never started", "시작되지 않음"};
const Text kNoEnd{"no end time", "종료 시각 없음"};
const Text kStillGoing{"waiting or running when the log was taken", "기록 시점에 대기 또는 실행 중"};
const Text kZeroRun{"run time 0", "실행 시간 0"};
}  // namespace drop_reason
const Text kCorrectTheRow{"correct the row or take it out", "행을 고치거나 지우십시오"};

// --- lines

struct TraceLines::Streams {
  std::ifstream file;
  boost::iostreams::filtering_streambuf<boost::iostreams::input> filter;
  std::istream text{nullptr};
};

TraceLines::TraceLines(const std::filesystem::path& file) : name_(file.string()), streams_(std::make_unique<Streams>()) {
  streams_->file.open(file, std::ios::binary);
  if (!streams_->file || std::filesystem::is_directory(file))
    throw ScenarioError(Text{fmt::format("cannot read the file {}", name_), fmt::format("파일 {}을(를) 읽을 수 없습니다", name_)},
                        Place{name_}, Text{"check the path and the permission to read it", "경로와 읽기 권한을 확인하십시오"});
  const int first = streams_->file.get();
  const int second = streams_->file.get();
  streams_->file.clear();
  streams_->file.seekg(0);
  const bool is_gzip = first == 0x1f && second == 0x8b;
  if (name_.ends_with(".tar.gz") || name_.ends_with(".tgz") || name_.ends_with(".tar") || name_.ends_with(".zip"))
    refuse({"this is an archive of files, not a file", "파일 하나가 아니라 묶음입니다"}, {"unpack it and name the log inside", "풀어서 안의 기록을 지정하십시오"});
  if (name_.ends_with(".gz") && !is_gzip)
    refuse({"the name ends in .gz but the file holds no gzip data", "이름은 .gz로 끝나지만 gzip 자료가 아닙니다"},
           {"fetch the file again, or rename it if it is plain text", "파일을 다시 받거나, 보통 텍스트라면 이름을 바꾸십시오"});
  if (is_gzip) streams_->filter.push(boost::iostreams::gzip_decompressor());
  streams_->filter.push(streams_->file);
  streams_->text.rdbuf(&streams_->filter);
  streams_->text.exceptions(std::ios::badbit);  // so that a broken gzip speaks up
}

TraceLines::~TraceLines() = default;

bool TraceLines::next(std::string& line) {
  try {
    if (!std::getline(streams_->text, line)) return false;
  } catch (const std::exception&) {
    refuse({"the gzip data is broken or cut short", "gzip 자료가 깨졌거나 중간에 끊겼습니다"},
           {"fetch the file again", "파일을 다시 받으십시오"});
  }
  ++line_;
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

void TraceLines::refuse(Text sentence, Text remedy) const {
  throw ScenarioError(std::move(sentence), Place{name_, line_}, std::move(remedy));
}

// --- CSV

struct TraceCsv::Parser {
  csv_parser csv{};
  std::vector<std::string> fields;
  std::deque<std::vector<std::string>> rows;

  Parser() { SIM_CHECK(csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) == 0, "libcsv does not start"); }
  ~Parser() { csv_free(&csv); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  static void on_field(void* text, std::size_t size, void* self) {
    static_cast<Parser*>(self)->fields.emplace_back(static_cast<const char*>(text), size);
  }
  static void on_row(int, void* self) {
    auto* parser = static_cast<Parser*>(self);
    parser->rows.push_back(std::move(parser->fields));
    parser->fields.clear();
  }
};

TraceCsv::TraceCsv(const std::filesystem::path& file, std::span<const std::string_view> required,
                   std::span<const std::string_view> optional, bool may_lack_header)
    : lines_(file), parser_(std::make_unique<Parser>()) {
  if (!read_row())
    lines_.refuse({"the file is empty", "파일이 비어 있습니다"},
                  {"write a header line with the columns", "열 이름을 적은 머리글 줄이 필요합니다"});
  if (row_[0].starts_with("\xef\xbb\xbf")) row_[0].erase(0, 3);
  std::string names;
  for (const auto& list : {required, optional})
    for (const std::string_view name : list)
      if (!name.empty()) names += (names.empty() ? "" : ", ") + std::string(name);  // the first column of a pandas table has no name
  const auto known = [&](const std::string& name) {
    return std::find(required.begin(), required.end(), name) != required.end() || std::find(optional.begin(), optional.end(), name) != optional.end();
  };
  if (may_lack_header && row_.size() == required.size() && std::none_of(row_.begin(), row_.end(), known)) {
    for (std::size_t i = 0; i < required.size(); ++i) columns_.emplace(required[i], i);
    row_waits_ = true;
    return;
  }
  for (std::size_t i = 0; i < row_.size(); ++i) {
    if (!known(row_[i]))
      lines_.refuse({fmt::format("unknown column `{}`", row_[i]), fmt::format("알 수 없는 열 `{}`", row_[i])},
                    {"the columns are " + names, "쓸 수 있는 열: " + names});
    if (!columns_.emplace(row_[i], i).second)
      lines_.refuse({fmt::format("column `{}` stands twice", row_[i]), fmt::format("열 `{}`이(가) 두 번 있습니다", row_[i])},
                    {"remove one of them", "하나를 지우십시오"});
  }
  for (const std::string_view name : required)
    if (!columns_.contains(name))
      lines_.refuse({fmt::format("column `{}` is missing", name), fmt::format("열 `{}`이(가) 없습니다", name)},
                    {"add it to the header, or name another format", "머리글에 더하거나 다른 형식을 지정하십시오"});
}

TraceCsv::~TraceCsv() = default;

bool TraceCsv::read_row() {
  std::string line;
  const auto broken = [&] {
    lines_.refuse({"a quotation mark is out of place", "따옴표가 잘못 놓였습니다"},
                  {"double quotes inside a quoted field", "따옴표 안의 따옴표는 두 번 쓰십시오"});
  };
  while (parser_->rows.empty()) {
    const bool more = lines_.next(line);
    if (more) line += '\n';
    if (more ? csv_parse(&parser_->csv, line.data(), line.size(), Parser::on_field, Parser::on_row, parser_.get()) != line.size()
             : csv_fini(&parser_->csv, Parser::on_field, Parser::on_row, parser_.get()) != 0)
      broken();
    if (!more && parser_->rows.empty()) return false;
  }
  row_ = std::move(parser_->rows.front());
  parser_->rows.pop_front();
  return true;
}

bool TraceCsv::next() {
  if (row_waits_) {
    row_waits_ = false;
    return true;
  }
  if (!read_row()) return false;
  if (row_.size() != columns_.size())
    lines_.refuse({fmt::format("the row has {} fields where the header has {}", row_.size(), columns_.size()),
                   fmt::format("행의 필드가 {}개인데 머리글은 {}개입니다", row_.size(), columns_.size())},
                  {"complete the row or take it out", "행을 채우거나 지우십시오"});
  return true;
}

const std::string& TraceCsv::text(std::string_view column) const {
  static const std::string none;
  const auto at = columns_.find(column);
  return at == columns_.end() ? none : row_[at->second];
}

double TraceCsv::number(std::string_view column) const {
  if (text(column).empty()) lines_.refuse({fmt::format("{} is empty", column), fmt::format("{}이(가) 비어 있습니다", column)}, {"write a number, or take the row out", "수를 적거나 행을 지우십시오"});
  const std::optional<double> value = parse_number(text(column));
  if (!value)
    lines_.refuse({fmt::format("`{}` is no number for {}", text(column), column),
                   fmt::format("{} 값 `{}`은(는) 수가 아닙니다", column, text(column))},
                  {"write a number, or take the row out", "수를 적거나 행을 지우십시오"});
  return *value;
}

int TraceCsv::whole(std::string_view column) const {
  const double value = number(column);
  if (value != std::floor(value) || std::abs(value) > 1e9)
    lines_.refuse({fmt::format("`{}` is no whole number for {}", text(column), column),
                   fmt::format("{} 값 `{}`은(는) 정수가 아닙니다", column, text(column))},
                  {"write a whole number, or take the row out", "정수를 적거나 행을 지우십시오"});
  return int(value);
}

int TraceCsv::count(std::string_view column) const {
  const int value = whole(column);
  if (value < 0) lines_.refuse({fmt::format("{} {} is negative", column, value), fmt::format("{} {}이(가) 음수입니다", column, value)}, kCorrectTheRow);
  return value;
}

// --- book

TraceBook::TraceBook(std::string format, const std::string& file)
    : latest_submit_s_(-std::numeric_limits<double>::infinity()) {
  trace_.report.format = std::move(format);
  trace_.report.file = file;
}

void TraceBook::count(std::vector<TraceReport::Counted>& list, const Text& reason) {
  for (TraceReport::Counted& counted : list)
    if (counted.reason.en == reason.en) {
      ++counted.count;
      return;
    }
  list.push_back({reason, 1});
}

void TraceBook::take_id(const std::string& id, std::string_view column, const TraceLines& at) {
  if (!is_new_id(id))
    at.refuse({fmt::format("{} {} stands twice", column, id), fmt::format("{} {}이(가) 두 번 나옵니다", column, id)},
              {fmt::format("give each job its own {}", column), fmt::format("작업마다 다른 {} 값을 쓰십시오", column)});
}

std::size_t TraceBook::tenant(const std::string& name) {
  const auto [at, is_new] = tenant_index_.emplace(name, trace_.tenants.size());
  if (is_new) trace_.tenants.push_back(name);
  return at->second;
}

void TraceBook::see_order(double submit_s) {
  if (submit_s < latest_submit_s_) ++trace_.report.sorted_rows;
  latest_submit_s_ = std::max(latest_submit_s_, submit_s);
}

void TraceBook::keep(TraceJob job, const TraceLines& at) {
  if (job.duration_s <= 0)
    at.refuse({fmt::format("job {} runs for {} s; a duration must be above 0", job.id, job.duration_s),
               fmt::format("작업 {}의 실행 시간이 {}초입니다. 0보다 커야 합니다", job.id, job.duration_s)},
              kCorrectTheRow);
  if (job.cards < 1)
    at.refuse({fmt::format("job {} asks for {} cards; at least 1 is needed", job.id, job.cards),
               fmt::format("작업 {}이(가) 카드 {}장을 요청했습니다. 1장 이상이어야 합니다", job.id, job.cards)},
              kCorrectTheRow);
  job.line = at.line();
  see_order(job.submit_s);
  trace_.jobs.push_back(std::move(job));
}

TraceJobs TraceBook::finish() {
  std::stable_sort(trace_.jobs.begin(), trace_.jobs.end(), [](const TraceJob& a, const TraceJob& b) { return a.submit_s < b.submit_s; });
  sum_up(trace_);
  return std::move(trace_);
}

void sum_up(TraceJobs& trace) {
  trace.report.jobs = trace.jobs.size();
  trace.report.kept = 0;
  double card_s = 0;
  for (const TraceJob& job : trace.jobs) {
    trace.report.kept += job.rows;
    card_s += job.card_s();
  }
  trace.report.card_hours = card_s / 3600;
}

}  // namespace dure::sim
