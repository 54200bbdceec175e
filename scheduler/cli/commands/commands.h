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
Exit graph(const verb::Graph& v, const Surroundings& world);
Exit next(const verb::Next& v, const Surroundings& world);
Exit schedule(const Invocation& call, const verb::Schedule& v, const Surroundings& world);
Exit targets(const verb::Targets& v, const Surroundings& world);
Exit limits(const verb::Limits& v, const Surroundings& world);
Exit ps(const Invocation& call, const verb::Ps& v, const Surroundings& world);
Exit show(const Invocation& call, const verb::Show& v, const Surroundings& world);
Exit logs(const Invocation& call, const verb::Logs& v, const Surroundings& world);
Exit history(const Invocation& call, const verb::History& v, const Surroundings& world);
Exit explain(const Invocation& call, const verb::Explain& v, const Surroundings& world);
Exit events(const Invocation& call, const verb::Events& v, const Surroundings& world);
Exit workers(const Invocation& call, const verb::Workers& v, const Surroundings& world);
Exit doctor(const Invocation& call, const verb::Doctor& v, const Surroundings& world);
Exit submit(const Invocation& call, const verb::Submit& v, const Surroundings& world);
Exit retry(const Invocation& call, const verb::Retry& v, const Surroundings& world);
Exit rescue(const Invocation& call, const verb::Rescue& v, const Surroundings& world);
Exit wait(const Invocation& call, const verb::Wait& v, const Surroundings& world);
Exit cancel(const Invocation& call, const verb::Cancel& v, const Surroundings& world);
Exit kill(const Invocation& call, const verb::Kill& v, const Surroundings& world);
Exit hold(const Invocation& call, const verb::Hold& v, const Surroundings& world);
Exit pause(const Invocation& call, const verb::Pause& v, const Surroundings& world);
Exit update(const Invocation& call, const verb::Update& v, const Surroundings& world);
Exit prune(const Invocation& call, const verb::Prune& v, const Surroundings& world);
Exit daemon(const Invocation& call, const verb::Daemon& v, const Surroundings& world);
Exit schema(const Surroundings& world);
Exit init(const verb::Init& v, const Surroundings& world);
Exit version(const Surroundings& world);

}  // namespace rota::cli
