#pragma once
// What a language model trained with so much compute is worth: its loss.

namespace dure::sim {

/// Loss in nats a token of a transformer of N parameters trained on D tokens:
///
///   L(N, D) = E + A / N^alpha + B / D^beta,     C = 6 N D FLOP
///
/// With C given, L is least at  N* = G (C/6)^a,  D* = (C/6) / N*,  a = beta / (alpha + beta),  G = (alpha A / (beta B))^(1 / (alpha + beta)).
/// Constants: Besiroglu, Erdil, Barnett and You 2024 (arXiv 2404.10102), a refit of Hoffmann et al. 2022; their data span C of 1e18 to 1e22
/// FLOP, so losses of larger runs are extrapolated.
struct ScalingLaw {
  double floor = 1.8172;       // E, nats
  double model_scale = 482.01; // A
  double data_scale = 2085.43; // B
  double model_power = 0.3478; // alpha
  double data_power = 0.3658;  // beta

  struct Optimum {
    double parameters = 0;
    double tokens = 0;
    double loss = 0;  // nats a token
  };
  double loss(double parameters, double tokens) const;
  /// The best model for `flop` > 0.
  Optimum best(double flop) const;
  /// Compute at which `best` reaches a loss above the floor; the inverse of best().loss.
  double flop_for(double loss) const;
};

}  // namespace dure::sim
