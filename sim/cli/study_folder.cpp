#include "sim/cli/study_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
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

json read_record(const fs::path& out) {
  const json record = json::parse(read_file((out / "run.json").string()).value_or(""), nullptr, false);
  return record.is_object() ? record : json();
}

}  // namespace

StudyFolder::StudyFolder(fs::path out, How how, const LoadedStudy& study, std::uint64_t seed, const std::vector<std::string>& sets) : out_(std::move(out)) {
  if (out_.filename().empty()) out_ = out_.parent_path();
  const bool there = fs::exists(out_) && !(fs::is_directory(out_) && fs::is_empty(out_));
  const ShardsOf of{fingerprint(study), kVersion, seed};
  const json before = there ? read_record(out_) : json();
  if (there && how.resume) {
    if (before.value("kind", "") != "study")
      refuse({fmt::format("{} holds no study to resume", out_.string()), fmt::format("{}에 이어 갈 연구가 없습니다", out_.string())}, {"leave --resume out, or name the folder of the study", "--resume을 빼거나 연구의 폴더를 주십시오"});
  } else if (there && how.force) {
    if (before.is_null()) refuse({fmt::format("{} exists and holds no run.json", out_.string()), fmt::format("{}이(가) 이미 있고 run.json이 없습니다", out_.string())}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
    std::error_code failure;
    fs::remove_all(out_, failure);
  } else if (there) {
    const bool goes_on = before.value("kind", "") == "study" && before.value("status", "") != "complete";
    refuse({fmt::format("{} exists", out_.string()), fmt::format("{}이(가) 이미 있습니다", out_.string())},
           goes_on ? Text{"--resume goes on where it stopped; --force starts again", "--resume으로 이어 가거나 --force로 처음부터 하십시오"}
                   : Text{"choose another folder with -o, or replace it with --force", "-o로 다른 폴더를 고르거나 --force로 바꾸십시오"});
  }
  std::error_code failure;
  fs::create_directories(out_ / "inputs", failure);
  if (failure) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot make {}: {}", out_.string(), failure.message()), fmt::format("{}을(를) 만들 수 없습니다: {}", out_.string(), failure.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
  lock_ = ::open(out_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    refuse({fmt::format("another program is running the study in {}", out_.string()), fmt::format("다른 프로그램이 {}의 연구를 실행하고 있습니다", out_.string())}, {"wait for it, or choose another folder", "끝나기를 기다리거나 다른 폴더를 고르십시오"});
  shards_ = std::make_unique<Shards>(out_ / "shards", of);
  record_ = std::make_unique<nlohmann::ordered_json>(nlohmann::ordered_json{{"schema", 1}, {"kind", "study"}, {"status", "running"}, {"study", study.name}, {"file", fs::absolute(study.file).lexically_normal().string()},
                                                                            {"sets", sets}, {"seed", seed}, {"study_sha256", of.fingerprint}, {"version", kVersion}, {"commit", kCommit}, {"started_at", before.is_object() && how.resume ? before.value("started_at", utc_now()) : utc_now()}});
  if (how.ci_width) (*record_)["ci_width"] = *how.ci_width;
  write("inputs/study.txtpb", read_file(study.file).value_or(""));
  for (const StudyOption& option : study.options) write(fmt::format("inputs/option-{}.txtpb", &option - study.options.data()), to_text(option.loaded, {.portable = true}));
  record("running", json::object());
}

StudyFolder::~StudyFolder() {
  if (lock_ >= 0) ::close(lock_);
}

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

std::optional<double> wanted_width(const fs::path& out) {
  const json record = read_record(out);
  return record.is_object() && record.contains("ci_width") ? std::optional(record["ci_width"].get<double>()) : std::nullopt;
}

BegunStudy begun_study(const fs::path& out) {
  const json record = read_record(out);
  if (record.value("kind", "") != "study")
    throw Error(Exit::kInvalid, "E0303", {fmt::format("{} holds no study", out.string()), fmt::format("{}에 연구가 없습니다", out.string())}, {}, {"give the folder that `dure study` wrote", "`dure study`가 만든 폴더를 주십시오"});
  BegunStudy begun;
  begun.sets = record.at("sets").get<std::vector<std::string>>();
  begun.study = load_study(record.at("file").get<std::string>(), begun.sets);
  begun.ci_width = wanted_width(out);
  want_width(begun.study, begun.ci_width);
  begun.seed = record.at("seed");
  begun.of = {fingerprint(begun.study), kVersion, begun.seed};
  if (record.at("study_sha256") != begun.of.fingerprint)
    throw Error(Exit::kEnvironment, "E0503", {fmt::format("{} has changed since the study began in {}", begun.study.file, out.string()), fmt::format("{}이(가) {}에서 연구를 시작한 뒤 바뀌었습니다", begun.study.file, out.string())}, {},
                {"put it back, or begin the study again in another folder", "되돌리거나 다른 폴더에서 연구를 다시 시작하십시오"});
  return begun;
}

}  // namespace dure::sim
