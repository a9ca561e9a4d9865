// SPDX-License-Identifier: LGPL-3.0-or-later
#include "uml/wire.h"

#include <cerrno>
#include <new>

#include "uml/pack.h"
#include "vmcraft/error.h"

namespace vmcraft::uml {
namespace {

enum class ErrorKind : std::uint64_t { plain = 1, command = 2 };

std::string pack_plain(ErrorCode code, int errno_value, std::string_view text) {
  return Packer()
      .number(static_cast<std::uint64_t>(ErrorKind::plain))
      .number(static_cast<std::uint64_t>(code))
      .number(static_cast<std::uint64_t>(errno_value))
      .text(text)
      .bytes();
}

std::string pack_command(const CommandError& failure) {
  return Packer()
      .number(static_cast<std::uint64_t>(ErrorKind::command))
      .text(failure.what())
      .texts(failure.argv())
      .number(static_cast<std::uint64_t>(failure.status()))
      .text(failure.stderr_tail())
      .bytes();
}

}  // namespace

std::string Hello::pack() const {
  Packer out;
  out.texts(environment).text(modules_dir).number(disks.size());
  for (const DiskPlace& disk : disks) out.number(disk.vhost ? 1 : 0).number(disk.index);
  return out.number(look_first ? 1 : 0).bytes();
}

Hello Hello::unpack(std::string_view bytes) {
  Unpacker in(bytes);
  Hello hello;
  hello.environment = in.texts();
  hello.modules_dir = in.text();
  for (std::uint64_t left = in.number(); left > 0; --left) {
    const bool vhost = in.number() != 0;
    hello.disks.push_back({vhost, in.number()});
  }
  hello.look_first = in.number() != 0;
  return hello;
}

std::string pack_error(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const CommandError& error) {
    return pack_command(error);
  } catch (const Error& error) {
    return pack_plain(error.code(), error.errno_value(), error.what());
  } catch (const std::bad_alloc&) {
    return pack_plain(ErrorCode::system, ENOMEM, "engine: out of memory");
  } catch (const std::exception& error) {
    return pack_plain(ErrorCode::system, 0, error.what());
  } catch (...) {
    return pack_plain(ErrorCode::system, 0, "unknown exception");
  }
}

void throw_packed_error(std::string_view bytes) {
  Unpacker in(bytes);
  const auto kind = static_cast<ErrorKind>(in.number());
  if (kind == ErrorKind::command) {
    const std::string text = in.text();
    std::vector<std::string> argv = in.texts();
    const int status = static_cast<int>(in.number());
    throw CommandError(text, std::move(argv), status, in.text());
  }
  const auto code = static_cast<ErrorCode>(in.number());
  const int errno_value = static_cast<int>(in.number());
  throw Error(code, errno_value, in.text());
}

}  // namespace vmcraft::uml
