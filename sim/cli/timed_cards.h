#pragma once
// The cards of the catalogue that times can be worked out for.
#include <string>
#include <vector>

#include "sim/inventory/accelerator.h"
#include "sim/inventory/inventory.pb.h"

namespace dure::sim {

struct Catalogue {
  std::vector<::dure::CardType> rows;
  std::vector<::dure::NodeType> nodes;
  std::vector<Accelerator> timed;  // those with memory and bandwidth on record; they rest on PLATFORMS/measured/*.txtpb where there is one
  const ::dure::NodeType* node_of(const std::string& card) const;
};

/// Reads PLATFORMS/catalogue and PLATFORMS/measured. Throws ScenarioErrors with file and line, or ScenarioError for a card that is in no
/// catalogue, has two files, or is another than the one its file rests on.
Catalogue read_catalogue(const std::string& platforms);

}  // namespace dure::sim
