// SPDX-License-Identifier: LGPL-3.0-or-later
#include "file/search.h"

#include <locale.h>
#include <regex.h>
#include <strings.h>
#include <clocale>

#include <array>
#include <cctype>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "file/compress.h"
#include "file/lines.h"

namespace vmcraft::file {
namespace {

/// Bytes are bytes while this lives, whatever the locale of the program: names and content of a
/// guest are in no known encoding.
class PlainLocale {
 public:
  PlainLocale() : plain_(::newlocale(LC_ALL_MASK, "C", nullptr)), previous_(::uselocale(plain_)) {}
  PlainLocale(const PlainLocale&) = delete;
  PlainLocale& operator=(const PlainLocale&) = delete;
  ~PlainLocale() {
    ::uselocale(previous_);
    ::freelocale(plain_);
  }

 private:
  locale_t plain_;
  locale_t previous_;
};

class Matcher {
 public:
  virtual ~Matcher() = default;
  virtual bool matches(std::string_view line) const = 0;
};

class TextMatcher : public Matcher {
 public:
  TextMatcher(std::string text, bool insensitive)
      : text_(std::move(text)), insensitive_(insensitive) {
    if (insensitive_) text_ = base::lower(text_);
  }
  bool matches(std::string_view line) const override {
    if (!insensitive_) return line.find(text_) != std::string_view::npos;
    return base::lower(line).find(text_) != std::string::npos;
  }

 private:
  std::string text_;
  bool insensitive_;
};

class RegexMatcher : public Matcher {
 public:
  RegexMatcher(const std::string& pattern, const SearchSpec& spec) {
    const int flags = (spec.extended ? REG_EXTENDED : 0) | (spec.insensitive ? REG_ICASE : 0);
    const int error = ::regcomp(&compiled_, pattern.c_str(), flags);
    if (error == 0) return;
    std::array<char, 256> reason{};
    ::regerror(error, &compiled_, reason.data(), reason.size());
    base::throw_invalid(pattern, reason.data());
  }
  RegexMatcher(const RegexMatcher&) = delete;
  RegexMatcher& operator=(const RegexMatcher&) = delete;
  ~RegexMatcher() override { ::regfree(&compiled_); }

  bool matches(std::string_view line) const override {
    // REG_STARTEND: a line may hold NUL bytes.
    regmatch_t range{};
    range.rm_so = 0;
    range.rm_eo = static_cast<regoff_t>(line.size());
    return ::regexec(&compiled_, line.data(), 1, &range, REG_STARTEND) == 0;
  }

 private:
  regex_t compiled_{};
};

std::vector<std::unique_ptr<Matcher>> make_matchers(const std::string& patterns,
                                                    const SearchSpec& spec) {
  if (spec.extended && spec.fixed)
    base::throw_invalid("extended", "cannot be used together with fixed");
  std::vector<std::unique_ptr<Matcher>> matchers;
  std::vector<std::string> each = base::split_lines(patterns);
  if (each.empty()) each.emplace_back();
  for (std::string& pattern : each) {
    if (spec.fixed)
      matchers.push_back(std::make_unique<TextMatcher>(std::move(pattern), spec.insensitive));
    else matchers.push_back(std::make_unique<RegexMatcher>(pattern, spec));
  }
  return matchers;
}

}  // namespace

std::vector<std::string> search(const Region& region, const std::string& patterns,
                                const SearchSpec& spec, const Progress& progress) {
  const PlainLocale plain;
  const auto matchers = make_matchers(patterns, spec);
  RegionSource plain_source(region);
  std::unique_ptr<Decompressor> decompressor;
  if (spec.compressed)
    decompressor = std::make_unique<Decompressor>(plain_source, std::nullopt, region.name);
  base::ByteSource& source =
      decompressor ? static_cast<base::ByteSource&>(*decompressor) : plain_source;
  LineReader reader(source, region.name);
  LineList found(region.name);
  std::uint64_t count = 0;
  while (const auto line = reader.next()) {
    if (++count % 4096 == 0) progress.stop_if_cancelled();
    for (const auto& matcher : matchers) {
      if (!matcher->matches(*line)) continue;
      found.add(*line);
      break;
    }
  }
  return found.take();
}

}  // namespace vmcraft::file
