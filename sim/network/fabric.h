#pragma once
#include "sim/network/network.pb.h"

namespace dure::sim {

/// The switches of a site: nodes below leaves, leaves below a spine. Nodes of a site are numbered from 0 and fill leaves
/// in order, so a leaf is a run of `nodes_per_leaf` numbers.
///
///   below one leaf       card_rate between any two cards, 2 hops (node - leaf - node)
///   between leaves       card_rate / oversubscription when all cards send at once, 4 hops (over the spine)
///
/// Facts only: no routing, no congestion. nodes_per_leaf is the site's own figure (32: one 8-rail unit of 256 cards).
class Fabric {
 public:
  Fabric(const ::dure::Fabric& spec, int nodes, int nodes_per_leaf);
  int leaves() const { return (nodes_ + nodes_per_leaf_ - 1) / nodes_per_leaf_; }
  int leaf(int node) const { return node / nodes_per_leaf_; }
  int nodes_below(int leaf) const;
  double card_bytes_per_s(int node, int other) const;  // worst case: everybody sends
  double latency_s(int node, int other) const;          // one way
  double bisection_bytes_per_s(int cards_per_node) const;  // between two halves of the leaves

 private:
  int nodes_;
  int nodes_per_leaf_;
  double card_bytes_per_s_;
  double oversubscription_;
  double hop_s_;
};

}  // namespace dure::sim
