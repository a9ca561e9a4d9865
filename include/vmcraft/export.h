// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#define VMCRAFT_API __attribute__((visibility("default")))
