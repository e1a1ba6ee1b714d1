#include "sim/network/collectives.h"

#include <algorithm>
#include <cmath>

namespace dure::sim {
namespace {

struct Split {
  double k, m, n;   // cards in a domain, domains, cards
  double in_leaf;   // domains of the group below one leaf; m if it does not cross
  double crossed;   // oversubscription of the spine, 1 if it does not cross
  double latency_s; // of a step between domains
};

Split split(const CardLinks& links, Group group) {
  const double k = links.scale_up_bytes_per_s > 0 ? std::max(1, std::min({group.per_domain, group.cards, links.scale_up_domain})) : 1;
  const double m = group.cards / k;
  if (links.leaf_cards <= 0 || double(group.cards) * group.stride <= links.leaf_cards) return {k, m, double(group.cards), m, 1, links.scale_out_latency_s};
  return {k, m, double(group.cards), std::clamp(links.leaf_cards / (k * group.stride), 1.0, m), links.oversubscription, links.scale_out_latency_s + 2 * links.hop_s};
}

double latency_s(const CardLinks& links, const Split& is) { return (is.k - 1) * links.scale_up_latency_s + (is.m - 1) * is.latency_s; }

}  // namespace

double Collectives::reduce_scatter_s(double bytes, Group group) const {
  if (group.cards <= 1) return 0;
  const Split is = split(links_, group);
  const double up_s = is.k > 1 ? (is.k - 1) / is.k * bytes / links_.scale_up_bytes_per_s : 0;
  const double out_s = is.m > 1 ? (is.m - 1) / is.m * bytes / is.k / links_.scale_out_bytes_per_s * std::max(1.0, is.crossed / is.in_leaf) : 0;
  return std::max(up_s, out_s) + latency_s(links_, is);
}

double Collectives::all_to_all_s(double bytes, Group group) const {
  if (group.cards <= 1) return 0;
  const Split is = split(links_, group);
  const double up_s = is.k > 1 ? (is.k - 1) / is.n * bytes / links_.scale_up_bytes_per_s : 0;
  const double out_s = is.m > 1 ? std::max(is.m - 1, (is.m - is.in_leaf) * is.crossed) / is.m * bytes / links_.scale_out_bytes_per_s : 0;
  return std::max(up_s, out_s) + latency_s(links_, is);
}

double Collectives::dispatch_s(double bytes, int copies, Group group) const {
  if (group.cards <= 1) return 0;
  const Split is = split(links_, group);
  const double met = is.m * (1 - std::pow(1 - 1 / is.m, copies));
  const double up_s = is.k > 1 ? (is.k - 1) / is.k * copies * bytes / links_.scale_up_bytes_per_s : 0;
  const double out_s = is.m > 1 ? met * std::max(is.m - 1, (is.m - is.in_leaf) * is.crossed) / is.m * bytes / links_.scale_out_bytes_per_s : 0;
  return std::max(up_s, out_s) + latency_s(links_, is);
}

double Collectives::point_to_point_s(double bytes, bool same_domain, int distance) const {
  if (same_domain && links_.scale_up_bytes_per_s > 0) return bytes / links_.scale_up_bytes_per_s + links_.scale_up_latency_s;
  const bool crosses = links_.leaf_cards > 0 && distance > 0;
  const double crossing = crosses ? std::min(1.0, double(distance) / links_.leaf_cards) : 0;  // of a leaf's cards
  return bytes / links_.scale_out_bytes_per_s * std::max(1.0, crossing * links_.oversubscription) + links_.scale_out_latency_s + (crosses ? 2 * links_.hop_s : 0);
}

}  // namespace dure::sim
