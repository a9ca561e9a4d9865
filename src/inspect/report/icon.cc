// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/icon.h"

#include "inspect/report/base64.h"
#include "inspect/report/sections.h"

namespace vmcraft::inspect::report {

// The small pictures of web sites are not logos.
Json read_icon(Reader& guest) {
  const std::string icon = find_icon(guest.root(), guest.os(), {.favicon = false});
  if (icon.empty()) return {};
  return {{"type", "image/png"}, {"base64", base64(icon)}};
}

}  // namespace vmcraft::inspect::report
