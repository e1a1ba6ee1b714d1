#include "tests/launch/slurm_cluster.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "sim/launch/command.h"
#include "tests/support/content.h"
#include "tests/support/third_party.h"

namespace dure::test {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
namespace {

std::string where_is(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/sbin/", "/usr/local/sbin/", "/usr/local/bin/"})
    if (::access((folder + program).c_str(), X_OK) == 0) return folder + program;
  return "";
}

int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ::ntohs(address.sin_port);
}

/// A child with its outputs in files, which dies with us. Its signals are as a shell would leave them.
pid_t start_program(std::vector<std::string> words, const std::string& out, const std::string& err) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  for (const int signal : {SIGSEGV, SIGABRT, SIGINT, SIGTERM}) ::signal(signal, SIG_DFL);
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644), STDERR_FILENO);
  ::execv(argv.front(), argv.data());
  ::_exit(127);
}

std::string last_line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) last = line;
  return last;
}

struct Process {
  pid_t id, parent;
};
/// Everything that runs below this process; those that have ended and wait for their parent are left out.
std::vector<pid_t> below() {
  std::vector<Process> all;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) == 0) continue;
    const std::string stat = content(entry.path() / "stat");
    const std::size_t after = stat.rfind(')');
    if (after == std::string::npos || stat[after + 2] == 'Z') continue;
    all.push_back({std::stoi(name), std::stoi(stat.substr(after + 4))});
  }
  std::vector<pid_t> family = {::getpid()};
  for (std::size_t i = 0; i < family.size(); ++i)
    for (const Process& process : all)
      if (process.parent == family[i]) family.push_back(process.id);
  family.erase(family.begin());
  return family;
}

}  // namespace

std::unique_ptr<SlurmCluster> SlurmCluster::start() {
  for (const char* program : {"munged", "slurmctld", "slurmd", "slurmstepd", "sbatch", "squeue", "scancel"})
    if (where_is(program).empty()) {
      say_skipped(fmt::format("there is no {}; the packages slurmctld, slurmd, slurm-client and munge bring a Slurm of its own for this test", program));
      return nullptr;
    }
  static std::string failed;  // what failed once is not waited for again
  if (failed.empty()) {
    std::unique_ptr<SlurmCluster> cluster(new SlurmCluster);
    failed = cluster->failure();
    if (failed.empty()) return cluster;
  }
  say_skipped("no Slurm comes up on this machine: " + failed);
  return nullptr;
}

pid_t SlurmCluster::daemon(const std::string& program, std::vector<std::string> words) {
  words.insert(words.begin(), where_is(program));
  return start_program(std::move(words), folder_ / (program + ".out"), folder_ / (program + ".err"));
}

std::string SlurmCluster::failure() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const std::string here = folder_.string();
  std::random_device random;
  {
    std::ofstream key(folder_ / "munge.key", std::ios::binary);
    for (int i = 0; i < 64; ++i) key.put(char(random()));
  }
  ::chmod((folder_ / "munge.key").c_str(), 0600);
  ::chmod(here.c_str(), 0755);  // munged wants its socket within reach
  for (const char* name : {"state", "spool"}) fs::create_directory(folder_ / name);
  const std::array<char, 256> host = [] {
    std::array<char, 256> name{};
    ::gethostname(name.data(), name.size() - 1);
    return name;
  }();
  const std::string machine = std::string(host.data()).substr(0, std::string(host.data()).find('.'));
  std::ofstream(folder_ / "slurm.conf") << "ClusterName=dure-test\nSlurmctldHost=" << machine << "(127.0.0.1)\nSlurmUser=" << ::getuid() << "\nSlurmdUser=" << ::getuid() << "\nAuthType=auth/munge\nCredType=cred/munge\nAuthInfo=socket=" << here << "/munge.socket\nSlurmctldPort=" << free_port()
                                        << "\nSlurmdPort=" << free_port() << "\nSlurmctldPidFile=" << here << "/slurmctld.pid\nSlurmdPidFile=" << here << "/slurmd.pid\nStateSaveLocation=" << here << "/state\nSlurmdSpoolDir=" << here << "/spool\nSlurmctldLogFile=" << here << "/slurmctld.log\nSlurmdLogFile=" << here
                                        << "/slurmd.log\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\nMpiDefault=none\nSwitchType=switch/none\nJobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\nMailProg=/bin/true\nSelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\n"
                                           "SlurmdParameters=config_overrides\nSchedulerType=sched/builtin\nSchedulerParameters=batch_sched_delay=0,sched_min_interval=0\nReturnToService=2\nSlurmdTimeout=30\nMinJobAge=10\n"
                                        << "NodeName=node1 NodeHostname=" << machine << " NodeAddr=127.0.0.1 CPUs=8\nPartitionName=all Nodes=node1 Default=YES MaxTime=60\n";
  daemon("munged", {"--foreground", "--force", "--socket=" + here + "/munge.socket", "--key-file=" + here + "/munge.key", "--log-file=" + here + "/munged.log", "--pid-file=" + here + "/munged.pid", "--seed-file=" + here + "/munged.seed"});
  for (int i = 0; i < 100 && !fs::exists(folder_ / "munge.socket"); ++i) std::this_thread::sleep_for(20ms);
  if (!fs::exists(folder_ / "munge.socket")) return "munged: " + last_line_of(folder_ / "munged.err");
  ::setenv("SLURM_CONF", (folder_ / "slurm.conf").c_str(), 1);
  slurmctld_ = daemon("slurmctld", {"-D", "-c"});
  start_slurmd();
  for (int i = 0; i < 150; ++i) {
    if (sim::run_command({"sinfo", "--noheader", "--format=%T"}).out == "idle\n") return "";
    if (::waitpid(slurmctld_, nullptr, WNOHANG) == slurmctld_) return "slurmctld: " + last_line_of(folder_ / "slurmctld.err");
    std::this_thread::sleep_for(100ms);
  }
  return "its node is not ready after 15 s: " + last_line_of(folder_ / "slurmd.err");
}

void SlurmCluster::start_slurmd() { slurmd_ = daemon("slurmd", {"-D", "-N", "node1"}); }

void SlurmCluster::kill_slurmd() {
  ::kill(slurmd_, SIGKILL);
  ::waitpid(slurmd_, nullptr, 0);
}

void SlurmCluster::restart_slurmd() { start_slurmd(); }

std::vector<pid_t> SlurmCluster::workers() const {
  std::vector<pid_t> found;
  for (const pid_t process : below()) {
    std::string words = content(fs::path("/proc") / std::to_string(process) / "cmdline");
    std::replace(words.begin(), words.end(), '\0', ' ');
    if (words.find("/dure ") != std::string::npos && words.find(" worker ") != std::string::npos && words.find("SLURM") == std::string::npos) found.push_back(process);
  }
  return found;
}

SlurmCluster::~SlurmCluster() {
  if (slurmd_ > 0) ::kill(slurmd_, SIGTERM);
  if (slurmctld_ > 0) ::kill(slurmctld_, SIGTERM);
  std::this_thread::sleep_for(200ms);
  for (int i = 0; i < 500; ++i) {  // what is left, until nothing is
    for (const pid_t process : below()) ::kill(process, SIGKILL);
    pid_t ended = 0;
    while ((ended = ::waitpid(-1, nullptr, WNOHANG)) > 0) {}
    if (ended < 0) break;  // no children
    std::this_thread::sleep_for(10ms);
  }
  ::unsetenv("SLURM_CONF");
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

Background::Background(const TempFolder& folder, std::vector<std::string> words) {
  static int number = 0;
  name_ = folder / ("said-" + std::to_string(++number));
  child_ = start_program(std::move(words), name_ + ".out", name_ + ".err");
}

int Background::wait() {
  int status = 0;
  while (::waitpid(child_, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Background::out() const { return content(name_ + ".out"); }
std::string Background::err() const { return content(name_ + ".err"); }

}  // namespace dure::test
