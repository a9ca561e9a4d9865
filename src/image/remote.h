// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "image/graph.h"

namespace vmcraft::image {

/// The graph of a drive on a server: nbd, http(s), ftp(s), ssh, rbd.
Graph remote_graph(const DriveSpec& spec);

}  // namespace vmcraft::image
