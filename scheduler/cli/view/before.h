// What is shown before anything runs: a plan, the targets, the limits. Pure.
#pragma once

#include <string>
#include <vector>

#include "jobs/catalogue/catalogue.h"
#include "jobs/model/plan.h"
#include "scheduler/cli/view/table.h"

namespace rota::cli {

/// `cores` of this machine decide the slots where the file does not.
std::string plan_text(const jobs::Plan& plan, unsigned cores, const Look& look);
std::string targets_text(const std::vector<jobs::Signature>& targets, const Look& look);
std::string limits_text(const Look& look);

/// By its needs: 1 for jobs that need nothing, else one more than the highest need.
std::vector<std::size_t> levels(const jobs::Plan& plan);
/// A job's action on one line: a call, a command as a shell would take it, the first line of a script.
std::string action_text(const jobs::Job& job);

}  // namespace rota::cli
