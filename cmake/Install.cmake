# What `cmake --install` puts where, and the Debian package. Users run `dure` alone; the programs that it and systemd start
# lie in lib/dure, with the folder that jobs find on their PATH.
include(GNUInstallDirs)

install(TARGETS dure RUNTIME DESTINATION bin)
install(TARGETS dure_supervisor dure_launcher_program RUNTIME DESTINATION lib/dure)
# Where it was built.
if(dure_npm)
  install(DIRECTORY $<TARGET_FILE_DIR:dure>/portal DESTINATION lib/dure)
endif()
install(CODE [[
  set(tools "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}/lib/dure/tools")
  file(MAKE_DIRECTORY "${tools}")
  foreach(name dure srun)
    file(CREATE_LINK ../../../bin/dure "${tools}/${name}" SYMBOLIC)
  endforeach()
]])

# The program knows its own commands.
foreach(shell bash zsh)
  install(CODE "
    execute_process(COMMAND $<TARGET_FILE:dure> completion ${shell} COMMAND_ERROR_IS_FATAL ANY
                    OUTPUT_FILE ${PROJECT_BINARY_DIR}/completion.${shell})")
endforeach()
install(FILES ${PROJECT_BINARY_DIR}/completion.bash DESTINATION share/bash-completion/completions RENAME dure)
install(FILES ${PROJECT_BINARY_DIR}/completion.zsh DESTINATION share/zsh/vendor-completions RENAME _dure)

install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# By the name that Debian looks for.
install(CODE "
  execute_process(COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md COMMAND_ERROR_IS_FATAL ANY
                  OUTPUT_FILE ${PROJECT_BINARY_DIR}/changelog.gz)")
install(FILES ${PROJECT_BINARY_DIR}/changelog.gz DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN *.md PATTERN *.svg PATTERN *.png)

install(FILES packaging/server.yaml packaging/launcher.yaml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/dure)
foreach(unit dure dure-launcher)
  configure_file(packaging/${unit}.service.in ${PROJECT_BINARY_DIR}/${unit}.service @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${unit}.service DESTINATION lib/systemd/system)
endforeach()

# `cmake --workflow --preset package` makes build/package/dure_VERSION_amd64.deb.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dure)
set(CPACK_PACKAGE_VENDOR "The Dure authors")
set(CPACK_PACKAGE_CONTACT "The Dure authors <dure@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "control plane that shares accelerators")
set(CPACK_PACKAGE_DESCRIPTION
"Organisations keep guarantees on a common fleet, lend what they leave idle,
and every decision is a fact that can be replayed. The server runs jobs on
one machine, each with the account of its owner, keeps every acknowledged
word through kill -9, and simulates a whole fleet by the same code.")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "coinor-libcbc3, coinor-libclp1")  # for `dure call`, which loads them
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/postinst ${PROJECT_SOURCE_DIR}/packaging/prerm ${PROJECT_SOURCE_DIR}/packaging/postrm
  ${PROJECT_SOURCE_DIR}/packaging/conffiles)
include(CPack)
