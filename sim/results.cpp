#include "sim/results.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

namespace dure::sim {
namespace fs = std::filesystem;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

namespace {

Error disk_error(const std::string& what, const std::string& why) {
  return Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", what, why), fmt::format("{}에 쓸 수 없습니다: {}", what, why)}, {},
               {"free some space or choose another folder with -o; earlier results are untouched",
                "공간을 비우거나 -o로 다른 폴더를 고르십시오. 이전 결과는 그대로입니다"});
}

void check(sqlite3* database, int code, const std::string& what) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) throw disk_error(what, sqlite3_errmsg(database));
}

void run(sqlite3* database, const std::string& statement) {
  check(database, sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), "results.sqlite");
}

const char* column_type(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE: return "REAL";
    case FieldDescriptor::CPPTYPE_STRING: return "TEXT";
    default: return "INTEGER";
  }
}

void sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw disk_error(path.filename().string(), std::strerror(errno));
  const int code = ::fsync(file);
  ::close(file);
  if (code != 0) throw disk_error(path.filename().string(), std::strerror(errno));
}

}  // namespace

Table::Table(sqlite3* database, const Descriptor* row, std::string name) : database_(database), columns_(row->field_count()), name_(std::move(name)) {
  std::string create = "CREATE TABLE " + name_ + " (";
  std::string values;
  for (int i = 0; i < columns_; ++i) {
    if (i) { create += ", "; values += ","; }
    create += row->field(i)->name() + " " + column_type(row->field(i));
    values += "?";
  }
  run(database_, create + ")");
  const std::string insert = "INSERT INTO " + name_ + " VALUES (" + values + ")";
  check(database_, sqlite3_prepare_v2(database_, insert.c_str(), -1, &insert_, nullptr), "results.sqlite");
}

Table::~Table() { sqlite3_finalize(insert_); }
void Table::bind(int column, double value) {
  if (std::isnan(value)) bind_null(column); else sqlite3_bind_double(insert_, column, value);
}
void Table::bind(int column, std::int64_t value) { sqlite3_bind_int64(insert_, column, value); }
void Table::bind(int column, std::string_view value) {
  if (value.data() == nullptr) bind_null(column); else sqlite3_bind_text(insert_, column, value.data(), int(value.size()), SQLITE_STATIC);
}
void Table::bind_null(int column) { sqlite3_bind_null(insert_, column); }
void Table::step() {
  const int code = sqlite3_step(insert_);
  if (code != SQLITE_DONE) check(database_, code, "results.sqlite");
  sqlite3_reset(insert_);
}

ResultsFile::ResultsFile(const fs::path& file) {
  check(database_, sqlite3_open(file.c_str(), &database_), file.filename().string());
  run(database_, "PRAGMA page_size=32768; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; BEGIN");
}

ResultsFile::~ResultsFile() { sqlite3_close_v2(database_); }

std::unique_ptr<Table> ResultsFile::table(const Descriptor* row, std::string name) {
  return std::make_unique<Table>(database_, row, std::move(name));
}

void ResultsFile::finish() { run(database_, "COMMIT"); }

const Metric* Summary::find(std::string_view name) const {
  for (const Metric& metric : metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

std::string to_json(const Summary& summary) {
  nlohmann::ordered_json json;
  json["schema"] = 1;
  json["scenario"] = summary.scenario;
  json["seed"] = summary.seed;
  auto& metrics = json["metrics"] = nlohmann::ordered_json::object();
  for (const Metric& metric : summary.metrics) {
    auto& entry = metrics[metric.name];
    entry["value"] = nullptr;
    if (metric.value && std::isfinite(*metric.value)) entry["value"] = *metric.value;
    entry["unit"] = metric.unit;
    if (!metric.value) entry["reason"] = {{"en", metric.reason.en}, {"ko", metric.reason.ko}};
  }
  return json.dump(1) + "\n";
}

OutFolder::OutFolder(fs::path out, bool force) : out_(std::move(out)) {
  if (out_.filename().empty()) out_ = out_.parent_path();  // "out/" means "out"
  std::error_code ignored;
  const bool is_there = fs::exists(fs::symlink_status(out_, ignored));
  if (is_there && !(force && fs::exists(out_ / "run.json")))
    throw Error(Exit::kEnvironment, "E0502",
                force ? Text{fmt::format("{} holds no run.json, so it is not replaced", out_.string()),
                             fmt::format("{}에 run.json이 없어 바꾸지 않습니다", out_.string())}
                      : Text{fmt::format("{} exists already", out_.string()), fmt::format("{}이(가) 이미 있습니다", out_.string())},
                {}, {"choose another folder with -o, or --force to replace an earlier run", "-o로 다른 폴더를 고르거나, 이전 결과를 바꾸려면 --force를 쓰십시오"});
  work_ = out_.parent_path() / fmt::format(".{}.{}", out_.filename().string(), ::getpid());
  std::error_code failure;
  if (!out_.parent_path().empty()) fs::create_directories(out_.parent_path(), failure);
  fs::remove_all(work_, failure);
  if (!fs::create_directories(work_ / "inputs", failure) || failure) throw disk_error(out_.string(), failure.message());
}

OutFolder::~OutFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(work_, ignored);
}

void OutFolder::write(const std::string& name, std::string_view content) const {
  const fs::path path = work_ / name;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) throw disk_error(name, std::strerror(errno));
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() && std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  const int why = errno;
  std::fclose(file);
  if (!written) throw disk_error(name, std::strerror(why));
}

void OutFolder::commit() {
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(work_))
    if (entry.is_regular_file()) sync(entry.path());
  sync(work_);
  const fs::path old = work_.string() + ".old";
  const bool replace = fs::exists(out_);
  if (replace) fs::rename(out_, old, failure);
  if (failure) throw disk_error(out_.string(), failure.message());
  fs::rename(work_, out_, failure);
  if (failure) {
    std::error_code ignored;
    if (replace) fs::rename(old, out_, ignored);
    throw disk_error(out_.string(), failure.message());
  }
  committed_ = true;
  fs::remove_all(old, failure);
}

std::string digest(std::string_view content) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(content.data(), content.size(), hash, &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) hex += fmt::format("{:02x}", hash[i]);
  return hex;
}

}  // namespace dure::sim
