#pragma once
// Figures for readers, in each language, and the two escapes that keep untrusted names text.
#include <string>
#include <string_view>

#include "sim/error.h"

namespace dure::analysis {

using sim::Text;  // {en, ko}

/// The same text in both languages.
Text both(std::string text);

/// Three significant digits in the words of each language: 184,000,000 is "184 million" and "1.84억"; from 10¹⁶ on "3.2 × 10²⁴".
Text count(double value);
/// An amount of money: 1.46e12 is "KRW 1.46 tn" and "1.46조 원".
Text krw(double value);
/// A share 0 to 1: "41 %" and "41%"; below a hundredth with one digit more.
Text percent(double share);
/// A length of time in the unit that suits it: 11000 is "3.1 h" and "3.1시간".
Text duration(double seconds);
/// A quantity with its SI-like prefix: 1.2e9 kWh is "1,200 GWh".
Text energy_kwh(double kwh);
Text power_kw(double kw);
Text mass_kg(double kg);
Text data_gb(double gb);

/// Every digit that matters, thousands apart: 1234567.5 is "1,234,567.5". At most `decimals` after the point.
std::string exact(double value, int decimals = 3);
/// A whole number with its noun: "1 day", "2,318 runs".
std::string counted(double value, const char* noun);
Text run_count(std::size_t count);  // "2,318 runs", "실행 2,318회"
/// The shortest text that reads back as the same double, for CSV.
std::string machine(double value);

/// Text of HTML or of an attribute in double quotes. Bytes that are no UTF-8 become U+FFFD; control characters go.
std::string escape_html(std::string_view text);
/// One field of a CSV file; a text that a spreadsheet would take for a formula gets an apostrophe.
std::string csv_field(std::string_view text);

std::string base64(std::string_view bytes);
/// "sha256-…" as a content security policy wants it.
std::string csp_hash(std::string_view inline_text);

}  // namespace dure::analysis
