// Words and calls that are refused, each with the reason that is printed.
#pragma once

#include <vector>

#include "tests/tidy/source.h"

namespace rota::tidy {

std::vector<Finding> check_type_names(const SourceFile& file);   // names that say nothing
std::vector<Finding> check_unfinished(const SourceFile& file);   // notes of work left undone
std::vector<Finding> check_calls(const SourceFile& file);        // calls with a known trap
std::vector<Finding> check_own_machine(const SourceFile& file);  // paths that exist on one machine only

}  // namespace rota::tidy
