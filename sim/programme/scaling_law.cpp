#include "sim/programme/scaling_law.h"

#include <cmath>

#include "sim/error.h"

namespace dure::sim {

namespace {
constexpr double kFlopOfToken = 6;  // of a parameter
}

double ScalingLaw::loss(double parameters, double tokens) const { return floor + model_scale / std::pow(parameters, model_power) + data_scale / std::pow(tokens, data_power); }

ScalingLaw::Optimum ScalingLaw::best(double flop) const {
  SIM_CHECK(flop > 0, "a model needs compute");
  const double powers = model_power + data_power;
  const double g = std::pow(model_power * model_scale / (data_power * data_scale), 1 / powers);
  Optimum made;
  made.parameters = g * std::pow(flop / kFlopOfToken, data_power / powers);
  made.tokens = flop / kFlopOfToken / made.parameters;
  made.loss = loss(made.parameters, made.tokens);
  return made;
}

double ScalingLaw::flop_for(double loss) const {
  SIM_CHECK(loss > floor, "no compute reaches the floor of the scaling law");
  // Both terms of the optimum fall with the same power of C: L - E = k C^-(alpha beta / (alpha + beta)).
  const double power = model_power * data_power / (model_power + data_power);
  const double k = best(1).loss - floor;
  return std::pow(k / (loss - floor), 1 / power);
}

}  // namespace dure::sim
