// What a plan would run, before anything runs: `plan`. Pure.
#pragma once

#include <string>

#include "jobs/model/plan.h"
#include "scheduler/cli/view/table.h"

namespace rota::cli {

/// `cores` of this machine decide the slots where the file does not.
std::string plan_text(const jobs::Plan& plan, unsigned cores, const Look& look);

/// A job's action on one line: a call, a command as a shell would take it, the first line of a script.
std::string action_text(const jobs::Job& job, const jobs::Plan& plan);

/// "4 jobs", "4 jobs, 1,203 tasks".
std::string size_text(const jobs::Plan& plan);

/// "build", "build completed".
std::string need_text(const jobs::Plan& plan, const jobs::Need& need);

/// "array 0..999", "matrix of os (2) by size (3), 1 excluded"; empty for a single task.
std::string shape_text(const jobs::Shape& shape);

/// "os=linux, size=3": what tells a task of a matrix apart; empty for any other.
std::string values_text(const ValueMap& values);

}  // namespace rota::cli
