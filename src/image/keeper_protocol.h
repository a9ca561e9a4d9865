// SPDX-License-Identifier: LGPL-3.0-or-later
// The messages between the library and the drive keeper: one request, one answer, one farewell.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "image/keeper.h"

namespace vmcraft::image {

inline constexpr int kControlDescriptor = 3;

std::string encode(const KeeperRequest& request);
KeeperRequest decode_request(std::string_view text);

std::string encode_ready(std::uint64_t size_bytes);
std::string encode_done();
std::string encode_failure(std::string_view reason);
/// The size; throws the failure the message carries instead.
std::uint64_t decode_ready(std::string_view text);
/// Throws the failure the message carries.
void decode_done(std::string_view text);

}  // namespace vmcraft::image
