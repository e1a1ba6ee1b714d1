#pragma once
// The door in: a scenario file, what it extends, its tables and the --set of the command line become one checked message.
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"
#include "sim/scenario.pb.h"
#include "sim/scenario_diagnostic.h"
#include "sim/scenario_text.h"

namespace dure::sim {

/// One value of a run: what it is, where it was set, how well it is known. The report's page of assumptions lists them.
struct Assumption {
  std::string path;                 // "site[honam].pue"
  std::string value;                // as text; strings without quotes
  std::string unit, en, ko;         // from the schema
  std::string origin;               // "default", or "file:line:column", the file as called from the scenario's folder
  std::string source;               // of a default: the schema's; of a table row: its provenance; else the comment that ends its line
  std::string trust;                // high, medium, low, assumption; empty: the scenario does not say
  std::optional<double> low, high;  // documented range of the default
};

/// A checked scenario, and where all of it came from.
struct Loaded {
  ::dure::Scenario scenario;  // no extends, no table paths; file names are absolute
  std::string file;
  std::vector<std::string> files;  // every file it was made of: scenarios first, then tables
  Trail trail;
  Sources sources;

  /// Where a value was set ("tranche[kisti].promised"), as place_in() has it.
  std::optional<Place> place(std::string_view path) const;
  /// `error` with its place filled in from its path.
  Error located(Error error) const;
  /// The same, ready to throw and to be shown with its source line; for `catch (const Error&)` around the models.
  ScenarioErrors explained(const Error& error) const;
  /// Every value of every message that is present, defaults included.
  std::vector<Assumption> assumptions() const;
};

/// Where the value at `path` of `message` was set; for what was not set, the nearest message around it that was.
std::optional<Place> place_in(const google::protobuf::Message& message, const Trail& trail, std::string_view path);

/// Reads, joins and checks. Throws ScenarioErrors with everything that is wrong.
///
/// `sets` are the PATH=VALUE of the command line, applied last, in order.
Loaded load_scenario(const std::string& file, const std::vector<std::string>& sets = {});

/// The scenario alone in one file: text format, no extends, no tables; reads back to the same message.
/// With `notes`, each line says where its value came from; with `defaults`, those are written out too; with `portable`, files
/// are called from the scenario's folder or ${DURE_DATA}, so that the text is the same wherever they lie.
struct WriteOptions {
  bool notes = false;
  bool defaults = false;
  bool portable = false;
};
std::string to_text(const Loaded& loaded, WriteOptions options = {});

/// Content of OUT/inputs/assumptions.json.
nlohmann::json assumptions_json(const Loaded& loaded);

/// SHA-256 of the scenario with every file it names replaced by the digest of its content:
/// the same wherever it lies, another if a table or a value changes.
std::string fingerprint(const Loaded& loaded);

/// What is wrong with a joined scenario, field by field (ranges, dates, references) and across fields. All of it.
void check_scenario(const ::dure::Scenario& scenario, const Trail& trail, std::vector<Error>& errors);

/// The same for a message that is no scenario, a record or a row of a table of its own: missing fields, ranges, words.
/// References are not followed.
void check_fields(const google::protobuf::Message& message, const Trail& trail, std::vector<Error>& errors);

}  // namespace dure::sim
