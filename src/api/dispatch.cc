// SPDX-License-Identifier: LGPL-3.0-or-later
#include "api/dispatch.h"

#include <unordered_map>

#include "base/error.h"

namespace vmcraft::api {
namespace {

std::unordered_map<std::string_view, const DispatchEntry*> make_index() {
  std::unordered_map<std::string_view, const DispatchEntry*> index;
  for (const auto table : dispatch_tables())
    for (const DispatchEntry& entry : table) index.emplace(entry.name, &entry);
  return index;
}

}  // namespace

std::string dispatch(handle::Handle& handle, std::string_view request, Streams streams) {
  static const auto index = make_index();
  rpc::Reader reader(request);
  const auto name = reader.get<std::string>();
  const auto entry = index.find(name);
  if (entry == index.end()) base::throw_not_supported(name, "the engine does not know this action");
  rpc::Writer writer;
  entry->second->run(handle, reader, writer, streams);
  return writer.take();
}

}  // namespace vmcraft::api
