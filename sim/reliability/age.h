#pragma once

namespace dure::sim {

/// How the fault rate of a node changes with its age x in service: infant peak, flat, wear.
///
///   a(x) = 1 + (a0 - 1) exp(-x / T) + w max(0, x - x_w)
///   A(x) = integral of a from 0 to x
///
/// a0 `infant_factor`, T `infant_days`, w `wear_per_year`, x_w `wear_from_years`; a is 1 in between. Age counts from the
/// day in service, days under repair included. Assumed shape (bathtub); no public log spans a service life.
class AgeFactor {
 public:
  AgeFactor(double infant_factor, double infant_s, double wear_from_s, double wear_per_s)
      : infant_excess_(infant_factor - 1), infant_s_(infant_s), wear_from_s_(wear_from_s), wear_per_s_(wear_per_s) {}
  double rate(double age_s) const;      // a
  double integral_s(double age_s) const;  // A

 private:
  double infant_excess_;
  double infant_s_;
  double wear_from_s_;
  double wear_per_s_;
};

}  // namespace dure::sim
