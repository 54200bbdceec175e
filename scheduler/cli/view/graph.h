// The graph of a plan: as a tree for people, as DOT for graphviz. Pure.
#pragma once

#include <string>

#include "jobs/model/plan.h"
#include "scheduler/cli/view/table.h"

namespace rota::cli {

/// Every job on one line, below the need that it waits for longest; its other needs are named on its line. A graph too
/// deep for that is listed step by step.
std::string graph_text(const jobs::Plan& plan, const Look& look);

/// A digraph; whatever is in names, graphviz reads it.
std::string graph_dot(const jobs::Plan& plan);

}  // namespace rota::cli
