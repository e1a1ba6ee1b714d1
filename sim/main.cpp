#include "sim/cli/commands.h"

int main(int argc, char** argv) { return dure::sim::run_command_line(argc, argv); }
