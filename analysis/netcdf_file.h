#pragma once
// A NetCDF-4 file that is written under another name and put in place at the end, or read. Calls of the library are checked by it.
#include <netcdf.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sim/error.h"

namespace dure::analysis {

class NetcdfFile {
 public:
  enum class For { kWriting, kReading };
  NetcdfFile(std::filesystem::path file, For what);
  ~NetcdfFile();
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;
  int id() const { return id_; }

  /// Throw sim::Error: exit 5 what cannot be written, exit 3 what is no such file.
  void write(int status) const;
  void read(int status) const;

  int dimension(const char* name, std::size_t length) const;
  int variable(const std::string& name, nc_type type, const std::vector<int>& dimensions, const std::string& unit, const sim::Text& long_name) const;
  void strings(int variable, const std::vector<std::string>& values) const;
  void attribute(int variable, const char* name, const std::string& value) const;
  std::string attribute(int variable, const char* name) const;
  void commit();  // closes what was created and puts it in place

 private:
  std::filesystem::path beside() const { return file_.string() + ".part"; }
  std::filesystem::path file_;
  For for_;
  int id_ = -1;
};

}  // namespace dure::analysis
