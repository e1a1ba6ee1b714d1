#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "sim/launch/shards.h"
#include "sim/scenario_study.h"

namespace dure::sim {

/// OUT of a study: run.json, inputs/, shards/, and at the end what was found. Made at the beginning, so that what is finished stays.
class StudyFolder {
 public:
  struct How {
    bool resume = false;
    bool force = false;
    std::optional<double> ci_width;  // asked for on the command line
  };
  /// Throws Error (exit 5) if `out` exists and neither is wanted, if it cannot be resumed, or if another program runs the study there.
  StudyFolder(std::filesystem::path out, How how, const LoadedStudy& study, std::uint64_t seed, const std::vector<std::string>& sets);
  ~StudyFolder();
  StudyFolder(const StudyFolder&) = delete;
  StudyFolder& operator=(const StudyFolder&) = delete;

  Shards& shards() { return *shards_; }
  const std::filesystem::path& path() const { return out_; }
  void write(const std::string& name, std::string_view content) const;  // whole or not at all
  /// running, partial or complete, with what else is worth keeping.
  void record(const char* status, const nlohmann::json& more);

 private:
  /// One launcher at a time; workers do not ask.
  class Lock {
   public:
    /// Throws Error (exit 5) where another program holds it.
    explicit Lock(const std::filesystem::path& folder);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int handle_;
  };

  std::filesystem::path out_;
  std::unique_ptr<Lock> lock_;
  std::unique_ptr<nlohmann::ordered_json> record_;
  std::unique_ptr<Shards> shards_;
};

/// Whether `out` holds a study, ended or not, and not a single run.
bool is_study_folder(const std::filesystem::path& out);

/// A study that somebody began in `out`, as its run.json says, for workers and merge. Throws Error where there is none (exit 3), and where
/// run.json is damaged or the files of the study have changed since (exit 5).
struct BegunStudy {
  LoadedStudy study;
  std::uint64_t seed = 1;
  std::vector<std::string> sets;
  std::optional<double> ci_width;
  ShardsOf of;
};
BegunStudy begun_study(const std::filesystem::path& out);

/// Asks for more replicates until the 95 % interval of the first decision metric is as narrow, in the metric's unit; overrides the study's own
/// precision. Nothing where none is asked for, or where the kind of study has its own end (plan, sensitivity).
void want_width(LoadedStudy& study, std::optional<double> ci_width);
/// What the command line says beside the study's file.
struct StudyWords {
  std::vector<std::string> sets;
  std::optional<std::uint64_t> seed;
  std::optional<double> ci_width;
};
/// Those with which the study in `out` began, `given` where none did. Throws Error (exit 5) where others are given, for the runs that are
/// done would not be of the same study, and where run.json is damaged.
StudyWords words_to_resume(const std::filesystem::path& out, const StudyWords& given);

}  // namespace dure::sim
