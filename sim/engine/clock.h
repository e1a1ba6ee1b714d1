#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dure::sim {

/// The one clock of a run: SimGrid 3.32 behind a door.
///
/// SimGrid owns time, hosts (one a node) and every flow of bytes. Everything is driven from the main thread: no actor, no
/// simcall waits. `advance` lets time pass until the wanted second or the first instant at which a flow ends, whichever
/// comes first, so that the dispatcher can act at that instant. Max-min fair shares: every line is one SimGrid link, a
/// flow crosses the lines of its path, and the model is CM02 without windows and without latency factors.
///
/// While no flow is under way SimGrid has nothing to tell, so time passes without it; it is brought up to the present
/// before anything is asked of it again.
///
/// One clock a process: SimGrid's state is global.
class Clock {
 public:
  enum class Node : std::uint32_t {};
  enum class Line : std::uint32_t {};
  enum class Path : std::uint32_t {};
  using FlowId = std::uint64_t;

  struct Ended {
    FlowId flow;
    std::uint32_t owner;     // as given at the start
    bool failed;             // a line it crossed was cut, or its node went off
    double remaining_bytes;  // 0 unless failed
  };

  Clock();
  ~Clock();
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  // The platform, before seal().
  Line add_line(const std::string& name, double bytes_per_s, double latency_s);
  Path add_path(const std::vector<Line>& lines);
  /// A server at a site whose storage is reached over `storage`; its cards are the cores of its host. Starts switched off.
  Node add_node(int site, Line storage, int cards = 1);
  void seal();

  double now_s() const;
  const std::vector<Ended>& advance(double until_s);

  void node_on(Node node);
  void node_off(Node node);
  void cut(Line line);
  void mend(Line line);

  FlowId send(Path path, double bytes, std::uint32_t owner = 0);
  /// Between a node and its site's storage; `limit_bytes_per_s` is what the job's nodes can take together.
  FlowId load(Node node, double bytes, double limit_bytes_per_s, std::uint32_t owner = 0);
  void cancel(FlowId flow);  // no Ended is reported for it
  std::size_t flows() const;

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace dure::sim
