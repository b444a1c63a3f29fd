# What is installed besides the program, and the Debian package.
#
# The manual page and the completions are printed by the program itself, from the tables that it
# reads its command line by.

set(documents ${CMAKE_BINARY_DIR}/documents)
file(MAKE_DIRECTORY ${documents})
find_program(RACELANE_GZIP gzip)

if(RACELANE_GZIP)
    set(page ${documents}/racelane.1.gz)
    set(pack | ${RACELANE_GZIP} -9n)
else()
    set(page ${documents}/racelane.1)
    set(pack)
endif()
set(bash_file ${documents}/racelane)
set(zsh_file ${documents}/_racelane)
set(fish_file ${documents}/racelane.fish)
add_custom_command(OUTPUT ${page} ${bash_file} ${zsh_file} ${fish_file}
    COMMAND racelane man ${pack} > ${page}
    COMMAND racelane completion bash > ${bash_file}
    COMMAND racelane completion zsh > ${zsh_file}
    COMMAND racelane completion fish > ${fish_file}
    DEPENDS racelane)
add_custom_target(documents ALL DEPENDS ${page} ${bash_file} ${zsh_file} ${fish_file})
if(RACELANE_GZIP)
    set(changelog ${documents}/changelog.gz)
    add_custom_command(OUTPUT ${changelog}
        COMMAND ${RACELANE_GZIP} -9nc ${CMAKE_SOURCE_DIR}/src/changelog > ${changelog}
        DEPENDS ${CMAKE_SOURCE_DIR}/src/changelog)
    add_custom_target(changelog ALL DEPENDS ${changelog})
    install(FILES ${changelog} DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

install(TARGETS racelane RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${bash_file} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${fish_file} DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# Debian's zsh looks here for packages, and there for what was built by hand.
install(FILES ${zsh_file} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${zsh_file} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)

set(CPACK_PACKAGE_NAME racelane)
set(CPACK_PACKAGE_CONTACT "racelane maintainers <racelane@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "makes concurrency visible in a terminal")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"racelane runs real threads and real processes, draws each as a lane with
its start and its finish, shows the counter that they share, and lets you
switch the lock off and on while they run. Every lost update is named:
whose it was, who overwrote it, and when.
.
Scenarios of a course on concurrency are inside the program: races and
locks, Python's GIL, processes, pools, deadlocks. A scenario of one's own
is a text file. A model of the same program tries every interleaving.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION education)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
if(NOT CPACK_GENERATOR)
    set(CPACK_GENERATOR DEB)
endif()
include(CPack)
