#pragma once
// The door in for what was measured: records of platforms/microbench, and the cards and links fitted to them.
#include <optional>
#include <string>

#include "sim/measured.pb.h"
#include "sim/scenario_diagnostic.h"
#include "sim/scenario_text.h"

namespace dure::sim {

/// A record, read and checked. One of the two is set.
struct ReadRecord {
  std::string file;
  std::string digest;  // SHA-256 of the file
  std::optional<::dure::MicrobenchRecord> card;
  std::optional<::dure::InterconnectRecord> interconnect;
  Trail trail;
  /// Where value `index` of `field` stands, or that value's own field `part`; else the nearest around it.
  Place place(int field, int index = 0, int part = 0) const;
  const ::dure::RecordHead& head() const { return card ? card->head() : interconnect->head(); }
};

/// Throws ScenarioErrors with everything that is wrong: fields, ranges, NaN, units (E0141), impossible values (E0142).
ReadRecord read_record(const std::string& file);

/// platforms/measured/<card>.txtpb. Throws ScenarioErrors. `trail`, if given, gets the place of each value.
::dure::MeasuredCard read_measured_card(const std::string& file, Trail* trail = nullptr);
::dure::MeasuredInterconnect read_measured_interconnect(const std::string& file);

/// Text format with the line that names its type. Throws Error (exit 5) if it cannot be written; never half a file.
void write_measured(const std::string& file, const google::protobuf::Message& message);

}  // namespace dure::sim
