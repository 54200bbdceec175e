// What tells two jobs apart that bear the same name: a number made of everything that decides what their tasks do.
#pragma once

#include "jobs/model/plan.h"

namespace rota::jobs {

/// Sets `content_hash` of every job: of its action, arguments, environment, secrets' sources, working directory, shell,
/// standard input and shape. Not of its mode, its needs, its limits, nor of where it stands in the file. The same for
/// the same file in every run and on every machine; never 0.
void hash_contents(Plan& plan);

}  // namespace rota::jobs
