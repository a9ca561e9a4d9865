// SPDX-License-Identifier: LGPL-3.0-or-later
#include "image/keeper_protocol.h"

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::image {
namespace {

constexpr char kReady = 'R';
constexpr char kDone = 'D';
constexpr char kFailure = 'E';

std::string_view payload(std::string_view text, char kind) {
  if (!text.empty() && text.front() == kFailure)
    throw Error(ErrorCode::system, EIO, std::string(text.substr(1)));
  if (text.empty() || text.front() != kind)
    throw Error(ErrorCode::engine, EIO, "drive keeper: unexpected message");
  return text.substr(1);
}

}  // namespace

std::string encode(const KeeperRequest& request) {
  return std::string(request.writable ? "w" : "r") + request.temp_root + '\0' + request.blockdev;
}

KeeperRequest decode_request(std::string_view text) {
  KeeperRequest request;
  const std::size_t end = text.find('\0');
  if (text.empty() || end == std::string_view::npos) base::throw_invalid("request", "malformed");
  request.writable = text.front() == 'w';
  request.temp_root = text.substr(1, end - 1);
  request.blockdev = text.substr(end + 1);
  return request;
}

std::string encode_ready(std::uint64_t size_bytes) { return kReady + std::to_string(size_bytes); }
std::string encode_done() { return {kDone}; }
std::string encode_failure(std::string_view reason) { return kFailure + std::string(reason); }

std::uint64_t decode_ready(std::string_view text) {
  return base::parse_number<std::uint64_t>(payload(text, kReady)).value_or(0);
}

void decode_done(std::string_view text) { payload(text, kDone); }

}  // namespace vmcraft::image
