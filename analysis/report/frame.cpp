#include "analysis/report/frame.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "analysis/report/assets.h"

namespace dure::analysis {
namespace {

constexpr std::string_view kNoCharts =
    "<p class=\"warning\"><span lang=\"en\">This copy was built without charts (Node was missing); every figure stands in its table.</span>"
    "<span lang=\"ko\">이 문서는 차트 없이 만들어졌습니다(빌드할 때 Node가 없었음). 모든 수치는 표에 있습니다.</span></p>\n";

std::string header(const Frame& frame) {
  std::string out = "<header><div class=\"top\"><p class=\"project\"><span lang=\"en\">Dure report</span><span lang=\"ko\">두레 보고서</span></p>";
  out += "<fieldset class=\"languages\"><legend class=\"away\"><span lang=\"ko\">언어</span><span lang=\"en\">Language</span></legend>";
  // The names of the languages stand in both languages at all times.
  for (const bool is_korean : {true, false}) {
    const std::string code = is_korean ? "ko" : "en";
    out += "<input type=\"radio\" name=\"language\" value=\"" + code + "\" id=\"language-" + code + "\"" + (is_korean == frame.korean ? " checked" : "") + "><label for=\"language-" + code +
           "\"><bdi class=\"own\" lang=\"" + code + "\">" + (is_korean ? "한국어" : "English") + "</bdi></label>";
  }
  return out + "</fieldset></div>\n<h1><bdi>" + in_both(frame.title) + "</bdi></h1>\n<p class=\"facts\">" + frame.facts + "</p></header>\n";
}

std::string about_charts() {
  return script_bundle().empty() ? std::string(kNoCharts)
                                 : "<noscript><p class=\"note\">" + in_both({"The charts need JavaScript; every figure also stands in its table.", "차트에는 JavaScript가 필요합니다. 모든 수치는 표에도 있습니다."}) + "</p></noscript>\n";
}

std::string navigation(const Page& page) {
  std::string out = "<nav aria-labelledby=\"contents\"><p id=\"contents\" class=\"away\"><span lang=\"en\">Contents</span><span lang=\"ko\">차례</span></p><ul>";
  for (const Page::Section& section : page.sections()) out += "<li><a href=\"#" + section.id + "\">" + in_both(section.title) + "</a></li>";
  return out + "</ul></nav>\n";
}

[[noreturn]] void cannot_write(const std::filesystem::path& file) {
  const std::string why = std::strerror(errno);
  throw sim::Error(sim::Exit::kEnvironment, "E0420", {"`" + file.string() + "` cannot be written: " + why, "`" + file.string() + "`에 쓸 수 없습니다: " + why}, {},
                   {"free some space or make the folder writable; the results themselves are untouched", "공간을 비우거나 쓰기 권한을 주세요. 결과 파일은 그대로입니다"});
}

}  // namespace

void write_page(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::path temporary = file;
  temporary += ".tmp";
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) cannot_write(temporary);
  const auto give_up = [&] {
    const int why = errno;
    ::close(descriptor);
    ::unlink(temporary.c_str());
    errno = why;
    cannot_write(file);
  };
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(descriptor, text.data() + at, text.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) give_up();
    at += static_cast<std::size_t>(wrote);
  }
  if (::fsync(descriptor) != 0) give_up();
  if (::close(descriptor) != 0 || ::rename(temporary.c_str(), file.c_str()) != 0) {
    const int why = errno;
    ::unlink(temporary.c_str());
    errno = why;
    cannot_write(file);
  }
}


std::string framed(const Frame& frame, const Page& page) {
  const std::string style(style_sheet()), script(script_bundle());
  std::string out = "<!DOCTYPE html>\n<html lang=\"" + std::string(frame.korean ? "ko" : "en") + "\"" + (frame.asked ? " data-asked=\"\"" : "") +
                    ">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '" + csp_hash(style) + "'; script-src " +
                    (script.empty() ? "'none'" : "'" + csp_hash(script) + "'") + "; base-uri 'none'; form-action 'none'\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" + escape_html(frame.korean ? frame.title.ko : frame.title.en) + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n";
  out += "<a class=\"skip\" href=\"#main\">" + in_both({"Skip to the content", "본문으로 건너뛰기"}) + "</a>\n";
  out += header(frame) + navigation(page) + "<main id=\"main\" tabindex=\"-1\">\n" + frame.warnings + about_charts() + page.body() + "</main>\n";
  out += "<footer><p>" + in_both(frame.footer) + "</p></footer>\n";
  if (!script.empty()) {
    const nlohmann::json data = {{"title", text_json(frame.title)}, {"charts", page.charts()}};
    out += "<script type=\"application/json\" id=\"chart-data\">" + json_for_script(data) + "</script>\n<script>" + script + "</script>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace dure::analysis
