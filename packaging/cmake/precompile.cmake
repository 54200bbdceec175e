# Headers that nearly every file includes, compiled once: about a third off each file's time. Sources name all they use
# all the same (-DROTA_PRECOMPILE=OFF builds without).
option(ROTA_PRECOMPILE "Precompile the common headers" ON)

set(ROTA_COMMON_HEADERS
  <algorithm> <array> <atomic> <chrono> <cstdint> <cstring> <deque> <functional> <map> <memory> <mutex> <optional> <set>
  <span> <string> <string_view> <thread> <unordered_map> <unordered_set> <utility> <variant> <vector>
  <boost/system/result.hpp> <fmt/format.h>)

function(rota_targets_below directory out)
  get_property(found DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(children DIRECTORY ${directory} PROPERTY SUBDIRECTORIES)
  foreach(child IN LISTS children)
    rota_targets_below(${child} more)
    list(APPEND found ${more})
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# Call last: every library and program so far takes part, tests with their framework's headers as well.
function(rota_precompile)
  if(NOT ROTA_PRECOMPILE)
    return()
  endif()
  rota_targets_below(${PROJECT_SOURCE_DIR} targets)
  set(empty ${PROJECT_BINARY_DIR}/precompiled.cpp)
  file(CONFIGURE OUTPUT ${empty} CONTENT "// Carries the precompiled headers.\n")
  add_library(rota_precompiled OBJECT ${empty})
  target_link_libraries(rota_precompiled PRIVATE Boost::headers fmt::fmt Threads::Threads)
  target_precompile_headers(rota_precompiled PRIVATE ${ROTA_COMMON_HEADERS})
  if(ROTA_BUILD_TESTS)
    add_library(rota_precompiled_tests OBJECT ${empty})
    target_link_libraries(rota_precompiled_tests PRIVATE Boost::headers fmt::fmt Threads::Threads GTest::gmock)
    target_precompile_headers(rota_precompiled_tests PRIVATE ${ROTA_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
    rota_sanitize_lightly(rota_precompiled_tests)
  endif()
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    if(NOT type MATCHES "^(STATIC_LIBRARY|EXECUTABLE)$")
      continue()
    endif()
    if(target MATCHES "^rota-test-(unit|sim|ipc|store|process|pool|coordinator|api|e2e|chaos|tidy)$")
      target_precompile_headers(${target} REUSE_FROM rota_precompiled_tests)
    else()
      target_precompile_headers(${target} REUSE_FROM rota_precompiled)
    endif()
  endforeach()
endfunction()
