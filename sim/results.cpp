#include "sim/results.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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
               {"free some space, or choose with -o a folder that you may write to; earlier results are untouched",
                "공간을 비우거나 -o로 쓸 수 있는 폴더를 고르십시오. 이전 결과는 그대로입니다"});
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

/// The gathered rows of a table, as SQLite sees them: a virtual table that is read once, from first to last.
/// (https://www.sqlite.org/vtab.html; eponymous-only, since it has no xCreate.)
struct GatheredRows {
  struct Source : sqlite3_vtab {
    const Table* table;
  };
  struct Cursor : sqlite3_vtab_cursor {
    const Cell* row;
    std::size_t left;
  };

  static int connect(sqlite3* database, void* table, int, const char* const*, sqlite3_vtab** source, char**) {
    std::string columns;
    for (std::size_t i = 0; i < static_cast<const Table*>(table)->columns_; ++i) columns += fmt::format("{}c{}", i ? "," : "", i);
    const int code = sqlite3_declare_vtab(database, ("CREATE TABLE gathered(" + columns + ")").c_str());
    if (code == SQLITE_OK) *source = new Source{{}, static_cast<const Table*>(table)};
    return code;
  }
  static int disconnect(sqlite3_vtab* source) {
    delete static_cast<Source*>(source);
    return SQLITE_OK;
  }
  static int best_index(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }
  static int open(sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
    *cursor = new Cursor{};
    return SQLITE_OK;
  }
  static int close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  }
  static int filter(sqlite3_vtab_cursor* at, int, const char*, int, sqlite3_value**) {
    auto* cursor = static_cast<Cursor*>(at);
    const Table& table = table_of(at);
    cursor->row = table.storing_->cells.data();
    cursor->left = table.storing_->rows;
    return SQLITE_OK;
  }
  static int next(sqlite3_vtab_cursor* at) {
    auto* cursor = static_cast<Cursor*>(at);
    cursor->row += table_of(at).columns_;
    --cursor->left;
    return SQLITE_OK;
  }
  static int eof(sqlite3_vtab_cursor* at) { return static_cast<Cursor*>(at)->left == 0; }
  static int column(sqlite3_vtab_cursor* at, sqlite3_context* result, int number) {
    const Cell& cell = static_cast<Cursor*>(at)->row[number];
    switch (cell.kind) {
      case Cell::Kind::kNone: break;  // NULL unless set
      case Cell::Kind::kInteger: sqlite3_result_int64(result, cell.integer); break;
      case Cell::Kind::kReal: sqlite3_result_double(result, cell.real); break;
      case Cell::Kind::kText: sqlite3_result_text(result, table_of(at).storing_->texts.data() + cell.text, int(cell.length), SQLITE_STATIC); break;
    }
    return SQLITE_OK;
  }
  static int rowid(sqlite3_vtab_cursor* at, sqlite3_int64* number) {
    *number = sqlite3_int64(static_cast<Cursor*>(at)->left);
    return SQLITE_OK;
  }
  static const Table& table_of(sqlite3_vtab_cursor* at) { return *static_cast<Source*>(at->pVtab)->table; }

  static const sqlite3_module* module() {
    static const sqlite3_module kModule = [] {
      sqlite3_module module{};
      module.xConnect = connect;
      module.xBestIndex = best_index;
      module.xDisconnect = disconnect;
      module.xOpen = open;
      module.xClose = close;
      module.xFilter = filter;
      module.xNext = next;
      module.xEof = eof;
      module.xColumn = column;
      module.xRowid = rowid;
      return module;
    }();
    return &kModule;
  }
};

Table::Table(RowWriter& writer, sqlite3* database, const Descriptor* row, std::string name)
    : writer_(writer), database_(database), columns_(std::size_t(row->field_count())), name_(std::move(name)) {
  std::string create = "CREATE TABLE " + name_ + " (";
  for (int i = 0; i < row->field_count(); ++i) create += fmt::format("{}{} {}", i ? ", " : "", row->field(i)->name(), column_type(row->field(i)));
  run(database_, create + ")");
  check(database_, sqlite3_create_module_v2(database_, ("gathered_" + name_).c_str(), GatheredRows::module(), this, nullptr), "results.sqlite");
  const std::string copy = "INSERT INTO " + name_ + " SELECT * FROM gathered_" + name_;
  check(database_, sqlite3_prepare_v2(database_, copy.c_str(), -1, &copy_, nullptr), "results.sqlite");
}

Table::~Table() { sqlite3_finalize(copy_); }

void Table::flush() {
  if (gathered_.rows > 0) writer_.hand_over(*this, gathered_);
}

void Table::store(const RowBatch& rows) {
  storing_ = &rows;
  const int code = sqlite3_step(copy_);
  if (code != SQLITE_DONE) check(database_, code, "results.sqlite");
  sqlite3_reset(copy_);
}

ResultsFile::ResultsFile(const fs::path& file) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // counts nobody reads, under a lock; refused, harmlessly, once SQLite is in use
  check(database_, sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr), file.filename().string());
  run(database_, "PRAGMA page_size=32768; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; BEGIN");
}

ResultsFile::~ResultsFile() {
  writer_.reset();
  tables_.clear();
  sqlite3_close_v2(database_);
}

Table* ResultsFile::table(const Descriptor* row, std::string name) {
  return tables_.emplace_back(std::make_unique<Table>(*writer_, database_, row, std::move(name))).get();
}

void ResultsFile::finish() {
  for (const auto& table : tables_) table->flush();
  writer_->finish();
  run(database_, "COMMIT");
}

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
  if (!summary.fidelity.empty()) json["fidelity"] = summary.fidelity;
  auto& metrics = json["metrics"] = nlohmann::ordered_json::object();
  for (const Metric& metric : summary.metrics) {
    auto& entry = metrics[metric.name];
    entry["value"] = nullptr;
    if (metric.value && std::isfinite(*metric.value)) entry["value"] = *metric.value;
    entry["unit"] = metric.unit;
    if (!metric.value) entry["reason"] = {{"en", metric.reason.en}, {"ko", metric.reason.ko}};
    if (!metric.spread) continue;
    const MetricSpread& spread = *metric.spread;
    for (const auto& [name, value] : {std::pair{"p05", spread.p05}, {"p50", spread.p50}, {"p95", spread.p95}, {"mean", spread.mean}}) entry[name] = value;
    entry["ci95_low"] = spread.ci95_low ? nlohmann::ordered_json(*spread.ci95_low) : nlohmann::ordered_json(nullptr);
    entry["ci95_high"] = spread.ci95_high ? nlohmann::ordered_json(*spread.ci95_high) : nlohmann::ordered_json(nullptr);
    entry["n"] = spread.n;
  }
  return json.dump(1) + "\n";
}

namespace {
/// Refuses a folder that must not be replaced.
void check_place(const fs::path& out, bool force) {
  std::error_code ignored;
  const bool is_there = fs::exists(fs::symlink_status(out, ignored));
  if (is_there && !(force && fs::exists(out / "run.json")))
    throw Error(Exit::kEnvironment, "E0502",
                force ? Text{fmt::format("{} holds no run.json, so it is not replaced", out.string()),
                             fmt::format("{}에 run.json이 없어 바꾸지 않습니다", out.string())}
                      : Text{fmt::format("{} exists already", out.string()), fmt::format("{}이(가) 이미 있습니다", out.string())},
                {}, force ? Text{"choose another folder with -o", "-o로 다른 폴더를 고르십시오"}
                          : Text{"choose another folder with -o, or --force to replace an earlier run", "-o로 다른 폴더를 고르거나, 이전 결과를 바꾸려면 --force를 쓰십시오"});
}

/// Half-written results beside `out` whose run was killed: gigabytes that nobody else would remove. They are called .NAME.PID; a
/// run that lives has that process here, or holds the lock from another machine.
void remove_orphans(const fs::path& out) {
  const std::string prefix = "." + out.filename().string() + ".";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(out.has_parent_path() ? out.parent_path() : fs::path("."), ignored)) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    const char* const end = name.data() + name.size();
    if (!name.starts_with(prefix) || std::from_chars(name.data() + prefix.size(), end, process) != std::from_chars_result{end, std::errc()}) continue;
    if (process <= 0 || ::kill(process, 0) == 0 || errno != ESRCH) continue;
    const int folder = ::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) continue;
    if (::flock(folder, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
    ::close(folder);
  }
}
}  // namespace

OutFolder::OutFolder(fs::path out, bool force) : out_(std::move(out)), force_(force) {
  if (out_.filename().empty()) out_ = out_.parent_path();  // "out/" means "out"
  check_place(out_, force_);
  work_ = out_.parent_path() / fmt::format(".{}.{}", out_.filename().string(), ::getpid());
  std::error_code failure;
  if (!out_.parent_path().empty()) fs::create_directories(out_.parent_path(), failure);
  remove_orphans(out_);
  fs::remove_all(work_, failure);
  if (!fs::create_directories(work_ / "inputs", failure) || failure) throw disk_error(out_.string(), failure.message());
  lock_ = ::open(work_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ >= 0) ::flock(lock_, LOCK_EX | LOCK_NB);
}

OutFolder::~OutFolder() {
  if (lock_ >= 0) ::close(lock_);
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

bool OutFolder::keep_earlier() {
  if (!fs::exists(out_)) return false;
  out_ += ".partial";
  force_ = true;
  return true;
}

void OutFolder::commit() {
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(work_))
    if (entry.is_regular_file()) sync(entry.path());
  sync(work_);
  check_place(out_, force_);  // somebody may have put something there meanwhile
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
  sync(out_.has_parent_path() ? out_.parent_path() : fs::path("."));
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
