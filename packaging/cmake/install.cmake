# What `cmake --install` puts where: programs for people in bin, the worker beside them in libexec (where rota and rotad
# look for it), and the units of systemd with the path that rotad gets here.
install(TARGETS rota rotad RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS rota-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/rota)

set(ROTA_SYSTEMD_DIR lib/systemd CACHE STRING "Where units go: system/ and user/ below it")
foreach(unit rotad.service user/rotad.service)
  set(source ${PROJECT_SOURCE_DIR}/packaging/systemd/${unit})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  string(REPLACE "ExecStart=/usr/bin/" "ExecStart=${CMAKE_INSTALL_FULL_BINDIR}/" text "${text}")
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/systemd/${unit} CONTENT "${text}" @ONLY)
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/systemd/rotad.service DESTINATION ${ROTA_SYSTEMD_DIR}/system)
install(FILES ${PROJECT_BINARY_DIR}/systemd/user/rotad.service DESTINATION ${ROTA_SYSTEMD_DIR}/user)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/systemd/sysusers.d/rota.conf DESTINATION lib/sysusers.d)
