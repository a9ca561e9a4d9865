// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace vmcraft::edit {

/// UTF-16LE as Windows stores it, without a terminator. Throws EINVAL where the text is not UTF-8.
std::string to_utf16(std::string_view utf8);
/// All of it, zeroes too. A surrogate that stands alone, which Windows allows in names, becomes three
/// bytes that to_utf16() takes back. An odd last byte is left out.
std::string from_utf16(std::string_view utf16);

bool is_utf8(std::string_view text);
/// Latin-1 as UTF-8: what is left where a file of the ANSI days is not UTF-8.
std::string from_latin1(std::string_view text);
/// The text of a file that Windows or a person wrote: UTF-16 or UTF-8, told by a byte order mark or by
/// what the first two bytes are, else UTF-8 or Latin-1.
std::string decode_text(std::string_view bytes);

}  // namespace vmcraft::edit
