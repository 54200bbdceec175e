// Looking through directories that others change meanwhile: what goes away is passed over, and ends no walk.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace rota::test {

/// Everything below a directory, links not followed.
void walk(const std::string& directory, const std::function<void(const std::filesystem::directory_entry&)>& visit);
/// Regular files below a directory.
std::vector<std::string> files_below(const std::string& directory);
/// Directories of control groups that the worker with this pid has made, in whatever hierarchy.
std::vector<std::string> control_groups_of(pid_t worker);
/// The same of all of these, in one walk.
std::vector<std::string> control_groups_of(const std::set<pid_t>& workers);

}  // namespace rota::test
