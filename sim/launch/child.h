#pragma once
#include <functional>
#include <string>

namespace dure::sim {

/// Does work in a forked child and hands back the bytes it returned. SimGrid keeps its state in globals, so one process is
/// one run; many runs are many children. Throws std::runtime_error with the child's message if it failed.
std::string in_child(const std::function<std::string()>& work);

}  // namespace dure::sim
