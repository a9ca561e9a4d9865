// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/keeper.h"

int main() { return vmcraft::uml::keeper_main(); }
