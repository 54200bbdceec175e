// What is shown before anything runs: the targets, the limits. Pure.
#pragma once

#include <string>
#include <vector>

#include "jobs/catalogue/catalogue.h"
#include "scheduler/cli/view/table.h"

namespace rota::cli {

std::string targets_text(const std::vector<jobs::Signature>& targets, const Look& look);
std::string limits_text(const Look& look);

}  // namespace rota::cli
