// SPDX-License-Identifier: LGPL-3.0-or-later
#include "actions/uml.h"

#include "base/error.h"
#include "base/trace.h"
#include "handle/handle.h"
#include "uml/launch.h"

namespace vmcraft {
namespace {

using handle::Handle;

// The host where it can serve all that the drives hold; otherwise the isolated engine.
void launch_automatically(Handle& h) {
  std::string obstacle;
  try {
    obstacle = uml::host_obstacle(h);
  } catch (const Error& failure) {
    obstacle = failure.what();
  }
  if (obstacle.empty()) return base::trace("launch: engine host");
  base::trace("launch: engine uml: {}", obstacle);
  h.devices().close();
  try {
    uml::launch_isolated(h);
  } catch (const Error& failure) {
    throw Error(failure.code(), failure.errno_value(),
                "host engine: " + obstacle + "; uml engine: " + failure.what());
  }
}

}  // namespace

void action::launch(Handle& h) {
  const std::string& engine = h.settings.engine;
  if (engine != "host" && engine != "uml" && engine != "auto")
    base::throw_invalid("VMCRAFT_ENGINE", "'" + engine + "' is not one of host, uml, auto");
  {
    const handle::Metrics::Timer timer(h.metrics, "total_launch");
    try {
      if (engine == "host") uml::launch_on_host(h);
      else if (engine == "uml") uml::launch_isolated(h);
      else launch_automatically(h);
    } catch (...) {
      h.devices().close();
      throw;
    }
  }
  h.set_phase(handle::Phase::launched);
  h.events.send({EventType::launch_done, ""});
}

}  // namespace vmcraft
