// SPDX-License-Identifier: LGPL-3.0-or-later
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "shell/syntax.h"
#include "shell/usage_error.h"

namespace vmcraft::shell {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kMostWords = 63;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/// Reads a line from left to right.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  Line read();

 private:
  bool done() const { return rest_.empty(); }
  char take();
  void skip_blanks();
  void skip_spaces();
  std::string bare_word();
  std::string single_quoted();
  std::string double_quoted();
  char escaped();
  char numbered(int radix, int digits, int value);
  void end_of_quoted() const;
  void read_words(Line& line);

  std::string_view rest_;
};

char LineReader::take() {
  const char c = rest_.front();
  rest_.remove_prefix(1);
  return c;
}

void LineReader::skip_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
}

void LineReader::skip_spaces() {
  while (!done() && is_space(rest_.front())) rest_.remove_prefix(1);
}

std::string LineReader::bare_word() {
  const std::size_t length = std::min(rest_.find_first_of(kBlanks), rest_.size());
  std::string word(rest_.substr(0, length));
  rest_.remove_prefix(length);
  return word;
}

void LineReader::end_of_quoted() const {
  if (!done() && kBlanks.find(rest_.front()) == std::string_view::npos)
    throw UsageError("command arguments are not separated by blanks");
}

std::string LineReader::single_quoted() {
  take();
  const std::size_t length = rest_.find('\'');
  if (length == std::string_view::npos) throw UsageError("unterminated single quote");
  std::string word(rest_.substr(0, length));
  rest_.remove_prefix(length + 1);
  end_of_quoted();
  return word;
}

std::string LineReader::double_quoted() {
  take();
  std::string word;
  for (;;) {
    if (done()) throw UsageError("unterminated double quote");
    const char c = take();
    if (c == '"') break;
    word += c == '\\' ? escaped() : c;
  }
  end_of_quoted();
  return word;
}

char LineReader::numbered(int radix, int digits, int value) {
  for (; digits > 0; --digits) {
    if (done() || digit(rest_.front()) >= radix)
      throw UsageError(radix == 8 ? "\\NNN needs three octal digits"
                                  : "\\xNN needs two hexadecimal digits");
    value = value * radix + digit(take());
  }
  if (value == 0) throw UsageError("a NUL character cannot stand in an argument");
  if (value > 255) throw UsageError("\\NNN is above 377");
  return static_cast<char>(value);
}

char LineReader::escaped() {
  if (done()) throw UsageError("unterminated double quote");
  const char c = take();
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v";
  const std::size_t at = kLetters.find(c);
  if (at != std::string_view::npos) return kMeanings[at];
  if (c == '"' || c == '\'' || c == '?' || c == '\\') return c;
  if (c >= '0' && c <= '7') return numbered(8, 2, c - '0');
  if (c == 'x') return numbered(16, 2, 0);
  throw UsageError(std::string("unknown escape \\") + c);
}

/// ~ and ~USER at the start of an unquoted word.
std::string expand_tilde(const std::string& word) {
  if (!word.starts_with('~')) return word;
  const std::size_t slash = std::min(word.find('/'), word.size());
  const std::string user = word.substr(1, slash - 1);
  std::string home;
  if (user.empty()) {
    const char* variable = std::getenv("HOME");
    if (variable == nullptr) return word;
    home = variable;
  } else {
    const passwd* entry = ::getpwnam(user.c_str());
    if (entry == nullptr || entry->pw_dir == nullptr) return word;
    home = entry->pw_dir;
  }
  return home + word.substr(slash);
}

void LineReader::read_words(Line& line) {
  for (skip_blanks(); !done(); skip_blanks()) {
    const char first = rest_.front();
    if (first == '|') {
      line.pipe = std::string(rest_.substr(1));
      return;
    }
    if (line.words.size() == kMostWords) throw UsageError("too many arguments");
    if (first == '"') line.words.push_back(double_quoted());
    else if (first == '\'') line.words.push_back(single_quoted());
    else line.words.push_back(expand_tilde(bare_word()));
  }
}

Line LineReader::read() {
  Line line;
  for (skip_spaces(); !done() && rest_.front() == '-'; skip_spaces()) {
    line.may_fail = true;
    take();
  }
  if (done() || rest_.front() == '#') return line;
  if (rest_.front() == '!' || rest_.starts_with("<!")) {
    line.type = rest_.front() == '!' ? Line::Type::local : Line::Type::script;
    line.text = rest_.substr(line.type == Line::Type::local ? 1 : 2);
    return line;
  }
  line.type = Line::Type::command;
  line.command = bare_word();
  read_words(line);
  return line;
}

}  // namespace

Line parse_line(std::string_view text) { return LineReader(text).read(); }

}  // namespace vmcraft::shell
