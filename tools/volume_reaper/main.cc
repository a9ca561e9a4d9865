// SPDX-License-Identifier: LGPL-3.0-or-later
#include "volume/base/reaper.h"

int main() { return vmcraft::volume::reaper_main(3); }
