#include "sim/network/collectives.h"

#include <algorithm>
#include <cmath>

namespace dure::sim {
namespace {

struct Split {
  double k, m, n;  // cards in a domain, domains, cards
};

Split split(const CardLinks& links, Group group) {
  const double k = links.scale_up_bytes_per_s > 0 ? std::max(1, std::min({group.per_domain, group.cards, links.scale_up_domain})) : 1;
  return {k, group.cards / k, double(group.cards)};
}

}  // namespace

double Collectives::reduce_scatter_s(double bytes, Group group) const {
  if (group.cards <= 1) return 0;
  const auto [k, m, n] = split(links_, group);
  const double up_s = k > 1 ? (k - 1) / k * bytes / links_.scale_up_bytes_per_s : 0;
  const double out_s = m > 1 ? (m - 1) / m * bytes / k / links_.scale_out_bytes_per_s : 0;
  return std::max(up_s, out_s) + (k - 1) * links_.scale_up_latency_s + (m - 1) * links_.scale_out_latency_s;
}

double Collectives::all_to_all_s(double bytes, Group group) const {
  if (group.cards <= 1) return 0;
  const auto [k, m, n] = split(links_, group);
  const double up_s = k > 1 ? (k - 1) / n * bytes / links_.scale_up_bytes_per_s : 0;
  const double out_s = m > 1 ? (n - k) / n * bytes / links_.scale_out_bytes_per_s : 0;
  return std::max(up_s, out_s) + (k - 1) * links_.scale_up_latency_s + (m - 1) * links_.scale_out_latency_s;
}

double Collectives::dispatch_s(double bytes, int copies, Group group) const {
  if (group.cards <= 1) return 0;
  const auto [k, m, n] = split(links_, group);
  const double met = m * (1 - std::pow(1 - 1 / m, copies));
  const double up_s = k > 1 ? (k - 1) / k * copies * bytes / links_.scale_up_bytes_per_s : 0;
  const double out_s = m > 1 ? met * (m - 1) / m * bytes / links_.scale_out_bytes_per_s : 0;
  return std::max(up_s, out_s) + (k - 1) * links_.scale_up_latency_s + (m - 1) * links_.scale_out_latency_s;
}

double Collectives::point_to_point_s(double bytes, bool same_domain) const {
  return same_domain && links_.scale_up_bytes_per_s > 0 ? bytes / links_.scale_up_bytes_per_s + links_.scale_up_latency_s
                                                        : bytes / links_.scale_out_bytes_per_s + links_.scale_out_latency_s;
}

}  // namespace dure::sim
