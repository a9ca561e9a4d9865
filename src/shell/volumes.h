// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "vmcraft/vmcraft.h"

namespace vmcraft::shell {

/// The graph as a tree of lines, what stands on several devices under the first of them.
std::string volumes_text(const std::vector<Volume>& graph);
/// The graph as a JSON array, each node with the devices below it as a list.
std::string volumes_json(const std::vector<Volume>& graph);

}  // namespace vmcraft::shell
