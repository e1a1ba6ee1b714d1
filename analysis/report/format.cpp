#include "analysis/report/format.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cmath>
#include <vector>

namespace dure::analysis {
namespace {

std::string thousands(std::string digits) {
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  std::size_t point = digits.find('.');
  if (point == std::string::npos) point = digits.size();
  for (std::size_t at = point; at > sign + 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

/// Three significant digits, never an exponent.
std::string three(double value) {
  if (value == 0) return "0";
  const double size = std::abs(value);
  const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  double rounded = value;
  if (size >= 1000) {
    const double unit = std::pow(10.0, std::floor(std::log10(size)) - 2);
    rounded = std::round(value / unit) * unit;
  }
  std::string text = fmt::format("{:.{}f}", rounded, decimals);
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return text == "-0" || text.empty() ? "0" : thousands(text);
}

struct Scale {
  double size;
  const char* word;
};

template <std::size_t N>
std::string scaled(double value, const std::array<Scale, N>& scales) {
  // The limit sits half a digit below the scale, so that 999,999 reads "1 million" and not "1,000 thousand".
  for (const Scale& scale : scales)
    if (std::abs(value) >= scale.size * 0.9995) return three(value / scale.size) + scale.word;
  return three(value);
}

constexpr std::array<Scale, 3> kEnglish = {{{1e12, " trillion"}, {1e9, " billion"}, {1e6, " million"}}};
constexpr std::array<Scale, 3> kEnglishShort = {{{1e12, " tn"}, {1e9, " bn"}, {1e6, " million"}}};
constexpr std::array<Scale, 3> kKorean = {{{1e12, "조"}, {1e8, "억"}, {1e4, "만"}}};

}  // namespace

Text both(std::string text) { return {text, text}; }

/// Three significant digits times a power of ten: 3.2 × 10²⁴.
static std::string power_of_ten(double value) {
  static constexpr std::array<const char*, 10> kRaised = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  int exponent = int(std::floor(std::log10(std::abs(value))));
  if (std::abs(value) / std::pow(10.0, exponent) >= 9.995) ++exponent;
  std::string raised;
  for (const char digit : std::to_string(exponent)) raised += kRaised[std::size_t(digit - '0')];
  return three(value / std::pow(10.0, exponent)) + " × 10" + raised;
}

Text count(double value) {
  constexpr double kLargestInWords = 1e16;
  if (std::abs(value) >= kLargestInWords) return both(power_of_ten(value));
  return {scaled(value, kEnglish), scaled(value, kKorean)};
}

Text krw(double value) {
  const std::string english = scaled(std::abs(value), kEnglishShort);
  return {(value < 0 ? "−KRW " : "KRW ") + english, (value < 0 ? "−" : "") + scaled(std::abs(value), kKorean) + " 원"};
}

Text percent(double share) {
  const double value = share * 100;
  const double size = std::abs(value);
  if (size > 0 && size < 0.005) return {"< 0.01 %", "0.01% 미만"};
  const int decimals = size == 0 || size >= 9.95 ? 0 : size >= 0.095 ? 1 : 2;
  const std::string number = fmt::format("{:.{}f}", value, decimals);
  return {number + " %", number + "%"};
}

Text duration(double seconds) {
  const double size = std::abs(seconds);
  if (size < 59.5) return {three(seconds) + " s", three(seconds) + "초"};
  if (size < 3570) return {three(seconds / 60) + " min", three(seconds / 60) + "분"};
  if (size < 172800) return {three(seconds / 3600) + " h", three(seconds / 3600) + "시간"};
  return {three(seconds / 86400) + " days", three(seconds / 86400) + "일"};
}

Text energy_kwh(double kwh) { return both(scaled(kwh, std::array<Scale, 3>{{{1e9, " TWh"}, {1e6, " GWh"}, {1e3, " MWh"}}}) + (std::abs(kwh) < 999.5 ? " kWh" : "")); }
Text power_kw(double kw) { return both(scaled(kw, std::array<Scale, 2>{{{1e6, " GW"}, {1e3, " MW"}}}) + (std::abs(kw) < 999.5 ? " kW" : "")); }
Text data_gb(double gb) { return both(scaled(gb, std::array<Scale, 2>{{{1e6, " PB"}, {1e3, " TB"}}}) + (std::abs(gb) < 999.5 ? " GB" : "")); }
Text mass_kg(double kg) {
  if (std::abs(kg) < 999.5) return both(three(kg) + " kg");
  const Text tonnes = count(kg / 1000);
  return {tonnes.en + " t", tonnes.ko + " t"};
}

std::string exact(double value, int decimals) {
  if (!std::isfinite(value)) return "–";
  if (std::abs(value) >= 1e15 || (value != 0 && std::abs(value) < 0.5 * std::pow(10.0, -decimals))) return fmt::format("{:.4g}", value);
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  if (text == "-0") text = "0";
  text = thousands(text);
  return text.starts_with('-') ? "−" + text.substr(1) : text;
}

std::string counted(double value, const char* noun) {
  const std::string number = exact(value, 0);
  return number + " " + noun + (number == "1" ? "" : "s");
}

Text run_count(std::size_t count) { return {counted(double(count), "run"), "실행 " + exact(double(count), 0) + "회"}; }

std::string machine(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

namespace {

/// Length of the UTF-8 character at `at`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  if (length == 3 && ((first == 0xe0 && byte(at + 1) < 0xa0) || (first == 0xed && byte(at + 1) >= 0xa0))) return 0;
  if (length == 4 && ((first == 0xf0 && byte(at + 1) < 0x90) || (first == 0xf4 && byte(at + 1) >= 0x90))) return 0;
  return length;
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    const std::string_view character = text.substr(at, length);
    at += length;
    if (length > 1) {
      out += character;
      continue;
    }
    switch (const char c = character[0]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
        else if (c == '\n' || c == '\t') out += ' ';
    }
  }
  return out;
}

std::string csv_field(std::string_view text) {
  std::string field(text);
  if (!field.empty() && std::string_view("=+-@\t\r").find(field[0]) != std::string_view::npos) field.insert(0, 1, '\'');
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string base64(std::string_view bytes) {
  std::vector<unsigned char> out(4 * ((bytes.size() + 2) / 3) + 1);
  const int length = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(length)};
}

std::string csp_hash(std::string_view inline_text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(inline_text.data()), inline_text.size(), digest.data());
  return "sha256-" + base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace dure::analysis
