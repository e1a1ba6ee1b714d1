#pragma once
// What models of time and power take from a card's record, and what each figure rests on.
#include <string>
#include <vector>

#include "sim/inventory/accelerator.h"

namespace dure::sim {

/// One figure of a card: published by its maker or a third party, measured by us (platforms/measured), or assumed.
struct CardFigure {
  Text what;
  double value = 0;
  std::string unit;
  Basis basis = Basis::kPublished;
  Text note;
};

Text words(Basis basis);

/// Figures of a card and of the server that carries it (may be null). Cards of which too little is on record have the few they have.
std::vector<CardFigure> card_figures(const ::dure::CardType& row, const Accelerator* card, const ::dure::NodeType* node);

}  // namespace dure::sim
