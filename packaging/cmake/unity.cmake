# Several files of a suite of tests compiled as one: what they include and instantiate costs far more than what they say
# (the suite of the API: 32 s of CPU instead of 144). After a change of one file it costs more, so it is for builds of
# everything (packaging/run, packaging/test). Files of one directory then share their unnamed namespace: what two of
# them need stands in a header.
option(ROTA_UNITY "Compile the suites of tests several files at a time" OFF)
set(ROTA_UNITY_FILES 8)

# rota_unite(TARGET): from the list file that names its sources.
function(rota_unite target)
  if(NOT ROTA_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    cmake_path(GET source PARENT_PATH directory)
    string(MAKE_C_IDENTIFIER "of_${directory}" key)
    math(EXPR n "0${${key}} + 1")
    set(${key} ${n})
    math(EXPR group "(${n} - 1) / ${ROTA_UNITY_FILES}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${key}_${group}")
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
