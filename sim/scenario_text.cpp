#include "sim/scenario_text.h"

#include <fmt/format.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "sim/scenario_diagnostic.h"
#include "sim/scenario_schema.h"

namespace dure::sim {
namespace {

using google::protobuf::io::Tokenizer;

struct Token {
  Tokenizer::TokenType type = Tokenizer::TYPE_END;
  std::string text;
  int line = 0;   // from 0
  int begin = 0;  // bytes of the line before it
  int end = 0;
};

/// The protobuf tokenizer counts a tab as going on to the next column of eight.
int byte_of_column(std::string_view line, int column) {
  int at_column = 0;
  std::size_t at = 0;
  while (at < line.size() && at_column < column) at_column += line[at++] == '\t' ? 8 - at_column % 8 : 1;
  return static_cast<int>(at);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

class Reader {
 public:
  Reader(const std::string& file, std::string_view text, std::vector<Error>& errors, int first_line, int first_column)
      : file_(file), lines_(split_lines(text)), errors_(errors), first_line_(first_line), first_column_(first_column) {
    tokenise(text);
  }

  void read(Message& message, Trail& trail) {
    fields(message, trail, "");
    if (broken_) trail.damaged = true;
  }

 private:
  void tokenise(std::string_view text);
  void fields(Message& message, Trail& trail, const std::string& closer);
  void field(Message& message, Trail& trail);
  void values(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name);
  void value(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name);
  void block(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name);
  bool claim(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name);
  void skip_value();
  void skip_block();
  void skip_line(int line);

  const Token& now() const { return tokens_[at_]; }
  const Token& previous() const { return tokens_[at_ - 1]; }
  bool done() const { return now().type == Tokenizer::TYPE_END; }
  bool looking_at(std::string_view symbol) const { return now().type == Tokenizer::TYPE_SYMBOL && now().text == symbol; }
  bool take(std::string_view symbol) {
    if (!looking_at(symbol)) return false;
    ++at_;
    return true;
  }
  Place place(const Token& from, const Token& to) const;
  std::string note(const Token& last) const;
  void fail(const char* code, Place where, Text message, Text help = {}) {
    if (tokenizer_lines_.count(where.line) != 0) return;  // that line is already accused of worse
    errors_.emplace_back(Exit::kInvalid, code, std::move(message), std::move(where), std::move(help));
  }
  std::string shown(const Token& token) const { return token.type == Tokenizer::TYPE_END ? "end of file" : token.text; }

  const std::string& file_;
  std::vector<std::string_view> lines_;
  std::vector<Error>& errors_;
  int first_line_;
  int first_column_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  bool broken_ = false;  // braces do not match: what follows means nothing
  std::set<int> tokenizer_lines_;
};

class Collector : public google::protobuf::io::ErrorCollector {
 public:
  struct Item {
    int line, column;
    std::string message;
  };
  void AddError(int line, int column, const std::string& message) override { items.push_back({line, column, message}); }
  std::vector<Item> items;
};

void Reader::tokenise(std::string_view text) {
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  Collector collector;
  Tokenizer tokenizer(&stream, &collector);
  tokenizer.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
  tokenizer.set_allow_f_after_float(true);
  tokenizer.set_require_space_after_number(false);
  while (tokenizer.Next()) {
    const auto& t = tokenizer.current();
    const std::string_view line = lines_[static_cast<std::size_t>(t.line)];
    tokens_.push_back({t.type, t.text, t.line, byte_of_column(line, t.column), byte_of_column(line, t.end_column)});
  }
  Token end;
  end.line = tokens_.empty() ? 0 : tokens_.back().line;
  end.begin = end.end = tokens_.empty() ? 0 : tokens_.back().end;
  tokens_.push_back(end);
  for (const auto& item : collector.items) {
    Token bad;
    bad.line = item.line;
    const std::string_view line =
        lines_[static_cast<std::size_t>(std::min<std::size_t>(static_cast<std::size_t>(item.line), lines_.size() - 1))];
    bad.begin = byte_of_column(line, item.column);
    bad.end = bad.begin + 1;
    Place where = place(bad, bad);
    if (!tokenizer_lines_.insert(where.line).second) continue;
    Text message{"a character that cannot stand here", "여기에 올 수 없는 글자입니다"};
    Text help{"names are ASCII; text stands in \"quotes\"; comments begin with #",
              "항목 이름은 영문자로, 글은 \"따옴표\" 안에, 주석은 # 뒤에 쓰십시오"};
    if (item.message.find("line boundaries") != std::string::npos || item.message.find("Unexpected end of string") != std::string::npos) {
      const std::size_t quote = line.find_first_of("\"'");
      if (quote != std::string_view::npos) where.column = static_cast<int>(count_characters(line.substr(0, quote))) + 1;
      message = {"text in quotes is not closed on its line", "따옴표가 같은 줄에서 닫히지 않았습니다"};
      help = {"end the text with the quote it began with", "시작한 것과 같은 따옴표로 닫으십시오"};
    } else if (item.message.find("escape") != std::string::npos) {
      message = {"unknown escape in quotes", "따옴표 안의 역슬래시 표기가 잘못되었습니다"};
      help = {"a backslash is written \\\\", "역슬래시는 \\\\로 쓰십시오"};
    }
    errors_.emplace_back(Exit::kInvalid, "E0102", message, where, help);
  }
}

Place Reader::place(const Token& from, const Token& to) const {
  const std::string_view line = lines_[static_cast<std::size_t>(from.line)];
  const auto begin = static_cast<std::size_t>(from.begin);
  const auto end = std::min(line.size(), static_cast<std::size_t>(to.line == from.line ? to.end : from.end));
  Place found;
  found.file = file_;
  found.line = from.line + first_line_;
  found.column = static_cast<int>(count_characters(line.substr(0, begin))) + (from.line == 0 ? first_column_ : 1);
  found.length = end > begin ? static_cast<int>(count_characters(line.substr(begin, end - begin))) : 1;
  return found;
}

std::string Reader::note(const Token& last) const {
  const std::string_view line = lines_[static_cast<std::size_t>(last.line)];
  const auto after = std::find_if(tokens_.begin() + static_cast<std::ptrdiff_t>(at_), tokens_.end(),
                                  [&last](const Token& t) { return t.line > last.line || t.type == Tokenizer::TYPE_END; });
  const Token& final = after == tokens_.begin() ? last : *(after - 1);
  const auto from = static_cast<std::size_t>(final.line == last.line ? final.end : last.end);
  const std::size_t hash = line.find('#', std::min(from, line.size()));
  if (hash == std::string_view::npos) return "";
  std::string_view comment = line.substr(hash + 1);
  while (!comment.empty() && (comment.front() == ' ' || comment.front() == '#')) comment.remove_prefix(1);
  while (!comment.empty() && (comment.back() == ' ' || comment.back() == '\r')) comment.remove_suffix(1);
  return std::string(comment);
}

void Reader::fields(Message& message, Trail& trail, const std::string& closer) {
  while (!broken_) {
    if (done() || (!closer.empty() && looking_at(closer))) return;
    if (looking_at("}") || looking_at(">")) {
      fail("E0102", place(now(), now()),
           {fmt::format("`{}` closes nothing", now().text), fmt::format("`{}`에 짝이 되는 여는 괄호가 없습니다", now().text)},
           {"remove it, or look for a `{` missing above", "지우거나, 위에서 빠진 `{`를 찾으십시오"});
      broken_ = true;
      return;
    }
    field(message, trail);
    if (!take(",")) take(";");
  }
}

void Reader::field(Message& message, Trail& trail) {
  const Token name = now();
  if (name.type != Tokenizer::TYPE_IDENTIFIER) {
    fail("E0102", place(name, name),
         {fmt::format("expected the name of a field, found `{}`", shown(name)),
          fmt::format("항목 이름이 와야 할 곳에 `{}`이(가) 있습니다", shown(name))},
         {"a field is written `name: value` or `name { ... }`", "항목은 `이름: 값` 또는 `이름 { ... }`으로 씁니다"});
    trail.damaged = true;
    skip_line(name.line);
    return;
  }
  ++at_;
  const bool colon = take(":");
  if (!colon && !looking_at("{") && !looking_at("<")) {
    fail("E0102", place(name, name),
         {fmt::format("expected `:` or `{{` after `{}`, found `{}`", name.text, shown(now())),
          fmt::format("`{}` 뒤에 `:`이나 `{{`가 와야 하는데 `{}`이(가) 있습니다", name.text, shown(now()))},
         {"a field is written `name: value` or `name { ... }`", "항목은 `이름: 값` 또는 `이름 { ... }`으로 씁니다"});
    trail.damaged = true;
    skip_line(name.line);
    return;
  }
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name.text);
  if (field == nullptr) {
    const std::string type = message.GetDescriptor()->name();
    fail("E0103", place(name, name),
         {fmt::format("unknown field `{}` in {}", name.text, type), fmt::format("{}에 `{}`(이)라는 항목은 없습니다", type, name.text)},
         field_suggestion(name.text, message.GetDescriptor()));
    trail.damaged = true;
    skip_value();
    return;
  }
  if (field->message_type() == nullptr && !colon) {
    fail("E0102", place(name, name),
         {fmt::format("`{}` is a value: write `{}: ...`", name.text, name.text),
          fmt::format("`{}`은(는) 값입니다. `{}: ...`로 쓰십시오", name.text, name.text)});
    trail.damaged = true;
    skip_value();
    return;
  }
  values(message, trail, field, name);
}

void Reader::values(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name) {
  const bool list = looking_at("[");
  if (list && !field->is_repeated()) {
    fail("E0104", place(now(), now()),
         {fmt::format("`{}` wants one value, not a list", name.text),
          fmt::format("`{}`에는 목록이 아니라 값 하나가 와야 합니다", name.text)});
    trail.damaged = true;
    skip_value();
    return;
  }
  if (!list) return value(message, trail, field, name);
  ++at_;
  if (take("]")) return;
  do {
    value(message, trail, field, name);
    if (broken_) return;
  } while (take(","));
  if (!take("]")) {
    fail("E0102", place(now(), now()),
         {fmt::format("expected `,` or `]` in the list, found `{}`", shown(now())),
          fmt::format("목록에서 `,`나 `]`가 와야 할 곳에 `{}`이(가) 있습니다", shown(now()))});
    trail.damaged = true;
    skip_line(now().line);
  }
}

bool Reader::claim(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name) {
  if (field->is_repeated()) return true;
  const Place here = place(name, name);
  const auto twice = [&](const FieldDescriptor* other, Text message_is) {
    const Trail* first = trail.find(other->number());
    const int line = first != nullptr ? first->place.line : 0;
    fail("E0106", here, std::move(message_is),
         {fmt::format("the first stands in line {}; keep one", line),
          fmt::format("처음 것은 {}번째 줄에 있습니다. 하나만 남기십시오", line)});
    return false;
  };
  if (trail.find(field->number()) != nullptr)
    return twice(field, {fmt::format("`{}` is set twice", name.text), fmt::format("`{}`을(를) 두 번 썼습니다", name.text)});
  if (const OneofDescriptor* choice = field->real_containing_oneof())
    for (int i = 0; i < choice->field_count(); ++i)
      if (choice->field(i) != field && trail.find(choice->field(i)->number()) != nullptr) {
        const std::string other = choice->field(i)->name();
        return twice(choice->field(i),
                     {fmt::format("`{}` and `{}` exclude each other: one {}", other, name.text, choice->name()),
                      fmt::format("`{}`과(와) `{}`은(는) 함께 쓸 수 없습니다({}는 하나)", other, name.text, choice->name())});
      }
  return true;
}

void Reader::block(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name) {
  const Token open = now();
  if (!take("{") && !take("<")) {
    fail("E0104", place(open, open),
         {fmt::format("`{}` wants a block {{ ... }}, not `{}`", name.text, shown(open)),
          fmt::format("`{}`에는 블록 {{ ... }}이 와야 하는데 `{}`이(가) 있습니다", name.text, shown(open))},
         {fmt::format("its fields: `dure explain {}`", field->message_type()->name()),
          fmt::format("항목은 `dure explain {}`로 볼 수 있습니다", field->message_type()->name())});
    trail.damaged = true;
    skip_value();
    return;
  }
  const std::string closer = open.text == "{" ? "}" : ">";
  Trail part;
  part.place = place(name, name);
  const bool fresh = claim(message, trail, field, name);
  std::unique_ptr<Message> aside(fresh ? nullptr : message.GetReflection()->GetMessage(message, field).New());
  const auto* reflection = message.GetReflection();
  Message* inner = aside != nullptr       ? aside.get()
                   : field->is_repeated() ? reflection->AddMessage(&message, field)
                                          : reflection->MutableMessage(&message, field);
  fields(*inner, part, closer);
  if (!broken_ && !take(closer)) {
    fail("E0102", place(open, open),
         {fmt::format("the `{}` of `{}` is never closed", open.text, name.text),
          fmt::format("`{}`의 `{}`가 닫히지 않았습니다", name.text, open.text)},
         {fmt::format("add the missing `{}`", closer), fmt::format("빠진 `{}`를 넣으십시오", closer)});
    broken_ = true;
  }
  part.damaged = part.damaged || broken_;
  part.note = at_ > 0 ? note(previous()) : "";
  if (fresh) trail.parts[field->number()].push_back(std::move(part));
}

void Reader::value(Message& message, Trail& trail, const FieldDescriptor* field, const Token& name) {
  if (field->message_type() != nullptr) return block(message, trail, field, name);
  const Token first = now();
  const bool fresh = claim(message, trail, field, name);
  const auto wrong = [&](const Token& last) {
    const Text wanted = wanted_text(field);
    const std::string found = first.line == last.line
                                  ? std::string(lines_[static_cast<std::size_t>(first.line)].substr(
                                        static_cast<std::size_t>(first.begin), static_cast<std::size_t>(last.end - first.begin)))
                                  : first.text;
    const Text more = in_brackets(unit_and_range(field));
    const std::string shown_value = first.type == Tokenizer::TYPE_END ? "end of file" : found;
    fail("E0104", place(first, last),
         {fmt::format("`{}` wants {}, not `{}`", name.text, wanted.en, shown_value),
          fmt::format("`{}`에는 {} 와야 하는데 `{}`이(가) 있습니다", name.text, with_particle(wanted.ko, "이", "가"), shown_value)},
         {fmt::format("write {}{}", wanted.en, more.en), fmt::format("{} 쓰십시오{}", with_particle(wanted.ko, "을", "를"), more.ko)});
    trail.damaged = true;
  };
  std::string text;
  const auto kind = field->cpp_type();
  const bool floating = kind == FieldDescriptor::CPPTYPE_DOUBLE || kind == FieldDescriptor::CPPTYPE_FLOAT;
  if (looking_at("{") || looking_at("<") || looking_at("[")) {
    wrong(first);
    skip_value();
    return;
  }
  const bool minus = take("-");
  const Token token = now();
  if (token.type == Tokenizer::TYPE_END || token.type == Tokenizer::TYPE_SYMBOL) {
    wrong(first);
    if (token.line == name.line && !looking_at("}") && !looking_at(">")) skip_line(token.line);
    return;
  }
  ++at_;
  if (kind == FieldDescriptor::CPPTYPE_STRING) {
    if (token.type != Tokenizer::TYPE_STRING || minus) return wrong(previous());
    Tokenizer::ParseStringAppend(token.text, &text);
    while (now().type == Tokenizer::TYPE_STRING) {
      Tokenizer::ParseStringAppend(now().text, &text);
      ++at_;
    }
  } else if (token.type == Tokenizer::TYPE_STRING) {
    return wrong(previous());
  } else if (floating) {
    std::string word = token.text;
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool finite_word = token.type == Tokenizer::TYPE_INTEGER || token.type == Tokenizer::TYPE_FLOAT;
    if (!finite_word && word != "inf" && word != "infinity" && word != "nan") return wrong(previous());
    if (token.type == Tokenizer::TYPE_INTEGER && token.text.size() > 1 && token.text[0] == '0') return wrong(previous());  // 0x1F, 017
    if (token.type == Tokenizer::TYPE_FLOAT && word.back() == 'f') word.pop_back();
    if (word.back() == '.') word.pop_back();
    text = word;
  } else if (kind == FieldDescriptor::CPPTYPE_BOOL) {
    if (minus) return wrong(previous());
    text = token.text == "t" || token.text == "True" ? "true" : token.text == "f" || token.text == "False" ? "false" : token.text;
  } else if (kind == FieldDescriptor::CPPTYPE_ENUM) {
    text = token.text;
  } else {
    std::uint64_t whole = 0;
    if (token.type != Tokenizer::TYPE_INTEGER || !Tokenizer::ParseInteger(token.text, UINT64_MAX, &whole)) return wrong(previous());
    text = std::to_string(whole);
  }
  if (!fresh) return;
  if (minus) text = fmt::format("-{}", text);
  const Token& last = previous();
  std::unique_ptr<Message> holder;
  std::optional<Problem> problem;
  if (field->is_repeated()) {  // set_value replaces a list: read one and append it
    holder.reset(message.New());
    problem = set_value(*holder, field, text);
    if (!problem) message.MergeFrom(*holder);
  } else {
    problem = set_value(message, field, text);
  }
  if (problem && problem->code == "E0104") return wrong(last);
  if (problem) {
    fail(problem->code.c_str(), place(first, last), problem->message, problem->help);
    trail.damaged = true;
    return;
  }
  Trail part;
  part.place = place(first, last);
  part.note = note(last);
  trail.parts[field->number()].push_back(std::move(part));
}

void Reader::skip_value() {
  if (looking_at("{") || looking_at("<") || looking_at("[")) return skip_block();
  take("-");
  if (done() || now().type == Tokenizer::TYPE_SYMBOL) return;
  ++at_;
  while (previous().type == Tokenizer::TYPE_STRING && now().type == Tokenizer::TYPE_STRING) ++at_;
  if (looking_at("{") && now().line == previous().line) skip_block();
}

void Reader::skip_block() {
  int depth = 0;
  do {
    if (looking_at("{") || looking_at("<") || looking_at("[")) ++depth;
    if (looking_at("}") || looking_at(">") || looking_at("]")) --depth;
    ++at_;
  } while (depth > 0 && !done());
}

void Reader::skip_line(int line) {
  while (!done() && now().line <= line) {
    if (looking_at("{") || looking_at("[")) {
      skip_block();
      continue;
    }
    if (looking_at("}")) return;
    ++at_;
  }
}

}  // namespace

const Trail* Trail::find(int field_number, int index) const {
  const auto found = parts.find(field_number);
  return found == parts.end() || static_cast<std::size_t>(index) >= found->second.size() ? nullptr
                                                                                         : &found->second[static_cast<std::size_t>(index)];
}

Trail& Trail::put(int field_number, Trail part) {
  auto& list = parts[field_number];
  list.clear();
  return list.emplace_back(std::move(part));
}

void read_text(const std::string& file, std::string_view text, Message& message, Trail& trail, std::vector<Error>& errors, int first_line,
               int first_column) {
  Reader(file, text, errors, first_line, first_column).read(message, trail);
}

std::optional<std::string> read_file(const std::string& file) {
  std::error_code failure;
  if (std::filesystem::is_directory(file, failure)) return {};
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return {};
  constexpr std::size_t kMost = 1u << 30;
  std::string bytes;
  std::vector<char> piece(1u << 16);
  while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())), stream.gcount() > 0) {
    bytes.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
    if (bytes.size() > kMost) return {};
  }
  if (stream.bad()) return {};
  return bytes;
}

int first_line_not_utf8(std::string_view text) {
  int number = 1;
  for (std::string_view line : split_lines(text)) {
    if (!is_utf8(line)) return number;
    ++number;
  }
  return 0;
}

Announced announced_type(const std::string& file, std::string_view text) {
  int number = 0;
  for (std::string_view line : split_lines(text)) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) continue;
    if (line[first] != '#') return {};
    constexpr std::string_view kMark = "proto-message:";
    const std::size_t mark = line.find(kMark);
    if (mark == std::string_view::npos) continue;
    const std::size_t from = line.find_first_not_of(" \t", mark + kMark.size());
    if (from == std::string_view::npos) continue;
    const std::size_t end = line.find_first_of(" \t\r", from);
    const std::string type(line.substr(from, end == std::string_view::npos ? end : end - from));
    return {type, {file, number, static_cast<int>(count_characters(line.substr(0, from))) + 1, static_cast<int>(type.size())}};
  }
  return {};
}

}  // namespace dure::sim
