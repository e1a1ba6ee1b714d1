#pragma once
// How long collectives take between cards: inside a scale-up domain (NVLink and its like) and across nodes.

namespace dure::sim {

/// Rates and latencies of the two kinds of link a card has, as collectives reach them (not as makers print them: shares and steps of Fabric,
/// network.proto).
struct CardLinks {
  double scale_up_bytes_per_s = 0;   // one direction; 0: none, everything goes over scale_out
  double scale_up_latency_s = 2e-6;  // per step of a ring
  int scale_up_domain = 1;           // cards
  double scale_out_bytes_per_s = 0;  // one direction, per card
  double scale_out_latency_s = 5e-6;  // two switches included
  // The site's switches (fabric.h), where the site is known:
  int leaf_cards = 0;           // cards below one leaf; 0: not known, no group is held up by the spine
  double oversubscription = 1;  // o, capacity below a leaf over its capacity towards the spine
  double hop_s = 0;             // a switch more; between leaves there are two
};

/// n cards that talk, of which `per_domain` share each scale-up domain (n = per_domain x domains). Cards of a group that lie in the same
/// node but without scale-up links go over their ports like any other. Cards are numbered along the leaves, and neighbours of the group
/// stand `stride` numbers apart, with as many groups like it between them.
struct Group {
  int cards = 1;
  int per_domain = 1;
  int stride = 1;
};

/// Alpha-beta times over a hierarchical ring: inside the domain of k cards first, then between the m = n / k domains, where each card
/// carries 1/k of the bytes over its own port. Chunks are pipelined through both, so the slower of the two sets the time.
///
///   reduce-scatter, all-gather of S bytes (whole, unsharded)
///       T = max( (k-1)/k S / B_up , (m-1)/m S/k / B_out ) + (k-1) a_up + (m-1) a_out
///   all-reduce = reduce-scatter + all-gather
///   all-to-all: each card holds S bytes for the n cards, itself included
///       T = max( (k-1)/n S / B_up , (n-k)/n S / B_out ) + (k-1) a_up + (m-1) a_out
///   dispatch of S bytes of rows, each to `copies` of the n cards by chance: as all-to-all with copies x S, but a row crosses to a domain once
///   and is spread there; it meets D = m (1 - (1 - 1/m)^copies) of the m domains, of which (m-1)/m are others
///       T = max( (k-1)/k copies S / B_up , D (m-1)/m S / B_out ) + latencies
///   point to point: T = S / B + a
///
/// A group that spans leaves with l of its domains below each shares the spine, which carries 1/o of what a leaf's cards can send:
///   ring           every l-th domain sends to another leaf, so B_out becomes B_out min(1, l/o)
///   all-to-all     (m-l)/m of the bytes cross, at B_out / o; dispatch alike
///   point to point over `distance` cards: distance / leaf of a leaf's cards send across
///   and two switches more each step.
///
/// B bytes/s and a seconds as in CardLinks. Valid for messages large enough that the ring is chosen (S > 1 MB a card); each card
/// has its own port; other jobs are not on the spine.
/// Source: Thakur, Rabenseifner, Gropp 2005; Chan et al. 2007 for the costs of the collectives.
class Collectives {
 public:
  explicit Collectives(const CardLinks& links) : links_(links) {}
  double reduce_scatter_s(double bytes, Group group) const;
  double all_gather_s(double bytes, Group group) const { return reduce_scatter_s(bytes, group); }
  double all_reduce_s(double bytes, Group group) const { return 2 * reduce_scatter_s(bytes, group); }
  double all_to_all_s(double bytes, Group group) const;
  double dispatch_s(double bytes, int copies, Group group) const;
  double point_to_point_s(double bytes, bool same_domain, int distance = 0) const;  // distance 0: below one leaf
  const CardLinks& links() const { return links_; }

 private:
  CardLinks links_;
};

}  // namespace dure::sim
