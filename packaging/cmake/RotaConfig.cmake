# For find_package(Rota): Rota::sdk, the headers of plugins; rota_add_plugin(NAME SOURCES...), which makes libNAME.so.
get_filename_component(ROTA_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET Rota::sdk)
  add_library(Rota::sdk INTERFACE IMPORTED)
  set_target_properties(Rota::sdk PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${ROTA_PREFIX}/include")
  target_compile_features(Rota::sdk INTERFACE cxx_std_20)
endif()

function(rota_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE Rota::sdk)
  set_target_properties(${name} PROPERTIES PREFIX lib SUFFIX .so LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
