// SPDX-License-Identifier: LGPL-3.0-or-later
// One reader for each section of the report.
#pragma once

#include "inspect/report/reader.h"

namespace vmcraft::inspect::report {

Json read_system(Reader& guest);
Json read_users(Reader& guest);
Json read_groups(Reader& guest);
Json read_network(Reader& guest);
Json read_services(Reader& guest);
Json read_scheduled(Reader& guest);
Json read_ssh(Reader& guest);
Json read_certificates(Reader& guest);
Json read_security(Reader& guest);
Json read_vm_tools(Reader& guest);
Json read_containers(Reader& guest);
Json read_boot(Reader& guest);
Json read_kernels(Reader& guest);
/// Puts in what the reader started for the kernels.
void finish_kernels(Json& kernels, const std::map<std::string, Json>& results);
Json read_windows(Reader& guest);
Json read_icon(Reader& guest);
Json read_packages(Reader& guest);

}  // namespace vmcraft::inspect::report
