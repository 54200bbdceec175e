// The verbs as functions: each does one thing, writes to the streams it is given, and says how the program ends.
#pragma once

#include "scheduler/cli/args.h"
#include "scheduler/cli/commands/surroundings.h"
#include "scheduler/control/foreground.h"

namespace rota::cli {

Exit run(const Invocation& call, const verb::Run& v, const Surroundings& world,
         const control::RunForeground& run_foreground);
Exit validate(const verb::Validate& v, const Surroundings& world);
Exit plan(const verb::Plan& v, const Surroundings& world);
Exit targets(const Surroundings& world);
Exit limits(const verb::Limits& v, const Surroundings& world);
Exit ps(const Invocation& call, const verb::Ps& v, const Surroundings& world);
Exit show(const Invocation& call, const verb::Show& v, const Surroundings& world);
Exit logs(const Invocation& call, const verb::Logs& v, const Surroundings& world);
Exit history(const Invocation& call, const verb::History& v, const Surroundings& world);
Exit version(const Surroundings& world);

}  // namespace rota::cli
