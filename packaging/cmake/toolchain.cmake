# Compiler settings for every target: warnings, sanitizers, and the tools that make builds quick.
find_program(ROTA_CCACHE ccache)
if(ROTA_CCACHE)
  # Precompiled headers need the sloppiness, or nothing is ever found in the cache. Paths below the source tree count as
  # relative ones: what one checkout has compiled, another need not compile again.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${ROTA_CCACHE})
  add_compile_options(-fpch-preprocess)
endif()
find_program(ROTA_MOLD mold)
if(ROTA_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow=local -Wnon-virtual-dtor -Wno-missing-field-initializers)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
include_directories(${PROJECT_SOURCE_DIR})

if(ROTA_SANITIZE)
  add_compile_options(-fsanitize=${ROTA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ROTA_SANITIZE})
endif()

# Of the tests' own files: what they test is looked at in full, they themselves only for their use of memory. (The other
# checks cost 40 % of the time that a file of tests takes to compile; -O2 costs a third against -O1.)
function(rota_compile_lightly target)
  if(ROTA_SANITIZE MATCHES undefined)
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined -O0)
  elseif(CMAKE_BUILD_TYPE STREQUAL Release)
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()
