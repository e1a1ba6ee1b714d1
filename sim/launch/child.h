#pragma once
#include <functional>
#include <optional>
#include <string>

namespace dure::sim {

/// Does work in a forked child and hands back the bytes it returned. SimGrid keeps its state in globals, so one process is
/// one run; many runs are many children. Throws std::runtime_error with the child's message if it failed.
std::string in_child(const std::function<std::string()>& work);

/// Forks here and now. The old process waits for what the new one says, and returns it; in the new process nothing is returned, and `say_to` is
/// where it must speak, once, before it ends with end_child(). Throws std::runtime_error if the new process died.
std::optional<std::string> fork_here(int& say_to);

/// Says it and ends this process: no destructors of the parent's objects, no exit handlers.
[[noreturn]] void end_child(int say_to, const std::string& said);

}  // namespace dure::sim
