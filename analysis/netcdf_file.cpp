#include "analysis/netcdf_file.h"

#include <fmt/format.h>

namespace dure::analysis {
using sim::Error;
using sim::Exit;
using sim::Text;

NetcdfFile::NetcdfFile(std::filesystem::path file, For what) : file_(std::move(file)), for_(what) {
  if (for_ == For::kWriting) write(nc_create(beside().c_str(), NC_NETCDF4 | NC_CLOBBER, &id_));
  else read(nc_open(file_.c_str(), NC_NOWRITE, &id_));
}

NetcdfFile::~NetcdfFile() {
  if (id_ < 0) return;
  nc_close(id_);
  std::error_code ignored;
  if (for_ == For::kWriting) std::filesystem::remove(beside(), ignored);
}

void NetcdfFile::write(int status) const {
  if (status == NC_NOERR) return;
  throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file_.string(), nc_strerror(status)), fmt::format("{}에 쓸 수 없습니다: {}", file_.string(), nc_strerror(status))}, {},
              {"free space or choose another folder; what was finished before is kept", "공간을 비우거나 다른 폴더를 고르십시오. 끝난 것은 남아 있습니다"});
}

void NetcdfFile::read(int status) const {
  if (status == NC_NOERR) return;
  const Text remedy{"give a folder that `dure study` or `dure run -n` wrote", "`dure study`나 `dure run -n`이 만든 폴더를 주십시오"};
  throw Error(Exit::kInvalid, "E0303", {fmt::format("{} holds no replicates: {}", file_.string(), nc_strerror(status)), fmt::format("{}에 반복 결과가 없습니다: {}", file_.string(), nc_strerror(status))}, {}, remedy);
}

int NetcdfFile::dimension(const char* name, std::size_t length) const {
  int dimension = 0;
  write(nc_def_dim(id_, name, length, &dimension));
  return dimension;
}

int NetcdfFile::variable(const std::string& name, nc_type type, const std::vector<int>& dimensions, const std::string& unit, const Text& long_name) const {
  int variable = 0;
  write(nc_def_var(id_, name.c_str(), type, int(dimensions.size()), dimensions.data(), &variable));
  if (!unit.empty()) attribute(variable, "units", unit);
  attribute(variable, "long_name", long_name.en);
  attribute(variable, "long_name_ko", long_name.ko);
  return variable;
}

void NetcdfFile::strings(int variable, const std::vector<std::string>& values) const {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  if (!pointers.empty()) write(nc_put_var_string(id_, variable, pointers.data()));
}

void NetcdfFile::attribute(int variable, const char* name, const std::string& value) const { write(nc_put_att_text(id_, variable, name, value.size(), value.data())); }

std::string NetcdfFile::attribute(int variable, const char* name) const {
  std::size_t length = 0;
  read(nc_inq_attlen(id_, variable, name, &length));
  std::string value(length, ' ');
  read(nc_get_att_text(id_, variable, name, value.data()));
  return value;
}

void NetcdfFile::commit() {
  const int closing = id_;
  id_ = -1;
  write(nc_close(closing));
  std::error_code failure;
  std::filesystem::rename(beside(), file_, failure);
  if (failure) throw Error(Exit::kEnvironment, "E0501", {fmt::format("cannot write {}: {}", file_.string(), failure.message()), fmt::format("{}에 쓸 수 없습니다: {}", file_.string(), failure.message())}, {}, {"choose another folder with -o", "-o로 다른 폴더를 고르십시오"});
}

}  // namespace dure::analysis
