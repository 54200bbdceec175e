# What `cmake --install` puts where: programs for people in bin, the worker beside them in libexec (where rota and rotad
# look for it), and the units of systemd with the path that rotad gets by this very install.
install(TARGETS rota rotad RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS rota-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/rota)

set(ROTA_SYSTEMD_DIR lib/systemd CACHE STRING "Where units go: system/ and user/ below it")
foreach(kind system user)
  set(source ${PROJECT_SOURCE_DIR}/packaging/systemd/rotad.service)
  if(kind STREQUAL user)
    set(source ${PROJECT_SOURCE_DIR}/packaging/systemd/user/rotad.service)
  endif()
  set(unit ${PROJECT_BINARY_DIR}/systemd/${kind}/rotad.service)
  # The prefix is known only now: --prefix may change it.
  install(CODE "
    set(bin \"${CMAKE_INSTALL_BINDIR}\")
    if(NOT IS_ABSOLUTE \"\${bin}\")
      set(bin \"\${CMAKE_INSTALL_PREFIX}/\${bin}\")
    endif()
    file(READ \"${source}\" text)
    string(REPLACE \"ExecStart=/usr/bin/\" \"ExecStart=\${bin}/\" text \"\${text}\")
    file(WRITE \"${unit}\" \"\${text}\")")
  install(FILES ${unit} DESTINATION ${ROTA_SYSTEMD_DIR}/${kind})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/packaging/systemd/sysusers.d/rota.conf DESTINATION lib/sysusers.d)

# What plugins are made with: headers, and find_package(Rota). `--component sdk` installs these alone.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/jobs/sdk/include/rota DESTINATION include COMPONENT sdk)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/RotaConfigVersion.cmake VERSION ${PROJECT_VERSION}
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/cmake/RotaConfig.cmake ${PROJECT_BINARY_DIR}/RotaConfigVersion.cmake
  DESTINATION lib/cmake/Rota COMPONENT sdk)
