// SPDX-License-Identifier: LGPL-3.0-or-later
#include <array>
#include <charconv>
#include <ctime>
#include <string_view>

#include "base/error.h"
#include "file/list.h"

namespace vmcraft::file {
namespace {

/// Takes a date apart from its start; anything unexpected is EINVAL.
class DateReader {
 public:
  explicit DateReader(const std::string& text) : text_(text), rest_(text) {}

  timespec read() {
    std::tm fields{};
    fields.tm_year = number(4, 0, 9999) - 1900;
    expect('-');
    fields.tm_mon = number(2, 1, 12) - 1;
    expect('-');
    fields.tm_mday = number(2, 1, 31);
    const int day = fields.tm_mday;
    timespec time{};
    int offset_seconds = 0;
    if (!rest_.empty()) {
      if (!take('T')) expect(' ');
      read_clock(fields, time);
      offset_seconds = read_zone();
    }
    if (!rest_.empty()) fail();
    const int month = fields.tm_mon;
    time.tv_sec = ::timegm(&fields) - offset_seconds;
    // timegm makes the 30th of February a day in March.
    if (fields.tm_mday != day || fields.tm_mon != month) fail();
    return time;
  }

 private:
  [[noreturn]] void fail() const { base::throw_invalid(text_, "not an ISO 8601 date"); }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail();
  }
  int number(std::size_t digits, int least, int most) {
    int value = 0;
    if (rest_.size() < digits) fail();
    const char* end = rest_.data() + digits;
    const auto result = std::from_chars(rest_.data(), end, value);
    if (result.ptr != end || result.ec != std::errc() || value < least || value > most) fail();
    rest_.remove_prefix(digits);
    return value;
  }
  void read_clock(std::tm& fields, timespec& time) {
    fields.tm_hour = number(2, 0, 23);
    expect(':');
    fields.tm_min = number(2, 0, 59);
    if (take(':')) fields.tm_sec = number(2, 0, 59);
    if (!take('.')) return;
    long scale = 100'000'000;
    do {
      time.tv_nsec += number(1, 0, 9) * scale;
      scale /= 10;
    } while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9');
  }
  int read_zone() {
    if (rest_.empty() || take('Z')) return 0;
    const int sign = take('-') ? -1 : 1;
    if (sign > 0) expect('+');
    const int hours = number(2, 0, 23);
    if (!rest_.empty()) take(':');
    const int minutes = rest_.empty() ? 0 : number(2, 0, 59);
    return sign * (hours * 3600 + minutes * 60);
  }

  const std::string& text_;
  std::string_view rest_;
};

}  // namespace

timespec parse_date(const std::string& text) { return DateReader(text).read(); }

}  // namespace vmcraft::file
