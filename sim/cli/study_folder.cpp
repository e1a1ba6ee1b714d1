#include "sim/cli/study_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "sim/cli/clock_text.h"
#include "sim/cli/program.h"
#include "sim/scenario_text.h"

namespace dure::sim {
namespace proto = ::dure;
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

[[noreturn]] void refuse(Text what, Text help) { throw Error(Exit::kEnvironment, "E0502", std::move(what), {}, std::move(help)); }

/// What run.json in the folder of a study says.
struct StudyRecord {
  std::string file, status, started_at, fingerprint;
  std::vector<std::string> sets;
  std::uint64_t seed = 1;
  std::optional<double> ci_width;
};

/// None where there is no run.json, or that of a single run. Throws Error (exit 5) where it is damaged.
std::optional<StudyRecord> study_record(const fs::path& out) {
  const std::optional<std::string> text = read_file((out / "run.json").string());
  if (!text) return {};
  try {
    const json in = json::parse(*text);
    if (in.is_object() && in.value("kind", json()) != "study") return {};
    StudyRecord record{in.at("file"), in.at("status"), in.at("started_at"), in.at("study_sha256"), in.at("sets"), in.at("seed"), {}};
    if (in.contains("ci_width")) record.ci_width = in.at("ci_width").get<double>();
    return record;
  } catch (const json::exception&) {
    throw Error(Exit::kEnvironment, "E0503", {fmt::format("{} is damaged", (out / "run.json").string()), fmt::format("{} 파일이 손상되었습니다", (out / "run.json").string())}, {},
                {"begin the study again with --force, or in another folder", "--force로 연구를 처음부터 하거나 다른 폴더를 쓰십시오"});
  }
}

[[noreturn]] void cannot_write(const fs::path& what, const std::error_code& why) {
  throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", what.string(), why.message()), fmt::format("{}에 쓸 수 없습니다: {}", what.string(), why.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
}

void make(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) cannot_write(folder, failure);
}

/// The folder itself stays, with whatever lock is on it; run.json goes last, so that an emptying cut short can be begun again.
void clear(const fs::path& folder) {
  std::vector<fs::path> all;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != "run.json") all.push_back(entry.path());
  all.push_back(folder / "run.json");
  for (const fs::path& one : all) {
    std::error_code failure;
    fs::remove_all(one, failure);
    if (failure) cannot_write(one, failure);
  }
}

bool goes_on(const fs::path& out) {
  try {
    const std::optional<StudyRecord> record = study_record(out);
    return record && record->status != "complete";
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

StudyFolder::Lock::Lock(const fs::path& folder) : handle_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (handle_ < 0 || ::flock(handle_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;  // some file systems have no locks
  ::close(handle_);
  refuse({fmt::format("another program is running the study in {}", folder.string()), fmt::format("다른 프로그램이 {}의 연구를 실행하고 있습니다", folder.string())}, {"wait for it, or choose another folder", "끝나기를 기다리거나 다른 폴더를 고르십시오"});
}

StudyFolder::Lock::~Lock() {
  if (handle_ >= 0) ::close(handle_);
}

StudyFolder::StudyFolder(fs::path out, How how, const LoadedStudy& study, std::uint64_t seed, const std::vector<std::string>& sets) : out_(std::move(out)) {
  if (out_.filename().empty()) out_ = out_.parent_path();
  if (!fs::exists(out_)) make(out_);
  lock_ = std::make_unique<Lock>(out_);
  const bool there = !(fs::is_directory(out_) && fs::is_empty(out_));
  const ShardsOf of{fingerprint(study), kBuiltFrom, seed};
  std::optional<StudyRecord> before;
  if (there && how.resume) {
    before = study_record(out_);
    if (!before) refuse({fmt::format("{} holds no study to resume", out_.string()), fmt::format("{}에 이어 갈 연구가 없습니다", out_.string())}, {"leave --resume out, or name the folder of the study", "--resume을 빼거나 연구의 폴더를 주십시오"});
  } else if (there && how.force) {
    if (!fs::exists(out_ / "run.json")) refuse({fmt::format("{} exists and holds no run.json", out_.string()), fmt::format("{}이(가) 이미 있고 run.json이 없습니다", out_.string())}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
    clear(out_);
  } else if (there) {
    refuse({fmt::format("{} exists", out_.string()), fmt::format("{}이(가) 이미 있습니다", out_.string())},
           goes_on(out_) ? Text{"--resume goes on where it stopped; --force starts again", "--resume으로 이어 가거나 --force로 처음부터 하십시오"}
           : fs::exists(out_ / "run.json") ? Text{"choose another folder with -o, or replace it with --force", "-o로 다른 폴더를 고르거나 --force로 바꾸십시오"}
                                           : Text{"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
  }
  make(out_ / "inputs");
  shards_ = std::make_unique<Shards>(out_ / "shards", of);
  record_ = std::make_unique<nlohmann::ordered_json>(nlohmann::ordered_json{{"schema", 1}, {"kind", "study"}, {"status", "running"}, {"study", study.name}, {"file", fs::absolute(study.file).lexically_normal().string()},
                                                                            {"sets", sets}, {"seed", seed}, {"study_sha256", of.fingerprint}, {"version", kVersion}, {"commit", kCommit}, {"built_from", kBuiltFrom}, {"started_at", before ? before->started_at : utc_now()}});
  if (how.ci_width) (*record_)["ci_width"] = *how.ci_width;
  write("inputs/study.txtpb", read_file(study.file).value_or(""));
  for (const StudyOption& option : study.options) write(fmt::format("inputs/option-{}.txtpb", &option - study.options.data()), to_text(option.loaded, {.portable = true}));
  record("running", json::object());
}

StudyFolder::~StudyFolder() = default;

void StudyFolder::write(const std::string& name, std::string_view content) const { write_whole(out_ / name, content, true); }

void StudyFolder::record(const char* status, const json& more) {
  (*record_)["status"] = status;
  for (const auto& [key, value] : more.items()) (*record_)[key] = value;
  if (std::string_view(status) != "running") (*record_)["finished_at"] = utc_now();
  write("run.json", record_->dump(1) + "\n");
}

void want_width(LoadedStudy& study, std::optional<double> ci_width) {
  if (!ci_width || study.study.has_plan() || study.study.has_sensitivity()) return;
  const bool limited = study.study.has_precision();
  proto::Precision& wanted = *study.study.mutable_precision();
  if (!limited) wanted.set_most_replicates(std::max(wanted.most_replicates(), study.study.replicates()));
  wanted.clear_relative();
  wanted.set_half_width(*ci_width / 2);
}

StudyWords words_to_resume(const fs::path& out, const StudyWords& given) {
  const std::optional<StudyRecord> record = study_record(out);
  if (!record) return given;
  const auto must_be = [&](bool same, const char* option, const std::string& begun, const std::string& now) {
    const auto words = [&](const std::string& said, const char* none) { return said.empty() ? fmt::format(fmt::runtime(none), option) : fmt::format("{} {}", option, said); };
    if (!same)
      refuse({fmt::format("the study in {} began with {}, not with {}", out.string(), words(begun, "no {}"), words(now, "no {}")),
              fmt::format("{}의 연구를 시작할 때({})와 지금({})이 다릅니다", out.string(), words(begun, "{} 없음"), words(now, "{} 없음"))},
             {fmt::format("leave {} out: --resume remembers it; or begin another study in another folder", option), fmt::format("--resume이 기억하므로 {}을(를) 빼거나, 다른 폴더에서 새 연구를 시작하십시오", option)});
  };
  const auto joined = [](const std::vector<std::string>& sets) { return fmt::format("{}", fmt::join(sets, " --set ")); };
  must_be(given.sets.empty() || given.sets == record->sets, "--set", joined(record->sets), joined(given.sets));
  must_be(!given.seed || given.seed == record->seed, "--seed", fmt::format("{}", record->seed), given.seed ? fmt::format("{}", *given.seed) : "");
  must_be(!given.ci_width || given.ci_width == record->ci_width, "--ci-width", record->ci_width ? fmt::format("{}", *record->ci_width) : "", given.ci_width ? fmt::format("{}", *given.ci_width) : "");
  return {record->sets, record->seed, record->ci_width};
}

bool is_study_folder(const fs::path& out) {
  const std::optional<std::string> text = read_file((out / "run.json").string());
  const json in = text ? json::parse(*text, nullptr, false) : json();
  return in.is_object() && in.value("kind", json()) == "study";
}

BegunStudy begun_study(const fs::path& out) {
  const std::optional<StudyRecord> record = study_record(out);
  if (!record) throw Error(Exit::kInvalid, "E0303", {fmt::format("{} holds no study", out.string()), fmt::format("{}에 연구가 없습니다", out.string())}, {}, {"give the folder that `dure study` wrote", "`dure study`가 만든 폴더를 주십시오"});
  BegunStudy begun;
  begun.sets = record->sets;
  begun.study = load_study(record->file, begun.sets);
  begun.ci_width = record->ci_width;
  want_width(begun.study, begun.ci_width);
  begun.seed = record->seed;
  begun.of = {fingerprint(begun.study), kBuiltFrom, begun.seed};
  if (record->fingerprint != begun.of.fingerprint)
    throw Error(Exit::kEnvironment, "E0503", {fmt::format("{} has changed since the study began in {}", begun.study.file, out.string()), fmt::format("{}이(가) {}에서 연구를 시작한 뒤 바뀌었습니다", begun.study.file, out.string())}, {},
                {"put it back, or begin the study again in another folder", "되돌리거나 다른 폴더에서 연구를 다시 시작하십시오"});
  return begun;
}

}  // namespace dure::sim
